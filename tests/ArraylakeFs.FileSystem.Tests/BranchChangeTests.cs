using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>A session, while branches come, go and move beneath it.</summary>
public sealed class BranchChangeTests
{
    [Fact]
    public async Task Uncommitted_changes_go_along_to_a_new_branch_at_the_same_commit()
    {
        await using var mount = await CreateAsync();
        var (kernel, _, second) = ReferenceTests.Begin(mount);
        kernel.Write(Root("x/c/1"), Documents.Chunk("uncommitted"));
        kernel.Write(Root("README"), "loose");
        Files.Check(kernel.Open(Root("x/c/2"), Access.Write, out int held), "open");
        int replaced = mount.Cache.Calls.Count;
        Files.Check(kernel.MakeDirectory("branches/dev"), mount.Error);
        Files.Check(kernel.Command("checkout", "dev"), mount.Error);
        Assert.Equal("dev\n", kernel.ReadText("checkout"));
        Assert.Equal(["📝 x/c/1", "📎 README"], mount.StatusPaths.Select(p => p.Split(" (")[0]));
        Assert.Equal(replaced, mount.Cache.Calls.Count); // not a name or byte is another
        Files.Check(kernel.Write(held, 0, Documents.Chunk("late")), "write");
        Files.Check(kernel.Close(held), "close");
        await mount.CrashAsync();
        kernel = mount.Kernel;
        Assert.Equal("dev\n", kernel.ReadText("checkout"));
        string third = mount.Commit("on dev");
        Assert.Equal([$"dev {third}", $"main {second}"], ReferenceTests.Links(kernel, "branches"));
        Assert.Equal(Documents.Chunk("uncommitted"), kernel.ReadBytes($"commits/{third}/root.zarr/x/c/1"));
        Assert.Equal(Documents.Chunk("late"), kernel.ReadBytes($"commits/{third}/root.zarr/x/c/2"));
        Assert.Equal("loose", kernel.ReadText(Root("README")));
    }

    [Fact]
    public async Task Uncommitted_changes_go_nowhere_else()
    {
        await using var mount = await CreateAsync();
        var (kernel, first, second) = ReferenceTests.Begin(mount);
        Files.Check(kernel.MakeSymbolicLink(first, "branches/old"), mount.Error);
        Files.Check(kernel.MakeDirectory("tags/here"), mount.Error);
        kernel.Write(Root("x/c/1"), Documents.Chunk("uncommitted"));
        foreach (string name in (string[])["old", "here", first, second])
        {
            Assert.Equal(Errno.Busy, kernel.Command("checkout", name));
            Assert.Contains("x/c/1", mount.Error, StringComparison.Ordinal);
        }

        Assert.Equal("main\n", kernel.ReadText("checkout"));
        Assert.Equal(["📝 x/c/1"], mount.StatusPaths);
    }

    [Fact]
    public async Task A_mount_with_changes_may_be_opened_on_another_branch_at_the_same_commit()
    {
        await using var mount = await CreateAsync();
        ReferenceTests.Begin(mount);
        mount.Kernel.Write(Root("x/c/1"), Documents.Chunk("uncommitted"));
        Files.Check(mount.Kernel.MakeDirectory("branches/dev"), mount.Error);
        await mount.ReopenAsync(s => s with { Branch = "dev" });
        Assert.Equal("dev\n", mount.Kernel.ReadText("checkout"));
        Assert.Equal(["📝 x/c/1"], mount.StatusPaths);
        mount.Commit("on dev");
    }

    /// <summary>A session whose branch is gone keeps its changes, and a branch made at its commit takes them.</summary>
    [Fact]
    public async Task A_branch_deleted_beneath_its_session_leaves_the_changes()
    {
        await using var mount = await CreateAsync();
        var (kernel, _, second) = ReferenceTests.Begin(mount);
        Files.Check(kernel.MakeDirectory("branches/dev"), mount.Error);
        Files.Check(kernel.Command("checkout", "dev"), mount.Error);
        kernel.Write(Root("x/c/1"), Documents.Chunk("uncommitted"));
        Files.Check(kernel.Unlink("branches/dev"), mount.Error);
        Assert.True((bool)mount.Status["branch_is_gone"]!);
        Assert.Contains("has been deleted", kernel.ReadText("status"), StringComparison.Ordinal);
        Assert.Equal(Errno.Stale, kernel.Command("commit", "to nowhere"));
        Assert.Contains("mkdir branches/NAME", mount.Error, StringComparison.Ordinal);
        await mount.ReopenAsync();
        kernel = mount.Kernel;
        Assert.Equal(["📝 x/c/1"], mount.StatusPaths);
        Files.Check(kernel.MakeDirectory("branches/rescue"), mount.Error);
        Files.Check(kernel.Command("checkout", "rescue"), mount.Error);
        string third = mount.Commit("rescued");
        Assert.Equal([$"main {second}", $"rescue {third}"], ReferenceTests.Links(kernel, "branches"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_session_stays_on_its_commit_when_its_branch_is_reset(bool here)
    {
        await using var mount = await CreateAsync();
        await using var other = await mount.SecondAsync();
        var (kernel, first, second) = ReferenceTests.Begin(mount);
        var resetter = here ? kernel : other.Kernel;
        Files.Check(resetter.MakeSymbolicLink(first, "branches/CuABC123"), mount.Error);
        Files.Check(resetter.Rename("branches/CuABC123", "branches/main"), mount.Error);
        Assert.Equal(Documents.Chunk("second"), kernel.ReadBytes(Root("x/c/0")));
        Assert.Equal(second, (string?)mount.Status["commit"]);
        Assert.True((int)mount.Status["commits_behind"]! > 0);

        // A commit goes on top of what the branch is at now, where nothing conflicts.
        kernel.Write(Root("x/c/1"), Documents.Chunk("uncommitted"));
        string third = mount.Commit("third");
        Assert.Equal([$"main {third}"], ReferenceTests.Links(kernel, "branches"));
        Assert.Equal(first, kernel.ReadText($"commits/{third}/parent").Trim());
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("x/c/0")));
        Assert.Equal(Documents.Chunk("uncommitted"), kernel.ReadBytes(Root("x/c/1")));
    }
}
