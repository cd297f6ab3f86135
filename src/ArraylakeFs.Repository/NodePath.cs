using System.Text;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>Paths of nodes: <c>/</c> or <c>/a/b</c>.</summary>
internal static class NodePath
{
    public const string Root = "/";

    /// <summary>The path of the group above; the root is its own.</summary>
    public static string Parent(string path) => path.LastIndexOf('/') is var slash && slash > 0 ? path[..slash] : Root;

    /// <summary>The last part of a path.</summary>
    public static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>Why a path cannot be that of a file; null if it can.</summary>
    public static string? Problem(string path)
    {
        if (path == Root)
        {
            return null;
        }

        if (path.Length == 0 || path[0] != '/')
        {
            return "the path does not start with '/'";
        }

        if (Encoding.UTF8.GetByteCount(path) > Limits.MaxPathBytes)
        {
            return $"the path has more than {Limits.MaxPathBytes} bytes";
        }

        var depth = 0;
        foreach (var range in path.AsSpan(1).Split('/'))
        {
            var name = path.AsSpan(1)[range];
            if (name.IsEmpty || name is "." or ".." or Zarr.NodeDocument.FileName || name.Contains('\0'))
            {
                return $"'{name}' cannot be a name in a path";
            }

            if (Encoding.UTF8.GetByteCount(name) > Limits.MaxNameBytes)
            {
                return $"a name in the path has more than {Limits.MaxNameBytes} bytes";
            }

            if (++depth > Limits.MaxPathDepth)
            {
                return $"the path has more than {Limits.MaxPathDepth} names";
            }
        }

        return null;
    }
}
