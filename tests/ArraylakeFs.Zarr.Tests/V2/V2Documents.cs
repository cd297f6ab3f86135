using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ArraylakeFs.Zarr.V2;

namespace ArraylakeFs.Zarr.Tests.V2;

/// <summary>The v2 documents that the tests start from, and short words for converting them.</summary>
internal static partial class V2Documents
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

    public static string ErrorOf(V2Node node) => Assert.ThrowsAny<ZarrFormatException>(() => node.ToV3()).Message;

    public static string Text(byte[]? bytes) => bytes is { } some ? Encoding.UTF8.GetString(some) : "absent";

    /// <summary>Compares two documents: the order of members does not count, the text of a number does.</summary>
    public static void AssertSame(string expected, byte[] actual) =>
        Assert.True(Canonical(expected) == Canonical(Text(actual)), $"expected {expected}\nbut was {Text(actual)}");

    /// <summary>A document with sorted members and without blanks; a bare NaN is not the text "NaN".</summary>
    public static string Canonical(string json) => Sorted(JsonNode.Parse(BareToken().Replace(json, "\"bare $0\"")))?.ToJsonString() ?? "null";

    /// <summary>The text of a member of the first value in a text, which may hold NaN; "absent" where there is none.</summary>
    public static string RawMember(string text, string name)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(BareToken().Replace(text, "1.5")), new() { AllowMultipleValues = true });
        return JsonElement.ParseValue(ref reader).TryGetProperty(name, out var member) ? member.GetRawText() : "absent";
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members
            .OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    [GeneratedRegex(@"(?<=[\s:\[,])(NaN|-?Infinity)(?=[\s,\]}])")]
    private static partial Regex BareToken();
}
