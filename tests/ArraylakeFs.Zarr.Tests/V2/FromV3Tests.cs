using System.Text.Json.Nodes;
using ArraylakeFs.Zarr.V2;
using static ArraylakeFs.Zarr.Tests.V2.V2Documents;

namespace ArraylakeFs.Zarr.Tests.V2;

public class FromV3Tests
{
    [Fact]
    public void An_array_of_v3_becomes_an_array_of_v2()
    {
        var node = V2Node.FromV3(Documents.Bytes(Documents.Temperature));
        AssertSame(
            """
            {
              "zarr_format": 2, "shape": [100], "chunks": [10], "dtype": "<f4", "fill_value": "NaN", "order": "C", "filters": null,
              "compressor": {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0}, "dimension_separator": "/"
            }
            """,
            node.Document);
        AssertSame("""{"name": "Atlantic Ocean Temperature", "units": "degrees Celsius"}""", node.Attributes!);
        Assert.Equal(".zarray", node.FileName);
    }

    [Fact]
    public void A_group_of_v3_becomes_a_group_of_v2_without_consolidated_metadata()
    {
        var node = V2Node.FromV3(
            """{"zarr_format": 3, "node_type": "group", "attributes": {"a": NaN}, "consolidated_metadata": {"kind": "inline"}}"""u8);
        AssertSame("""{"zarr_format": 2}""", node.Document);
        Assert.Contains("NaN", Text(node.Attributes), StringComparison.Ordinal);
        Assert.DoesNotContain("\"NaN\"", Text(node.Attributes), StringComparison.Ordinal);
        Assert.Null(V2Node.FromV3("""{"zarr_format": 3, "node_type": "group"}"""u8).Attributes);
    }

    [Theory]
    [InlineData("data_type", "\"bfloat16\"", "bfloat16")]
    [InlineData("data_type", "\"int4\"", "int4")]
    [InlineData("fill_value", "\"0x7fc00001\"", "fill_value")]
    [InlineData("storage_transformers", """[{"name": "x"}]""", "storage_transformers")]
    [InlineData("chunk_grid", """{"name": "rectilinear", "configuration": {"kind": "inline", "chunk_shapes": [[60, 40]]}}""", "rectilinear")]
    [InlineData("codecs", """[{"name":"sharding_indexed","configuration":{"chunk_shape":[5],"codecs":[{"name":"bytes"}]}}]""", "sharded")]
    [InlineData("codecs", """[{"name":"bytes"},{"name":"our_own"}]""", "our_own")]
    [InlineData("codecs", """[{"name":"gzip","configuration":{"level":1}}]""", "gzip")]
    [InlineData("codecs", """[{"name":"vlen-utf8"}]""", "vlen-utf8")]
    [InlineData("codecs", """[{"name":"transpose","configuration":{"order":[0]}}]""", "codecs")]
    [InlineData("our_extension", """{"a": 1}""", "our_extension")]
    public void What_v2_cannot_say_is_named(string member, string json, string named) => Assert.Contains(
        named, Assert.ThrowsAny<ZarrFormatException>(() => V2Node.FromV3(Documents.ArrayWith((member, json)))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_transpose_other_than_a_reversal_is_refused()
    {
        byte[] With(string order) => Documents.ArrayWith(
            ("shape", "[4,4,4]"),
            ("chunk_grid", """{"name": "regular", "configuration": {"chunk_shape": [2,2,2]}}"""),
            ("codecs", $$$"""[{"name":"transpose","configuration":{"order":{{{order}}}}},{"name":"bytes","configuration":{"endian":"little"}}]"""));
        Assert.Contains("transpose", Assert.ThrowsAny<ZarrFormatException>(() => V2Node.FromV3(With("[1,0,2]"))).Message, StringComparison.Ordinal);
        Assert.Equal("F", (string?)JsonNode.Parse(V2Node.FromV3(With("[2,1,0]")).Document)!["order"]);
        Assert.Equal("C", (string?)JsonNode.Parse(V2Node.FromV3(With("[0,1,2]")).Document)!["order"]);
    }

    [Fact]
    public void Names_of_dimensions_become_the_attribute_if_all_have_one()
    {
        string AttributesOf(string names) => Text(V2Node.FromV3(Documents.ArrayWith(("dimension_names", names))).Attributes);
        Assert.Contains("\"_ARRAY_DIMENSIONS\"", AttributesOf("[\"x\"]"), StringComparison.Ordinal);
        Assert.DoesNotContain("_ARRAY_DIMENSIONS", AttributesOf("[null]"), StringComparison.Ordinal);
    }

    /// <summary>The codec <c>bytes</c> says what the chunk has, whatever the filters before it name.</summary>
    [Theory]
    [InlineData("<i4", "big", ">i4")]
    [InlineData(">i4", "big", ">i4")]
    [InlineData(">i4", "little", "<i4")]
    public void Filters_on_elements_have_the_byte_order_of_the_chunk(string named, string endian, string shown)
    {
        var delta = $$$"""{"name":"numcodecs.delta","configuration":{"dtype":"{{{named}}}"}}""";
        var codecs = $$$"""[{{{delta}}},{"name":"bytes","configuration":{"endian":"{{{endian}}}"}}]""";
        var document = Text(V2Node.FromV3(Documents.ArrayWith(("data_type", "\"int32\""), ("fill_value", "0"), ("codecs", codecs))).Document);
        Assert.Equal($"\"{shown}\"", RawMember(document, "dtype"));
        Assert.Equal(Canonical($$$"""[{"id": "delta", "dtype": "{{{shown}}}"}]"""), Canonical(RawMember(document, "filters")));
    }

    [Fact]
    public void What_may_be_ignored_is_no_hindrance() =>
        V2Node.FromV3(Documents.ArrayWith(("hint", """{"must_understand": false}""")));

    [Fact]
    public void Raw_bits_of_the_core_specification_are_raw_bytes()
    {
        var node = V2Node.FromV3(Documents.ArrayWith(("data_type", "\"r16\""), ("fill_value", "[1, 2]"), ("codecs", """[{"name":"bytes"}]""")));
        Assert.Equal("|V2", (string?)JsonNode.Parse(node.Document)!["dtype"]);
        Assert.Equal("AQI=", (string?)JsonNode.Parse(node.Document)!["fill_value"]);
    }
}
