using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>The SHOULD and NEVER items of zarr-tools.md section 4; the number of the item ends each name.</summary>
public sealed class SemanticsTests
{
    [Fact]
    public async Task Foreign_files_are_kept_told_of_and_never_committed_22()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string[] foreign = [".zmetadata", "OME/METADATA.ome.xml", "README", "pam.aux.xml", "x/zarr.json.gmac"];
        kernel.MakeDirectories(Root("OME"));
        foreach (string path in foreign)
        {
            kernel.Write(Root(path), path);
        }

        Assert.Equal(foreign, mount.Loose);
        string id = mount.Commit();
        Assert.Equal(["x", "zarr.json"], kernel.ListNames($"commits/{id}/root.zarr"));
        await mount.CrashAsync();
        Assert.Equal(foreign, mount.Loose);
        Assert.All(foreign, path => Assert.Equal(path, mount.Kernel.ReadText(Root(path))));
        Assert.Equal(Errno.Busy, mount.Kernel.Command("checkout", id)); // they would be lost
        Assert.Contains("discard", mount.Error, StringComparison.Ordinal);
    }

    /// <summary>What was flushed is there after a power cut, even if it was replaced since and that was not flushed.</summary>
    [Fact]
    public async Task What_was_flushed_outlives_a_power_cut_that_takes_back_what_replaced_it_23()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        Files.Check(kernel.Open(Root("x/c/0"), Access.Write, out int file), "open");
        Files.Check(kernel.Sync(file), "fsync");
        Files.Check(kernel.Close(file), "close");
        string flushed = Path.Combine(mount.Folder, "as-flushed");
        Directory.CreateDirectory(flushed);
        Copy(Path.Combine(mount.Folder, "session"), flushed);

        kernel.Replace(Root("x/c/0"), Documents.Chunk("newer"));
        Files.Check(kernel.Unlink(Root("x/c/0")), "unlink");
        await mount.ReopenAsync(settings => settings with { Folder = flushed });
        Assert.Equal(Documents.Chunk("x 0"), mount.Kernel.ReadBytes(Root("x/c/0")));

        // What need not be kept any more is not.
        Files.Check(mount.Kernel.Unlink(Root("x/c/0")), "unlink");
        Files.Check(mount.Kernel.Open(Root("x/zarr.json"), Access.Write, out file), "open");
        Files.Check(mount.Kernel.Sync(file), "fsync");
        Files.Check(mount.Kernel.Close(file), "close");
        var staged = Directory.EnumerateFiles(Path.Combine(mount.Folder, "repository", ".arraylakefs", "staging"), "*", SearchOption.AllDirectories);
        Assert.Equal(2, staged.Count()); // the two documents
    }

    [Fact]
    public async Task Directories_lie_only_so_deep_within_one_another()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        string path = Root();
        int depth = 0;
        Errno errno;
        while ((errno = kernel.MakeDirectory($"{path}/d")) == Errno.None)
        {
            path += "/d";
            depth++;
        }

        Assert.Equal(Errno.NameTooLong, errno);
        Assert.InRange(depth, 200, 256);
        kernel.MakeDirectories(Root("e/f"));
        Assert.Equal(Errno.NameTooLong, kernel.Rename(Root("e"), $"{path[..^2]}/e"));
        Files.Check(kernel.Rename(Root("e/f"), $"{path[..^2]}/f"), "rename");
        kernel.Write($"{path}/loose", "deep");
        Assert.Single(mount.Loose);
        Assert.Equal(Errno.NoData, kernel.Command("commit", "nothing"));
        await mount.ReopenAsync();
        Assert.Equal("deep", mount.Kernel.ReadText($"{path}/loose"));
        Files.Check(mount.Kernel.Command("discard", "all"), "discard");
    }

    [Fact]
    public async Task Files_and_directories_can_be_flushed_to_the_disk_23()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Files.Check(kernel.Open(Root("zarr.json"), Access.Write | Access.Create, out int file), "open");
        Files.Check(kernel.Write(file, 0, Documents.Group()), "write");
        Assert.Equal(Errno.None, kernel.Sync(file));
        Assert.Equal(Errno.None, kernel.Node(Root(), node => kernel.FileSystem.SyncDirectoryAsync(node).AsTask().Result));
        string id = mount.Commit("synced is complete, though still open");
        Assert.Equal(["zarr.json"], kernel.ListNames($"commits/{id}/root.zarr"));
        Files.Check(kernel.Close(file), "close");
    }

    [Fact]
    public async Task What_is_not_offered_is_refused_with_the_errno_that_tools_expect_23()
    {
        await using var mount = await CreateAsync();
        var (kernel, system) = (mount.Kernel, mount.Kernel.FileSystem);
        Files.Check(kernel.Open(Root("f"), Access.Write | Access.Create, out int file), "open");
        Assert.Equal(Errno.NotSupported, await system.AllocateAsync(1, 0, 100, 0));
        Assert.Equal(Errno.NoData, kernel.GetAttribute(Root("f"), "user.anything", out _));
        Assert.Equal(Errno.NotPermitted, (await system.MakeSymbolicLinkAsync(IFileSystem.RootNode, "link", "target")).Errno);
        kernel.Close(file);
    }

    [Fact]
    public async Task Modes_and_times_are_accepted_and_kept_24()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Commit();
        foreach (string path in (string[])["zarr.json", "x/c/0", "x", "x/c"])
        {
            Files.Check(mount.Kernel.ChangeMode(Root(path), 0x180), path);
            Files.Check(mount.Kernel.SetTime(Root(path), 1_500_000_000_000_000_100), path);
        }

        await mount.ReopenAsync();
        foreach (string path in (string[])["zarr.json", "x/c/0", "x", "x/c"])
        {
            var stat = mount.Kernel.StatOf(Root(path));
            Assert.Equal((1_500_000_000_000_000_100, 0x180u), (stat.ModifiedNs, stat.Mode));
        }

        Assert.Empty(mount.StatusPaths);
        var space = await mount.FileSystem.StatisticsAsync();
        Assert.True(space.Ok && space.Value.FreeBlocks > 0 && space.Value.NameLength == 255);
    }

    [Theory]
    [InlineData("ref")]
    [InlineData("option")]
    [InlineData("checkout")]
    public async Task A_read_only_view_refuses_every_change_and_serves_every_read_27(string how)
    {
        await using var author = await CreateAsync();
        Zarr.WriteArray(author.Kernel, "g/x");
        string id = author.Commit();
        await using var mount = await author.SecondAsync(s => how switch
        {
            "ref" => s with { Ref = id },
            "option" => s with { ReadOnly = true },
            _ => s,
        });
        var kernel = mount.Kernel;
        if (how == "checkout")
        {
            Files.Check(kernel.Command("checkout", id), "checkout");
        }

        AssertReadOnly(kernel, Root());
        Assert.Contains(how == "option" ? "read-only" : "not a branch", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Documents.Chunk("g/x 1"), kernel.ReadBytes(Root("g/x/c/1")));
        Assert.Equal(Errno.ReadOnly, kernel.Command("commit", "no"));
        Assert.False((bool)mount.Status["writable"]!);
        AssertReadOnly(kernel, $"commits/{id}/root.zarr");
    }

    [Fact]
    public async Task An_invalid_document_stays_visible_is_named_and_stops_the_commit_28()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string before = mount.Commit();
        kernel.Write(Root("x/zarr.json"), """{"zarr_format":3,"node_type":"array"}""");
        kernel.Write(Root("x/c/0"), Documents.Chunk("new"));
        Assert.Equal(["x/zarr.json"], mount.Invalid);
        Assert.Contains("🚫 x/zarr.json (shape is missing)", kernel.ReadText("status"), StringComparison.Ordinal);
        Assert.Equal(Errno.Invalid, kernel.Command("commit", "no"));
        Assert.Contains("x/zarr.json: shape is missing", mount.Error, StringComparison.Ordinal);
        Assert.Equal("""{"zarr_format":3,"node_type":"array"}""", kernel.ReadText(Root("x/zarr.json")));
        Assert.Equal(["c", "zarr.json"], kernel.ListNames(Root("x")));
        Files.Check(kernel.Command("discard", "x/zarr.json"), "discard");
        Assert.Equal(["📝 x/c/0"], mount.StatusPaths);
        Assert.NotEqual(before, mount.Commit());
    }

    /// <summary>What no client could store, or read back, is named before the commit is tried.</summary>
    [Theory]
    [InlineData("[4]", "[0]", "length 0")]
    [InlineData("[4,4]", "[2]", "dimensions")]
    public async Task An_array_that_cannot_be_is_named_by_status_28(string shape, string chunkShape, string problem)
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", shape, chunkShape, []);
        Assert.Equal(["x/zarr.json"], mount.Invalid);
        Assert.Contains(problem, mount.Kernel.ReadText("status"), StringComparison.Ordinal);
        Assert.Equal(Errno.Invalid, mount.Kernel.Command("commit", "refused"));
        Assert.Contains(problem, mount.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"zarr_format":"https://purl.org/zarr/spec/protocol/core/3.0","metadata_encoding":"x"}""")]
    [InlineData("not JSON")]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("""{"zarr_format":2,"node_type":"group"}""")]
    public async Task Documents_of_other_formats_are_named_and_refused_33(string document)
    {
        await using var mount = await CreateAsync();
        mount.Kernel.Write(Root("zarr.json"), document);
        Assert.Equal(["zarr.json"], mount.Invalid);
        Assert.Equal(Errno.Invalid, mount.Kernel.Command("commit", "no"));
        Assert.Contains("zarr.json: ", mount.Error, StringComparison.Ordinal);
        Assert.Equal(document, mount.Kernel.ReadText(Root("zarr.json")));
    }

    [Fact]
    public async Task Removing_a_document_removes_nothing_else_29()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        mount.Commit();
        var before = kernel.Contents(Root());
        Files.Check(kernel.Unlink(Root("g/zarr.json")), "unlink");
        before.Remove("g/zarr.json");
        Assert.Equal(before.Keys, kernel.Contents(Root()).Keys);
        Assert.Equal(Errno.Invalid, kernel.Command("commit", "an array without the group above it"));
        Assert.Contains("g/x/zarr.json: there is no group above it: g/zarr.json is missing", mount.Error, StringComparison.Ordinal);
        Assert.Equal(["g/x/zarr.json"], mount.Invalid);
        Assert.Equal(before.Keys, kernel.Contents(Root()).Keys);
    }

    [Fact]
    public async Task A_chunk_has_one_name_29()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        foreach (string name in (string[])["c/00", "c/+1", "c/1.0", "C/1", "c.1", "0", "1", "c/1/0"])
        {
            Assert.True(kernel.Stat(Root($"x/{name}"), out _) is Errno.NoEntry or Errno.NotDirectory, name);
        }
    }

    [Fact]
    public async Task No_size_is_made_up_and_no_stat_fails_30()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Commit();
        string chunks = Path.Combine(mount.Store.Local!.Root, "chunks");
        foreach (string chunk in Directory.EnumerateFiles(chunks))
        {
            File.Delete(chunk); // not one is asked for
        }

        await mount.ReopenAsync();
        Assert.All(mount.Kernel.Walk(Root("x/c")).Values, stat => Assert.Equal(700, stat.Size));
    }

    [Fact]
    public async Task Only_one_kind_of_document_is_listed_32()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        string id = mount.Commit();
        string[] names = [.. mount.Kernel.Walk(Root()).Keys, .. mount.Kernel.Walk($"commits/{id}/root.zarr").Keys];
        Assert.DoesNotContain(names, n => n.Contains(".z", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_that_differ_in_case_or_in_normalization_are_different_names_34()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        string[] names = ["A", "a", "\u00e9", "e\u0301"];
        foreach (string name in names)
        {
            Zarr.WriteArray(kernel, name);
        }

        string id = mount.Commit();
        Assert.Equal(names.Append("zarr.json").Order(StringComparer.Ordinal), kernel.ListNames($"commits/{id}/root.zarr"));
        Assert.Equal(Errno.NoEntry, kernel.Stat(Root("ZARR.JSON"), out _));
    }

    [Fact]
    public async Task Readers_are_not_held_back_by_a_file_that_is_open_34()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Files.Check(kernel.Open(Root("t.partial"), Access.Write | Access.Create, out int file), "open");
        Files.Check(kernel.Write(file, 0, "half"u8.ToArray()), "write");
        Assert.Equal("half", kernel.ReadText(Root("t.partial")));
        Assert.Contains("t.partial", kernel.ListNames(Root()));
        kernel.Close(file);
    }

    private static void AssertReadOnly(Kernel kernel, string root)
    {
        Assert.Equal(Errno.ReadOnly, kernel.MakeDirectory($"{root}/new"));
        Assert.Equal(Errno.ReadOnly, kernel.Open($"{root}/new", Access.Write | Access.Create, out _));
        Assert.Equal(Errno.ReadOnly, kernel.Open($"{root}/zarr.json", Access.Write, out _));
        Assert.Equal(Errno.ReadOnly, kernel.Unlink($"{root}/zarr.json"));
        Assert.Equal(Errno.ReadOnly, kernel.RemoveDirectory($"{root}/g"));
        Assert.Equal(Errno.ReadOnly, kernel.Rename($"{root}/g", $"{root}/h"));
        Assert.Equal(Errno.ReadOnly, kernel.Link($"{root}/zarr.json", $"{root}/other"));
        Assert.Equal(Errno.ReadOnly, kernel.Truncate($"{root}/zarr.json", 0));
        Assert.Equal(Errno.ReadOnly, kernel.SetTime($"{root}/zarr.json", 1));
        Assert.Equal(Errno.ReadOnly, kernel.ChangeMode($"{root}/g", 0x1FF));
        Assert.Equal(Documents.Group(), kernel.ReadBytes($"{root}/zarr.json"));
    }
}
