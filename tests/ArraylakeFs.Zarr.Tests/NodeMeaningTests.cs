using System.Text.Json;

namespace ArraylakeFs.Zarr.Tests;

public class NodeMeaningTests
{
    // As zarr-python 3.4 copies it, whatever it has read.
    private const string Copy = """
        {"shape": [4], "data_type": "float32", "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2]}},
         "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}}, "fill_value": 0.0,
         "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "zstd", "configuration": {"level": 0, "checksum": false}}],
         "attributes": {}, "zarr_format": 3, "node_type": "array", "storage_transformers": []}
        """;

    [Theory]
    [InlineData("\"attributes\": {}, ", "")]
    [InlineData(", \"storage_transformers\": []", "")]
    [InlineData("\"attributes\": {}", "\"attributes\": {}, \"dimension_names\": [null]")]
    [InlineData("\"fill_value\": 0.0", "\"fill_value\": 0")]
    [InlineData("{\"name\": \"default\", \"configuration\": {\"separator\": \"/\"}}", "{\"name\": \"default\"}")]
    [InlineData("{\"name\": \"default\", \"configuration\": {\"separator\": \"/\"}}", "\"default\"")]
    [InlineData("{\"level\": 0, \"checksum\": false}", "{\"level\": 0}")]
    [InlineData("{\"name\": \"zstd\", \"configuration\": {\"level\": 0, \"checksum\": false}}", "\"zstd\"")]
    [InlineData("\"data_type\": \"float32\"", "\"data_type\": {\"name\": \"float32\", \"configuration\": {}}")]
    [InlineData("\"zarr_format\": 3", "\"zarr_format\": 3, \"consolidated_metadata\": null")]
    [InlineData("{\"name\": \"regular\",", "{\"name\": \"regular\", \"must_understand\": true,")]
    public void What_is_left_to_be_understood_is_the_same(string text, string written) => Assert.True(Same(text, written));

    [Theory]
    [InlineData("\"attributes\": {}", "\"attributes\": {\"a\": 1}")]
    [InlineData("\"attributes\": {}", "\"attributes\": {}, \"dimension_names\": [\"x\"]")]
    [InlineData("\"attributes\": {}", "\"attributes\": {}, \"extra\": {\"must_understand\": false}")]
    [InlineData("\"fill_value\": 0.0", "\"fill_value\": 1")]
    [InlineData("\"fill_value\": 0.0", "\"fill_value\": -0.0")]
    [InlineData(", \"fill_value\": 0.0", "")]
    [InlineData("\"separator\": \"/\"", "\"separator\": \".\"")]
    [InlineData("{\"name\": \"default\", \"configuration\": {\"separator\": \"/\"}}", "{\"name\": \"v2\"}")]
    [InlineData("\"checksum\": false", "\"checksum\": true")]
    [InlineData("\"endian\": \"little\"", "\"endian\": \"big\"")]
    [InlineData(", \"configuration\": {\"endian\": \"little\"}", "")]
    [InlineData(", {\"name\": \"zstd\", \"configuration\": {\"level\": 0, \"checksum\": false}}", "")]
    [InlineData("\"zstd\"", "\"gzip\"")]
    [InlineData("{\"name\": \"regular\",", "{\"name\": \"regular\", \"must_understand\": false,")]
    [InlineData("\"float32\"", "\"float64\"")]
    public void What_a_reader_would_read_otherwise_is_not(string text, string written) => Assert.False(Same(text, written));

    [Theory]
    [InlineData("uint8", "0", """["bytes"]""", """[{"name": "bytes", "configuration": {"endian": "little"}}]""", true)] // one byte has no order
    [InlineData("int16", "0", """["bytes"]""", """[{"name": "bytes", "configuration": {"endian": "little"}}]""", false)]
    [InlineData(
        "uint8", "0", """[{"name": "sharding_indexed", "configuration": {"index_location": "end", "codecs": ["bytes"], "index_codecs": [{"name": "crc32c"}]}}]""",
        """[{"name": "sharding_indexed", "configuration": {"codecs": [{"name": "bytes", "configuration": {"endian": "big"}}], "index_codecs": ["crc32c"]}}]""", true)]
    [InlineData(
        "uint8", "0", """[{"name": "sharding_indexed", "configuration": {"index_codecs": ["bytes"]}}]""",
        """[{"name": "sharding_indexed", "configuration": {"index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}]}}]""", false)]
    [InlineData("uint8", "0", """[{"name": "blosc", "configuration": {"cname": "lz4", "typesize": 1}}]""", """[{"name": "blosc", "configuration": {"cname": "lz4"}}]""", true)]
    [InlineData("uint8", "0", """[{"name": "blosc", "configuration": {"cname": "lz4"}}]""", """[{"name": "blosc", "configuration": {"cname": "zstd"}}]""", false)]
    [InlineData("uint8", "0", """[{"name": "numcodecs.delta", "configuration": {"dtype": "|u1"}}]""", """[{"name": "numcodecs.delta", "configuration": {}}]""", false)]
    [InlineData("float16", "\"NaN\"", "[]", "[]", true)]
    public void A_setting_of_a_codec_counts_where_it_is_needed_to_read(string type, string fill, string codecs, string others, bool same)
    {
        string Document(string list) => $$"""{"data_type": "{{type}}", "fill_value": {{fill}}, "codecs": {{list}}}""";
        Assert.Equal(same, NodeMeaning.Same(Read(Document(codecs)), Read(Document(others))));
        Assert.Equal(same, NodeMeaning.Same(Read(Document(others)), Read(Document(codecs))));
    }

    [Theory]
    [InlineData("float32", "0.1", "0.10000000149011612", true)]
    [InlineData("float64", "0.1", "0.10000000149011612", false)]
    [InlineData("float32", "\"NaN\"", "\"0x7fc00001\"", false)]
    [InlineData("complex64", "[0, 0]", "[0.0, 0.0]", true)]
    [InlineData("int8", "5", "5.0", true)]
    [InlineData("bool", "0", "false", true)]
    [InlineData("bfloat16", "0", "0.0", false)]
    public void Fill_values_are_values_of_their_type(string type, string fill, string other, bool same) => Assert.Equal(
        same,
        NodeMeaning.Same(Read($$"""{"data_type": "{{type}}", "fill_value": {{fill}}}"""), Read($$"""{"data_type": "{{type}}", "fill_value": {{other}}}""")));

    [Fact]
    public void Records_are_written_in_two_ways()
    {
        var pairs = Read("""{"data_type": {"name": "structured", "configuration": {"fields": [["a", "uint8"], ["b", "int8"]]}}, "fill_value": "AQI="}""");
        string Objects(string second) => $$$"""
            {"data_type": {"name": "struct", "configuration": {"fields": [{"name": "a", "data_type": "uint8"}, {"name": "b", "data_type": "{{{second}}}"}]}},
             "fill_value": {"a": 1, "b": 2}}
            """;
        Assert.True(NodeMeaning.Same(pairs, Read(Objects("int8"))));
        Assert.False(NodeMeaning.Same(pairs, Read(Objects("uint8"))));
    }

    private static bool Same(string text, string written)
    {
        Assert.Contains(text, Copy, StringComparison.Ordinal);
        var other = Read(Copy.Replace(text, written, StringComparison.Ordinal));
        var same = NodeMeaning.Same(Read(Copy), other);
        Assert.Equal(same, NodeMeaning.Same(other, Read(Copy)));
        return same;
    }

    private static JsonElement Read(string json) => TolerantJson.ParseFirstValue(Documents.Bytes(json));
}
