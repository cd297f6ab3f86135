using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Branches and tags, made, moved and removed by operations on links, as kernels ask for them.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public async Task A_link_in_branches_or_tags_makes_a_branch_or_a_tag()
    {
        await using var mount = await CreateAsync();
        var (kernel, first, second) = Begin(mount);
        Files.Check(kernel.MakeSymbolicLink($"../commits/{first}", "branches/dev"), mount.Error);
        Files.Check(kernel.MakeSymbolicLink($"../commits/{first}", "tags/v1"), mount.Error);
        Files.Check(kernel.MakeDirectory("branches/here"), mount.Error);
        Files.Check(kernel.MakeDirectory("tags/now"), mount.Error);
        Assert.Equal([$"dev {first}", $"here {second}", $"main {second}"], Links(kernel, "branches"));
        Assert.Equal([$"now {second}", $"v1 {first}"], Links(kernel, "tags"));
        await using var other = await mount.SecondAsync();
        Assert.Equal([$"dev {first}", $"here {second}", $"main {second}"], Links(other.Kernel, "branches"));
        var references = await other.Repository.ReferencesAsync(default);
        Assert.Equal(["dev", "here", "main"], references.Branches.Select(b => b.Name));
        Assert.Equal(["now", "v1"], references.Tags.Select(b => b.Name));
    }

    [Theory]
    [InlineData("../commits/FIRST")]
    [InlineData("../commits/FIRST/")]
    [InlineData("./../commits//FIRST")]
    [InlineData("/mnt/ocean/commits/FIRST")]
    [InlineData("/mnt/ocean/branches/dev/")]
    [InlineData("/mnt/ocean/tags/v%2F1")]
    [InlineData("../branches/dev")]
    [InlineData("../tags/v%2F1")]
    [InlineData("dev")]
    [InlineData("./dev")]
    [InlineData("v%2F1")]
    [InlineData("FIRST")]
    public async Task A_link_may_name_its_commit_in_many_ways(string target)
    {
        await using var mount = await CreateAsync();
        var (kernel, first, _) = Begin(mount);
        await mount.Repository.CreateBranchAsync("dev", Id(first), default);
        await mount.Repository.CreateTagAsync("v/1", Id(first), default);
        target = target.Replace("FIRST", first, StringComparison.Ordinal);
        Files.Check(kernel.MakeSymbolicLink(target, "branches/new"), mount.Error);
        Files.Check(kernel.MakeSymbolicLink(target, "tags/new"), mount.Error);
        Assert.Equal(first, LinkOf(kernel, "branches/new"));
        Assert.Equal(first, LinkOf(kernel, "tags/new"));
    }

    [Theory]
    [InlineData("../commits/00000000000000000000", Errno.NoEntry, "no commit '00000000000000000000'")]
    [InlineData("../commits/nonsense", Errno.NoEntry, "no commit 'nonsense'")]
    [InlineData("../branches/none", Errno.NoEntry, "no branch 'none'")]
    [InlineData("../branches/50%", Errno.NoEntry, "no branch '50%'")]
    [InlineData("../tags/main", Errno.NoEntry, "no tag 'main'")]
    [InlineData("none", Errno.NoEntry, "named 'none'")]
    [InlineData("", Errno.Invalid, "../commits/ID")]
    [InlineData("..", Errno.Invalid, "../commits/ID")]
    [InlineData("../commits", Errno.Invalid, "'../commits'")]
    [InlineData("../commits/1CECHNKREP0F1RSTCMT0/root.zarr", Errno.Invalid, "root.zarr")]
    [InlineData("../../ocean/commits/1CECHNKREP0F1RSTCMT0", Errno.Invalid, "../commits/ID")]
    [InlineData("commits/1CECHNKREP0F1RSTCMT0", Errno.Invalid, "../commits/ID")]
    [InlineData("../root.zarr", Errno.Invalid, "../commits/ID")]
    [InlineData("/mnt/ocean", Errno.Invalid, "../commits/ID")]
    [InlineData("/mnt/other/commits/1CECHNKREP0F1RSTCMT0", Errno.Invalid, "/mnt/other")]
    [InlineData("/etc/passwd", Errno.Invalid, "/etc/passwd")]
    public async Task A_link_to_anything_else_is_refused_with_a_sentence(string target, Errno expected, string sentence)
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        foreach (string link in (string[])["branches/new", "tags/new", "branches/CuABC123"])
        {
            Assert.Equal(expected, kernel.MakeSymbolicLink(target, link));
            Assert.Contains(sentence, mount.Error, StringComparison.Ordinal);
        }

        Assert.Equal(["main"], kernel.ListNames("branches"));
        Assert.Empty(kernel.ListNames("tags"));
    }

    [Theory]
    [InlineData("feature%2Fone", "feature/one")]
    [InlineData("100%25", "100%")]
    [InlineData("%2E%2E", "..")]
    [InlineData("line%0Abreak", "line\nbreak")]
    [InlineData("Ozean 🌊", "Ozean 🌊")]
    public async Task Names_that_are_no_file_names_are_percent_encoded(string fileName, string name)
    {
        await using var mount = await CreateAsync();
        var (kernel, first, _) = Begin(mount);
        foreach (string directory in (string[])["branches", "tags"])
        {
            Files.Check(kernel.MakeSymbolicLink($"../commits/{first}", $"{directory}/{fileName}"), mount.Error);
            Assert.Equal(first, LinkOf(kernel, $"{directory}/{fileName}"));
            Assert.Contains(fileName, kernel.ListNames(directory));
        }

        var references = await mount.Repository.ReferencesAsync(default);
        Assert.True(references.TryGetBranch(name, out _) && references.TryGetTag(name, out _));
        Files.Check(kernel.Command("checkout", fileName), mount.Error);
        Assert.Equal(name, (string?)mount.Status["branch"]);
        Files.Check(kernel.Rename($"branches/{fileName}", "branches/plain"), mount.Error);
        Files.Check(kernel.Rename("branches/plain", $"branches/{fileName}"), mount.Error);
        Files.Check(kernel.Unlink($"branches/{fileName}"), mount.Error);
        Files.Check(kernel.Unlink($"tags/{fileName}"), mount.Error);
        Assert.Equal(["main"], kernel.ListNames("branches"));
        Assert.Empty(kernel.ListNames("tags"));
    }

    [Theory]
    [InlineData("50%", Errno.Invalid, "%25")]
    [InlineData("a%2fb", Errno.Invalid, "capital")]
    [InlineData("%41", Errno.Invalid, "%25")]
    [InlineData("%", Errno.Invalid, "needs a name")]
    [InlineData("nul%00", Errno.Invalid, "NUL")]
    public async Task A_file_name_that_means_no_name_is_refused(string fileName, Errno expected, string sentence)
    {
        await using var mount = await CreateAsync();
        foreach (string directory in (string[])["branches", "tags"])
        {
            Assert.Equal(expected, mount.Kernel.MakeDirectory($"{directory}/{fileName}"));
            Assert.Contains(sentence, mount.Error, StringComparison.Ordinal);
            Assert.Equal(Errno.NoEntry, mount.Kernel.Stat($"{directory}/{fileName}", out _));
        }
    }

    /// <summary>As <c>ln -sfn</c> does: a link with a name of its own, renamed over the other. The log of operations has one entry.</summary>
    [Fact]
    public async Task A_link_renamed_over_a_branch_resets_it()
    {
        await using var mount = await CreateAsync();
        var (kernel, first, second) = Begin(mount);
        Files.Check(kernel.MakeDirectory("branches/dev"), mount.Error);
        int before = (await OperationsAsync(mount)).Count;
        foreach (string branch in (string[])["dev", "main"])
        {
            Files.Check(kernel.MakeSymbolicLink($"../commits/{first}", "branches/CuQw12Zz"), mount.Error);
            Assert.Equal(first, LinkOf(kernel, "branches/CuQw12Zz"));
            Assert.Contains("CuQw12Zz", kernel.ListNames("branches"));
            Files.Check(kernel.Rename("branches/CuQw12Zz", $"branches/{branch}"), mount.Error);
        }

        Assert.Equal([$"dev {first}", $"main {first}"], Links(kernel, "branches"));
        var operations = await OperationsAsync(mount);
        Assert.Equal([(RepoUpdateKind.BranchReset, "main", second), (RepoUpdateKind.BranchReset, "dev", second)],
            operations.Take(operations.Count - before).Select(o => (o.Kind, o.Name!, o.PreviousSnapshot!.Value.ToString())));
    }

    [Fact]
    public async Task The_name_that_ln_takes_for_a_moment_is_no_branch_until_it_is_renamed()
    {
        await using var mount = await CreateAsync();
        var (kernel, first, second) = Begin(mount);
        Files.Check(kernel.MakeSymbolicLink($"../commits/{first}", "branches/Cuabcdef"), mount.Error);
        Assert.Equal(Errno.Exists, kernel.MakeSymbolicLink($"../commits/{first}", "branches/Cuabcdef"));
        Assert.False((await mount.Repository.ReferencesAsync(default)).TryGetBranch("Cuabcdef", out _));
        Assert.Equal(Errno.Exists, kernel.Rename("branches/Cuabcdef", "branches/main", RenameFlags.NoReplace));
        Assert.Contains("'main'", mount.Error, StringComparison.Ordinal);
        Files.Check(kernel.Rename("branches/Cuabcdef", "branches/new", RenameFlags.NoReplace), mount.Error);
        Assert.Equal([$"main {second}", $"new {first}"], Links(kernel, "branches"));
        Files.Check(kernel.MakeSymbolicLink($"../commits/{first}", "tags/Cuabcdef"), mount.Error);
        Files.Check(kernel.Unlink("tags/Cuabcdef"), mount.Error);
        Files.Check(kernel.MakeSymbolicLink($"../commits/{second}", "tags/Cuabcdef"), mount.Error);
        Files.Check(kernel.Rename("tags/Cuabcdef", "tags/v1"), mount.Error);
        Assert.Equal([$"v1 {second}"], Links(kernel, "tags"));

        // One that is a branch, because somebody made it otherwise, is one.
        await mount.Repository.CreateBranchAsync("CuBranch", Id(first), default);
        Assert.Equal(Errno.Exists, kernel.MakeSymbolicLink($"../commits/{second}", "branches/CuBranch"));
        Files.Check(kernel.Unlink("branches/CuBranch"), mount.Error);
        Assert.False((await mount.Repository.ReferencesAsync(default)).TryGetBranch("CuBranch", out _));
    }

    [Fact]
    public async Task A_branch_is_renamed_and_replaces_another()
    {
        await using var mount = await CreateAsync();
        var (kernel, first, second) = Begin(mount);
        Files.Check(kernel.MakeSymbolicLink($"../commits/{first}", "branches/a"), mount.Error);
        Files.Check(kernel.Rename("branches/a", "branches/b"), mount.Error);
        Assert.Equal([$"b {first}", $"main {second}"], Links(kernel, "branches"));
        Files.Check(kernel.Rename("branches/b", "branches/main"), mount.Error);
        Assert.Equal([$"main {first}"], Links(kernel, "branches"));
        Assert.Equal(
            [RepoUpdateKind.BranchDeleted, RepoUpdateKind.BranchReset, RepoUpdateKind.BranchDeleted, RepoUpdateKind.BranchCreated],
            (await OperationsAsync(mount)).Take(4).Select(o => o.Kind));
    }

    /// <summary>What is committed to a branch between the two steps of renaming it is in the branch of the new name.</summary>
    [Fact]
    public async Task A_commit_made_while_a_branch_is_renamed_is_taken_along()
    {
        var store = new Storage.MemoryObjectStore();
        await using var mount = await CreateAsync(store: store);
        var (kernel, first, _) = Begin(mount);
        await mount.Repository.CreateBranchAsync("a", Id(first), default);
        await using var other = await mount.SecondAsync(s => s with { Branch = "a" });
        other.Kernel.Write(Root("x/c/1"), Documents.Chunk("late"));
        string late = "";
        store.After = (operation, key) =>
        {
            if (operation == Storage.StoreOperation.PutIfMatch)
            {
                store.After = null;
                late = other.Commit("late"); // a branch b is there, and a is not deleted yet
            }
        };
        Files.Check(kernel.Rename("branches/a", "branches/b"), mount.Error);
        Assert.NotEqual("", late);
        Assert.Equal(late, LinkOf(kernel, "branches/b"));
        Assert.DoesNotContain("a", kernel.ListNames("branches"));
    }

    [Fact]
    public async Task A_branch_is_removed_and_its_commits_stay()
    {
        await using var mount = await CreateAsync();
        var (kernel, _, second) = Begin(mount);
        Files.Check(kernel.MakeDirectory("branches/dev"), mount.Error);
        Files.Check(kernel.Command("checkout", "dev"), mount.Error);
        kernel.Write(Root("x/c/0"), Documents.Chunk("third"));
        string third = mount.Commit("third");
        Files.Check(kernel.Unlink("branches/dev"), mount.Error);
        Assert.Equal([$"main {second}"], Links(kernel, "branches"));
        Assert.Equal(Documents.Chunk("third"), kernel.ReadBytes($"commits/{third}/root.zarr/x/c/0"));
        Assert.Equal(Errno.NoEntry, kernel.Unlink("branches/dev"));
        Assert.Contains("'dev'", mount.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Main_can_be_reset_and_neither_deleted_nor_renamed()
    {
        await using var mount = await CreateAsync();
        var (kernel, _, second) = Begin(mount);
        Assert.Equal(Errno.NotPermitted, kernel.Unlink("branches/main"));
        Assert.Contains("'main' cannot be deleted", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.NotPermitted, kernel.Rename("branches/main", "branches/other"));
        Assert.Contains("'main' cannot be renamed", mount.Error, StringComparison.Ordinal);
        Assert.Equal([$"main {second}"], Links(kernel, "branches"));
    }

    [Fact]
    public async Task A_tag_is_never_moved_and_its_name_never_used_again()
    {
        await using var mount = await CreateAsync();
        var (kernel, first, second) = Begin(mount);
        Files.Check(kernel.MakeSymbolicLink($"../commits/{first}", "tags/v1"), mount.Error);
        Files.Check(kernel.MakeDirectory("tags/v2"), mount.Error);
        Files.Check(kernel.MakeSymbolicLink($"../commits/{second}", "tags/CuABC123"), mount.Error);
        Assert.Equal(Errno.NotPermitted, kernel.Rename("tags/CuABC123", "tags/v1"));
        Assert.Contains("a tag is never moved", mount.Error, StringComparison.Ordinal);
        Files.Check(kernel.Unlink("tags/CuABC123"), mount.Error);
        foreach (string target in (string[])["tags/v2", "tags/v3"])
        {
            Assert.Equal(Errno.NotPermitted, kernel.Rename("tags/v1", target));
            Assert.Contains("'v1' is never moved or renamed", mount.Error, StringComparison.Ordinal);
        }

        Assert.Equal([$"v1 {first}", $"v2 {second}"], Links(kernel, "tags"));
        Files.Check(kernel.Unlink("tags/v1"), mount.Error);
        Assert.Equal([$"v2 {second}"], Links(kernel, "tags"));
        Assert.Equal(Errno.Exists, kernel.MakeDirectory("tags/v1"));
        Assert.Contains("never used again", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.Exists, kernel.MakeSymbolicLink($"../commits/{first}", "tags/v1"));
    }

    [Fact]
    public async Task Names_that_are_there_are_refused_with_EEXIST()
    {
        await using var mount = await CreateAsync();
        var (kernel, first, _) = Begin(mount);
        Files.Check(kernel.MakeDirectory("tags/v1"), mount.Error);
        Assert.Equal(Errno.Exists, kernel.MakeDirectory("branches/main"));
        Assert.Contains("'main' already", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.Exists, kernel.MakeDirectory("tags/v1"));
        Assert.Contains("'v1' already", mount.Error, StringComparison.Ordinal);
        Files.Check(kernel.MakeSymbolicLink($"../commits/{first}", "branches/v1"), "a branch may have a tag's name");
    }

    [Fact]
    public async Task Only_links_live_among_branches_and_tags_and_they_stay_there()
    {
        await using var mount = await CreateAsync();
        var (kernel, first, _) = Begin(mount);
        Files.Check(kernel.MakeDirectory("branches/dev"), mount.Error);
        foreach (var (errno, sentence) in ((Errno, string)[])
        [
            (kernel.Open("branches/file", Access.Write | Access.Create, out _), mount.Error),
            (kernel.Link(Root("zarr.json"), "tags/file"), mount.Error),
            (kernel.Rename(Root("zarr.json"), "branches/x"), mount.Error),
            (kernel.Rename("branches/dev", "tags/dev"), mount.Error),
            (kernel.Rename("branches/dev", $"commits/{first}/dev"), mount.Error),
            (kernel.Rename("branches/dev", "branches/main", RenameFlags.Exchange), mount.Error),
            (kernel.RemoveDirectory("branches/dev"), mount.Error),
        ])
        {
            Assert.Contains(errno, (Errno[])[Errno.NotPermitted, Errno.CrossDevice, Errno.Invalid, Errno.NotDirectory]);
            Assert.NotEqual("", sentence);
        }

        Assert.Equal(["dev", "main"], kernel.ListNames("branches"));
        Assert.Empty(kernel.ListNames("tags"));
        Assert.Equal(Errno.NotPermitted, kernel.MakeSymbolicLink("zarr.json", Root("link")));
    }

    [Fact]
    public async Task A_read_only_mount_changes_no_branch_and_no_tag()
    {
        await using var mount = await CreateAsync();
        var (_, first, second) = Begin(mount);
        Files.Check(mount.Kernel.MakeDirectory("branches/dev"), mount.Error);
        Files.Check(mount.Kernel.MakeDirectory("tags/v1"), mount.Error);
        await mount.ReopenAsync(s => s with { ReadOnly = true });
        var kernel = mount.Kernel;
        foreach (string link in (string[])["branches/new", "tags/new", "branches/CuABC123"])
        {
            Refused(kernel.MakeSymbolicLink($"../commits/{first}", link));
        }

        Refused(kernel.MakeDirectory("branches/new"));
        Refused(kernel.MakeDirectory("tags/new"));
        Refused(kernel.Rename("branches/dev", "branches/new"));
        Refused(kernel.Unlink("branches/dev"));
        Refused(kernel.Unlink("branches/main"));
        Refused(kernel.Unlink("tags/v1"));
        Assert.Equal([$"dev {second}", $"main {second}"], Links(kernel, "branches"));
        Assert.Equal([$"v1 {second}"], Links(kernel, "tags"));

        void Refused(Errno errno)
        {
            Assert.Equal(Errno.ReadOnly, errno);
            Assert.Contains("mounted read-only", mount.Error, StringComparison.Ordinal);
        }
    }

    /// <summary>A commit that is looked at says nothing about what may be done with branches.</summary>
    [Fact]
    public async Task Branches_are_made_wherever_the_mount_stands()
    {
        await using var mount = await CreateAsync();
        var (kernel, first, second) = Begin(mount);
        Files.Check(kernel.Command("checkout", first), mount.Error);
        Files.Check(kernel.MakeDirectory("branches/old"), mount.Error);
        Assert.Equal([$"main {second}", $"old {first}"], Links(kernel, "branches"));
        Files.Check(kernel.Command("checkout", "old"), mount.Error);
        kernel.Write(Root("x/c/0"), Documents.Chunk("on old"));
        mount.Commit("on old");
    }

    [Fact]
    public async Task Branches_of_others_show_at_once_and_what_was_found_is_looked_up_again()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var (kernel, first, second) = Begin(mount);
        Assert.Equal(Errno.NoEntry, kernel.Stat("branches/dev", out _));
        await mount.Repository.CreateBranchAsync("dev", Id(first), default);
        Assert.Equal(first, LinkOf(kernel, "branches/dev"));
        await mount.Repository.ResetBranchAsync("dev", Id(second), null, default);
        Assert.Equal(second, LinkOf(kernel, "branches/dev"));
        Files.Check(kernel.MakeDirectory("branches/new"), mount.Error);
        Assert.Equal(second, LinkOf(kernel, "branches/new")); // and no directory
        await mount.Repository.DeleteBranchAsync("new", null, default);
        Assert.Equal(Errno.NoEntry, kernel.Stat("branches/new", out _));
        kernel.DropCaches();
        Assert.Equal(1, mount.FileSystem.HeldInodes);
    }

    [Fact]
    public async Task The_storage_s_failures_are_EIO_and_change_nothing()
    {
        var store = new Storage.MemoryObjectStore();
        await using var mount = await CreateAsync(store: store);
        var (kernel, _, second) = Begin(mount);
        store.Before = (operation, key) =>
        {
            if (operation == Storage.StoreOperation.PutIfMatch)
            {
                throw new Storage.StorageException(key, "the network is down");
            }
        };
        Assert.Equal(Errno.InputOutput, kernel.MakeDirectory("branches/new"));
        Assert.Contains("the network is down", mount.Error, StringComparison.Ordinal);
        Assert.Contains(mount.Log, line => line.Contains("the network is down", StringComparison.Ordinal));
        store.Before = null;
        Assert.Equal([$"main {second}"], Links(kernel, "branches"));
        Files.Check(kernel.MakeDirectory("branches/new"), mount.Error);
    }

    internal static (Kernel Kernel, string First, string Second) Begin(TestMount mount)
    {
        Zarr.WriteArray(mount.Kernel, "x");
        string first = mount.Commit("first");
        mount.Kernel.Write(Root("x/c/0"), Documents.Chunk("second"));
        return (mount.Kernel, first, mount.Commit("second"));
    }

    internal static string[] Links(Kernel kernel, string directory) =>
        [.. kernel.ListNames(directory).Select(name => $"{name} {LinkOf(kernel, $"{directory}/{name}")}")];

    private static string LinkOf(Kernel kernel, string path)
    {
        Files.Check(kernel.ReadLink(path, out string target), path);
        Assert.StartsWith("../commits/", target, StringComparison.Ordinal);
        return target["../commits/".Length..];
    }

    private static ObjectId12 Id(string text) => ObjectId12.TryParse(text, out var id) ? id : throw new ArgumentException(text);

    private static async Task<List<Operation>> OperationsAsync(TestMount mount)
    {
        var operations = new List<Operation>();
        await foreach (var operation in mount.Repository.OperationsAsync(default))
        {
            operations.Add(operation);
        }

        return operations;
    }
}
