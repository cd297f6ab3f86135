using System.Globalization;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Sessions;

/// <summary>
/// The text by which the journal names committed things that a session's node stands on.
/// A directory: <c>snapshot:key parts:prefix:path</c>, for example <c>1CECHNKREP0F1RSTCMT0:2:7:/a/b</c> for <c>/a/b/c/7</c>.
/// A chunk object that got another name: <c>chunk:id:length</c>. Any other chunk that did, by its place in a snapshot:
/// <c>at:snapshot:coordinates:path</c>, for example <c>at:1CECHNKREP0F1RSTCMT0:7,0:/a/b</c>.
/// A staged file that several files share: <c>staged:id:length</c>.
/// </summary>
internal static class Origin
{
    private const string ChunkMark = "chunk", PlaceMark = "at", StagedMark = "staged";

    public static string Format(LowerDirectory directory) =>
        $"{directory.Tree.Snapshot.Id}:{directory.KeyParts}:{string.Join(',', directory.Prefix)}:{directory.Path}";

    /// <summary>Null for content that the journal must not point at, because it has no address of its own.</summary>
    public static string? Format(FileContent content) => content switch
    {
        ObjectContent o => $"{ChunkMark}:{o.ChunkId}:{o.Length}",
        ChunkContent { Chunk: { Kind: ChunkKind.Native, Offset: 0 } chunk } => $"{ChunkMark}:{chunk.ChunkId}:{chunk.Length}",
        ChunkContent { Place: var (holder, coordinates) } => $"{PlaceMark}:{holder.Tree.Snapshot.Id}:{string.Join(',', coordinates)}:{holder.Path}",
        SharedContent s => $"{StagedMark}:{s.Id}:{s.Length}",
        _ => null,
    };

    /// <summary>The snapshot, or the object below <c>chunks/</c>, that a text names. A staged file counts as the object that it becomes.</summary>
    public static (ObjectId12? Snapshot, ObjectId12? Chunk) Names(string text)
    {
        string[] fields = text.Split(':', 3);
        return fields switch
        {
            [ChunkMark or StagedMark, var id, ..] when ObjectId12.TryParse(id, out var chunk) => (null, chunk),
            [PlaceMark, var id, ..] when ObjectId12.TryParse(id, out var snapshot) => (snapshot, null),
            [var id, ..] when ObjectId12.TryParse(id, out var snapshot) => (snapshot, null),
            _ => throw Damaged(text),
        };
    }

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
        return tree.ChunkDirectory(node, parts, ParseCoordinates(fields[2]));
    }

    /// <summary>The content that a text names; <paramref name="share"/> gives the one object for a staged file that is shared.</summary>
    public static async ValueTask<FileContent> ParseContentAsync(
        string text, Func<ObjectId12, ValueTask<SnapshotTree>> open, Func<ObjectId12, long, SharedContent> share)
    {
        string[] fields = text.Split(':', 4);
        if (fields.Length < 3 || !ObjectId12.TryParse(fields[1], out var id))
        {
            throw Damaged(text);
        }

        if (fields is [PlaceMark, _, var coordinates, var path])
        {
            return await FindChunkAsync(await open(id), path, coordinates) ?? throw Damaged(text);
        }

        return !long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? throw Damaged(text)
            : fields[0] switch
            {
                ChunkMark => new ObjectContent(id, length),
                StagedMark => share(id, length),
                _ => throw Damaged(text),
            };
    }

    private static async ValueTask<ChunkContent?> FindChunkAsync(SnapshotTree tree, string path, string text)
    {
        if (tree.Snapshot.FindNode(path) is not { Array: not null } node)
        {
            return null;
        }

        uint[] coordinates = ParseCoordinates(text);
        var chunks = await tree.Snapshot.ChunksAsync(node, CancellationToken.None);
        return coordinates.Length == node.Array.Rank && chunks.TryFind(coordinates, out var chunk)
            ? new ChunkContent(chunk) { Place = (tree.NodeDirectory(path), coordinates) } : null;
    }

    private static uint[] ParseCoordinates(string text) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(f => uint.Parse(f, CultureInfo.InvariantCulture))];

    private static SessionException Damaged(string text) =>
        new(Errno.InputOutput, $"the session journal names an origin that does not exist: {text}");
}
