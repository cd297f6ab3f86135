using ArraylakeFs.Zarr.V2;
using static ArraylakeFs.Zarr.Tests.V2.V2Documents;

namespace ArraylakeFs.Zarr.Tests.V2;

/// <summary>What a v2 tool writes over a node of a v3 tool changes only what it means to change.</summary>
public class KeptTextTests
{
    private const string Before = """
        {
          "hint": {"must_understand": false, "x":1.00},
          "zarr_format": 3,
          "node_type": "array",
          "shape": [100 , 20],
          "data_type": {"name": "float32"},
          "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [10, 5]}},
          "chunk_key_encoding": "default",
          "codecs": ["bytes", {"name": "gzip", "configuration": {"level":1}}],
          "fill_value": 0,
          "attributes": {
            "b": 1.50,
            "a": [ NaN ],
            "é": "\u00e9"
          },
          "dimension_names": ["x", null],
          "storage_transformers": []
        } old tail}}
        """;

    [Theory]
    [InlineData("shape", "[100 , 20]", "\"shape\": [\n        100,\n        20\n    ]", "\"shape\": [120, 20]", "[\n    120,\n    20\n  ]")]
    [InlineData("chunk_grid", "{\"name\": \"regular\", \"configuration\": {\"chunk_shape\": [10, 5]}}", "\"chunks\": [\n        10,\n        5\n    ]", "\"chunks\": [10, 10]",
        "{\n    \"name\": \"regular\",\n    \"configuration\": {\n      \"chunk_shape\": [\n        10,\n        10\n      ]\n    }\n  }")]
    [InlineData("chunk_key_encoding", "\"default\"", "\"dimension_separator\": \"/\"", "\"dimension_separator\": \".\"",
        "{\n    \"name\": \"v2\",\n    \"configuration\": {\n      \"separator\": \".\"\n    }\n  }")]
    public void A_changed_member_of_the_array_is_written_and_every_other_byte_stays(string member, string was, string shown, string written, string expected)
    {
        var node = V2Node.FromV3(Documents.Bytes(Before));
        Assert.Contains(shown, Text(node.Document), StringComparison.Ordinal);
        var changed = node with { Document = Documents.Bytes(Text(node.Document).Replace(shown, written, StringComparison.Ordinal)) };
        Assert.Equal(
            Before.Replace($"\"{member}\": {was}", $"\"{member}\": {expected}", StringComparison.Ordinal).Replace(" old tail}}", "", StringComparison.Ordinal),
            Text(changed.ToV3(Documents.Bytes(Before))));
    }

    [Theory]
    [InlineData("{}", "\"attributes\": {}")]
    [InlineData("""{"a": [NaN], "b": 1.5, "é": "é"}""", "\"attributes\": {\n    \"b\": 1.50,\n    \"a\": [ NaN ],\n    \"é\": \"\\u00e9\"\n  }")]
    [InlineData("""{"a": ["NaN"], "b": 1.5}""", "\"attributes\": {\n    \"b\": 1.50,\n    \"a\": [\n      \"NaN\"\n    ]\n  }")]
    [InlineData("""{"é": "é", "n": {"m": 1}}""", "\"attributes\": {\n    \"é\": \"\\u00e9\",\n    \"n\": {\n      \"m\": 1\n    }\n  }")]
    public void Attributes_are_kept_replaced_added_and_removed_one_by_one(string written, string expected)
    {
        var node = V2Node.FromV3(Documents.Bytes(Before)) with { Attributes = Documents.Bytes(written) };
        var start = Before.IndexOf("\"attributes\"", StringComparison.Ordinal);
        var end = Before.IndexOf(",\n  \"dimension_names\"", StringComparison.Ordinal);
        var all = Before[..start] + expected + Before[end..];
        var isChanged = expected != Before[start..end];
        Assert.Equal(isChanged ? all.Replace(" old tail}}", "", StringComparison.Ordinal) : all, Text(node.ToV3(Documents.Bytes(Before))));
    }

    [Fact]
    public void A_document_that_says_the_same_in_other_words_changes_nothing()
    {
        var node = NodeWith(
            """{"é": "\u00e9", "b": 15e-1, "a": [NaN]}""",
            ("dimension_separator", "\"/\""), ("fill_value", "0.0"), ("compressor", """{"level":1,"id":"gzip"}"""));
        Assert.Equal(Before, Text(node.ToV3(Documents.Bytes(Before))));
    }

    [Fact]
    public void Another_data_type_codec_or_fill_value_is_written_with_all_three()
    {
        var node = V2Node.FromV3(Documents.Bytes(Before));
        var document = Text(node.Document).Replace("\"fill_value\": 0", "\"fill_value\": 5.0", StringComparison.Ordinal);
        var after = Text((node with { Document = Documents.Bytes(document) }).ToV3(Documents.Bytes(Before)));
        Assert.Equal(("5.0", "\"float32\""), (RawMember(after, "fill_value"), RawMember(after, "data_type")));
        Assert.Equal("\"default\"", RawMember(after, "chunk_key_encoding"));
        AssertSame(
            """[{"name":"bytes","configuration":{"endian":"little"}},{"name":"gzip","configuration":{"level":1}}]""",
            Documents.Bytes(RawMember(after, "codecs")));
    }

    [Fact]
    public void Names_of_dimensions_that_v2_does_not_show_stay_until_v2_gives_others()
    {
        var node = V2Node.FromV3(Documents.Bytes(Before));
        var named = (node with { Attributes = Documents.Bytes("""{"_ARRAY_DIMENSIONS": ["lat", "lon"]}""") }).ToV3(Documents.Bytes(Before));
        AssertSame("""["lat","lon"]""", Documents.Bytes(RawMember(Text(named), "dimension_names")));
        Assert.Equal("absent", RawMember(Text((V2Node.FromV3(named) with { Attributes = null }).ToV3(named)), "dimension_names"));
        var line = node with { Document = Node(("shape", "[3]"), ("chunks", "[3]")).Document };
        Assert.Equal("absent", RawMember(Text(line.ToV3(Documents.Bytes(Before))), "dimension_names"));
    }

    [Fact]
    public void A_group_keeps_what_v2_does_not_show()
    {
        const string Group = """{"node_type":"group","consolidated_metadata":{"kind":"inline"},"zarr_format":3,"attributes":{"a":1.00}}""";
        var node = V2Node.FromV3(Documents.Bytes(Group));
        Assert.Equal(Group, Text(node.ToV3(Documents.Bytes(Group))));
        Assert.Equal(
            Group.Replace("1.00", "1.00, \"b\": [2, 3]", StringComparison.Ordinal),
            Text((node with { Attributes = Documents.Bytes("""{"b": [2,3], "a": 1.0}""") }).ToV3(Documents.Bytes(Group))));
        var plain = Documents.Bytes("""{"zarr_format": 3, "node_type": "group"}""");
        Assert.Equal(plain, V2Documents.Group(attributes: "{}").ToV3(plain));
        Assert.Equal("""{"zarr_format": 3, "node_type": "group", "attributes": {"a": 1}}""", Text(V2Documents.Group(attributes: """{"a": 1}""").ToV3(plain)));
    }

    /// <summary>Whatever of the node is in attributes that v2 does not show.</summary>
    [Theory]
    [InlineData("{}", "")]
    [InlineData("""{"_zarr_v2_attributes": "{}"}""", "")]
    [InlineData("""{"_zarr_v2_attributes": "{}", "_zarr_v2_members": "{\"b\": 1}"}""", ", \"b\": 1")]
    [InlineData("""{"_zarr_v2_members": "{\"b\": 1}"}""", ", \"b\": 1")]
    public void A_file_of_attributes_is_there_as_long_as_the_v2_tool_has_it(string before, string members)
    {
        byte[] document = Documents.Bytes($$"""{"zarr_format": 3, "node_type": "group", "attributes": {{before}}}""");
        foreach (string member in new[] { members, ", \"b\": 2" })
        {
            Assert.Null(V2Node.FromV3(V2Documents.Group("{\"zarr_format\": 2" + member + "}").ToV3(document)).Attributes);
            AssertSame("{}", V2Node.FromV3(V2Documents.Group("{\"zarr_format\": 2" + member + "}", "{}").ToV3(document)).Attributes!);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("""{"zarr_format": 3, "node_type": "group", "attributes": {"kept": 1}}""")]
    [InlineData("""{"zarr_format": 3, "node_type": "array"}""")]
    public void A_document_that_is_none_or_of_another_kind_is_ignored(string before) =>
        Assert.Equal(Text(Node().ToV3()), Text(Node().ToV3(Documents.Bytes(before))));
}
