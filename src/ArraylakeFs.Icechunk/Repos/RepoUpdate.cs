namespace ArraylakeFs.Icechunk;

/// <summary>One entry of the operations log. Which properties are set depends on <see cref="Kind"/>.</summary>
public sealed record RepoUpdate(RepoUpdateKind Kind, Timestamp UpdatedAt)
{
    /// <summary>
    /// Name, below <c>overwritten/</c>, of the copy of <c>repo</c> in which this entry is the newest; null on the newest entry and on the
    /// synthetic history of a migrated repository.
    /// </summary>
    public string? BackupPath { get; init; }

    /// <summary>The branch or tag concerned.</summary>
    public string? Name { get; init; }

    /// <summary>What the branch or tag named before.</summary>
    public ObjectId12? PreviousSnapshot { get; init; }

    /// <summary>The snapshot that was added.</summary>
    public ObjectId12? NewSnapshot { get; init; }

    /// <summary>Spec version before a migration.</summary>
    public byte FromVersion { get; init; }

    /// <summary>Spec version after a migration.</summary>
    public byte ToVersion { get; init; }

    /// <summary>The feature flag concerned.</summary>
    public ushort Flag { get; init; }

    /// <summary>The flag's new value; null: back to its default.</summary>
    public bool? FlagValue { get; init; }

    /// <summary>The status that was set.</summary>
    public RepoStatus? Status { get; init; }

    /// <summary>False when a newer program wrote a kind of entry that is not known here.</summary>
    public bool IsKnown => Kind is >= RepoUpdateKind.RepoInitialized and <= RepoUpdateKind.RepoStatusChanged;
}
