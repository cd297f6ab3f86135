namespace ArraylakeFs.Icechunk;

/// <summary>What <c>repo</c> knows of a snapshot.</summary>
/// <param name="Id">The snapshot's id.</param>
/// <param name="Parent">Its parent; null at the root of the history.</param>
/// <param name="FlushedAt">When it was written.</param>
/// <param name="Message">The commit message.</param>
/// <param name="Metadata">The commit's metadata, the same as in the snapshot file.</param>
/// <param name="PrunedAncestors">
/// Ancestors that expired between it and its parent, oldest first; their transaction logs still exist.
/// </param>
public sealed record SnapshotInfo(
    ObjectId12 Id,
    ObjectId12? Parent,
    Timestamp FlushedAt,
    string Message,
    IReadOnlyList<MetadataItem> Metadata,
    IReadOnlyList<ObjectId12> PrunedAncestors);
