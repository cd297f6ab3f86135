using System.Text;

namespace ArraylakeFs.Zarr.Tests;

public class ConsolidatedV3Tests
{
    // As zarr-python 3.4 writes it, but for the array's members.
    private const string Root = """
        {
          "attributes": {},
          "zarr_format": 3,
          "consolidated_metadata": {
            "kind": "inline",
            "must_understand": false,
            "metadata": {
              "x": {
                "attributes": {"b": 1.0, "brace": "}, \"{"},
                "zarr_format": 3,
                "consolidated_metadata": {
                  "kind": "inline",
                  "must_understand": false,
                  "metadata": {}
                },
                "node_type": "group"
              },
              "x/a": {
                "shape": [2],
                "attributes": {
                  "\u00e9": 1.0,
                  "n": NaN
                },
                "node_type": "array"
              }
            }
          },
          "node_type": "group"
        }
        """;

    private static readonly (string Path, ReadOnlyMemory<byte> Document)[] _nodes =
    [
        ("x/a", Documents.Bytes("""{"node_type": "array", "shape": [ 2 ], "attributes": {"n": NaN, "é": 10e-1}}""")),
        ("x", Documents.Bytes("""{"zarr_format": 3, "node_type": "group", "attributes": {"b": 1.0, "brace": "}, \"{"}}""")),
    ];

    [Theory]
    [InlineData("""{"consolidated_metadata": {}}""", true)]
    [InlineData("""{"consolidated_metadata": null}""", false)]
    [InlineData("""{"attributes": {"consolidated_metadata": {}}}""", false)]
    [InlineData("""{"attributes": "consolidated_metadata"}""", false)]
    [InlineData("""{"consolidated_metadata": {}""", false)]
    [InlineData("{}", false)]
    public void A_member_that_is_not_null_is_found(string document, bool found) => Assert.Equal(found, ConsolidatedV3.IsIn(Documents.Bytes(document)));

    [Theory]
    [InlineData("""{"a":1,"consolidated_metadata": {"b": [1, {}]} , "c" : NaN}tail""", """{"a":1, "c" : NaN}tail""")]
    [InlineData(""" { "consolidated_metadata":null, "c":"é" }""", """ { "c":"é" }""")]
    [InlineData("{\n  \"a\": 1,\n  \"consolidated_metadata\": {}\n}\n", "{\n  \"a\": 1\n}\n")]
    [InlineData("""{"consolidated_metadata": "x"}""", "{}")]
    [InlineData("""{"consolidated_metadata": 1, "a": 2, "consolidated_metadata": 3}""", """{ "a": 2}""")]
    [InlineData("""{"attributes": {"consolidated_metadata": {}}}""", """{"attributes": {"consolidated_metadata": {}}}""")]
    [InlineData("""no document with consolidated_metadata""", """no document with consolidated_metadata""")]
    public void The_member_is_cut_out_and_every_other_byte_stays(string document, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(ConsolidatedV3.Without(Documents.Bytes(document))));

    [Fact]
    public void What_zarr_python_wrote_loses_nothing_else()
    {
        var start = Root.IndexOf("  \"consolidated_metadata\"", StringComparison.Ordinal);
        var end = Root.LastIndexOf("  \"node_type\"", StringComparison.Ordinal);
        Assert.Equal(Root[..start] + Root[end..], Encoding.UTF8.GetString(ConsolidatedV3.Without(Documents.Bytes(Root))));
    }

    [Fact]
    public void What_the_nodes_say_too_is_the_same()
    {
        Assert.True(ConsolidatedV3.SaysTheSame(Documents.Bytes(Root), _nodes));
        Assert.False(ConsolidatedV3.SaysTheSame(Documents.Bytes(Root), _nodes.Take(1)));
        Assert.False(ConsolidatedV3.SaysTheSame(Documents.Bytes(Root), [.. _nodes, ("y", _nodes[1].Document)]));
        Assert.False(ConsolidatedV3.SaysTheSame(ConsolidatedV3.Without(Documents.Bytes(Root)), []));
        Assert.True(ConsolidatedV3.SaysTheSame("""{"consolidated_metadata": {"metadata": {}}}"""u8, []));
    }

    [Theory]
    [InlineData("\"shape\": [2]", "\"shape\": [3]")]
    [InlineData("\"b\": 1.0", "\"b\": 1")]
    [InlineData("\"n\": NaN", "\"n\": \"NaN\"")]
    [InlineData("\"x/a\"", "\"x/b\"")]
    [InlineData("\"metadata\": {\n", "\"metadata\": {\"z\": {},\n")]
    public void What_the_nodes_say_otherwise_is_not(string text, string other)
    {
        Assert.Contains(text, Root, StringComparison.Ordinal);
        Assert.False(ConsolidatedV3.SaysTheSame(Documents.Bytes(Root.Replace(text, other, StringComparison.Ordinal)), _nodes));
    }
}
