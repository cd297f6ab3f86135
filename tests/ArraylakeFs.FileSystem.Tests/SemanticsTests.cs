using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>What only shows on the inside, or in one face, of the later items of the checklist.</summary>
public sealed class SemanticsTests
{
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

    [Theory]
    [InlineData("ref")]
    [InlineData("option")]
    [InlineData("checkout")]
    public async Task Every_kind_of_read_only_mount_refuses_every_change_27(string how)
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
