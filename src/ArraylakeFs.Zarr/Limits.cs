namespace ArraylakeFs.Zarr;

/// <summary>The limits that documents are held to, each with its reason.</summary>
public static class Limits
{
    /// <summary>Bytes of one metadata document. Consolidated metadata of very large hierarchies reaches tens of megabytes.</summary>
    public const int MaxDocumentBytes = 256 << 20;

    /// <summary>Nesting of a document. The official Icechunk client parses with serde_json, which stops at this depth.</summary>
    public const int MaxDocumentDepth = 127;

    /// <summary>Dimensions of an array that is read: NumPy stops at 64; each one is a directory level.</summary>
    public const int MaxRank = 1024;

    /// <summary>Dimensions of an array that is committed: those that a chunk coordinate may have (Icechunk).</summary>
    public const int MaxStoredRank = 256;

    /// <summary>Bytes that a chunk may have decoded when it is checked; larger ones are not. A decoder holds twice as many.</summary>
    public const int MaxDecodedBytes = 1 << 30;

    /// <summary>Levels of a data type inside a data type (structured types), and of a codec inside a codec (shards of shards).</summary>
    internal const int MaxNesting = 16;
}
