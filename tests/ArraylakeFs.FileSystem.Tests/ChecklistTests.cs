using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>The MUST items of zarr-tools.md section 4, for the v3 face; the number of the item ends each name.</summary>
public sealed partial class ChecklistTests
{
    [Fact]
    public async Task The_root_can_be_emptied_removed_and_made_again_and_that_empties_the_root_group_01()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "old");
        mount.Commit();
        Assert.Equal(Errno.NotEmpty, kernel.RemoveDirectory(Root()));
        kernel.RemoveTree(Root());
        Assert.Equal(Errno.NoEntry, kernel.Stat(Root(), out _));
        Assert.DoesNotContain("root.zarr", kernel.ListNames(""));
        Assert.Equal(Errno.NoEntry, kernel.Open(Root("zarr.json"), Access.Write | Access.Create, out _));
        Assert.Equal(Errno.None, kernel.MakeDirectory(Root()));
        Assert.Empty(kernel.ListNames(Root()));
        kernel.Write(Root("zarr.json"), Documents.Group("""{"new":1}"""));
        Assert.Equal(["❌ old/c", "❌ old/zarr.json", "📝 zarr.json"], mount.StatusPaths);
        string id = mount.Commit();
        Assert.Equal(["zarr.json"], kernel.ListNames($"commits/{id}/root.zarr"));
    }

    [Fact]
    public async Task Files_of_any_name_live_beside_nodes_and_are_renamed_over_existing_ones_02()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        foreach (string name in (string[])["0.0123456789abcdef.partial", "zarr.json.__lock", ".zarr.json.Xy12Zz", "jl_AbCdEf", "ünï 🐳", "-", "a b\nc"])
        {
            kernel.Write(Root($"x/{name}"), name);
            Assert.Equal(name, kernel.ReadText(Root($"x/{name}")));
            Assert.Contains(name, kernel.ListNames(Root("x")));
            Assert.Equal(Errno.None, kernel.Rename(Root($"x/{name}"), Root("x/c/0")));
            Assert.Equal(name, kernel.ReadText(Root("x/c/0")));
        }

        Assert.Equal(["📝 x/c/0"], mount.StatusPaths);
    }

    [Fact]
    public async Task A_link_to_a_document_is_it_and_an_existing_name_is_refused_03()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        kernel.Write(Root("zarr.1234.partial"), Documents.Group());
        Assert.Equal(Errno.None, kernel.Link(Root("zarr.1234.partial"), Root("zarr.json")));
        Assert.Equal(Errno.Exists, kernel.Link(Root("zarr.1234.partial"), Root("zarr.json")));
        Assert.Equal(2u, kernel.StatOf(Root("zarr.json")).Links);
        Assert.Equal(kernel.StatOf(Root("zarr.1234.partial")).Inode, kernel.StatOf(Root("zarr.json")).Inode);
        Assert.Equal(Errno.None, kernel.Unlink(Root("zarr.1234.partial")));
        Assert.Equal(1u, kernel.StatOf(Root("zarr.json")).Links);
        Assert.Equal(Documents.Group(), kernel.ReadBytes(Root("zarr.json")));
        mount.Commit();
        Assert.Equal(Errno.Exists, kernel.Open(Root("zarr.json"), Access.Write | Access.Create | Access.Exclusive, out _));
        Assert.Equal(Errno.None, kernel.Link(Root("zarr.json"), Root("copy"))); // a committed one too
        Assert.Equal(Documents.Group(), kernel.ReadBytes(Root("copy")));
    }

    /// <summary>Which of the two names was there first makes no difference, whether the kernel holds the file or not.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task The_name_that_is_left_of_two_is_the_file_after_a_commit_03(bool olderStays, bool cachesNames)
    {
        await using var mount = await CreateAsync(cachesNames);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: []);
        string stays = Root("x/c/0"), goes = Root("x/c/0.partial");
        kernel.MakeDirectories(Root("x/c"));
        kernel.Write(olderStays ? stays : goes, Documents.Chunk("first"));
        Files.Check(kernel.Link(olderStays ? stays : goes, olderStays ? goes : stays), "link");
        Files.Check(kernel.Unlink(goes), "unlink");
        mount.Commit();
        if (!cachesNames)
        {
            kernel.DropCaches();
        }

        Assert.Equal(Documents.Chunk("first"), kernel.ReadBytes(stays));
        kernel.Write(stays, Documents.Chunk("second"));
        Assert.Equal(["📝 x/c/0"], mount.StatusPaths);
        Assert.Equal(["0"], kernel.ListNames(Root("x/c")));
        string id = mount.Commit();
        Assert.Equal(Documents.Chunk("second"), kernel.ReadBytes($"commits/{id}/root.zarr/x/c/0"));
        await mount.ReopenAsync();
        Assert.Equal(Documents.Chunk("second"), mount.Kernel.ReadBytes(stays));
    }

    [Fact]
    public async Task Many_small_writes_in_place_are_judged_when_they_are_done_04()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        kernel.Write(Root("zarr.json"), Documents.Group());
        mount.Commit();
        byte[] bytes = Documents.Group("""{"long":"0123456789"}""");
        Files.Check(kernel.Open(Root("zarr.json"), Access.Write | Access.Create | Access.Truncate, out int file), "open");
        for (int i = 0; i < bytes.Length; i++)
        {
            Assert.Empty(mount.Invalid);
            Assert.Equal(Errno.None, kernel.Write(file, i, [bytes[i]]));
            Assert.Equal(i + 1, kernel.StatOf(Root("zarr.json")).Size);
        }

        Assert.Equal(["zarr.json"], mount.Loose);
        Assert.Equal(Errno.NoData, kernel.Command("commit", "too early"));
        Assert.Equal(Errno.None, kernel.Close(file));
        Assert.Empty(mount.Loose);
        string id = mount.Commit();
        Assert.Equal(bytes, kernel.ReadBytes($"commits/{id}/root.zarr/zarr.json"));
    }

    [Fact]
    public async Task A_document_written_over_a_longer_one_counts_up_to_the_end_of_its_first_value_05()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        kernel.Write(Root("zarr.json"), Documents.Group("""{"long":"0123456789012345678901234567890123456789"}"""));
        mount.Commit();
        byte[] shorter = Documents.Group();
        Files.Check(kernel.Open(Root("zarr.json"), Access.Write, out int file), "open");
        Files.Check(kernel.Write(file, 0, shorter), "write");
        Files.Check(kernel.Close(file), "close");
        byte[] whole = kernel.ReadBytes(Root("zarr.json"));
        Assert.True(whole.Length > shorter.Length && whole.AsSpan().StartsWith(shorter));
        string id = mount.Commit();
        Assert.Equal(whole, kernel.ReadBytes($"commits/{id}/root.zarr/zarr.json"));
    }

    [Fact]
    public async Task A_committed_chunk_is_changed_in_place_at_an_offset_05()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        byte[] expected = kernel.ReadBytes(Root("x/c/1"));
        ulong inode = kernel.StatOf(Root("x/c/1")).Inode;
        Files.Check(kernel.Open(Root("x/c/1"), Access.Write, out int file), "open");
        Files.Check(kernel.Write(file, 600, [1, 2, 3]), "write");
        Files.Check(kernel.Close(file), "close");
        new byte[] { 1, 2, 3 }.CopyTo(expected, 600);
        Assert.Equal(expected, kernel.ReadBytes(Root("x/c/1")));
        Assert.Equal(inode, kernel.StatOf(Root("x/c/1")).Inode);
        Assert.Equal(["📝 x/c/1"], mount.StatusPaths);
    }

    [Fact]
    public async Task Directories_without_documents_persist_through_commits_and_restarts_06()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        kernel.MakeDirectories(Root("x/c/0"));
        kernel.Write(Root("zarr.json"), Documents.Group());
        mount.Commit();
        await mount.ReopenAsync();
        Assert.Equal(["0"], mount.Kernel.ListNames(Root("x/c")));
        Assert.Equal(Errno.None, mount.Kernel.RemoveDirectory(Root("x/c/0")));
    }

    [Fact]
    public async Task The_directories_of_chunks_that_were_removed_stay_until_they_are_removed_06()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", "[2,2]", "[1,1]", ["c/0/0", "c/1/1"]);
        mount.Commit();
        Files.Check(kernel.Unlink(Root("x/c/1/1")), "unlink");
        Assert.Empty(kernel.ListNames(Root("x/c/1")));
        string id = mount.Commit();
        Assert.Equal(["0"], kernel.ListNames($"commits/{id}/root.zarr/x/c"));
        Assert.Equal(["0", "1"], kernel.ListNames(Root("x/c")));
        await mount.ReopenAsync();
        Assert.Empty(mount.Kernel.ListNames(Root("x/c/1")));
        Assert.Equal(Errno.None, mount.Kernel.RemoveDirectory(Root("x/c/1")));
        Assert.Equal(Errno.NoData, mount.Kernel.Command("commit", "nothing"));
    }

    [Fact]
    public async Task Chunks_come_before_their_array_and_outside_its_shape_07()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        kernel.Write(Root("zarr.json"), Documents.Group());
        kernel.MakeDirectories(Root("x/c"));
        kernel.Write(Root("x/c/0"), Documents.Chunk("zero"));
        kernel.Write(Root("x/c/5"), Documents.Chunk("five"));
        Assert.Equal(["x/c/0", "x/c/5"], mount.Loose);
        mount.Commit();
        Assert.Equal(["x/c/0", "x/c/5"], mount.Loose);
        kernel.Write(Root("x/zarr.json"), Documents.Array("[2]", "[1]"));
        Assert.Equal(["x/c/5"], mount.Loose);
        string id = mount.Commit();
        Assert.Equal(["0"], kernel.ListNames($"commits/{id}/root.zarr/x/c"));
        kernel.Write(Root("x/zarr.json"), Documents.Array("[6]", "[1]"));
        Assert.Equal(["📝 x/c/5", "📝 x/zarr.json"], mount.StatusPaths);
        id = mount.Commit();
        Assert.Equal(Documents.Chunk("five"), kernel.ReadBytes($"commits/{id}/root.zarr/x/c/5"));
        Assert.Empty(mount.Loose);
    }

    [Fact]
    public async Task A_child_waits_for_the_group_above_it_08()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        kernel.Write(Root("zarr.json"), Documents.Group());
        kernel.MakeDirectories(Root("g/h"));
        kernel.Write(Root("g/h/zarr.json"), Documents.Group());
        Assert.Equal(["g/h/zarr.json"], mount.Loose);
        string id = mount.Commit();
        Assert.Equal(["zarr.json"], kernel.ListNames($"commits/{id}/root.zarr"));
        kernel.Write(Root("g/zarr.json"), Documents.Group());
        id = mount.Commit();
        Assert.Equal(["h", "zarr.json"], kernel.ListNames($"commits/{id}/root.zarr/g"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Chunks_outlive_their_document_and_are_removed_in_any_order_09(bool commitInBetween)
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        string before = mount.Commit();
        byte[] chunk = kernel.ReadBytes(Root("g/x/c/1"));
        Files.Check(kernel.Unlink(Root("g/x/zarr.json")), "unlink");
        if (commitInBetween)
        {
            string id = mount.Commit();
            Assert.Equal(["zarr.json"], kernel.ListNames($"commits/{id}/root.zarr/g"));
            Assert.Equal(["g/x/"], mount.Loose);
            await mount.ReopenAsync();
            kernel = mount.Kernel;
        }

        Assert.Equal(chunk, kernel.ReadBytes(Root("g/x/c/1")));
        Assert.Equal(Errno.NotEmpty, kernel.RemoveDirectory(Root("g/x")));
        Assert.Equal(Errno.NotEmpty, kernel.RemoveDirectory(Root("g/x/c")));
        Files.Check(kernel.Unlink(Root("g/x/c/1")), "unlink");
        Assert.Equal(["0", "2"], kernel.ListNames(Root("g/x/c")));
        kernel.RemoveTree(Root("g/x"));
        Assert.Equal(Errno.NotEmpty, kernel.RemoveDirectory(Root("g")));
        Assert.Equal(commitInBetween ? Errno.NoData : Errno.None, kernel.Command("commit", "gone"));
        Assert.Equal(chunk, kernel.ReadBytes($"commits/{before}/root.zarr/g/x/c/1"));
    }

    [Fact]
    public async Task Directories_are_renamed_as_POSIX_says_10()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        kernel.MakeDirectories(Root("empty"));
        mount.Commit();
        Assert.Equal(Errno.Invalid, kernel.Rename(Root("g"), Root("g/x/g")));
        Assert.Equal(Errno.NotEmpty, kernel.Rename(Root("empty"), Root("g")));
        Assert.Equal(Errno.Exists, kernel.Rename(Root("empty"), Root("g"), RenameFlags.NoReplace));
        Assert.Equal(Errno.NotDirectory, kernel.Rename(Root("empty"), Root("zarr.json")));
        Assert.Equal(Errno.IsDirectory, kernel.Rename(Root("zarr.json"), Root("empty")));
        Assert.Equal(Errno.None, kernel.Rename(Root("g/x"), Root("empty")));
        Assert.Equal(Errno.None, kernel.Rename(Root("empty"), Root("g/y")));
        Assert.Equal(["y", "zarr.json"], kernel.ListNames(Root("g")));
        Assert.Equal(Documents.Chunk("g/x 1"), kernel.ReadBytes(Root("g/y/c/1")));
    }

    [Fact]
    public async Task Errors_are_those_of_a_disk_11()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        for (int round = 0; round < 2; round++)
        {
            Assert.Equal(Errno.NoEntry, kernel.Stat(Root("nothing"), out _));
            Assert.Equal(Errno.NoEntry, kernel.Stat(Root("x/c/9"), out _));
            Assert.Equal(Errno.NotDirectory, kernel.Stat(Root("zarr.json/zarr.json"), out _));
            Assert.Equal(Errno.NotDirectory, kernel.Stat(Root("x/c/0/zarr.json"), out _));
            Assert.Equal(Errno.IsDirectory, kernel.Open(Root("x"), Access.Write, out _));
            Assert.Equal(Errno.IsDirectory, kernel.Unlink(Root("x")));
            Assert.Equal(Errno.IsDirectory, kernel.Unlink(Root("x/c")));
            Assert.Equal(Errno.NotDirectory, kernel.RemoveDirectory(Root("zarr.json")));
            Assert.Equal(Errno.Exists, kernel.MakeDirectory(Root("x")));
            Assert.Equal(Errno.Exists, kernel.MakeDirectory(Root("zarr.json")));
            Assert.Equal(Errno.NameTooLong, kernel.MakeDirectory(Root(new string('ü', 128))));
            Assert.Equal(Errno.NameTooLong, kernel.Stat(Root(new string('n', 256)), out _));
            mount.Kernel.Command("commit", "the same once more, committed");
        }

        Files.Check(kernel.MakeDirectory(Root(new string('ü', 127))), "127 characters of 2 bytes");
    }

    [Fact]
    public async Task A_chunk_whose_object_is_lost_fails_when_it_is_read_and_not_before_12()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        Files.Check(kernel.GetAttribute(Root("x/c/1"), "user.icechunk.chunk_id", out string id), "chunk_id");
        File.Delete(mount.Store.Local!.PathOf($"chunks/{id}"));
        await mount.ReopenAsync();
        kernel = mount.Kernel;
        Assert.Equal(700, kernel.StatOf(Root("x/c/1")).Size);
        Files.Check(kernel.Open(Root("x/c/1"), Access.Read, out int file), "open");
        Assert.Equal(Errno.InputOutput, kernel.Read(file, 0, 10, out _));
        kernel.Close(file);
        Assert.Contains(id, mount.Error, StringComparison.Ordinal);
        Assert.Contains(id, Assert.Single(mount.Log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sizes_are_exact_at_any_time_and_reads_go_anywhere_13()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", chunkBytes: 5000);
        Files.Check(kernel.Open(Root("x/c/0"), Access.Write, out int file), "open");
        Files.Check(kernel.Write(file, 6000, [9]), "write");
        Assert.Equal(6001, kernel.StatOf(Root("x/c/0")).Size);
        Files.Check(kernel.Close(file), "close");
        mount.Commit();
        await mount.ReopenAsync();
        kernel = mount.Kernel;
        Assert.Equal(6001, kernel.StatOf(Root("x/c/0")).Size);
        Files.Check(kernel.Open(Root("x/c/0"), Access.Read, out file), "open");
        Files.Check(kernel.Read(file, 5999, 100, out byte[] tail), "read");
        Assert.Equal([0, 9], tail);
        Files.Check(kernel.Read(file, 6001, 100, out byte[] nothing), "read");
        Assert.Empty(nothing);
        Files.Check(kernel.Read(file, 1L << 40, 100, out nothing), "read");
        Assert.Empty(nothing);
        kernel.Close(file);
    }

    [Fact]
    public async Task Inode_numbers_and_times_last_through_renames_commits_and_restarts_14()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        Files.Check(kernel.SetTime(Root("g/x/c/0"), 1_600_000_000_123_456_700), "utimens");
        var before = kernel.Walk(Root());
        mount.Commit();
        Assert.Equal(before, kernel.Walk(Root()));
        await mount.ReopenAsync();
        Assert.Equal(before, mount.Kernel.Walk(Root()));
        kernel = mount.Kernel;
        kernel.Write(Root("g/zarr.json"), Documents.Group("""{"changed":1}"""));
        mount.Commit();
        await mount.ReopenAsync();
        kernel = mount.Kernel;
        var after = kernel.Walk(Root());
        Assert.Equal(before.Where(e => e.Key is not ("g/" or "g/zarr.json")), after.Where(e => e.Key is not ("g/" or "g/zarr.json")));
        Assert.NotEqual(before["g/zarr.json"].ModifiedNs, after["g/zarr.json"].ModifiedNs);
        Assert.Equal(before["g/zarr.json"].Inode, after["g/zarr.json"].Inode);
        Assert.Equal(1_600_000_000_123_456_700, after["g/x/c/0"].ModifiedNs);

        Files.Check(kernel.Rename(Root("g/x"), Root("y")), "rename");
        mount.Commit();
        await mount.ReopenAsync();
        var moved = mount.Kernel.Walk(Root("y"));
        Assert.Equal(after.Where(e => e.Key.StartsWith("g/x/", StringComparison.Ordinal) && e.Key.Length > 4).Select(e => e.Value), moved.Values);
    }
}
