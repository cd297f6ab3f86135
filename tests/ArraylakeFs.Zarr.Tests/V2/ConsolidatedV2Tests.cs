using ArraylakeFs.Zarr.V2;
using static ArraylakeFs.Zarr.Tests.V2.V2Documents;

namespace ArraylakeFs.Zarr.Tests.V2;

public class ConsolidatedV2Tests
{
    private static readonly (string Path, V2Node Node)[] _nodes =
    [
        ("", Group(attributes: "{}")),
        ("x", Group(attributes: """{"b": 1.0, "a": "é"}""")),
        ("x/a", new V2Node(NodeKind.Array, Documents.Bytes("""
            {"zarr_format": 2, "shape": [2], "chunks": [2], "dtype": "<f4", "fill_value": 0.0, "order": "C", "filters": null,
             "dimension_separator": ".", "compressor": {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0}}
            """), Documents.Bytes("""{"n": NaN}"""))),
    ];

    // As zarr-python 3.4 writes it.
    private const string OfZarrPython3 =
        """{"metadata": {".zgroup": {"zarr_format": 2}, ".zattrs": {}, "x/.zattrs": {"b": 1.0, "a": "\u00e9"}, "x/.zgroup": {"zarr_format": 2,"""
        + """ "consolidated_metadata": {"metadata": {}, "must_understand": false, "kind": "inline"}}, "x/a/.zattrs": {"n": NaN}, "x/a/.zarray":"""
        + """ {"shape": [2], "chunks": [2], "dtype": "<f4", "fill_value": 0.0, "order": "C", "filters": null, "dimension_separator": ".", "compressor":"""
        + """ {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0}, "zarr_format": 2}}, "zarr_consolidated_format": 1}""";

    [Fact]
    public void The_file_is_what_zarr_python_2_writes() => Assert.Equal(
        """
        {
            "metadata": {
                ".zattrs": {},
                ".zgroup": {
                    "zarr_format": 2
                },
                "x/.zattrs": {
                    "a": "\u00e9",
                    "b": 1.0
                },
                "x/.zgroup": {
                    "zarr_format": 2
                }
            },
            "zarr_consolidated_format": 1
        }
        """,
        Text(ConsolidatedV2.Write(_nodes.Take(2))));

    [Fact]
    public void What_was_written_says_the_same()
    {
        Assert.True(ConsolidatedV2.SaysTheSame(ConsolidatedV2.Write(_nodes), _nodes.Reverse()));
        Assert.True(ConsolidatedV2.SaysTheSame(Documents.Bytes(OfZarrPython3), _nodes));
    }

    [Theory]
    [InlineData("\"shape\": [2]", "\"shape\": [3]", false)]
    [InlineData("NaN", "\"NaN\"", false)]
    [InlineData("\"b\": 1.0", "\"b\": 1", false)]
    [InlineData("\"b\": 1.0", "\"b\": 10e-1", true)]
    [InlineData("\"b\": 1.0", "\"b\": 1.0, \"c\": 1", false)]
    [InlineData("x/a/.zattrs", "y/.zattrs", false)]
    [InlineData("\"x/.zgroup\"", "\"y/.zgroup\"", false)]
    [InlineData(".zarray", ".zgroup", false)]
    [InlineData("{\".zgroup\": {\"zarr_format\": 2}, ", "{\"z/.zgroup\": {\"zarr_format\": 2}, \".zgroup\": {\"zarr_format\": 2}, ", false)]
    [InlineData("\".zattrs\": {}, ", "", true)]
    [InlineData("\"dimension_separator\": \".\", ", "", true)]
    [InlineData("\"dimension_separator\": \".\", ", "\"dimension_separator\": null, ", true)]
    [InlineData("\"dimension_separator\": \".\", ", "\"dimension_separator\": \"/\", ", false)]
    [InlineData("\"fill_value\": 0.0", "\"fill_value\": 0", true)]
    [InlineData("\"fill_value\": 0.0", "\"fill_value\": null", false)]
    [InlineData("\"<f4\"", "\"|O\"", false)]
    [InlineData("\"zarr_consolidated_format\": 1", "\"zarr_consolidated_format\": 2", false)]
    [InlineData("\"metadata\"", "\"data\"", false)]
    [InlineData("{\"metadata\"", "{{", false)]
    public void What_a_tool_wrote_is_compared_by_what_it_means(string text, string other, bool same)
    {
        Assert.Contains(text, OfZarrPython3, StringComparison.Ordinal);
        Assert.Equal(same, ConsolidatedV2.SaysTheSame(Documents.Bytes(OfZarrPython3.Replace(text, other, StringComparison.Ordinal)), _nodes));
    }

    /// <summary>A document that names none leaves what there was; who reads copies does not know what that is.</summary>
    [Fact]
    public void A_copy_that_names_no_separator_is_none_of_an_array_that_has_another()
    {
        (string, V2Node)[] nodes = [("x", V2Documents.Node(("dimension_separator", "\"/\"")))];
        var text = Text(ConsolidatedV2.Write(nodes));
        Assert.True(ConsolidatedV2.SaysTheSame(Documents.Bytes(text), nodes));
        var without = text.Replace("\"dimension_separator\": \"/\",", "", StringComparison.Ordinal);
        Assert.False(ConsolidatedV2.SaysTheSame(Documents.Bytes(without), nodes));
    }

    [Fact]
    public void A_node_more_or_less_is_another_tree()
    {
        var text = ConsolidatedV2.Write(_nodes);
        Assert.False(ConsolidatedV2.SaysTheSame(text, _nodes.Take(2)));
        Assert.False(ConsolidatedV2.SaysTheSame(text, [.. _nodes, ("y", Group())]));
        Assert.False(ConsolidatedV2.SaysTheSame([], _nodes));
    }
}
