using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Commands written to control files, their errno, and what <c>error</c> says.</summary>
public sealed class ControlFileTests
{
    [Fact]
    public async Task The_mount_shows_its_control_files_to_their_owner_alone()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Assert.Equal(
            ["README", "amend", "branches", "checkout", "commit", "commits", "conflicts.json", "diff", "diff.json", "discard", "error", "info", "log", "log.json", "metrics", "rebase",
             "root.v2.zarr", "root.zarr", "status", "status.json", "tags", "tree", "tree.json"], kernel.ListNames(""));
        Assert.Equal((0x180u, 0L), (kernel.StatOf("commit").Mode, kernel.StatOf("commit").Size));
        Assert.Equal((0x180u, 0x100u, 0x80u), (kernel.StatOf("checkout").Mode, kernel.StatOf("status").Mode, kernel.StatOf("discard").Mode));
        string readme = kernel.ReadText("README");
        Assert.All((string[])["status", "commit", "amend", "rebase", "conflicts.json", "checkout", "discard", "error", "log", "diff", "tree", "info", "branches", "tags", "commits"],
            name => Assert.Contains(name, readme, StringComparison.Ordinal));
        Assert.Equal(Errno.Access, kernel.Open("status", Access.Write, out _));
        Assert.Equal(Errno.ReadOnly, kernel.Open("README", Access.Write, out _));
        Assert.Equal(Errno.NotPermitted, kernel.Unlink("status"));
        Assert.Equal(Errno.NotPermitted, kernel.MakeDirectory("folder"));
        Assert.Equal(Errno.NotPermitted, kernel.Open("file", Access.Write | Access.Create, out _));
        Assert.Equal(Errno.NotPermitted, kernel.Rename("root.zarr", "other"));
        Assert.Contains("data belongs into root.zarr/", mount.Error, StringComparison.Ordinal);
        Zarr.WriteArray(kernel, "x");
        Assert.Equal(Errno.CrossDevice, kernel.Rename(Root("x"), "x"));
        string id = mount.Commit();
        Assert.Equal(Errno.CrossDevice, kernel.Link($"commits/{id}/root.zarr/zarr.json", Root("copy")));
        Assert.Equal(Errno.CrossDevice, kernel.Rename(Root("x"), $"commits/{id}/x"));
    }

    [Fact]
    public async Task ENODATA_when_there_is_nothing_to_commit()
    {
        await using var mount = await CreateAsync();
        Assert.Equal("", mount.Error);
        Assert.Equal(Errno.NoData, mount.Kernel.Command("commit", "nothing"));
        Assert.Equal("there is nothing to commit", mount.Error);
        mount.Kernel.Write(Root("README"), "loose");
        Assert.Equal(Errno.NoData, mount.Kernel.Command("commit", "nothing"));
        Assert.Contains("README", mount.Error, StringComparison.Ordinal);
        Assert.Equal("", mount.Kernel.ReadText("commit"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n ")]
    public async Task EINVAL_for_a_commit_without_a_message(string message)
    {
        await using var mount = await CreateAsync();
        mount.Kernel.Write(Root("zarr.json"), Documents.Group());
        Assert.Equal(Errno.Invalid, mount.Kernel.Command("commit", message));
        Assert.Contains("message", mount.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_has_many_lines_and_loses_one_newline()
    {
        await using var mount = await CreateAsync();
        mount.Kernel.Write(Root("zarr.json"), Documents.Group());
        string id = mount.Commit("first 🥹\n\n  second\n");
        Assert.Equal("first 🥹\n\n  second\n\n", mount.Kernel.ReadText($"commits/{id}/message"));
        Assert.Equal(Errno.Invalid, Write(mount, "commit", [0xFF, 0xFE]));
        Assert.Contains("UTF-8", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.Invalid, Write(mount, "commit", new byte[(1 << 16) + 1]));
        Assert.Contains("65536", mount.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ENOENT_for_unknown_names_and_the_rest_of_checkout()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string first = mount.Commit("first");
        kernel.Write(Root("x/c/0"), Documents.Chunk("second"));
        mount.Commit("second");
        Assert.Equal(Errno.NoEntry, kernel.Command("checkout", "nothing"));
        Assert.Contains("'nothing'", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.NoEntry, kernel.Command("checkout", "00000000000000000000"));
        Files.Check(kernel.Command("checkout", first), "checkout");
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("x/c/0")));
        Assert.Equal(Errno.ReadOnly, kernel.MakeDirectory(Root("new")));
        Assert.Contains("write a branch name to `checkout`", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.ReadOnly, kernel.Command("commit", "no"));
        await mount.ReopenAsync();
        kernel = mount.Kernel;
        Assert.Equal(first + "\n", kernel.ReadText("checkout"));
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("x/c/0")));
        Files.Check(kernel.Command("checkout", "main"), "checkout");
        Assert.Equal(Documents.Chunk("second"), kernel.ReadBytes(Root("x/c/0")));
    }

    [Fact]
    public async Task EBUSY_when_a_checkout_would_lose_something()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string first = mount.Commit();
        kernel.Write(Root("x/c/0"), Documents.Chunk("new"));
        Assert.Equal(Errno.Busy, kernel.Command("checkout", first));
        Assert.Contains("x/c/0", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.None, kernel.Command("checkout", "main")); // it is
        Assert.Equal(Documents.Chunk("new"), kernel.ReadBytes(Root("x/c/0")));
        Files.Check(kernel.Command("discard", "all"), "discard");
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("x/c/0")));
        Files.Check(kernel.Command("checkout", first), "checkout");
    }

    [Fact]
    public async Task ESTALE_when_the_branch_has_moved_and_the_way_out_that_it_names()
    {
        await using var mount = await CreateAsync();
        await using var other = await mount.SecondAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        Zarr.WriteArray(other.Kernel, "x", shape: "[4]");
        string theirs = mount.Commit("first");
        Assert.Equal(Errno.Stale, other.Kernel.Command("commit", "second"));
        Assert.Contains(theirs, other.Error, StringComparison.Ordinal);
        Assert.Contains("`rebase`", other.Error, StringComparison.Ordinal);
        Assert.Equal((1, 2), ((int)other.Status["commits_behind"]!, (int)other.Status["conflicts"]!));
        Assert.Contains("has moved on by 1 commit", other.Kernel.ReadText("status"), StringComparison.Ordinal);
        byte[] ours = Documents.Array("[4]", "[1]");
        Assert.Equal(ours, other.Kernel.ReadBytes(Root("x/zarr.json")));
        await other.ReopenAsync();
        Assert.Equal(ours, other.Kernel.ReadBytes(Root("x/zarr.json")));
        Files.Check(other.Kernel.Command("rebase", "ours"), "rebase");
        string id = other.Commit("second");
        Assert.Equal(ours, other.Kernel.ReadBytes($"commits/{id}/root.zarr/x/zarr.json"));
        Assert.NotEqual(ours, mount.Kernel.ReadBytes(Root("x/zarr.json")));
        await mount.ReopenAsync(); // nothing uncommitted: it follows
        Assert.Equal(ours, mount.Kernel.ReadBytes(Root("x/zarr.json")));
    }

    [Fact]
    public async Task The_newest_commit_is_amended()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Assert.Equal(Errno.Invalid, kernel.Command("amend", "nothing to replace"));
        Assert.Contains("first", mount.Error, StringComparison.Ordinal);
        Zarr.WriteArray(kernel, "x");
        string draft = mount.Commit("draft");
        kernel.Write(Root("x/c/1"), Documents.Chunk("better"));
        Assert.Equal(Errno.None, kernel.Command("amend", "final"));
        string final = kernel.ReadText("commit").Trim();
        Assert.NotEqual(draft, final);
        Assert.Equal("final", kernel.ReadText($"commits/{final}/message").Trim());
        Assert.Equal(kernel.ReadText($"commits/{draft}/parent"), kernel.ReadText($"commits/{final}/parent"));
        Assert.Equal(Documents.Chunk("better"), kernel.ReadBytes($"commits/{final}/root.zarr/x/c/1"));
        Assert.Equal(Documents.Chunk("x 1"), kernel.ReadBytes($"commits/{draft}/root.zarr/x/c/1"));
        Assert.DoesNotContain(draft, kernel.ReadText("log"), StringComparison.Ordinal);
        Assert.Equal(Errno.None, kernel.Command("amend", "reworded"));
        Assert.Equal(Errno.None, kernel.Command("amend", ""));
        Assert.Equal("reworded", kernel.ReadText($"commits/{kernel.ReadText("commit").Trim()}/message").Trim());
        await using var other = await mount.SecondAsync();
        Zarr.WriteArray(other.Kernel, "y");
        string theirs = other.Commit("theirs");
        Assert.Equal(Errno.Stale, kernel.Command("amend", "no longer the tip"));
        Assert.Contains(theirs, mount.Error, StringComparison.Ordinal);
        Assert.Empty(mount.StatusPaths);
    }

    [Fact]
    public async Task What_is_still_being_written_conflicts_too()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Commit("base");
        await using var other = await mount.SecondAsync();
        Zarr.WriteArray(mount.Kernel, "y");
        Files.Check(mount.Kernel.Open(Root("x/c/1"), Access.Write, out int chunk), "chunk");
        Files.Check(mount.Kernel.Write(chunk, 0, Documents.Chunk("ours")), "chunk");
        other.Kernel.Write(Root("x/c/1"), Documents.Chunk("theirs"));
        other.Commit("theirs");
        Assert.Equal(Errno.Stale, mount.Kernel.Command("commit", "ours"));
        Assert.Contains("/x", mount.Error, StringComparison.Ordinal);
        Files.Check(mount.Kernel.Close(chunk), "chunk");
        Files.Check(mount.Kernel.Command("rebase", "ours"), "rebase");
        mount.Commit("ours");
        await other.ReopenAsync();
        Assert.Equal(Documents.Chunk("ours"), other.Kernel.ReadBytes(Root("x/c/1")));
    }

    [Fact]
    public async Task A_directory_of_chunks_that_was_emptied_shows_what_others_write_there()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", shape: "[3]", keys: ["c/0"]);
        mount.Commit("base");
        Files.Check(mount.Kernel.Unlink(Root("x/c/0")), "rm");
        mount.Commit("emptied");
        await using var other = await mount.SecondAsync();
        other.Kernel.MakeDirectories(Root("x/c"));
        other.Kernel.Write(Root("x/c/1"), Documents.Chunk("theirs"));
        other.Commit("theirs");
        Zarr.WriteArray(mount.Kernel, "y");
        mount.Commit("ours");
        Assert.Equal(Documents.Chunk("theirs"), mount.Kernel.ReadBytes(Root("x/c/1")));
        Assert.Empty(mount.StatusPaths);
    }

    [Fact]
    public async Task Chunks_outside_a_shrunk_array_stay_as_loose_files_when_none_is_left_inside()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Commit("base");
        Files.Check(mount.Kernel.Unlink(Root("x/c/0")), "rm");
        mount.Kernel.Replace(Root("x/zarr.json"), Documents.Array("[1]", "[1]"));
        mount.Commit("shrunk");
        Assert.Equal(["x/c/1", "x/c/2"], mount.Loose);
        Assert.Equal(Documents.Chunk("x 1"), mount.Kernel.ReadBytes(Root("x/c/1")));
        await mount.ReopenAsync();
        Assert.Equal(Documents.Chunk("x 2"), mount.Kernel.ReadBytes(Root("x/c/2")));
    }

    [Fact]
    public async Task EIO_tells_what_the_disk_said()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        kernel.Write(Root("f"), "staged");
        string staging = Directory.GetDirectories(Path.Combine(mount.Store.Local!.Root, ".arraylakefs", "staging")).Single();
        Directory.Delete(staging, recursive: true);
        Assert.Equal(Errno.InputOutput, kernel.Open(Root("g"), Access.Write | Access.Create, out _));
        Assert.Contains("no file could be staged", mount.Error, StringComparison.Ordinal);
        Assert.Equal(["f"], kernel.ListNames(Root()));
        Assert.Equal(Errno.InputOutput, kernel.TryReadBytes(Root("f"), out _));
        Assert.Contains("cannot be opened", mount.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_is_discarded_as_status_shows_it()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        Zarr.WriteArray(kernel, "y");
        mount.Commit();
        var all = kernel.Contents(Root());
        kernel.Write(Root("g/x/c/0"), Documents.Chunk("new"));
        Files.Check(kernel.Unlink(Root("g/x/c/1")), "unlink");
        kernel.Write(Root("README"), "loose");
        kernel.RemoveTree(Root("y"));
        foreach (string path in (string[])["g/x/c/0", "/g/x/c/1/", "README", "y"])
        {
            Files.Check(kernel.Command("discard", path), path);
        }

        Assert.Equal(all.Keys, kernel.Contents(Root()).Keys);
        Assert.Equal(Documents.Chunk("g/x 0"), kernel.ReadBytes(Root("g/x/c/0")));
        Assert.EndsWith("No changes in current session\n", kernel.ReadText("status"), StringComparison.Ordinal);
        Assert.Equal(Errno.NoEntry, kernel.Command("discard", "g/x/c/0"));
        Assert.Contains("g/x/c/0 has no uncommitted changes", mount.Error, StringComparison.Ordinal);
        kernel.RemoveTree(Root("y"));
        Assert.Equal(Errno.NoEntry, kernel.Command("discard", "y/zarr.json"));
        Assert.Contains(": y is not there", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.Invalid, kernel.Command("discard", ""));
        Assert.Equal(Errno.Invalid, kernel.Command("discard", "/"));
        await mount.CrashAsync();
        Assert.Equal(["❌ y/c", "❌ y/zarr.json"], mount.StatusPaths);
    }

    [Fact]
    public async Task The_old_place_of_a_move_is_not_discarded_alone()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        mount.Commit();
        Files.Check(kernel.Rename(Root("g/x"), Root("y")), "rename");
        Assert.Equal(Errno.Invalid, kernel.Command("discard", "g/x"));
        Assert.Contains("g/x is y now", mount.Error, StringComparison.Ordinal);
        Assert.Equal("> /y (array, was /g/x)\n", kernel.ReadText("diff"));
        Files.Check(kernel.Command("discard", "y"), "discard");
        Assert.Equal("", kernel.ReadText("diff"));
        Assert.Equal(Documents.Chunk("g/x 1"), kernel.ReadBytes(Root("g/x/c/1")));
    }

    /// <summary>What was moved comes back to where it was, and nothing that was moved is lost from sight.</summary>
    [Fact]
    public async Task To_discard_a_move_undoes_it()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "a/x");
        Zarr.WriteArray(kernel, "s");
        mount.Commit();
        var all = kernel.Contents(Root());
        Files.Check(kernel.Rename(Root("a"), Root("a2")), "rename");
        kernel.Write(Root("a2/x/c/0"), "changed");
        Files.Check(kernel.Rename(Root("s"), Root("a2/s2")), "rename");
        Assert.Equal(Errno.Invalid, kernel.Command("discard", "a2"));
        Assert.Contains("a2/s2 was s", mount.Error, StringComparison.Ordinal);
        Files.Check(kernel.Command("discard", "root.zarr/a2/s2"), "discard");
        Files.Check(kernel.Command("discard", "./a2/"), "discard");
        Assert.Equal(all, kernel.Contents(Root()));
        Assert.Equal(Errno.NoData, kernel.Command("commit", "nothing"));

        Files.Check(kernel.Rename(Root("a"), Root("b")), "rename");
        Zarr.WriteArray(kernel, "a");
        Assert.Equal(Errno.Invalid, kernel.Command("discard", "b"));
        Assert.Contains("b was a, where something else is now", mount.Error, StringComparison.Ordinal);
        Files.Check(kernel.Rename(Root("b/x"), Root("y")), "rename");
        Files.Check(kernel.Command("discard", "y"), "discard");
        Assert.Equal(["x", "zarr.json"], kernel.ListNames(Root("b")));
        await mount.ReopenAsync();
        Assert.Equal(["x", "zarr.json"], mount.Kernel.ListNames(Root("b")));
        Files.Check(mount.Kernel.Command("discard", "all"), "discard");
        Assert.Equal(all, mount.Kernel.Contents(Root()));
    }

    /// <summary>As for nodes: what a directory of chunks shows through must not be shown in two places.</summary>
    [Fact]
    public async Task The_old_place_of_moved_chunks_is_not_discarded_alone()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", "[4,4]", "[1,1]", ["c/0/0", "c/0/1", "c/1/0"]);
        mount.Commit();
        Files.Check(kernel.Rename(Root("x/c/0"), Root("x/c/3")), "rename");
        Assert.Equal(Errno.Invalid, kernel.Command("discard", "x/c/0"));
        Assert.Contains("x/c/3 now", mount.Error, StringComparison.Ordinal);
        Files.Check(kernel.Command("discard", "x/c/3"), "discard");
        Files.Check(kernel.Command("discard", "x/c/0"), "discard");
        Assert.Empty(mount.StatusPaths);
        Assert.Equal(["0", "1"], kernel.ListNames(Root("x/c/0")));
    }

    [Fact]
    public async Task A_session_in_use_is_refused_with_the_process_that_has_it()
    {
        await using var mount = await CreateAsync();
        var busy = await Assert.ThrowsAsync<SessionInUseException>(() => Session.OpenAsync(
            new SessionSettings(Path.Combine(mount.Folder, "session"), "earthmover/ocean"), mount.Repository, default));
        Assert.Equal(Errno.Busy, busy.Errno);
        Assert.Contains($"process {Environment.ProcessId}", busy.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_branch_is_not_left_behind_by_mounting_elsewhere_with_changes()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        string id = mount.Commit();
        mount.Kernel.Write(Root("x/c/0"), Documents.Chunk("new"));
        var busy = await Assert.ThrowsAsync<SessionException>(() => mount.ReopenAsync(s => s with { Ref = id }));
        Assert.Equal(Errno.Busy, busy.Errno);
        Assert.Contains("uncommitted changes", busy.Message, StringComparison.Ordinal);
        var unknown = await Assert.ThrowsAsync<SessionException>(() => mount.ReopenAsync(s => s with { Ref = null, Branch = "nothing" }));
        Assert.Equal(Errno.NoEntry, unknown.Errno);
        await mount.ReopenAsync(s => s with { Branch = null });
        Assert.Equal(["📝 x/c/0"], mount.StatusPaths);
        await mount.ReopenAsync(s => s with { ReadOnly = true });
        Assert.Equal(Documents.Chunk("new"), mount.Kernel.ReadBytes(Root("x/c/0")));
        Assert.Equal(["📝 x/c/0"], mount.StatusPaths);
    }

    [Fact]
    public async Task Commits_branches_and_tags_are_browsed()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string first = mount.Commit("first");
        kernel.Write(Root("x/c/0"), Documents.Chunk("second"));
        string second = mount.Commit("second");
        Assert.Equal(["main"], kernel.ListNames("branches"));
        Files.Check(kernel.ReadLink("branches/main", out string target), "readlink");
        Assert.Equal($"../commits/{second}", target);
        Assert.Empty(kernel.ListNames("tags"));
        Assert.Equal(3, kernel.ListNames("commits").Length);
        Assert.Equal(["author", "changes", "changes.json", "date", "message", "parent", "root.v2.zarr", "root.zarr"], kernel.ListNames($"commits/{second}"));
        Assert.Equal((first + "\n", "Ada <ada@example.org>\n", "second\n"),
            (kernel.ReadText($"commits/{second}/parent"), kernel.ReadText($"commits/{second}/author"), kernel.ReadText($"commits/{second}/message")));
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes($"commits/{first}/root.zarr/x/c/0"));
        Assert.Equal(Documents.Chunk("second"), kernel.ReadBytes($"commits/{second}/root.zarr/x/c/0"));
        Assert.NotEqual(kernel.StatOf($"commits/{first}/root.zarr/x/c/0").Inode, kernel.StatOf($"commits/{second}/root.zarr/x/c/0").Inode);
        Assert.Equal(Errno.NoEntry, kernel.Stat("commits/nothing", out _));
        Assert.Equal(Errno.NoEntry, kernel.Stat($"commits/{first.ToLowerInvariant()}", out _));
        Assert.Equal(Errno.ReadOnly, kernel.MakeSymbolicLink($"../commits/{first}", "commits/new"));
        Assert.Equal(Errno.ReadOnly, kernel.MakeDirectory("commits/new"));
    }

    [Fact]
    public async Task Chunks_say_what_they_are_one_attribute_at_a_time()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        kernel.Write(Root("x/c/2"), Documents.Chunk("small", 20));
        Assert.Equal(("staged", "700"), (Attribute(kernel, "x/c/0", "kind"), Attribute(kernel, "x/c/0", "length")));
        string id = Attribute(kernel, "x/c/0", "chunk_id");
        mount.Commit();
        Assert.Equal(("native", "700", id), (Attribute(kernel, "x/c/0", "kind"), Attribute(kernel, "x/c/0", "length"), Attribute(kernel, "x/c/0", "chunk_id")));
        Assert.Equal(("inline", "20", ""), (Attribute(kernel, "x/c/2", "kind"), Attribute(kernel, "x/c/2", "length"), Attribute(kernel, "x/c/2", "chunk_id")));
        Assert.Equal(("", "", ""), (Attribute(kernel, "x/zarr.json", "kind"), Attribute(kernel, "x", "kind"), Attribute(kernel, "x/c/0", "other")));
    }

    [Fact]
    public async Task Info_follows_the_groups()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        Assert.Equal([".info", "g"], kernel.ListNames("info"));
        Assert.Equal([".info", "x"], kernel.ListNames("info/g"));
        Assert.Contains("/g", kernel.ReadText("info/g/.info"), StringComparison.Ordinal);
        Assert.Contains("3/3", kernel.ReadText("info/g/x"), StringComparison.Ordinal);
        Assert.Equal(Errno.NoEntry, kernel.Stat("info/nothing", out _));
        Assert.Equal(Errno.ReadOnly, kernel.Open("info/new", Access.Write | Access.Create, out _));
    }

    private static string Attribute(Kernel kernel, string path, string name) =>
        kernel.GetAttribute(Root(path), $"user.icechunk.{name}", out string value) == Errno.None ? value : "";

    private static Errno Write(TestMount mount, string path, byte[] bytes)
    {
        Files.Check(mount.Kernel.Open(path, Access.Write, out int file), path);
        var errno = mount.Kernel.Write(file, 0, bytes);
        mount.Kernel.Close(file);
        return errno;
    }
}
