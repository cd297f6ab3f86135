using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Sessions;

/// <summary>What a chunk file is, as its extended attributes say.</summary>
/// <param name="Kind"><c>native</c> (an object of the repository), <c>inline</c> (in its manifest), <c>virtual</c>, or <c>staged</c>.</param>
/// <param name="ChunkId">The object's id; of a staged file, the id that it gets if a commit makes an object of it.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Location">The URL of a virtual chunk.</param>
public sealed record ChunkFacts(string Kind, ObjectId12? ChunkId, long Length, string? Location)
{
    /// <summary>The facts of committed content; null if it is no chunk.</summary>
    public static ChunkFacts? Of(FileContent? content) => content switch
    {
        ObjectContent o => new("native", o.ChunkId, o.Length, null),
        ChunkContent { Chunk: var chunk } => chunk.Kind switch
        {
            ChunkKind.Native => new("native", chunk.ChunkId, chunk.Length, null),
            ChunkKind.Inline => new("inline", null, chunk.Length, null),
            _ => new("virtual", null, chunk.Length, chunk.Location),
        },
        _ => null,
    };
}
