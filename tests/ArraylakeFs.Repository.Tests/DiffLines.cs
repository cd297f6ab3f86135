namespace ArraylakeFs.Repository.Tests;

/// <summary>A difference in lines that tests can be read by.</summary>
internal static class DiffLines
{
    public static string[] Of(VersionDiff diff) => [.. diff.Nodes.Select(Of)];

    private static string Of(NodeDiff node)
    {
        var sign = node.Change switch { NodeDiffKind.Created => "+", NodeDiffKind.Deleted => "-", NodeDiffKind.Moved => ">", _ => "~" };
        return $"{sign} {node.Path} {node.Kind}"
            + (node.OldPath is { } old ? $" was {old}" : "")
            + (node.NodesBelow > 0 ? $" with {node.NodesBelow} below" : "")
            + (node.Document is { } document ? " metadata " + Of(document) : "").TrimEnd()
            + (node.Written is { } written ? $" written {Of(written)}" : "")
            + (node.Deleted is { } deleted ? $" deleted {Of(deleted)}" : "")
            + (node.Append is { } append ? $" append {append.Elements}{(append.Axis > 0 ? $" along {append.Axis}" : "")}{(append.DimensionName is { } name ? $" {name}" : "")}" : "");
    }

    private static string Of(DocumentDiff document) =>
        document.IsUnderstood ? string.Join(' ', document.Members.Select(member => member.Name)) : "not understood";

    private static string Of(TouchedChunks chunks) =>
        $"{chunks.Count} of {string.Join('x', chunks.Box.Select(range => $"[{range.From},{range.To})"))}"
        + $"={string.Join('x', chunks.Elements?.Select(range => $"[{range.From},{range.To})") ?? ["?"])}: "
        + string.Join(' ', chunks.Sample.Select(coordinates => string.Join('/', coordinates)));
}
