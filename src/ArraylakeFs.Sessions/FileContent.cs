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

    /// <summary>The staged file that holds the bytes; null if none does.</summary>
    internal virtual ObjectId12? StagedId => null;

    /// <summary>Whether the bytes are outside the repository, where anybody may change them.</summary>
    public bool IsOutside => this is ChunkContent { Chunk.Kind: ChunkKind.Virtual };
}

/// <summary>In a file of the staging area that belongs to this file alone: written in this session, and still to be written to in place.</summary>
internal sealed record StagedContent(ObjectId12 Id) : FileContent
{
    internal override string Tag => Id.ToString();

    internal override ObjectId12? StagedId => Id;
}

/// <summary>
/// In a file of the staging area that has been copied by reference. Nobody writes to it any more: who wants to gets bytes of its own. One
/// object for each staged file, which goes when the last of <see cref="Sharers"/> has gone. Guarded by the tree's lock.
/// </summary>
internal sealed record SharedContent(ObjectId12 Id, long Length) : FileContent
{
    /// <summary>The files whose content it is.</summary>
    public HashSet<SessionFile> Sharers { get; } = [];

    internal override string Tag => $"{Id}:0:{Length}";

    internal override ObjectId12? StagedId => Id;
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
    /// <summary>Where a snapshot lists it, so that it can be found again by that.</summary>
    internal (LowerDirectory Holder, uint[] Coordinates)? Place { get; init; }

    /// <summary>Whether it is all of an object, so that any other snapshot that has the chunk says the same of it.</summary>
    internal bool IsObject { get; } = Chunk is { Kind: ChunkKind.Native, Offset: 0 };

    internal override string Tag => Chunk.Kind switch
    {
        ChunkKind.Native => $"{Chunk.ChunkId}:{Chunk.Offset}:{Chunk.Length}",
        ChunkKind.Inline => InodeNumbers.Fingerprint(Chunk.InlineData.Span),
        _ => $"{Chunk.Location}:{Chunk.Offset}:{Chunk.Length}:{Chunk.ChecksumETag}:{Chunk.ChecksumLastModified}",
    };
}
