using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Reports;

/// <summary>The <c>diff</c> file: what the session changed, node by node.</summary>
public static class DiffText
{
    /// <summary>For people.</summary>
    public static string Text(IReadOnlyList<NodeChange> changes)
    {
        var text = new StringBuilder();
        foreach (var change in changes)
        {
            text.Append(change.Kind switch
            {
                NodeChangeKind.Created => $"+ {change.Path} ({Kind(change)})",
                NodeChangeKind.Deleted => $"- {change.Path} ({Kind(change)})",
                NodeChangeKind.Moved => $"> {change.Path} ({Kind(change)}, was {change.OldPath})",
                _ => $"~ {change.Path} ({Kind(change)})",
            });
            var details = Details(change).ToList();
            text.Append(details.Count == 0 ? "\n" : $": {string.Join(", ", details)}\n");
        }

        return text.ToString();
    }

    /// <summary>For programs.</summary>
    public static string Json(IReadOnlyList<NodeChange> changes) => JsonText.Of(new JsonArray([.. changes.Select(c => (JsonNode)new JsonObject
    {
        ["path"] = c.Path,
        ["node_type"] = Kind(c),
        ["change"] = c.Kind.ToString().ToLowerInvariant(),
        ["old_path"] = c.OldPath,
        ["metadata_changed"] = c.MetadataChanged,
        ["chunks_written"] = c.ChunksWritten,
        ["chunks_deleted"] = c.ChunksDeleted,
    })]));

    private static string Kind(NodeChange change) => change.IsArray ? "array" : "group";

    private static IEnumerable<string> Details(NodeChange change)
    {
        if (change.MetadataChanged)
        {
            yield return "metadata changed";
        }

        if (change.ChunksWritten > 0)
        {
            yield return $"{StatusText.Count(change.ChunksWritten, "chunk")} written";
        }

        if (change.ChunksDeleted > 0)
        {
            yield return $"{StatusText.Count(change.ChunksDeleted, "chunk")} deleted";
        }
    }
}
