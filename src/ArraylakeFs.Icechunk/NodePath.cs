namespace ArraylakeFs.Icechunk;

/// <summary>Paths of nodes: <c>/</c>, <c>/a/b</c>.</summary>
internal static class NodePath
{
    /// <summary>Why this is no path of a node; null when it is one. The rules are the official client's, plus: no trailing slash.</summary>
    internal static string? Problem(string path)
    {
        if (path.Length == 0 || path[0] != '/')
        {
            return "it does not begin with \"/\"";
        }
        if (path.Length > 1 && path[^1] == '/')
        {
            return "it ends with \"/\"";
        }
        foreach (var range in path.AsSpan().Split('/'))
        {
            if (path.AsSpan()[range] is "." or "..")
            {
                return "it contains \".\" or \"..\"";
            }
        }
        return null;
    }

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
