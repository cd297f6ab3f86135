namespace ArraylakeFs.Icechunk;

/// <summary>Paths of nodes: <c>/</c>, <c>/a/b</c>.</summary>
internal static class NodePath
{
    /// <summary>
    /// Why this is no path of a node; null when it is one. Official clients have written paths such as <c>/a//b</c>, <c>/a/</c> and
    /// <c>/.</c>: one such node must not make its whole snapshot unreadable. What can be a path of files is another question.
    /// </summary>
    internal static string? Problem(string path) => path.StartsWith('/') ? null : "it does not begin with \"/\"";

    /// <summary>Segment-wise order of UTF-8 paths: <c>/a</c> before <c>/a/b</c> before <c>/a-b</c>.</summary>
    internal static int CompareSegments(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var common = left.CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }
        return (left[common] == '/', right[common] == '/') switch
        {
            (true, _) => -1,
            (_, true) => 1,
            _ => left[common].CompareTo(right[common]),
        };
    }
}
