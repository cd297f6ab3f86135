using static ArraylakeFs.Zarr.Tests.Documents;

namespace ArraylakeFs.Zarr.Tests;

public class ArrayInfoTests
{
    [Fact]
    public void The_tutorials_table_comes_out_line_by_line()
    {
        var rows = ArrayInfo.Describe("/atlantic/temperature", Array(), readOnly: false, "ArraylakeFs", bytesStored: 56, chunksInitialized: 5);
        var expected = """
            Name               : /atlantic/temperature
            Type               : zarr.core.Array
            Data type          : float32
            Shape              : (100,)
            Chunk shape        : (10,)
            Order              : C
            Read-only          : False
            Compressor         : Blosc(cname='lz4', clevel=5, shuffle=SHUFFLE, blocksize=0)
            Store type         : ArraylakeFs
            No. bytes          : 400
            No. bytes stored   : 56
            Storage ratio      : 7.1
            Chunks initialized : 5/10

            """;
        Assert.Equal(expected, ArrayInfo.ToText(rows));
    }

    [Fact]
    public void An_array_without_chunks_has_no_ratio()
    {
        var rows = ArrayInfo.Describe("/a", Array(), readOnly: true, "s", bytesStored: 0, chunksInitialized: 0);
        Assert.Equal("n/a", Row(rows, "Storage ratio"));
        Assert.Equal("0", Row(rows, "No. bytes stored"));
        Assert.Equal("0/10", Row(rows, "Chunks initialized"));
        Assert.Equal("True", Row(rows, "Read-only"));
    }

    [Fact]
    public void Sizes_beyond_64_bits_and_unknown_sizes_are_shown()
    {
        var huge = Array(
            ("shape", "[18446744073709551615,18446744073709551615]"),
            ("chunk_grid", """{"name":"regular","configuration":{"chunk_shape":[4294967297,4294967297]}}"""));
        var rows = ArrayInfo.Describe("/a", huge, false, "s", 8_000_000, 1);
        Assert.StartsWith("1361129467683753853705924477137396432900 (", Row(rows, "No. bytes"));
        Assert.Equal("8000000 (7.6M)", Row(rows, "No. bytes stored"));
        Assert.Equal("1/18446744065119617025", Row(rows, "Chunks initialized"));
        Assert.Equal("unknown", Row(ArrayInfo.Describe("/a", Array(("data_type", "\"string\"")), false, "s", 1, 1), "No. bytes"));
    }

    [Fact]
    public void A_scalar_has_one_chunk()
    {
        var scalar = Array(("shape", "[]"), ("chunk_grid", """{"name":"regular","configuration":{"chunk_shape":[]}}"""));
        var rows = ArrayInfo.Describe("/a", scalar, false, "s", 4, 1);
        Assert.Equal("()", Row(rows, "Shape"));
        Assert.Equal("4", Row(rows, "No. bytes"));
        Assert.Equal("1/1", Row(rows, "Chunks initialized"));
    }

    [Fact]
    public void A_sharded_array_shows_chunks_shards_and_the_compressor_inside()
    {
        var array = Array(("codecs", """
            [{"name":"sharding_indexed","configuration":{"chunk_shape":[2],
              "codecs":["bytes",{"name":"zstd","configuration":{"level":3,"checksum":false}}],"index_codecs":["bytes","crc32c"]}}]
            """));
        var rows = ArrayInfo.Describe("/a", array, false, "s", 1, 1);
        Assert.Equal("(2,)", Row(rows, "Chunk shape"));
        Assert.Equal("(10,)", Row(rows, "Shard shape"));
        Assert.Equal("Zstd(level=3)", Row(rows, "Compressor"));
    }

    [Theory]
    [InlineData("""["bytes"]""", "None")]
    [InlineData("""["bytes",{"name":"gzip","configuration":{"level":5}},"crc32c"]""", "GZip(level=5), crc32c()")]
    [InlineData("""["bytes",{"name":"zstd","configuration":{"level":0,"checksum":true}}]""", "Zstd(level=0, checksum=True)")]
    [InlineData("""["bytes",{"name":"numcodecs.zlib","configuration":{"level":1}}]""", "numcodecs.zlib(level=1)")]
    [InlineData("""["bytes",{"name":"mine","configuration":{"a":"b","c":null,"d":[1,2],"e":true}}]""", "mine(a='b', c=None, d=[1,2], e=True)")]
    [InlineData("""[{"name":"transpose","configuration":{"order":[0]}},"bytes","blosc"]""", "Blosc(cname=None, clevel=None, shuffle=None, blocksize=0)")]
    [InlineData(
        """["bytes",{"name":"blosc","configuration":{"cname":"zstd","clevel":1,"shuffle":"bitshuffle","blocksize":512}}]""",
        "Blosc(cname='zstd', clevel=1, shuffle=BITSHUFFLE, blocksize=512)")]
    public void Compressors_are_printed_as_zarr_python_does(string codecs, string text) =>
        Assert.Equal(text, Row(ArrayInfo.Describe("/a", Array(("codecs", codecs)), false, "s", 1, 1), "Compressor"));

    [Fact]
    public void Shards_inside_shards_without_end_are_cut_off()
    {
        var codecs = "[\"bytes\"]";
        for (var level = 0; level < 30; level++)
        {
            codecs = $$$"""[{"name":"sharding_indexed","configuration":{"chunk_shape":[1],"codecs":{{{codecs}}}}}]""";
        }

        Assert.Equal("None", Row(ArrayInfo.Describe("/a", Array(("codecs", codecs)), false, "s", 1, 1), "Compressor"));
    }

    [Fact]
    public void A_groups_table_names_its_members()
    {
        var text = ArrayInfo.ToText(ArrayInfo.DescribeGroup("/atlantic", false, "ArraylakeFs", [], ["salinity", "temperature"]));
        Assert.Contains("Type        : zarr.hierarchy.Group\n", text, StringComparison.Ordinal);
        Assert.Contains("No. arrays  : 2\n", text, StringComparison.Ordinal);
        Assert.Contains("Arrays      : salinity, temperature\n", text, StringComparison.Ordinal);
        Assert.EndsWith("Groups      :\n", text);
    }

    private static string Row(IReadOnlyList<KeyValuePair<string, string>> rows, string name) => rows.Single(row => row.Key == name).Value;
}
