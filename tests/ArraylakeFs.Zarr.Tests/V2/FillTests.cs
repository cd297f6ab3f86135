using System.Text.Json.Nodes;
using ArraylakeFs.Zarr.V2;
using static ArraylakeFs.Zarr.Tests.V2.V2Documents;

namespace ArraylakeFs.Zarr.Tests.V2;

/// <summary>Fill values that only v2 has, and xarray's _FillValue, which the formats keep in different places.</summary>
public class FillTests
{
    private const string Nine = "\"AAAAAAAAIkA=\""; // 9.0 as xarray encodes it

    private const string NotANumber = "\"AAAAAAAA+H8=\"";

    [Theory]
    [InlineData("\"<i4\"", "null", "0", "\"null\"")]
    [InlineData("\"<f4\"", "null", "0.0", "\"null\"")]
    [InlineData("\"<m8[s]\"", "null", "-9223372036854775808", "\"null\"")]
    [InlineData("\"<m8[s]\"", "\"NaT\"", "-9223372036854775808", "\"\\\"NaT\\\"\"")]
    [InlineData("\"<i4\"", "5.0", "5", "\"5.0\"")]
    [InlineData("\"<c8\"", "0", "[0,0.0]", "\"0\"")]
    [InlineData("\"<i4\"", "5", "5", "absent")]
    public void A_fill_value_that_v3_cannot_have_stays_in_an_attribute(string dtype, string fill, string expected, string marker)
    {
        var v3 = Node(("dtype", dtype), ("fill_value", fill)).ToV3();
        Assert.Equal(Canonical(expected), Canonical(RawMember(Text(v3), "fill_value")));
        Assert.Equal(marker, RawMember(RawMember(Text(v3), "attributes") is var all && all == "absent" ? "{}" : all, "_zarr_v2_fill_value"));
        var back = V2Node.FromV3(v3);
        Assert.Equal(fill, RawMember(Text(back.Document), "fill_value"));
        Assert.Null(back.Attributes);
    }

    [Fact]
    public void A_bare_NaN_comes_back_bare()
    {
        var bytes = Documents.Bytes(V2Documents.Array.Replace("\"NaN\"", "NaN", StringComparison.Ordinal));
        var v3 = new V2Node(NodeKind.Array, bytes, null).ToV3();
        Assert.Equal("\"NaN\"", RawMember(Text(v3), "fill_value"));
        AssertSame(Text(bytes), V2Node.FromV3(v3).Document);
    }

    [Fact]
    public void The_attribute_is_ignored_and_hidden_when_a_v3_tool_has_changed_the_fill_value()
    {
        var v3 = Text(Node(("dtype", "\"<i4\""), ("fill_value", "null")).ToV3());
        var changed = Documents.Bytes(v3.Replace("\"fill_value\": 0", "\"fill_value\": 7", StringComparison.Ordinal));
        var shown = V2Node.FromV3(changed);
        Assert.Equal("7", RawMember(Text(shown.Document), "fill_value"));
        Assert.Null(shown.Attributes);
        Assert.Equal(changed, shown.ToV3(changed));

        // A v2 tool that sets it to 0 means 0.
        foreach (var fill in (string[])["0", "null"])
        {
            var written = WithFill(shown, "7", fill);
            Assert.Equal(fill, RawMember(Text(V2Node.FromV3(written.ToV3(changed)).Document), "fill_value"));
        }
    }

    [Fact]
    public void A_v2_tool_that_gives_an_undefined_fill_value_a_value_takes_the_attribute_away()
    {
        var v3 = NodeWith("""{"a": 1}""", ("dtype", "\"<i4\""), ("fill_value", "null")).ToV3();
        var shown = V2Node.FromV3(v3);
        AssertSame("""{"a": 1}""", Documents.Bytes(RawMember(Text(WithFill(shown, "null", "5").ToV3(v3)), "attributes")));
    }

    [Fact]
    public void The_reserved_attributes_cannot_be_written_through_v2() =>
        Assert.Contains("_zarr_v2_fill_value", ErrorOf(NodeWith("""{"_zarr_v2_fill_value": "null"}""")), StringComparison.Ordinal);

    [Fact]
    public void GDAL_writes_null_in_v3_too() =>
        Assert.Equal("null", RawMember(Text(V2Node.FromV3(Documents.ArrayWith(("fill_value", "null"))).Document), "fill_value"));

    /// <summary>fill_value, _FillValue in v2; _FillValue in v3, and what keeps the text of v2.</summary>
    [Theory]
    [InlineData("<f4", "\"NaN\"", "absent", NotANumber, "absent")]
    [InlineData("<f4", "9.0", "absent", Nine, "absent")]
    [InlineData("<f4", "null", "absent", "absent", "absent")]
    [InlineData("<f4", "0.10000000149011612", "absent", "\"AAAAoJmZuT8=\"", "absent")]
    [InlineData("<i4", "-1", "absent", "-1", "absent")]
    [InlineData("|b1", "true", "absent", "true", "absent")]
    [InlineData("<c8", "[9.0,\"NaN\"]", "absent", "[\"AAAAAAAAIkA=\",\"AAAAAAAA+H8=\"]", "absent")]
    [InlineData("|S2", "\"YWI=\"", "absent", "absent", "absent")]
    [InlineData("<M8[s]", "0", "absent", "absent", "absent")]
    [InlineData("<f4", "0.0", "9.0", Nine, "{\"_FillValue\":9.0}")]
    [InlineData("<f4", "0.0", "9", Nine, "{\"_FillValue\":9}")]
    [InlineData("<f4", "9.0", "9.0", Nine, "{\"_FillValue\":9.0}")]
    [InlineData("<f4", "null", "9.0", Nine, "absent")]
    [InlineData("<f4", "0.0", Nine, Nine, "{\"_FillValue\":\"AAAAAAAAIkA=\"}")]
    [InlineData("<f4", "0.0", "\"none\"", "\"none\"", "{\"_FillValue\":\"none\"}")]
    [InlineData("<i4", "0", "9", "9", "{\"_FillValue\":9}")]
    [InlineData("<i4", "9", "9", "9", "{\"_FillValue\":9}")]
    [InlineData("<i4", "0", "9.0", "9", "{\"_FillValue\":9.0}")]
    [InlineData("<i4", "0", "9.5", "9.5", "{\"_FillValue\":9.5}")]
    [InlineData("|S2", "\"\"", "\"ab\"", "\"YWI=\"", "absent")]
    [InlineData("<U2", "\"\"", "\"ab\"", "\"ab\"", "absent")]
    [InlineData("<c8", "[0.0,0.0]", "[9.0,0.0]", "[\"AAAAAAAAIkA=\",\"AAAAAAAAAAA=\"]", "{\"_FillValue\":[9.0, 0.0]}")]
    public void The_value_for_missing_data_is_where_xarray_looks_for_it_in_both_formats(
        string dtype, string fill, string attribute, string encoded, string kept)
    {
        var given = attribute == "absent" ? "" : $", \"_FillValue\": {attribute}";
        var attributes = $$"""{"_ARRAY_DIMENSIONS": ["y", "x"]{{given}}}""";
        var v3 = NodeWith(attributes, ("dtype", $"\"{dtype}\""), ("fill_value", fill)).ToV3();
        var written = RawMember(Text(v3), "attributes");
        AssertMember(encoded, written, "_FillValue");
        var text = RawMember(written, "_zarr_v2_attributes");
        Assert.Equal(kept, text == "absent" ? text : JsonNode.Parse(text)!.GetValue<string>().Replace(": ", ":", StringComparison.Ordinal));
        foreach (var isComplete in new[] { false, true })
        {
            var back = V2Node.FromV3(v3, isComplete);
            AssertSame(attributes, back.Attributes!);
            Assert.Equal(Canonical(fill), Canonical(RawMember(Text(back.Document), "fill_value")));
            Assert.Equal(v3, back.ToV3(v3));
        }
    }

    [Fact]
    public void An_array_without_names_of_dimensions_keeps_the_attribute_as_it_is()
    {
        var v3 = NodeWith("""{"_FillValue": -9999.0}""").ToV3();
        Assert.Equal("-9999.0", RawMember(RawMember(Text(v3), "attributes"), "_FillValue"));
        AssertSame("""{"_FillValue": -9999.0}""", V2Node.FromV3(v3).Attributes!);
        Assert.Null(V2Node.FromV3(Node(("fill_value", "9.0")).ToV3()).Attributes);
    }

    /// <summary>What xarray writes in v3: type, fill_value, _FillValue; what v2 shows as _FillValue.</summary>
    [Theory]
    [InlineData("\"float32\"", "\"NaN\"", NotANumber, "absent")]
    [InlineData("\"float32\"", "9", Nine, "absent")]
    [InlineData("\"float32\"", "0", Nine, "9.0")]
    [InlineData("\"float64\"", "0", "\"RJKupsUqrkQ=\"", "7.123e+22")]
    [InlineData("\"float32\"", "0", "\"AAAAAAAAAIA=\"", "-0.0")]
    [InlineData("\"float32\"", "0", "9.0", "9.0")]
    [InlineData("\"int32\"", "0", "-1", "-1")]
    [InlineData("\"int32\"", "-1", "-1", "absent")]
    [InlineData("\"complex64\"", "[0, 0]", "[\"AAAAAAAAIkA=\", \"AAAAAAAAAAA=\"]", "[9.0, 0.0]")]
    [InlineData("\"complex64\"", "[9, 0]", "[\"AAAAAAAAIkA=\", \"AAAAAAAAAAA=\"]", "absent")]
    [InlineData("\"string\"", "\"x\"", "\"y\"", "\"y\"")]
    public void What_xarray_has_written_in_v3_is_shown_decoded_and_kept(string type, string fill, string attribute, string shown)
    {
        var codecs = type == "\"string\"" ? """[{"name":"vlen-utf8"}]""" : """[{"name":"bytes","configuration":{"endian":"little"}}]""";
        var before = Documents.ArrayWith(
            ("data_type", type), ("fill_value", fill), ("codecs", codecs), ("dimension_names", "[\"x\"]"),
            ("attributes", $$"""{"u": "K", "_FillValue": {{attribute}}}"""));
        var node = V2Node.FromV3(before);
        AssertMember(shown, Text(node.Attributes), "_FillValue");
        var changed = node with { Attributes = Documents.Bytes(Text(node.Attributes).Replace("\"K\"", "\"C\"", StringComparison.Ordinal)) };
        AssertSame($$"""{"u": "C", "_FillValue": {{attribute}}}""", Documents.Bytes(RawMember(Text(changed.ToV3(before)), "attributes")));
    }

    [Fact]
    public void A_decoded_NaN_is_a_bare_token()
    {
        var before = Documents.ArrayWith(
            ("fill_value", "0.0"), ("dimension_names", "[\"x\"]"), ("attributes", $$"""{"_FillValue": {{NotANumber}}}"""));
        Assert.Contains("\"_FillValue\": NaN", Text(V2Node.FromV3(before).Attributes), StringComparison.Ordinal);
    }

    [Fact]
    public void When_a_v2_tool_changes_the_fill_value_the_attribute_follows()
    {
        var before = Documents.ArrayWith(("fill_value", "9.0"), ("dimension_names", "[\"x\"]"), ("attributes", $$"""{"_FillValue": {{Nine}}}"""));
        var node = V2Node.FromV3(before);
        Assert.Equal("\"AAAAAAAAJEA=\"", RawMember(RawMember(Text(WithFill(node, "9.0", "10.0").ToV3(before)), "attributes"), "_FillValue"));
        Assert.Equal("absent", RawMember(RawMember(Text(WithFill(node, "9.0", "null").ToV3(before)), "attributes"), "_FillValue"));
    }

    /// <summary>zarr-python writes no names for an array without dimensions; xarray wants to see them in v2.</summary>
    [Fact]
    public void An_array_without_dimensions_has_all_their_names()
    {
        var before = Documents.ArrayWith(
            ("shape", "[]"), ("chunk_grid", """{"name": "regular", "configuration": {"chunk_shape": []}}"""),
            ("attributes", $$"""{"_FillValue": {{NotANumber}}}"""));
        AssertSame("""{"_ARRAY_DIMENSIONS": []}""", V2Node.FromV3(before).Attributes!);
        Assert.Null(V2Node.FromV3(Node(("shape", "[]"), ("chunks", "[]")).ToV3()).Attributes);
        var empty = NodeWith("{}", ("shape", "[]"), ("chunks", "[]"));
        AssertSame("{}", V2Node.FromV3(empty.ToV3()).Attributes!);
    }

    private static V2Node WithFill(V2Node node, string was, string fill) => node with
    {
        Document = Documents.Bytes(Text(node.Document).Replace($"\"fill_value\": {was}", $"\"fill_value\": {fill}", StringComparison.Ordinal)),
    };

    private static void AssertMember(string expected, string json, string name)
    {
        var actual = RawMember(json, name);
        Assert.Equal(expected == "absent" ? expected : Canonical(expected), actual == "absent" ? actual : Canonical(actual));
    }
}
