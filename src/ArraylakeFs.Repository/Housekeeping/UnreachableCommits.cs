using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>The commits that no branch, no tag and nobody else leads to.</summary>
internal static class UnreachableCommits
{
    /// <summary>Their ids. <paramref name="inUse"/> may name what is no commit.</summary>
    public static HashSet<ObjectId12> Of(RepoInfo repo, IReadOnlySet<ObjectId12> inUse)
    {
        var isReachable = new bool[repo.SnapshotCount];
        var tips = Enumerable.Range(0, repo.BranchCount).Select(i => repo.BranchAt(i).Snapshot)
            .Concat(Enumerable.Range(0, repo.TagCount).Select(i => repo.TagAt(i).Snapshot))
            .Concat(inUse);
        foreach (var tip in tips)
        {
            for (var at = repo.FindSnapshot(tip); at >= 0 && !isReachable[at]; at = repo.ParentPositionAt(at))
            {
                isReachable[at] = true;
            }
        }

        return [.. Enumerable.Range(0, isReachable.Length).Where(i => !isReachable[i]).Select(repo.SnapshotIdAt)];
    }
}
