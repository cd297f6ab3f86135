using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;

namespace ArraylakeFs.Sessions;

/// <summary>Where the bytes of a file are.</summary>
public abstract record FileContent
{
    private protected FileContent()
    {
    }

    /// <summary>Two contents of one tag are the same bytes. Not defined for staged content, which changes.</summary>
    internal abstract string Tag { get; }

    /// <summary>Whether the bytes are outside the repository, where anybody may change them.</summary>
    public bool IsOutside => this is ChunkContent { Chunk.Kind: ChunkKind.Virtual };
}

/// <summary>In a file of the staging area, written in this session.</summary>
internal sealed record StagedContent(ObjectId12 Id) : FileContent
{
    internal override string Tag => Id.ToString();
}

/// <summary>In a snapshot: a node's document.</summary>
internal sealed record DocumentContent(ReadOnlyMemory<byte> Bytes) : FileContent
{
    internal override string Tag => InodeNumbers.Fingerprint(Bytes.Span);
}

/// <summary>In a chunk object that this session gave another name. Its first <paramref name="Length"/> bytes.</summary>
internal sealed record ObjectContent(ObjectId12 ChunkId, long Length) : FileContent
{
    internal override string Tag => $"{ChunkId}:0:{Length}";
}

/// <summary>In a chunk object, in a manifest, or outside the repository.</summary>
public sealed record ChunkContent(ChunkReference Chunk) : FileContent
{
    internal override string Tag => Chunk.Kind switch
    {
        ChunkKind.Native => $"{Chunk.ChunkId}:{Chunk.Offset}:{Chunk.Length}",
        ChunkKind.Inline => InodeNumbers.Fingerprint(Chunk.InlineData.Span),
        _ => $"{Chunk.Location}:{Chunk.Offset}:{Chunk.Length}:{Chunk.ChecksumETag}:{Chunk.ChecksumLastModified}",
    };
}
