using System.Text.Json;
using ArraylakeFs.Repository;

namespace ArraylakeFs.FileSystem.Reports;

/// <summary>
/// A difference for people, one line for each node: what the session changed (<c>diff</c>), what a commit changed
/// (<c>commits/ID/changes</c>), or how any two versions differ.
/// </summary>
public static class DiffText
{
    private const int MaxNames = 8;

    /// <summary>All of it; empty where there is no difference.</summary>
    public static string Text(VersionDiff diff) => string.Concat(diff.Nodes.Select(node => Line(node) + "\n"));

    /// <summary>One line for each node of which there is more to tell than that it came or went.</summary>
    internal static IReadOnlyList<string> DetailedLines(VersionDiff diff) =>
        [.. diff.Nodes.Where(node => node.OldPath is not null || Details(node).Any()).Select(Line)];

    private static string Line(NodeDiff node)
    {
        string details = string.Join(", ", Details(node));
        return $"{Sign(node)} {node.Path} ({Kind(node)}){(details.Length == 0 ? "" : ": ")}{details}";
    }

    private static char Sign(NodeDiff node) => node.Change switch
    {
        NodeDiffKind.Created => '+',
        NodeDiffKind.Deleted => '-',
        NodeDiffKind.Moved => '>',
        _ => '~',
    };

    private static string Kind(NodeDiff node) =>
        (node.Kind == Zarr.NodeKind.Array ? "array" : "group")
        + (node.NodesBelow > 0 ? $" with {StatusText.Count(node.NodesBelow, "node")} below" : "")
        + (node.OldPath is { } old ? $", was {old}" : "");

    private static IEnumerable<string> Details(NodeDiff node)
    {
        if (node.Append is { } append)
        {
            yield return $"appended {StatusText.Count(append.Elements, "element")} along axis {append.Axis}"
                + (append.DimensionName is { } name ? $" ({Shown(name)})" : "");
        }

        foreach (string part in node.Document is { } document ? Metadata(document) : [])
        {
            yield return part;
        }

        if (node.Written is { } written)
        {
            yield return $"{StatusText.Count(written.Count, "chunk")} written{At(written)}";
        }

        if (node.Deleted is { } deleted)
        {
            yield return $"{StatusText.Count(deleted.Count, "chunk")} deleted{At(deleted)}";
        }
    }

    private static IEnumerable<string> Metadata(DocumentDiff document)
    {
        string[] attributes =
        [
            .. document.AttributesAdded.Select(name => "+" + Shown(name)), .. document.AttributesRemoved.Select(name => "-" + Shown(name)),
            .. document.AttributesChanged.Select(name => "~" + Shown(name)),
        ];
        if (!document.IsUnderstood)
        {
            yield return "metadata changed";
        }
        else if (document.Members.Count == 0 && attributes.Length == 0)
        {
            yield return "zarr.json laid out anew";
        }

        foreach (var member in document.Members.Take(MaxNames))
        {
            yield return Member(member);
        }

        if (document.Members.Count > MaxNames)
        {
            yield return $"{document.Members.Count - MaxNames} more members changed";
        }

        if (attributes.Length > 0)
        {
            yield return "attributes " + string.Join(' ', attributes.Take(MaxNames))
                + (attributes.Length > MaxNames ? $" and {attributes.Length - MaxNames} more" : "");
        }
    }

    private static string Member(MemberDiff member) => (Value(member.From), Value(member.To)) switch
    {
        ({ } from, { } to) => $"{Shown(member.Name)} {from} → {to}",
        _ when member.From.ValueKind == JsonValueKind.Undefined => $"{Shown(member.Name)} added",
        _ when member.To.ValueKind == JsonValueKind.Undefined => $"{Shown(member.Name)} removed",
        _ => $"{Shown(member.Name)} changed",
    };

    /// <summary>A value that is short enough to be shown: a shape as tools write it, a number or a name.</summary>
    private static string? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array when value.GetArrayLength() is > 0 and <= MaxNames && value.EnumerateArray().All(n => n.ValueKind == JsonValueKind.Number) =>
            $"({string.Join(", ", value.EnumerateArray().Select(n => n.GetRawText()))}{(value.GetArrayLength() == 1 ? "," : "")})",
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False when value.GetRawText() is { Length: <= 24 } text => text,
        JsonValueKind.String when value.GetRawText() is { Length: <= 42 } text && !text.Contains('\\') => Shown(text[1..^1]),
        _ => null,
    };

    private static string At(TouchedChunks chunks) => chunks switch
    {
        { Box.Count: 0 } => "",
        { Elements: { } elements } => $" at [{string.Join(", ", elements.Select(range => $"{range.From}:{range.To}"))}]",
        _ => $" at chunks [{string.Join(", ", chunks.Box.Select(range => $"{range.From}:{range.To}"))}]",
    };

    /// <summary>A name from a document, on one line.</summary>
    private static string Shown(string name) => name.Any(char.IsControl) ? JsonSerializer.Serialize(name) : name;
}
