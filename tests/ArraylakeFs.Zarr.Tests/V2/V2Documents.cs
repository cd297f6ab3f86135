using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Zarr.V2;

namespace ArraylakeFs.Zarr.Tests.V2;

/// <summary>The v2 documents that the tests start from, and short words for converting them.</summary>
internal static class V2Documents
{
    /// <summary>An array as zarr-python 2 writes it.</summary>
    public const string Array = """
        {
            "chunks": [10, 5],
            "compressor": {"blocksize": 0, "clevel": 5, "cname": "lz4", "id": "blosc", "shuffle": 1},
            "dtype": "<f4",
            "fill_value": "NaN",
            "filters": null,
            "order": "C",
            "shape": [100, 20],
            "zarr_format": 2
        }
        """;

    public static V2Node Node(params (string Member, string? Json)[] changes) => NodeWith(null, changes);

    public static V2Node NodeWith(string? attributes, params (string Member, string? Json)[] changes)
    {
        var document = JsonNode.Parse(Array)!.AsObject();
        foreach (var (member, json) in changes)
        {
            document.Remove(member);
            if (json is not null)
            {
                document.Add(member, JsonNode.Parse(json));
            }
        }

        return new V2Node(NodeKind.Array, Encoding.UTF8.GetBytes(document.ToJsonString()), BytesOrNone(attributes));
    }

    public static V2Node Group(string document = """{"zarr_format": 2}""", string? attributes = null) =>
        new(NodeKind.Group, Encoding.UTF8.GetBytes(document), BytesOrNone(attributes));

    public static byte[]? BytesOrNone(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    /// <summary>A member of the v3 document that a v2 node becomes, without blanks.</summary>
    public static string Member(V2Node node, string name) => JsonNode.Parse(node.ToV3())![name]?.ToJsonString() ?? "absent";

    public static string ErrorOf(V2Node node) => Assert.Throws<ZarrFormatException>(() => node.ToV3()).Message;

    public static string Text(byte[]? bytes) => bytes is { } some ? Encoding.UTF8.GetString(some) : "absent";

    public static void AssertSame(string expected, byte[] actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"expected {expected}\nbut was {Text(actual)}");
}
