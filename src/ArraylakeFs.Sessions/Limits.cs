namespace ArraylakeFs.Sessions;

/// <summary>What a session accepts. Each number meets somebody's mistake before it fills the memory, the disk or a stack.</summary>
internal static class Limits
{
    /// <summary>
    /// Directories within one another, with those of a snapshot below at most twice as many and the parts of a chunk key: what walks the
    /// tree may recurse. Zarr hierarchies have a handful.
    /// </summary>
    public const int MaxDepth = 256;

    /// <summary>
    /// Committed files whose inode numbers and times in this session are remembered, some 100 bytes each. Beyond, those that nobody holds
    /// get the number and time of their place again.
    /// </summary>
    public const int MaxKept = 250_000;

    /// <summary>
    /// References, some 50 bytes each, in manifests of former commits that may stay in memory because files which nobody changed were found
    /// there: the next commit finds them in its own.
    /// </summary>
    public const int MaxFormerReferences = 1_000_000;

    /// <summary>Staged files that no name leads to any more, and that stay until the journal that says so is flushed.</summary>
    public const int MaxSuperseded = 1000;

    /// <summary>
    /// Nodes of a version for which a <c>.zmetadata</c> is offered that nobody wrote: it is made when somebody lists the root.
    /// </summary>
    public const int MaxConsolidatedNodes = 20_000;

    /// <summary>Chunks of a changed array that are counted to see whether it has them all.</summary>
    public const int MaxCountedChunks = 10_000;

    /// <summary>Bytes of one document: consolidated metadata of a large hierarchy reaches a few MiB.</summary>
    public const int MaxDocumentBytes = 64 << 20;
}
