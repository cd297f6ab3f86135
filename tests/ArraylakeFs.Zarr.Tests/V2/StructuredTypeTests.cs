using ArraylakeFs.Zarr.V2;
using static ArraylakeFs.Zarr.Tests.V2.V2Documents;

namespace ArraylakeFs.Zarr.Tests.V2;

public class StructuredTypeTests
{
    private const string Little = """[["a","<i4"],["b","<f8"],["s","|S3"],["u","<U2"]]""";

    // What zarr-python 3.4 writes for (1, 2.5, b'x', 'y').
    private const string Value = "\"AQAAAAAAAAAAAARAeAAAeQAAAAAAAAA=\"";

    [Fact]
    public void A_structured_type_has_the_same_fields_in_both_formats()
    {
        var v3 = Text(Node(("dtype", Little), ("fill_value", Value), ("compressor", "null")).ToV3());
        AssertSame(
            """
            {"name": "structured", "configuration": {"fields": [
              ["a", "int32"], ["b", "float64"], ["s", {"name": "null_terminated_bytes", "configuration": {"length_bytes": 3}}],
              ["u", {"name": "fixed_length_utf32", "configuration": {"length_bytes": 8}}]]}}
            """,
            Documents.Bytes(RawMember(v3, "data_type")));
        Assert.Equal(Value, RawMember(v3, "fill_value"));
        AssertSame("""[{"name": "bytes", "configuration": {"endian": "little"}}]""", Documents.Bytes(RawMember(v3, "codecs")));
    }

    [Fact]
    public void What_zarr_python_writes_in_v3_is_what_it_writes_in_v2()
    {
        var before = Documents.ArrayWith(
            ("data_type", """
            {"name": "struct", "configuration": {"fields": [{"name": "a", "data_type": "int32"}, {"name": "b", "data_type": "float64"},
              {"name": "s", "data_type": {"name": "null_terminated_bytes", "configuration": {"length_bytes": 3}}},
              {"name": "u", "data_type": {"name": "fixed_length_utf32", "configuration": {"length_bytes": 8}}}]}}
            """),
            ("fill_value", """{"a": 1, "b": 2.5, "s": "eA==", "u": "y"}"""));
        var document = Text(V2Node.FromV3(before).Document);
        AssertSame(Little, Documents.Bytes(RawMember(document, "dtype")));
        Assert.Equal(Value, RawMember(document, "fill_value"));
    }

    /// <summary>v2 has the bytes of the fill value as the type has them, v3 always little-endian.</summary>
    [Fact]
    public void The_fill_value_of_a_big_endian_type_is_turned_around()
    {
        var node = Node(("dtype", """[["a",">u2"],["c",">c8"],["u",">U1"]]"""), ("fill_value", "\"AAEAAAABAAAAAgAAAGE=\""), ("compressor", "null"));
        var v3 = Text(node.ToV3());
        Assert.Equal("\"AQABAAAAAgAAAGEAAAA=\"", RawMember(v3, "fill_value"));
        AssertSame("""[{"name": "bytes", "configuration": {"endian": "big"}}]""", Documents.Bytes(RawMember(v3, "codecs")));
        AssertSame(Text(node.Document), V2Node.FromV3(Documents.Bytes(v3)).Document);
    }

    [Theory]
    [InlineData("null", "\"AAAAAA==\"")]
    [InlineData("0", "\"AAAAAA==\"")]
    public void No_fill_value_is_a_record_of_zeros(string fill, string expected)
    {
        var node = Node(("dtype", """[["a","<i2"],["b","<i2"]]"""), ("fill_value", fill));
        Assert.Equal(expected, RawMember(Text(node.ToV3()), "fill_value"));
        AssertSame(Text(node.Document), V2Node.FromV3(node.ToV3()).Document);
    }

    [Theory]
    [InlineData("""[["a","<i4"],["b",">i4"]]""", "both byte orders")]
    [InlineData("""[["a","<i4",[2]]]""", "\"a\"")]
    [InlineData("""[["a",[["b","<i4"]]]]""", "\"a\"")]
    [InlineData("""[["a","|O"]]""", "\"a\"")]
    [InlineData("""[["a","<f16"]]""", "<f16")]
    [InlineData("""[["a","<i4"],["a","<i4"]]""", "one name")]
    [InlineData("[]", "none")]
    [InlineData("[5]", "5")]
    public void Fields_that_v3_cannot_have_are_named(string dtype, string named) =>
        Assert.Contains(named, ErrorOf(Node(("dtype", dtype), ("fill_value", "null"))), StringComparison.Ordinal);

    [Theory]
    [InlineData("""[["a", {"name": "structured", "configuration": {"fields": [["b", "int8"]]}}]]""", "\"a\"")]
    [InlineData("""[["a", "string"]]""", "\"a\"")]
    [InlineData("""[["a", "bfloat16"]]""", "bfloat16")]
    [InlineData("""[{"name": "a"}]""", "a field of data_type")]
    public void Fields_that_v2_cannot_have_are_named(string fields, string named) => Assert.Contains(
        named,
        Assert.ThrowsAny<ZarrFormatException>(() => V2Node.FromV3(Documents.ArrayWith(
            ("data_type", $$$"""{"name": "structured", "configuration": {"fields": {{{fields}}}}}"""), ("fill_value", "\"AA==\"")))).Message,
        StringComparison.Ordinal);
}
