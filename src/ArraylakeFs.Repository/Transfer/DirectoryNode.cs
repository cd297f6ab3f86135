using ArraylakeFs.Zarr;

namespace ArraylakeFs.Repository.Transfer;

/// <summary>A group or array found in a directory.</summary>
/// <param name="Path">Its path below the directory: <c>/</c>, <c>/a/b</c>.</param>
/// <param name="Kind">Group or array.</param>
/// <param name="Document">The bytes of its <c>zarr.json</c>: those of the file, or what a v2 node's documents become.</param>
/// <param name="Array">An array's metadata.</param>
internal sealed record DirectoryNode(string Path, NodeKind Kind, byte[] Document, ArrayMetadata? Array)
{
    /// <summary>The document of a group that nobody has written one for.</summary>
    public static readonly byte[] PlainGroup = "{\n  \"zarr_format\": 3,\n  \"node_type\": \"group\"\n}"u8.ToArray();

    /// <summary>An array's chunks.</summary>
    public List<DirectoryChunk> Chunks { get; } = [];

    /// <summary>The file of a chunk, in the directory <paramref name="root"/>.</summary>
    public string FileOf(string root, DirectoryChunk chunk) =>
        $"{root}{(Path == NodePath.Root ? "" : Path)}/{Array!.KeyEncoding.Format(chunk.Coordinates)}";
}

/// <summary>A chunk's place in its array and the bytes of its file.</summary>
internal readonly record struct DirectoryChunk(uint[] Coordinates, long Length);
