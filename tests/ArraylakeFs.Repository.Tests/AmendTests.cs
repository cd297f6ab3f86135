using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Tests;

/// <summary>A commit that takes the place of another.</summary>
public sealed class AmendTests
{
    [Fact]
    public async Task The_new_commit_has_the_changes_of_both_and_the_parent_of_the_replaced_one()
    {
        var lake = await Lake.CreateAsync();
        var first = await lake.CommitAsync(changes => changes.AddGroup("/old"));
        var replaced = await lake.CommitAsync(changes => changes.AddGroup("/a"), "draft");
        var amended = await AmendAsync(lake, changes => changes.AddGroup("/a/b"), "final");
        var references = await lake.Repository.ReferencesAsync(default);
        Assert.Equal([amended, first, ObjectId12.InitialSnapshot], references.Ancestry(await lake.TipAsync()).Select(commit => commit.Id));
        Assert.Equal("final", references.Ancestry(amended).First().Message);
        Assert.True(references.Contains(replaced));
        Assert.Equal(["/a", "/a/b", "/old"], (await lake.ViewAsync()).Nodes.Select(node => node.Path).Order(StringComparer.Ordinal));
        Assert.Equal(2, (await lake.LogAsync(amended)).NewGroups.Count);
        var entry = references.Repo.UpdateAt(0);
        Assert.Equal((RepoUpdateKind.CommitAmended, "main", replaced, amended), (entry.Kind, entry.Name, entry.PreviousSnapshot, entry.NewSnapshot));
    }

    [Fact]
    public async Task The_first_commit_and_one_that_is_not_the_tip_are_not_amended()
    {
        var lake = await Lake.CreateAsync();
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => AmendAsync(lake, changes => changes.AddGroup("/a"), "m"));
        Assert.Equal(RepositoryErrorKind.Invalid, refused.Kind);
        Assert.Contains("first", refused.Message, StringComparison.Ordinal);
        var former = await lake.CommitAsync(changes => changes.AddGroup("/a"));
        var tip = await lake.CommitAsync(changes => changes.AddGroup("/b"));
        var moved = await Assert.ThrowsAsync<BranchMovedException>(() => AmendAsync(lake, changes => changes.AddGroup("/c"), "m", former));
        Assert.Equal(tip, moved.Tip);
        Assert.Equal(tip, await lake.TipAsync());
    }

    [Fact]
    public async Task The_log_of_an_amended_commit_says_what_became_of_it_all()
    {
        var lake = await Lake.CreateAsync();
        await lake.CommitAsync(changes =>
        {
            changes.AddGroup("/moved");
            changes.AddGroup("/back");
            changes.AddGroup("/gone");
            changes.PutText(changes.AddArray("/array", [8], [1]), "old", 0);
        });
        var array = (await lake.NodeAsync("/array")).Id;
        var (moved, back, gone) = ((await lake.NodeAsync("/moved")).Id, (await lake.NodeAsync("/back")).Id, (await lake.NodeAsync("/gone")).Id);
        await lake.CommitAsync(changes =>
        {
            changes.AddGroup("/short");
            changes.Moves[moved] = "/moved1";
            changes.Moves[back] = "/back1";
            changes.PutText(array, "1", 1);
            changes.PutText(array, "5", 5);
        });
        var brief = (await lake.NodeAsync("/short")).Id;
        var amended = await AmendAsync(lake, changes =>
        {
            changes.Deletions.Add(brief);
            changes.Deletions.Add(gone);
            changes.Moves[moved] = "/moved2";
            changes.Moves[back] = "/back";
            changes.PutText(array, "5", 5);
            changes.PutText(array, "3", 3);
        }, "m");
        var log = await lake.LogAsync(amended);
        Assert.Empty(log.NewGroups);
        Assert.Equal([gone], log.DeletedGroups);
        Assert.Equal([new MovedNode(moved, Icechunk.NodeKind.Group, "/moved", "/moved2")], log.MovedNodes);
        var chunks = Assert.Single(log.UpdatedChunks);
        Assert.Equal([1u, 3u, 5u], Enumerable.Range(0, chunks.Count).Select(i => chunks.CoordinatesAt(i)[0]));
        Assert.Equal(["0", "1", "3", "5"], (await lake.ContentAsync("/array")).Keys);
    }

    [Fact]
    public async Task Amended_twice_under_one_id_it_happens_once()
    {
        var lake = await Lake.CreateAsync();
        await lake.CommitAsync(changes => changes.AddGroup("/a"));
        var changes = new ChangeSet();
        changes.AddGroup("/b");
        var request = await lake.RequestAsync(changes) with { Amends = true };
        await lake.Repository.CommitAsync(request, default);
        var after = await lake.Store.StatAsync("repo", default);
        await lake.Repository.CommitAsync(request, default);
        Assert.Equal(after!.ETag, (await lake.Store.StatAsync("repo", default))!.ETag);
    }

    private static async Task<ObjectId12> AmendAsync(Lake lake, Action<ChangeSet> change, string message, ObjectId12? @base = null)
    {
        var changes = new ChangeSet();
        change(changes);
        var request = await lake.RequestAsync(changes, message) with { Amends = true };
        request = @base is { } other ? request with { Base = other } : request;
        await lake.Repository.CommitAsync(request, default);
        return request.NewSnapshot;
    }
}
