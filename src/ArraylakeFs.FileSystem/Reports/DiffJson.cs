using System.Text.Json;
using System.Text.Json.Nodes;
using ArraylakeFs.Repository;

namespace ArraylakeFs.FileSystem.Reports;

/// <summary>A difference for programs: an array of the nodes that differ. docs/SEMANTICS.md has the members.</summary>
public static class DiffJson
{
    /// <summary>Longer values of a document are left out: whoever wants them reads the document.</summary>
    private const int MaxValueLength = 4096;

    /// <summary>All of it.</summary>
    public static string Text(VersionDiff diff) => JsonText.Of(Nodes(diff));

    internal static JsonArray Nodes(VersionDiff diff) => new([.. diff.Nodes.Select(node => (JsonNode)new JsonObject
    {
        ["path"] = node.Path,
        ["node_type"] = node.Kind == Zarr.NodeKind.Array ? "array" : "group",
        ["change"] = node.Change.ToString().ToLowerInvariant(),
        ["old_path"] = node.OldPath,
        ["nodes_below"] = node.NodesBelow,
        ["metadata_changed"] = node.Document is not null,
        ["metadata"] = node.Document is { } document ? Metadata(document) : null,
        ["chunks_written"] = node.Written?.Count ?? 0,
        ["chunks_deleted"] = node.Deleted?.Count ?? 0,
        ["written"] = Region(node.Written),
        ["deleted"] = Region(node.Deleted),
        ["append"] = node.Append is not { } append ? null : new JsonObject
        {
            ["axis"] = append.Axis,
            ["dimension_name"] = append.DimensionName,
            ["elements"] = append.Elements,
        },
    })]);

    private static JsonObject Metadata(DocumentDiff document) => new()
    {
        ["understood"] = document.IsUnderstood,
        ["members"] = new JsonArray([.. document.Members.Select(member => (JsonNode)new JsonObject
        {
            ["name"] = member.Name,
            ["from"] = Value(member.From),
            ["to"] = Value(member.To),
        })]),
        ["attributes_added"] = Names(document.AttributesAdded),
        ["attributes_removed"] = Names(document.AttributesRemoved),
        ["attributes_changed"] = Names(document.AttributesChanged),
    };

    private static JsonObject? Region(TouchedChunks? chunks) => chunks is null ? null : new JsonObject
    {
        ["chunks"] = new JsonArray([.. chunks.Box.Select(range => new JsonArray(range.From, range.To))]),
        ["elements"] = chunks.Elements is { } elements ? new JsonArray([.. elements.Select(range => new JsonArray(range.From, range.To))]) : null,
        ["sample"] = new JsonArray([.. chunks.Sample.Select(coordinates => new JsonArray([.. coordinates.Select(c => (JsonNode)c)]))]),
    };

    private static JsonArray Names(IReadOnlyList<string> names) => new([.. names.Select(name => (JsonNode)name)]);

    private static JsonNode? Value(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined || value.GetRawText() is not { Length: <= MaxValueLength } text)
        {
            return null;
        }

        try
        {
            _ = JsonSerializer.Serialize(value);
            return JsonSerializer.SerializeToNode(value);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return text; // half of a surrogate pair, which no JSON of ours may hold
        }
    }
}
