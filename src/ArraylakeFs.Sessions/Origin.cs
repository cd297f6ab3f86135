using System.Globalization;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Sessions;

/// <summary>
/// The text by which the journal names committed things that a session's node stands on.
/// A directory: <c>snapshot:key parts:prefix:path</c>, for example <c>1CECHNKREP0F1RSTCMT0:2:7:/a/b</c> for <c>/a/b/c/7</c>.
/// A chunk that got another name: <c>chunk:id:length</c>.
/// </summary>
internal static class Origin
{
    public static string Format(LowerDirectory directory) =>
        $"{directory.Tree.Snapshot.Id}:{directory.KeyParts}:{string.Join(',', directory.Prefix)}:{directory.Path}";

    /// <summary>Null for content that the journal must not point at, because it has no address of its own.</summary>
    public static string? Format(FileContent content) => content switch
    {
        ObjectContent o => $"chunk:{o.ChunkId}:{o.Length}",
        ChunkContent { Chunk: { Kind: ChunkKind.Native, Offset: 0 } chunk } => $"chunk:{chunk.ChunkId}:{chunk.Length}",
        _ => null,
    };

    public static async ValueTask<LowerDirectory> ParseDirectoryAsync(string text, Func<ObjectId12, ValueTask<SnapshotTree>> open)
    {
        string[] fields = text.Split(':', 4);
        if (fields.Length != 4 || !ObjectId12.TryParse(fields[0], out var snapshot)
            || !int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out int parts))
        {
            throw Damaged(text);
        }

        var tree = await open(snapshot);
        if (fields[3].Length == 0)
        {
            return tree.Top;
        }

        if (parts == 0)
        {
            return tree.NodeDirectory(fields[3]);
        }

        var node = tree.Snapshot.FindNode(fields[3]) ?? throw Damaged(text);
        uint[] prefix = [.. fields[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(f => uint.Parse(f, CultureInfo.InvariantCulture))];
        return tree.ChunkDirectory(node, parts, prefix);
    }

    public static FileContent ParseContent(string text)
    {
        string[] fields = text.Split(':');
        return fields.Length == 3 && fields[0] == "chunk" && ObjectId12.TryParse(fields[1], out var chunk)
            && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out long length)
                ? new ObjectContent(chunk, length)
                : throw Damaged(text);
    }

    private static SessionException Damaged(string text) =>
        new(Errno.InputOutput, $"the session journal names an origin that does not exist: {text}");
}
