using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>Which commits expire: those made before <paramref name="Cutoff"/>, but the first, the tips of branches and tags, and those in use.</summary>
public sealed record ExpirationRequest(DateTimeOffset Cutoff)
{
    /// <summary>Whether branches whose tip is so old are deleted; <c>main</c> never is.</summary>
    public bool DeletesBranches { get; init; }

    /// <summary>Whether tags of commits so old are deleted.</summary>
    public bool DeletesTags { get; init; }

    /// <summary>Whether to look only.</summary>
    public bool IsDryRun { get; init; }

    /// <inheritdoc cref="InUseAsync"/>
    public InUseAsync? InUse { get; init; }
}

/// <summary>What expired, or would.</summary>
/// <param name="Released">The commits that no history has any more; their files stay until garbage is collected.</param>
/// <param name="Shortened">How many commits have another parent now.</param>
/// <param name="Branches">The branches that were deleted.</param>
/// <param name="Tags">The tags that were deleted.</param>
public sealed record ExpirationReport(
    IReadOnlyCollection<ObjectId12> Released, int Shortened, IReadOnlyList<string> Branches, IReadOnlyList<string> Tags);

/// <summary>What expires in one version of <c>repo</c>.</summary>
internal sealed record ExpirationPlan(HashSet<ObjectId12> Released, int Shortened, List<string> Branches, List<string> Tags)
{
    private const string MainBranch = "main";

    public bool IsEmpty => Released.Count == 0 && Branches.Count == 0 && Tags.Count == 0;

    public static ExpirationPlan For(RepoInfo repo, ExpirationRequest request, IReadOnlySet<ObjectId12> inUse)
    {
        var cutoff = Timestamp.From(request.Cutoff);
        HashSet<ObjectId12> old = [.. Enumerable.Range(0, repo.SnapshotCount)
            .Where(i => repo.ParentPositionAt(i) >= 0).Select(repo.SnapshotAt).Where(snapshot => snapshot.FlushedAt < cutoff).Select(snapshot => snapshot.Id)];
        old.ExceptWith(inUse);
        var branches = Enumerable.Range(0, repo.BranchCount).Select(repo.BranchAt).ToList();
        var tags = Enumerable.Range(0, repo.TagCount).Select(repo.TagAt).ToList();
        var expiredBranches = branches.Where(branch => request.DeletesBranches && branch.Name != MainBranch && old.Contains(branch.Snapshot)).ToList();
        var expiredTags = tags.Where(tag => request.DeletesTags && old.Contains(tag.Snapshot)).ToList();
        old.ExceptWith(branches.Except(expiredBranches).Concat(tags.Except(expiredTags)).Select(reference => reference.Snapshot));
        var shortened = Enumerable.Range(0, repo.SnapshotCount).Count(i =>
            !old.Contains(repo.SnapshotIdAt(i)) && repo.ParentPositionAt(i) is var parent && parent >= 0 && old.Contains(repo.SnapshotIdAt(parent)));
        return new(old, shortened, [.. expiredBranches.Select(branch => branch.Name)], [.. expiredTags.Select(tag => tag.Name)]);
    }
}
