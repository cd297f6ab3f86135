namespace ArraylakeFs.Icechunk.Tests;

/// <summary>Versions of <c>repo</c> with fewer snapshots: who loses its parent gets an older one, and the logs in between.</summary>
public class ShortenedHistoryTests
{
    private static readonly Timestamp Now = new(1_800_000_000_000_000);

    [Fact]
    public void Who_loses_its_parents_gets_the_nearest_ancestor_that_is_left_and_their_logs_oldest_first()
    {
        var (file, ids) = Chain(8);
        var once = Remove(file, ids[2], ids[3]);
        Assert.Equal(Text(ids[1], [ids[2], ids[3]]), ParentOf(once, ids[4]));
        Assert.Equal(Text(ids[4], []), ParentOf(once, ids[5]));
        var twice = Remove(once, ids[4], ids[1], ids[6]);
        Assert.Equal(Text(ids[0], ids[1..5]), ParentOf(twice, ids[5]));
        Assert.Equal(Text(ids[5], [ids[6]]), ParentOf(twice, ids[7]));
        Assert.Equal(Text(ids[0], ids[1..7]), ParentOf(Remove(twice, ids[5]), ids[7]));
    }

    [Fact]
    public void Where_no_ancestor_is_left_there_is_no_parent()
    {
        var (file, ids) = Chain(4);
        Assert.Equal(Text(null, [ids[0], ids[1]]), ParentOf(Remove(file, ids[0], ids[1]), ids[2]));
    }

    [Fact]
    public void Random_removals_leave_everything_else_as_it_was()
    {
        var random = new Random(20261125);
        for (var round = 0; round < 60; round++)
        {
            var parents = new Dictionary<ObjectId12, ObjectId12?>();
            var file = Tree(random, parents);
            var repo = RepoInfo.Decode("repo", file);
            HashSet<ObjectId12> tips = [.. Enumerable.Range(0, repo.BranchCount).Select(i => repo.BranchAt(i).Snapshot)];
            HashSet<ObjectId12> removed = [.. parents.Keys.Where(id => !tips.Contains(id) && random.Next(2) == 0)];
            var after = RepoInfo.Decode("repo", Remove(file, [.. removed]));
            Assert.Equal(parents.Keys.Except(removed).Order(), Enumerable.Range(0, after.SnapshotCount).Select(after.SnapshotIdAt));
            Assert.Equal(
                Enumerable.Range(0, repo.BranchCount).Select(repo.BranchAt), Enumerable.Range(0, after.BranchCount).Select(after.BranchAt));
            for (var i = 0; i < after.SnapshotCount; i++)
            {
                var (seen, former) = (after.SnapshotAt(i), repo.SnapshotAt(repo.FindSnapshot(after.SnapshotIdAt(i))));
                Assert.Equal((former.Message, former.FlushedAt), (seen.Message, seen.FlushedAt));
                var lost = new List<ObjectId12>();
                var parent = parents[seen.Id];
                for (; parent is { } id && removed.Contains(id); parent = parents[id])
                {
                    lost.Insert(0, id);
                }

                Assert.Equal(Text(parent, lost), Text(seen.Parent, seen.PrunedAncestors));
            }
        }
    }

    [Fact]
    public void What_a_branch_or_tag_names_is_not_removed()
    {
        var (file, ids) = Chain(3);
        var builder = new RepoInfoBuilder(RepoInfo.Decode("repo", file));
        Assert.Contains("main", Assert.Throws<InvalidOperationException>(() => builder.CollectGarbage(new HashSet<ObjectId12> { ids[2] })).Message, StringComparison.Ordinal);
        builder = new RepoInfoBuilder(RepoInfo.Decode("repo", file));
        Assert.Throws<InvalidOperationException>(() => builder.Expire(new HashSet<ObjectId12>(), ["main"], []));
    }

    [Fact]
    public void Branches_and_tags_go_with_what_expires_and_the_names_of_the_tags_for_ever()
    {
        var (file, ids) = Chain(4);
        file = Build(file, builder => builder.CreateBranch("old", ids[1]));
        file = Build(file, builder => builder.CreateTag("v1", ids[2]));
        file = Build(file, builder => builder.CreateTag("v2", ids[3]));
        file = Build(file, builder => builder.Expire(new HashSet<ObjectId12> { ids[1], ids[2] }, ["old"], ["v1"]));
        var repo = RepoInfo.Decode("repo", file);
        Assert.Equal((1, 1, 2), (repo.BranchCount, repo.TagCount, repo.SnapshotCount));
        Assert.Equal(["v1"], repo.DeletedTags);
        Assert.Equal(RepoUpdateKind.ExpirationRan, repo.UpdateAt(0).Kind);
        Assert.Equal(Text(ids[0], ids[1..3]), ParentOf(file, ids[3]));
    }

    private static (byte[] File, ObjectId12[] Ids) Chain(int length)
    {
        SnapshotWriter.InitialSnapshot(Now, out var initial);
        var file = RepoInfoBuilder.CreateRepository(initial, Now);
        var ids = new List<ObjectId12> { initial.Id };
        while (ids.Count < length)
        {
            file = Commit(file, "main", ids[^1], ids.Add);
        }

        return (file, [.. ids]);
    }

    private static byte[] Tree(Random random, Dictionary<ObjectId12, ObjectId12?> parents)
    {
        SnapshotWriter.InitialSnapshot(Now, out var initial);
        parents.Add(initial.Id, null);
        var file = RepoInfoBuilder.CreateRepository(initial, Now);
        for (var i = random.Next(3, 25); i > 0; i--)
        {
            var parent = parents.Keys.ElementAt(random.Next(parents.Count));
            file = Build(file, builder => builder.CreateBranch($"b{i}", parent));
            file = Commit(file, $"b{i}", parent, id => parents.Add(id, parent));
            if (random.Next(3) > 0)
            {
                file = Build(file, builder => builder.DeleteBranch($"b{i}"));
            }
        }

        return file;
    }

    private static byte[] Commit(byte[] file, string branch, ObjectId12 parent, Action<ObjectId12> note)
    {
        var added = new SnapshotInfo(ObjectId12.New(), parent, Now, $"on {parent}", [], []);
        note(added.Id);
        return Build(file, builder => builder.Commit(branch, added));
    }

    private static byte[] Remove(byte[] file, params ObjectId12[] removed) => Build(file, builder => builder.CollectGarbage(removed.ToHashSet()));

    private static byte[] Build(byte[] file, Action<RepoInfoBuilder> change)
    {
        var builder = new RepoInfoBuilder(RepoInfo.Decode("repo", file));
        change(builder);
        var built = builder.Build(Now, "repo.BACKUP");
        FlatVerifier.Verify(built, FileType.RepoInfo);
        return built;
    }

    private static string ParentOf(byte[] file, ObjectId12 id)
    {
        var repo = RepoInfo.Decode("repo", file);
        var snapshot = repo.SnapshotAt(repo.FindSnapshot(id));
        return Text(snapshot.Parent, snapshot.PrunedAncestors);
    }

    private static string Text(ObjectId12? parent, IEnumerable<ObjectId12> pruned) => $"{parent} without {string.Join(' ', pruned)}";
}
