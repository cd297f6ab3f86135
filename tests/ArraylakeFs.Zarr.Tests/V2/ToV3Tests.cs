using System.Text;
using ArraylakeFs.Zarr.V2;
using static ArraylakeFs.Zarr.Tests.V2.V2Documents;

namespace ArraylakeFs.Zarr.Tests.V2;

public class ToV3Tests
{
    [Fact]
    public void An_array_of_v2_becomes_an_array_of_v3_with_the_same_chunk_names() => AssertSame(
        """
        {
          "zarr_format": 3, "node_type": "array", "shape": [100, 20], "data_type": "float32",
          "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [10, 5]}},
          "chunk_key_encoding": {"name": "v2"},
          "fill_value": "NaN",
          "codecs": [
            {"name": "bytes", "configuration": {"endian": "little"}},
            {"name": "blosc", "configuration": {"typesize": 4, "cname": "lz4", "clevel": 5, "shuffle": "shuffle", "blocksize": 0}}]
        }
        """,
        Node().ToV3());

    [Fact]
    public void A_group_keeps_its_attributes_and_what_nobody_knows()
    {
        AssertSame("""{"zarr_format": 3, "node_type": "group"}""", Group().ToV3());
        AssertSame("""{"zarr_format": 3, "node_type": "group", "attributes": {}}""", Group(attributes: "{}").ToV3());
        AssertSame(
            """{"zarr_format": 3, "node_type": "group", "attributes": {"a": 1, "_NCZARR_GROUP": {"dims": {}}}}""",
            Group("""{"zarr_format": 2, "_NCZARR_GROUP": {"dims": {}}}""", """{"a": 1}""").ToV3());
    }

    [Theory]
    [InlineData("|b1", "false", "\"bool\"", "")]
    [InlineData("|i1", "0", "\"int8\"", "")]
    [InlineData("<i2", "0", "\"int16\"", "little")]
    [InlineData(">i8", "0", "\"int64\"", "big")]
    [InlineData("<u8", "0", "\"uint64\"", "little")]
    [InlineData("<f2", "0.5", "\"float16\"", "little")]
    [InlineData(">c16", "[0.0,\"NaN\"]", "\"complex128\"", "big")]
    [InlineData("|S5", "\"\"", """{"name":"null_terminated_bytes","configuration":{"length_bytes":5}}""", "")]
    [InlineData("<U3", "\"a\"", """{"name":"fixed_length_utf32","configuration":{"length_bytes":12}}""", "little")]
    [InlineData("|V4", "\"AAAAAA==\"", """{"name":"raw_bytes","configuration":{"length_bytes":4}}""", "")]
    [InlineData("<M8[ns]", "0", """{"name":"numpy.datetime64","configuration":{"unit":"ns","scale_factor":1}}""", "little")]
    [InlineData(">m8[10s]", "0", """{"name":"numpy.timedelta64","configuration":{"unit":"s","scale_factor":10}}""", "big")]
    public void Every_data_type_of_both_formats_is_converted(string dtype, string fill, string expected, string endian)
    {
        var node = Node(("dtype", $"\"{dtype}\""), ("fill_value", fill), ("compressor", "null"));
        Assert.Equal(expected, Member(node, "data_type"));
        Assert.Equal(fill, Member(node, "fill_value"));
        Assert.Equal(endian.Length == 0 ? """[{"name":"bytes"}]""" : $$$"""[{"name":"bytes","configuration":{"endian":"{{{endian}}}"}}]""", Member(node, "codecs"));
    }

    [Theory]
    [InlineData("<f8", "\"-Infinity\"", "\"-Infinity\"")]
    [InlineData("<f4", "0.10000000149011612", "0.10000000149011612")]
    [InlineData("<f8", "1.0", "1.0")]
    [InlineData("<u8", "18446744073709551615", "18446744073709551615")]
    [InlineData("<i8", "-9223372036854775808", "-9223372036854775808")]
    [InlineData("<i4", "5.0", "5")]
    [InlineData("|b1", "1", "true")]
    [InlineData("<c8", "0", "[0,0.0]")]
    [InlineData("|S3", "0", "\"\"")]
    [InlineData("|V2", "0", "\"AAA=\"")]
    [InlineData("<U2", "0", "\"\"")]
    [InlineData("<M8[s]", "\"NaT\"", "-9223372036854775808")]
    [InlineData("<i4", "null", "0")]
    [InlineData("<f4", "null", "0.0")]
    [InlineData("|b1", "null", "false")]
    [InlineData("<m8[s]", "null", "-9223372036854775808")]
    public void A_fill_value_keeps_its_text_or_is_set_right(string dtype, string fill, string expected) =>
        Assert.Equal(expected, Member(Node(("dtype", $"\"{dtype}\""), ("fill_value", fill)), "fill_value"));

    [Fact]
    public void A_bare_NaN_as_fill_value_becomes_what_v3_writes()
    {
        var bytes = Encoding.UTF8.GetBytes(V2Documents.Array.Replace("\"NaN\"", "NaN", StringComparison.Ordinal));
        Assert.Equal("\"NaN\"", Member(new V2Node(NodeKind.Array, bytes, null), "fill_value"));
    }

    [Theory]
    [InlineData("<i1", "0")]
    [InlineData("|i4", "0")]
    [InlineData("<f16", "0")]
    [InlineData("<U0", "\"\"")]
    [InlineData("<i4[ns]", "0")]
    [InlineData("float32", "0")]
    public void A_data_type_that_v3_does_not_have_is_named(string dtype, string fill) =>
        Assert.Contains(dtype, ErrorOf(Node(("dtype", $"\"{dtype}\""), ("fill_value", fill))), StringComparison.Ordinal);

    [Theory]
    [InlineData("<i4", "2147483648")]
    [InlineData("<u2", "-1")]
    [InlineData("<i4", "1.5")]
    [InlineData("<f4", "\"0x7fc00001\"")]
    [InlineData("|S2", "\"not base64!\"")]
    [InlineData("|V4", "\"AAA=\"")]
    [InlineData("<c8", "[1.0]")]
    [InlineData("<U2", "[1]")]
    public void A_fill_value_that_is_none_is_named(string dtype, string fill) =>
        Assert.Contains("fill_value is ", ErrorOf(Node(("dtype", $"\"{dtype}\""), ("fill_value", fill))), StringComparison.Ordinal);

    [Fact]
    public void Order_F_becomes_a_transpose_of_all_dimensions()
    {
        var node = Node(("order", "\"F\""), ("compressor", "null"));
        Assert.Equal("""[{"name":"transpose","configuration":{"order":[1,0]}},{"name":"bytes","configuration":{"endian":"little"}}]""", Member(node, "codecs"));
        var line = Node(("order", "\"F\""), ("compressor", "null"), ("shape", "[100]"), ("chunks", "[10]"));
        Assert.Equal("""[{"name":"bytes","configuration":{"endian":"little"}}]""", Member(line, "codecs"));
    }

    [Theory]
    [InlineData("""{"id":"gzip","level":3}""", """{"name":"gzip","configuration":{"level":3}}""")]
    [InlineData("""{"id":"zlib","level":3}""", """{"name":"numcodecs.zlib","configuration":{"level":3}}""")]
    [InlineData("""{"id":"zstd","level":3}""", """{"name":"zstd","configuration":{"level":3,"checksum":false}}""")]
    [InlineData("""{"id":"zstd","level":1,"checksum":true}""", """{"name":"zstd","configuration":{"level":1,"checksum":true}}""")]
    [InlineData("""{"id":"lz4","acceleration":1}""", """{"name":"numcodecs.lz4","configuration":{"acceleration":1}}""")]
    [InlineData("""{"id":"bz2","level":1}""", """{"name":"numcodecs.bz2","configuration":{"level":1}}""")]
    [InlineData("""{"id":"crc32c"}""", """{"name":"crc32c"}""")]
    [InlineData("""{"id":"crc32"}""", """{"name":"numcodecs.crc32","configuration":{}}""")]
    [InlineData("""{"id":"blosc","cname":"zstd","clevel":1,"shuffle":-1,"blocksize":256}""",
        """{"name":"blosc","configuration":{"typesize":4,"cname":"zstd","clevel":1,"shuffle":"shuffle","blocksize":256}}""")]
    [InlineData("""{"id":"blosc","cname":"zlib","clevel":1,"shuffle":2}""",
        """{"name":"blosc","configuration":{"typesize":4,"cname":"zlib","clevel":1,"shuffle":"bitshuffle","blocksize":0}}""")]
    public void Every_compressor_of_both_formats_is_converted(string compressor, string codec) =>
        Assert.Equal("""[{"name":"bytes","configuration":{"endian":"little"}},""" + codec + "]", Member(Node(("compressor", compressor)), "codecs"));

    [Fact]
    public void Filters_on_elements_stand_before_bytes_and_filters_on_bytes_behind()
    {
        var node = Node(
            ("dtype", "\">f8\""),
            ("order", "\"F\""),
            ("filters", """[{"id":"fixedscaleoffset","offset":0,"scale":10,"dtype":">f8","astype":"<i2"},{"id":"shuffle","elementsize":2}]"""),
            ("compressor", """{"id":"blosc","cname":"lz4","clevel":5,"shuffle":1,"blocksize":0}"""));
        Assert.Equal(
            """[{"name":"transpose","configuration":{"order":[1,0]}},"""
            + """{"name":"numcodecs.fixedscaleoffset","configuration":{"offset":0,"scale":10,"dtype":"\u003Cf8","astype":"\u003Ci2"}},"""
            + """{"name":"bytes","configuration":{"endian":"little"}},{"name":"numcodecs.shuffle","configuration":{"elementsize":2}},"""
            + """{"name":"blosc","configuration":{"typesize":1,"cname":"lz4","clevel":5,"shuffle":"shuffle","blocksize":0}}]""",
            Member(node, "codecs"));
    }

    /// <summary>What zarr-python gives them: it read and wrote others wrong where a filter names big-endian numbers.</summary>
    [Theory]
    [InlineData(">i4", """{"id":"delta","dtype":">i4","astype":">i8"}""", """{"dtype":"\u003Ci4","astype":"\u003Ci8"}""", "big")]
    [InlineData(">i4", """{"id":"delta","dtype":">i4"}""", """{"dtype":"\u003Ci4"}""", "big")]
    [InlineData(">f4", """{"id":"astype","encode_dtype":"<i2","decode_dtype":">f4"}""",
        """{"encode_dtype":"\u003Ci2","decode_dtype":"\u003Cf4"}""", "little")]
    [InlineData("<f4", """{"id":"astype","encode_dtype":">i2","decode_dtype":"<f4"}""",
        """{"encode_dtype":"\u003Ci2","decode_dtype":"\u003Cf4"}""", "big")]
    public void Filters_on_elements_see_numbers_in_the_order_of_the_machine_and_come_back_as_they_were(
        string dtype, string filter, string configuration, string endian)
    {
        var node = Node(("dtype", $"\"{dtype}\""), ("fill_value", "0"), ("filters", $"[{filter}]"), ("compressor", "null"));
        var id = filter.Split('"')[3];
        Assert.Equal(
            $$$"""[{"name":"numcodecs.{{{id}}}","configuration":{{{configuration}}}},{"name":"bytes","configuration":{"endian":"{{{endian}}}"}}]""",
            Member(node, "codecs"));
        var back = Text(V2Node.FromV3(node.ToV3()).Document);
        Assert.Equal((Canonical($"[{filter}]"), $"\"{dtype}\""), (Canonical(RawMember(back, "filters")), RawMember(back, "dtype")));
    }

    [Theory]
    [InlineData("vlen-utf8", "\"string\"")]
    [InlineData("vlen-bytes", "\"variable_length_bytes\"")]
    public void Objects_of_varying_length_are_converted_where_their_filter_has_a_name(string id, string type)
    {
        var node = Node(
            ("dtype", "\"|O\""), ("filters", $$"""[{"id":"{{id}}"}]"""), ("fill_value", "0"), ("compressor", """{"id":"gzip","level":1}"""));
        Assert.Equal(type, Member(node, "data_type"));
        Assert.Equal("\"\"", Member(node, "fill_value"));
        Assert.Equal($$$"""[{"name":"{{{id}}}"},{"name":"gzip","configuration":{"level":1}}]""", Member(node, "codecs"));
    }

    [Theory]
    [InlineData("""[{"id":"json2"}]""", "\"|O\"", "json2")]
    [InlineData("""[{"id":"pickle"}]""", "\"|O\"", "pickle")]
    [InlineData("null", "\"|O\"", "|O")]
    [InlineData("""[{"id":"vlen-utf8"}]""", "\"<i4\"", "vlen-utf8")]
    [InlineData("""[{"id":"vlen-utf8"},{"id":"vlen-utf8"}]""", "\"|O\"", "vlen-utf8")]
    [InlineData("""[{"id":"zlib"},{"id":"delta","dtype":"<f4"}]""", "\"<f4\"", "delta")]
    [InlineData("""[{"id":"delta","dtype":"<f8"}]""", "\"<f4\"", "delta")]
    [InlineData("""[{"id":"our_own"}]""", "\"<f4\"", "our_own")]
    [InlineData("[{}]", "\"<f4\"", "id")]
    [InlineData("5", "\"<f4\"", "filters")]
    public void A_filter_that_v3_cannot_have_is_named(string filters, string dtype, string named) =>
        Assert.Contains(named, ErrorOf(Node(("filters", filters), ("dtype", dtype), ("fill_value", "0"))), StringComparison.Ordinal);

    [Theory]
    [InlineData("zarr_format", "3", "zarr_format")]
    [InlineData("zarr_format", null, "zarr_format")]
    [InlineData("shape", null, "shape")]
    [InlineData("chunks", "[10]", "chunks")]
    [InlineData("chunks", "[0, 5]", "length 0")]
    [InlineData("order", "\"A\"", "order")]
    [InlineData("dimension_separator", "\"-\"", "dimension_separator")]
    [InlineData("dtype", null, "dtype")]
    public void A_document_that_is_none_is_refused_by_the_member(string member, string? json, string named) =>
        Assert.Contains(named, ErrorOf(Node((member, json))), StringComparison.Ordinal);

    [Fact]
    public void A_damaged_document_is_named_by_its_file()
    {
        Assert.StartsWith(".zgroup: ", ErrorOf(Group("{ nonsense")), StringComparison.Ordinal);
        Assert.StartsWith(".zattrs: ", ErrorOf(Group(attributes: "[]")), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_dimensions_move_from_the_attribute_into_their_member()
    {
        var node = NodeWith("""{"_ARRAY_DIMENSIONS": ["x", "y"], "units": "m"}""");
        Assert.Equal("""["x","y"]""", Member(node, "dimension_names"));
        Assert.Equal("""{"units":"m","_FillValue":"AAAAAAAA\u002BH8="}""", Member(node, "attributes"));

        var wrong = NodeWith("""{"_ARRAY_DIMENSIONS": ["x"]}""");
        Assert.Equal("absent", Member(wrong, "dimension_names"));
        Assert.Equal("""{"_ARRAY_DIMENSIONS":["x"]}""", Member(wrong, "attributes"));
    }

    [Fact]
    public void Attributes_keep_the_text_of_their_values()
    {
        var text = Encoding.UTF8.GetString(Group(attributes:
            """{"missing": NaN, "range": [-Infinity, Infinity], "big": 123456789012345678901234567890, "one": 1.0, "name": "NaN ü"}""").ToV3());
        foreach (var value in (string[])[": NaN,", " -Infinity,", "123456789012345678901234567890", "1.0", "\"NaN \\u00fc\""])
        {
            Assert.Contains(value, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_dimension_without_elements_may_have_had_chunks_without() =>
        Assert.Contains("[1,5]", Member(Node(("shape", "[0, 20]"), ("chunks", "[0, 5]")), "chunk_grid"), StringComparison.Ordinal);
}
