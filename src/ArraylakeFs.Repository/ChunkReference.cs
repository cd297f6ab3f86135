using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>
/// Where a chunk's bytes are. Reads its manifest's buffer when asked, so it costs no memory of its own; it keeps that manifest in memory.
/// </summary>
public readonly struct ChunkReference
{
    internal ChunkReference(ChunkRef source, DateTimeOffset manifestTime)
    {
        Source = source;
        ManifestTime = manifestTime;
    }

    /// <summary>Where the bytes are.</summary>
    public ChunkKind Kind => Source.Kind;

    /// <summary>The object below <c>chunks/</c> of a native chunk.</summary>
    public ObjectId12 ChunkId => Source.ChunkId;

    /// <summary>First byte within the object; 0 for an inline chunk.</summary>
    public long Offset => (long)Math.Min(Source.Offset, long.MaxValue);

    /// <summary>Bytes of the chunk.</summary>
    public long Length => (long)Math.Min(Source.Length, long.MaxValue);

    /// <summary>The bytes of an inline chunk; empty for other kinds.</summary>
    public ReadOnlyMemory<byte> InlineData => Source.InlineData;

    /// <summary>The URL of a virtual chunk's object; null for other kinds.</summary>
    /// <exception cref="RepositoryException">The manifest holds a damaged location.</exception>
    public string? Location
    {
        get
        {
            try
            {
                return Source.Location;
            }
            catch (IcechunkFormatException failure)
            {
                throw MetadataFiles.Failure(failure);
            }
        }
    }

    /// <summary>The ETag that a virtual chunk's object must have; null where none was recorded.</summary>
    public string? ChecksumETag => Source.ChecksumETag;

    /// <summary>Seconds since 1970 that a virtual chunk's object must not be newer than; 0 where that was not recorded.</summary>
    public uint ChecksumLastModified => Source.ChecksumLastModified;

    /// <summary>When the manifest that holds the reference was written: no later than this, the chunk was.</summary>
    public DateTimeOffset ManifestTime { get; }

    internal ChunkRef Source { get; }
}
