namespace ArraylakeFs.Zarr;

/// <summary>How much of the Zarr v3 specification a document has to keep.</summary>
public enum DocumentRules
{
    /// <summary>Every member that the core specification requires. What a commit accepts.</summary>
    Complete,

    /// <summary>
    /// Only what locates chunks: node type, shape, chunk grid and, where present, the chunk key encoding. What other writers have
    /// committed; the official Icechunk client checks no more than this.
    /// </summary>
    Stored,
}
