using ArraylakeFs.FileSystem.Reports;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>The history as it is drawn. Commits are named by their messages.</summary>
public sealed class LogGraphTests
{
    [Fact]
    public async Task Branches_part_and_come_together_at_the_commit_that_they_share()
    {
        await using var mount = await TestMount.CreateAsync();
        string a = Commit(mount, "a\n\nand more");
        await mount.Repository.CreateBranchAsync("dev", ObjectId12.Parse(a), default);
        await mount.Repository.CreateTagAsync("v1", ObjectId12.Parse(a), default);
        Commit(mount, "b");
        CommitOn(mount, "dev", "c");
        CommitOn(mount, "main", "d");
        Assert.Equal("""
            * (main) d
            | * (dev) c
            * | b
            |/
            * (tag: v1) a
            * Repository initialized

            """, await DrawAsync(mount));
        Assert.Equal("* (dev) c\n* (tag: v1) a\n* Repository initialized\n", await DrawAsync(mount, "dev"));
    }

    [Fact]
    public async Task Lines_cross_where_an_older_branch_ends_beyond_others()
    {
        await using var mount = await TestMount.CreateAsync();
        var a = ObjectId12.Parse(Commit(mount, "a"));
        await mount.Repository.CreateBranchAsync("x", a, default);
        await mount.Repository.CreateBranchAsync("same", a, default);
        var b = ObjectId12.Parse(Commit(mount, "b"));
        await mount.Repository.CreateBranchAsync("y", b, default);
        CommitOn(mount, "x", "x1");
        CommitOn(mount, "y", "y1");
        CommitOn(mount, "main", "c");
        Assert.Equal("""
            * (main) c
            | * (y) y1
            | | * (x) x1
            |/  |
            *   | b
            |__/
            * (same) a
            * Repository initialized

            """, await DrawAsync(mount));
        await mount.Repository.CreateBranchAsync("z", a, default);
        CommitOn(mount, "z", "z1");
        CommitOn(mount, "y", "y2");
        CommitOn(mount, "x", "x2");
        Assert.Equal("""
            * (x) x2
            | * (y) y2
            | | * (z) z1
            | | | * (main) c
            | * | | y1
            * | | | x1
            | |_|/
            | * | b
            |_|/
            |/
            * (same) a
            * Repository initialized

            """, await DrawAsync(mount));
    }

    [Fact]
    public async Task History_is_told_newest_first_each_commit_once_and_before_its_parent()
    {
        await using var mount = await TestMount.CreateAsync();
        var a = ObjectId12.Parse(Commit(mount, "a"));
        await mount.Repository.CreateBranchAsync("dev", a, default);
        CommitOn(mount, "dev", "b");
        CommitOn(mount, "main", "c");
        CommitOn(mount, "dev", "d");
        var references = await mount.Repository.ReferencesAsync(default);
        var tips = references.Branches.Select(branch => branch.Snapshot).Concat([a]);
        Assert.Equal(["d", "c", "b", "a"], History.NewestFirst(references, tips).Where(LogText.IsWork).Select(commit => commit.Message));
        Assert.Throws<RepositoryException>(() => History.NewestFirst(references, [ObjectId12.New()]).ToList());
    }

    private static string Commit(TestMount mount, string message)
    {
        mount.Kernel.Write(TestMount.Root("zarr.json"), Documents.Group($$"""{"by":"{{message[..1]}}{{Guid.NewGuid()}}"}"""));
        return mount.Commit(message);
    }

    private static void CommitOn(TestMount mount, string branch, string message)
    {
        Files.Check(mount.Kernel.Command("checkout", branch), "checkout");
        Commit(mount, message);
    }

    private static async Task<string> DrawAsync(TestMount mount, string? branch = null)
    {
        var references = await mount.Repository.ReferencesAsync(default);
        var tips = references.Branches.Where(b => branch is null || b.Name == branch).Select(b => b.Snapshot);
        string drawing = LogGraph.Text(references, History.NewestFirst(references, tips));
        return references.Commits.Aggregate(drawing, (text, commit) => text.Replace($"{commit.Id} ", "", StringComparison.Ordinal));
    }
}
