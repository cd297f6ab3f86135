namespace ArraylakeFs.Icechunk;

/// <summary>Kinds of entries of the operations log; the numbers are the format's.</summary>
public enum RepoUpdateKind : byte
{
    /// <summary>The repository was created.</summary>
    RepoInitialized = 1,
    /// <summary>It was migrated from another spec version.</summary>
    RepoMigrated = 2,
    /// <summary>Its configuration was saved.</summary>
    ConfigChanged = 3,
    /// <summary>Its own metadata was set.</summary>
    MetadataChanged = 4,
    /// <summary>A tag was created.</summary>
    TagCreated = 5,
    /// <summary>A tag was deleted.</summary>
    TagDeleted = 6,
    /// <summary>A branch was created.</summary>
    BranchCreated = 7,
    /// <summary>A branch was deleted.</summary>
    BranchDeleted = 8,
    /// <summary>A branch was set to another snapshot.</summary>
    BranchReset = 9,
    /// <summary>A commit on a branch.</summary>
    NewCommit = 10,
    /// <summary>The tip of a branch was replaced.</summary>
    CommitAmended = 11,
    /// <summary>A snapshot that no branch holds.</summary>
    NewDetachedSnapshot = 12,
    /// <summary>Garbage collection removed snapshots.</summary>
    GCRan = 13,
    /// <summary>Expiration removed snapshots.</summary>
    ExpirationRan = 14,
    /// <summary>A feature flag was set.</summary>
    FeatureFlagChanged = 15,
    /// <summary>The status was set.</summary>
    RepoStatusChanged = 16,
}
