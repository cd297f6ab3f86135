using ArraylakeFs.Icechunk;
using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>A program that does not look replaces <c>repo</c> by one made from an older version: the commit that was made meanwhile is gone from it.</summary>
public sealed class LostCommitTests
{
    [Theory]
    [InlineData("commit")]
    [InlineData("rebase")]
    [InlineData("reopen")]
    public async Task A_commit_that_another_program_overwrote_is_put_back(string when)
    {
        await using var mount = await BaseAsync();
        byte[] old = await RepoAsync(mount);
        Zarr.WriteArray(mount.Kernel, "mine");
        string lost = mount.Commit("mine");
        mount.Kernel.Write(Root("x/c/2"), Documents.Chunk("more"));
        await OverwriteAsync(mount, old, builder => builder.CreateTag("theirs", ObjectId12.InitialSnapshot));
        Assert.Contains($"Commit {lost} is no longer in the repository", mount.Kernel.ReadText("status"), StringComparison.Ordinal);
        await RestoreAsync(mount, when);
        string id = mount.Commit("more");
        Assert.Equal(lost, mount.Kernel.ReadText($"commits/{id}/parent").Trim());
        Assert.Equal(["theirs"], mount.Kernel.ListNames("tags"));
        await CheckAsync(mount, ("mine/c/0", "mine 0"), ("x/c/2", "more"));
    }

    [Theory]
    [InlineData("commit")]
    [InlineData("rebase")]
    [InlineData("reopen")]
    public async Task A_commit_that_another_commit_overwrote_is_made_again_on_top_of_that(string when)
    {
        await using var mount = await BaseAsync();
        byte[] old = await RepoAsync(mount);
        Zarr.WriteArray(mount.Kernel, "mine");
        mount.Kernel.Write(Root("x/c/0"), Documents.Chunk("mine"));
        string lost = mount.Commit("mine");
        mount.Kernel.Write(Root("x/c/2"), Documents.Chunk("more"));
        string theirs = await CommitOverAsync(mount, old, kernel => kernel.Write(Root("x/c/1"), Documents.Chunk("theirs")));
        await RestoreAsync(mount, when);
        string id = mount.Commit("more");
        string again = mount.Kernel.ReadText($"commits/{id}/parent").Trim();
        Assert.NotEqual(lost, again);
        Assert.Equal("mine", mount.Kernel.ReadText($"commits/{again}/message").Trim());
        Assert.Equal(theirs, mount.Kernel.ReadText($"commits/{again}/parent").Trim());
        await CheckAsync(mount, ("mine/c/0", "mine 0"), ("x/c/0", "mine"), ("x/c/1", "theirs"), ("x/c/2", "more"));
    }

    [Fact]
    public async Task A_lost_commit_is_made_again_also_after_another_attempt_to_commit_has_failed()
    {
        await using var mount = await BaseAsync();
        byte[] old = await RepoAsync(mount);
        Zarr.WriteArray(mount.Kernel, "mine");
        mount.Commit("mine");
        mount.Kernel.Write(Root("x/c/2"), Documents.Chunk("more"));
        string root = mount.Store.Local!.Root;
        string staged = Directory.GetFiles(Path.Combine(root, ".arraylakefs", "staging"), "*", SearchOption.AllDirectories).Single();
        string inTheWay = Directory.CreateDirectory(Path.Combine(root, "chunks", Path.GetFileName(staged))).FullName;
        Assert.Equal(Errno.InputOutput, mount.Kernel.Command("commit", "more"));
        Directory.Delete(inTheWay);
        string theirs = await CommitOverAsync(mount, old, kernel => kernel.Write(Root("x/c/1"), Documents.Chunk("theirs")));
        string id = mount.Commit("more");
        string again = mount.Kernel.ReadText($"commits/{id}/parent").Trim();
        Assert.Equal(theirs, mount.Kernel.ReadText($"commits/{again}/parent").Trim());
        await CheckAsync(mount, ("mine/c/0", "mine 0"), ("x/c/1", "theirs"), ("x/c/2", "more"));
    }

    [Fact]
    public async Task A_lost_commit_that_conflicts_is_kept_beside_the_branch_and_told_of()
    {
        await using var mount = await BaseAsync();
        byte[] old = await RepoAsync(mount);
        mount.Kernel.Write(Root("x/c/0"), Documents.Chunk("mine"));
        string lost = mount.Commit("mine");
        mount.Kernel.Write(Root("x/c/2"), Documents.Chunk("more"));
        string theirs = await CommitOverAsync(mount, old, kernel => kernel.Write(Root("x/c/0"), Documents.Chunk("theirs")));
        Assert.Equal(Errno.Stale, mount.Kernel.Command("commit", "more"));
        Assert.Contains(lost, mount.Error, StringComparison.Ordinal);
        Assert.Equal(Documents.Chunk("mine"), mount.Kernel.ReadBytes($"commits/{lost}/root.zarr/x/c/0"));
        string id = mount.Commit("more");
        Assert.Equal(theirs, mount.Kernel.ReadText($"commits/{id}/parent").Trim());
        await CheckAsync(mount, ("x/c/0", "theirs"), ("x/c/2", "more"));
    }

    private static async Task<TestMount> BaseAsync()
    {
        var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Commit("base");
        return mount;
    }

    private static async Task RestoreAsync(TestMount mount, string when)
    {
        if (when == "rebase")
        {
            Files.Check(mount.Kernel.Command("rebase", "fail"), "rebase");
        }
        else if (when == "reopen")
        {
            await mount.ReopenAsync();
        }
    }

    private static async Task<byte[]> RepoAsync(TestMount mount) =>
        (await mount.Store.GetAsync(IcechunkPaths.Repo, 1 << 20, default))!.Content.ToArray();

    private static async Task OverwriteAsync(TestMount mount, byte[] old, Action<RepoInfoBuilder> change)
    {
        var builder = new RepoInfoBuilder(RepoInfo.Decode(IcechunkPaths.Repo, old));
        change(builder);
        await mount.Store.PutAsync(IcechunkPaths.Repo, builder.Build(Timestamp.Now, IcechunkPaths.NewBackupName(Timestamp.Now)), default);
    }

    /// <summary>As if the other's commit had begun before ours and ended after it.</summary>
    private static async Task<string> CommitOverAsync(TestMount mount, byte[] old, Action<Kernel> change)
    {
        await mount.Store.PutAsync(IcechunkPaths.Repo, old, default);
        await using var other = await mount.SecondAsync();
        change(other.Kernel);
        return other.Commit("theirs");
    }

    private static async Task CheckAsync(TestMount mount, params (string Path, string Text)[] chunks)
    {
        await using var other = await mount.SecondAsync();
        foreach (var (path, text) in chunks)
        {
            Assert.Equal(Documents.Chunk(text), mount.Kernel.ReadBytes(Root(path)));
            Assert.Equal(Documents.Chunk(text), other.Kernel.ReadBytes(Root(path)));
        }
    }
}
