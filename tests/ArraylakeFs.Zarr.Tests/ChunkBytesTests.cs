using static ArraylakeFs.Zarr.Tests.Documents;

namespace ArraylakeFs.Zarr.Tests;

/// <summary>How many bytes a chunk must have, where that can be known.</summary>
public class ChunkBytesTests
{
    private const string Bytes = """{"name":"bytes","configuration":{"endian":"little"}}""";

    [Theory]
    [InlineData("\"bytes\"", 40L)]
    [InlineData(Bytes, 40L)]
    [InlineData("""{"name":"transpose","configuration":{"order":[0]}},{"name":"bytes"}""", 40L)]
    [InlineData("""{"name":"bytes"},{"name":"crc32c"}""", 44L)]
    [InlineData("""{"name":"bytes"},{"name":"crc32c"},{"name":"crc32c"}""", 48L)]
    [InlineData("""{"name":"bytes"},{"name":"gzip","configuration":{"level":1}}""", null)]
    [InlineData("""{"name":"bytes"},{"name":"zstd"},{"name":"crc32c"}""", null)]
    [InlineData("""{"name":"numcodecs.delta"},{"name":"bytes"}""", null)]
    [InlineData("""{"name":"bytes"},{"name":"numcodecs.fletcher32"}""", null)]
    [InlineData("""{"name":"packbits"}""", null)]
    [InlineData("""{"name":"crc32c"},{"name":"bytes"}""", null)]
    [InlineData("""{"name":"transpose","configuration":{"order":[0]}}""", null)]
    [InlineData("""{"name":"sharding_indexed","configuration":{"chunk_shape":[5],"codecs":[{"name":"bytes"}]}}""", null)]
    public void Codecs_that_keep_the_size_let_it_be_known(string codecs, long? expected) =>
        Assert.Equal(expected, Array(("codecs", $"[{codecs}]")).ChunkBytes([0]));

    [Theory]
    [InlineData("\"bool\"", 10L)]
    [InlineData("\"uint8\"", 10L)]
    [InlineData("\"float16\"", 20L)]
    [InlineData("\"complex128\"", 160L)]
    [InlineData("\"r24\"", 30L)]
    [InlineData("""{"name":"fixed_length_utf32","configuration":{"length_bytes":12}}""", 120L)]
    [InlineData("""{"name":"structured","configuration":{"fields":[["a","int32"],["b","int8"]]}}""", 50L)]
    [InlineData("\"string\"", null)]
    [InlineData("\"variable_length_bytes\"", null)]
    [InlineData("\"of_tomorrow\"", null)]
    public void Each_element_has_the_bytes_of_its_type(string dataType, long? expected) =>
        Assert.Equal(expected, Array(("codecs", $"[{Bytes}]"), ("data_type", dataType)).ChunkBytes([9]));

    [Theory]
    [InlineData("[5,7]", "[2,4]", "0 0", 32L)]
    [InlineData("[5,7]", "[2,4]", "2 1", 32L)] // at the edge, where 1 x 3 elements are in the array: whole all the same
    [InlineData("[]", "[]", "", 4L)]
    [InlineData("[1]", "[4294967296]", "0", 17179869184L)]
    [InlineData("[1]", "[9223372036854775807]", "0", null)]
    [InlineData("[1,1]", "[18446744073709551615,18446744073709551615]", "0 0", null)]
    [InlineData("[5,7]", "[2,4]", "3 0", null)] // outside
    [InlineData("[5,7]", "[2,4]", "0", null)] // no chunk
    public void A_regular_grid_has_whole_chunks_at_its_edges(string shape, string chunkShape, string coordinates, long? expected) =>
        Assert.Equal(expected, OfGrid(shape, $$$"""{"name":"regular","configuration":{"chunk_shape":{{{chunkShape}}}}}""", coordinates));

    [Theory]
    [InlineData("[[2,3],4]", "0 0", 32L)]
    [InlineData("[[2,3],4]", "1 1", 48L)] // [4] repeats, and reaches beyond the array
    [InlineData("[[[2,2],1],[7]]", "0 0", 56L)]
    [InlineData("[[[2,2],1],[7]]", "1 0", 56L)]
    [InlineData("[[[2,2],1],[7]]", "2 0", 28L)]
    [InlineData("[[2,2,1],[[3,1],[3,1],[9,0],1]]", "2 2", 4L)]
    [InlineData("[[5],[[1,1000000]]]", "0 999999", 20L)]
    [InlineData("[[2,3],4]", "2 0", null)]
    public void A_rectilinear_grid_has_chunks_of_the_lengths_that_it_lists(string chunkShapes, string coordinates, long? expected) => Assert.Equal(
        expected, OfGrid("[5,7]", $$$"""{"name":"rectilinear","configuration":{"kind":"inline","chunk_shapes":{{{chunkShapes}}}}}""", coordinates));

    [Theory]
    [InlineData("[]", 40L)]
    [InlineData("""[{"name":"of_tomorrow"}]""", null)]
    public void Storage_transformers_may_do_anything(string transformers, long? expected) =>
        Assert.Equal(expected, Array(("codecs", $"[{Bytes}]"), ("storage_transformers", transformers)).ChunkBytes([0]));

    [Fact]
    public void A_codec_without_a_name_in_a_stored_document_is_one_that_is_not_known() => Assert.Null(
        NodeDocument.Parse(ArrayWith(("codecs", $$$"""[{{{Bytes}}},{"configuration":{}}]""")), DocumentRules.Stored).Array!.ChunkBytes([0]));

    private static long? OfGrid(string shape, string grid, string coordinates)
    {
        uint[] at = [.. coordinates.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(uint.Parse)];
        return Array(("shape", shape), ("chunk_grid", grid), ("codecs", $"[{Bytes}]")).ChunkBytes(at);
    }
}
