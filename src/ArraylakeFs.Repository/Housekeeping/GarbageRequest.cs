using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>What is garbage: whatever no branch or tag needs, nobody is using, and was there before <paramref name="Cutoff"/>.</summary>
/// <param name="Cutoff">
/// Objects placed later stay. Commits of this program that are under way are waited for on a local store; those of other programs, and on
/// other stores, are protected by this time alone.
/// </param>
public sealed record GarbageRequest(DateTimeOffset Cutoff)
{
    /// <summary>Whether to look only.</summary>
    public bool IsDryRun { get; init; }

    /// <inheritdoc cref="InUseAsync"/>
    public InUseAsync? InUse { get; init; }

    /// <summary>Is told how far it has come; from any thread.</summary>
    public IProgress<HousekeepingProgress>? Progress { get; init; }
}

/// <summary>
/// Which commits and chunk objects sessions stand on; called, on a local store, while none can change that. An id stands for every object of
/// that id. Throws where it cannot tell.
/// </summary>
public delegate ValueTask<IReadOnlySet<ObjectId12>> InUseAsync(CancellationToken cancellationToken);

/// <summary>Garbage that was removed, or would be.</summary>
/// <param name="Commits">How many commits left the repository's list.</param>
/// <param name="Kinds">The objects, kind by kind.</param>
public sealed record GarbageReport(int Commits, IReadOnlyList<GarbageCount> Kinds)
{
    /// <summary>How many objects.</summary>
    public long Count => Kinds.Sum(kind => kind.Count);

    /// <summary>How many bytes they have.</summary>
    public long Bytes => Kinds.Sum(kind => kind.Bytes);
}

/// <summary>Garbage of one kind: <c>snapshots</c>, <c>transactions</c>, <c>manifests</c> or <c>chunks</c>.</summary>
public sealed record GarbageCount(string Kind, long Count, long Bytes);
