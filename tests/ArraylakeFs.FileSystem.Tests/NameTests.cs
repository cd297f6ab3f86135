using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Names that no file can have.</summary>
public sealed class NameTests
{
    /// <summary>Kernels ask for no such name; other hosts may. Documents of v2 are kept under them.</summary>
    [Theory]
    [InlineData("/.zarray")]
    [InlineData("a/b")]
    public async Task A_name_with_a_slash_is_refused_by_every_call(string name)
    {
        await using var mount = await CreateAsync();
        var (kernel, system) = (mount.Kernel, mount.FileSystem);
        Zarr.WriteArray(kernel, "x");
        kernel.Write("root.v2.zarr/x/.zarray", kernel.ReadText("root.v2.zarr/x/.zarray")); // there is a /.zarray now
        foreach (string face in (string[])["root.zarr", "root.v2.zarr"])
        {
            Files.Check(kernel.Node($"{face}/x", x => kernel.Node(Root("zarr.json"), file =>
            {
                Assert.Equal(Errno.NoEntry, system.LookupAsync(x, name).AsTask().Result.Errno);
                Assert.Equal(Errno.Invalid, system.MakeDirectoryAsync(x, name, 0x1FF).AsTask().Result.Errno);
                Assert.Equal(Errno.Invalid, system.MakeSymbolicLinkAsync(x, name, "target").AsTask().Result.Errno);
                Assert.Equal(Errno.Invalid, system.CreateAsync(x, name, 0x1FF, OpenFlags.Read, default).AsTask().Result.Errno);
                Assert.Equal(Errno.Invalid, system.LinkAsync(file, x, name).AsTask().Result.Errno);
                Assert.Equal(Errno.Invalid, system.UnlinkAsync(x, name).AsTask().Result);
                Assert.Equal(Errno.Invalid, system.RemoveDirectoryAsync(x, name).AsTask().Result);
                Assert.Equal(Errno.Invalid, system.RenameAsync(x, name, x, "other", RenameFlags.None).AsTask().Result);
                Assert.Equal(Errno.Invalid, system.RenameAsync(x, "zarr.json", x, name, RenameFlags.None).AsTask().Result);
                return Errno.None;
            })), face);
        }
    }

    [Fact]
    public async Task A_chunk_whose_name_would_be_too_long_in_v3_is_refused()
    {
        const int Rank = 24;
        string numbers = string.Join('.', Enumerable.Repeat("1000000000", Rank - 1)), name = $"{numbers}.1", longest = name.Remove(1, 1);
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        string shape = $"[{string.Join(',', Enumerable.Repeat("2000000000", Rank))}]", chunkShape = $"[{string.Join(',', Enumerable.Repeat("1", Rank))}]";
        Zarr.WriteArray(kernel, "x", shape, chunkShape, [], separator: ".");
        string x = "root.v2.zarr/x";
        kernel.Write($"{x}/{longest}", "a chunk");
        Assert.Equal(["c." + longest, "zarr.json"], kernel.ListNames(Root("x")));
        Assert.Equal((254, 255), (name.Length, longest.Length + 2));
        Assert.Equal(Errno.NameTooLong, kernel.Open($"{x}/{name}", Access.Write | Access.Create, out _));
        Assert.Equal(Errno.NameTooLong, kernel.MakeDirectory($"{x}/{name}"));
        Assert.Equal(Errno.NameTooLong, kernel.Link($"{x}/{longest}", $"{x}/{name}"));
        Assert.Equal(Errno.NameTooLong, kernel.Rename($"{x}/{longest}", $"{x}/{name}"));
        Assert.Equal(Errno.NoEntry, kernel.Stat($"{x}/{name}", out FileStat _));
        Assert.Equal(Errno.NoEntry, kernel.Unlink($"{x}/{name}"));
        Assert.Equal(Errno.NoEntry, kernel.Rename($"{x}/{name}", $"{x}/other"));
        Assert.Equal(["c." + longest, "zarr.json"], kernel.ListNames(Root("x")));
    }
}
