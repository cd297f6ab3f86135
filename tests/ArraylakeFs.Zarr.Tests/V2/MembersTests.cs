using ArraylakeFs.Zarr.V2;
using static ArraylakeFs.Zarr.Tests.V2.V2Documents;

namespace ArraylakeFs.Zarr.Tests.V2;

/// <summary>What v2 documents have beyond the specification.</summary>
public class MembersTests
{
    [Fact]
    public void Members_of_nczarr_are_attributes_in_v3_and_come_back_where_they_were()
    {
        const string Group = """{"zarr_format": 2, "_NCZARR_SUPERBLOCK": {"version": "2.0.0"}, "_NCZARR_GROUP": {"dims": {"x": 4}, "vars": ["v"], "groups": []}}""";
        var v3 = V2Documents.Group(Group, """{"title": "t"}""").ToV3();
        AssertSame(
            """{"title": "t", "_NCZARR_SUPERBLOCK": {"version": "2.0.0"}, "_NCZARR_GROUP": {"dims": {"x": 4}, "vars": ["v"], "groups": []}}""",
            Documents.Bytes(RawMember(Text(v3), "attributes")));
        var back = V2Node.FromV3(v3);
        AssertSame(Group, back.Document);
        AssertSame("""{"title": "t"}""", back.Attributes!);

        var array = Node(("_NCZARR_ARRAY", """{"dimrefs": ["/x"], "storage": "chunked"}"""));
        AssertSame("""{"_NCZARR_ARRAY": {"dimrefs": ["/x"], "storage": "chunked"}}""", Documents.Bytes(RawMember(Text(array.ToV3()), "attributes")));
        AssertSame(Text(array.Document), V2Node.FromV3(array.ToV3()).Document);
        Assert.Null(V2Node.FromV3(array.ToV3()).Attributes);
    }

    [Theory]
    [InlineData("""{"zarr_format": 2, "ours": [1.0, 1e400, NaN]}""", null)]
    [InlineData("""{"zarr_format": 2, "ours": 1}""", "{}")]
    [InlineData("""{"zarr_format": 2, "ours": 1, "_NCZARR_GROUP": {}}""", """{"ours": 2, "_NCZARR_GROUP": 3}""")]
    [InlineData("""{"zarr_format": 2, "_NCZARR_GROUP": {}}""", """{"_NCZARR_GROUP": 3}""")]
    [InlineData("""{"zarr_format": 2}""", """{"_NCZARR_GROUP": 3, "_nczarr_group": {}}""")]
    [InlineData("""{"zarr_format": 2, "_NCZARR_GROUP": {}}""", "{}")]
    [InlineData("""{"zarr_format": 2, "_NCZARR_GROUP": {}}""", null)]
    public void Members_and_attributes_of_any_names_come_back_where_they_were(string document, string? attributes)
    {
        var back = V2Node.FromV3(V2Documents.Group(document, attributes) is var node ? (node with { Document = Documents.Bytes(document) }).ToV3() : []);
        AssertSame(document, back.Document);
        Assert.Equal(attributes is null, back.Attributes is null);
        AssertSame(attributes ?? "{}", back.Attributes ?? Documents.Bytes("{}"));
    }

    /// <summary>v3 has one way to say it; the spelling of v2 comes back all the same.</summary>
    [Theory]
    [InlineData("compressor", """{"id":"blosc","cname":"lz4","clevel":5,"shuffle":-1,"blocksize":0}""")]
    [InlineData("compressor", """{"id":"zstd","level":3,"checksum":false}""")]
    [InlineData("compressor", """{"id":"blosc"}""")]
    [InlineData("filters", "[]")]
    [InlineData("dimension_separator", "null")]
    public void Members_that_v3_says_in_its_own_way_keep_theirs(string member, string json)
    {
        var node = Node((member, json));
        var v3 = node.ToV3();
        AssertSame(Text(node.Document), V2Node.FromV3(v3).Document);

        // Another compressor, which a v3 tool has given it, is not covered up.
        var changed = Text(v3).Replace("\"lz4\"", "\"zlib\"", StringComparison.Ordinal).Replace("\"zstd\"", "\"gzip\"", StringComparison.Ordinal)
            .Replace("\"clevel\": 5", "\"clevel\": 4", StringComparison.Ordinal);
        var shown = V2Node.FromV3(Documents.Bytes(changed));
        Assert.Equal(changed, Text(shown.ToV3(Documents.Bytes(changed))));
        Assert.Equal(changed.Contains("\"zlib\"", StringComparison.Ordinal), Text(shown.Document).Contains("\"zlib\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Order_F_of_one_dimension_comes_back()
    {
        var node = Node(("order", "\"F\""), ("shape", "[3]"), ("chunks", "[2]"));
        AssertSame(Text(node.Document), V2Node.FromV3(node.ToV3()).Document);
    }

    [Fact]
    public void A_member_of_nczarr_that_a_v3_tool_changes_is_changed_in_v2()
    {
        var v3 = Text(Node(("_NCZARR_ARRAY", "1")).ToV3());
        var shown = V2Node.FromV3(Documents.Bytes(v3.Replace("\"_NCZARR_ARRAY\": 1", "\"_NCZARR_ARRAY\": 2", StringComparison.Ordinal)));
        Assert.Equal("2", RawMember(Text(shown.Document), "_NCZARR_ARRAY"));
    }

    [Fact]
    public void A_document_of_nczarr_with_an_old_tail_is_read()
    {
        var node = new V2Node(
            NodeKind.Array,
            Documents.Bytes("""{"zarr_format": 2, "shape": [2], "dtype": "<f8", "chunks": [2], "fill_value": NaN, "order": "C", "compressor": null, "filters": null}"<U1", …}}}"""),
            Documents.Bytes("""{"_FillValue": NaN, "_nczarr_attrs": {"types": {"_FillValue": "<f8"}}}}}"""));
        AssertSame("""{"_FillValue": NaN, "_nczarr_attrs": {"types": {"_FillValue": "<f8"}}}""", V2Node.FromV3(node.ToV3()).Attributes!);
    }
}
