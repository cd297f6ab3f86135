using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>What the v2 face lists is there, whatever lies beside and among the chunks, and is gone when it has been removed.</summary>
public sealed class V2NameTests
{
    /// <param name="encoding">Of the keys.</param>
    /// <param name="separator">Of the keys.</param>
    /// <param name="shape">Of the array and of its chunks.</param>
    /// <param name="key">That of a chunk.</param>
    /// <param name="loose">What is loose beside it.</param>
    /// <param name="shown">What the v2 face lists, but for documents.</param>
    [Theory]
    [InlineData("default", "/", "[3]", "c/0", new[] { "c/0.8f3a.partial", "c/README", "c/foo/x", "5" }, new[] { "0", "0.8f3a.partial", "5", "README", "foo" })]
    [InlineData("default", "/", "[3,3]", "c/0/1", new[] { "c/0/f", "c/.DS_Store", "7/x" }, new[] { ".DS_Store", "0", "7" })]
    [InlineData("default", ".", "[3,3]", "c.0.1", new[] { "1.1", "f" }, new[] { "0.1", "1.1", "f" })]
    [InlineData("default", ".", "[3,3]", "c.0.1", new[] { "c/0", "0" }, new[] { "0", "0.1", "c" })]
    [InlineData("default", "/", "[]", "c", new[] { "f" }, new[] { "0", "f" })]
    [InlineData("v2", "/", "[3]", "0", new[] { "c/0", "f" }, new[] { "0", "c", "f" })]
    public async Task What_is_loose_has_one_name_and_is_found_by_it(
        string encoding, string separator, string shape, string key, string[] loose, string[] shown)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        string chunkShape = shape.Replace('3', '1');
        Zarr.WriteArray(kernel, "x", shape, chunkShape, [key], encoding: encoding, separator: separator);
        foreach (string path in loose)
        {
            kernel.MakeDirectories(Path.GetDirectoryName(Root($"x/{path}"))!);
            kernel.Write(Root($"x/{path}"), $"loose {path}");
        }

        Assert.Equal(shown, kernel.ListNames(V2("x")).Where(name => !name.StartsWith(".z", StringComparison.Ordinal)));
        Assert.All(shown, name => Assert.Equal(Errno.None, kernel.Stat(V2($"x/{name}"), out _)));
        Assert.Equal(kernel.ReadBytes(Root($"x/{key}")), kernel.ReadBytes(V2($"x/{(key == "c" ? "0" : key.Replace($"c{separator}", "", StringComparison.Ordinal))}")));
        kernel.RemoveTree(V2("x"));
        Assert.Equal(["zarr.json"], kernel.ListNames(Root()));
    }

    [Fact]
    public async Task Of_two_with_one_name_that_one_is_shown_which_belongs_there_and_then_the_other()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "dots", "[3,3]", "[1,1]", ["c.0.1"], separator: ".");
        kernel.Write(Root("dots/0.1"), "hidden by the chunk");
        Zarr.WriteArray(kernel, "slashes", keys: ["c/0"]);
        kernel.Write(Root("slashes/README"), "of the array");
        kernel.Write(Root("slashes/c/README"), "among the chunks");
        Assert.Equal(kernel.ReadBytes(Root("dots/c.0.1")), kernel.ReadBytes(V2("dots/0.1")));
        Assert.Equal("of the array", kernel.ReadText(V2("slashes/README")));
        Files.Check(kernel.Unlink(V2("dots/0.1")), "the chunk");
        Files.Check(kernel.Unlink(V2("slashes/README")), "that of the array");
        Assert.Equal("hidden by the chunk", kernel.ReadText(V2("dots/0.1")));
        Assert.Equal("among the chunks", kernel.ReadText(V2("slashes/README")));
        kernel.RemoveTree(V2("dots"));
        kernel.RemoveTree(V2("slashes"));
        Assert.Equal(["zarr.json"], kernel.ListNames(Root()));
    }

    [Fact]
    public async Task A_document_among_the_chunks_is_shown_when_these_are_no_array_s()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: []);
        kernel.MakeDirectories(Root("x/c"));
        kernel.Write(Root("x/c/.zattrs"), "loose");
        Assert.Equal([".zarray", ".zattrs"], kernel.ListNames(V2("x")));
        Files.Check(kernel.Unlink(V2("x/.zattrs")), ".zattrs");
        Files.Check(kernel.Unlink(V2("x/.zarray")), ".zarray");
        Assert.Equal(Errno.NotEmpty, kernel.RemoveDirectory(V2("x")));
        kernel.RemoveTree(V2("x"));
        Assert.Equal(["zarr.json"], kernel.ListNames(Root()));
    }

    [Fact]
    public async Task A_key_of_v3_is_no_name_in_v2()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", "[3,3]", "[1,1]", ["c.0.1"], separator: ".");
        foreach (string v2 in (string[])["root.v2.zarr", $"commits/{mount.Commit()}/root.v2.zarr"])
        {
            Assert.Equal(Errno.None, kernel.Stat($"{v2}/x/0.1", out _));
            Assert.Equal(Errno.NoEntry, kernel.Stat($"{v2}/x/c.0.1", out _));
        }

        Assert.Equal(Errno.NotPermitted, kernel.Open(V2("x/c.1.1"), Access.Write | Access.Create, out _));
    }

    [Fact]
    public async Task A_directory_takes_the_place_of_an_array_that_is_empty_in_v2()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        kernel.MakeDirectories(Root("new/sub"));
        kernel.Write(Root("new/sub/f"), "new");
        Assert.Equal(Errno.NotEmpty, kernel.Rename(V2("new"), V2("x")));
        foreach (string name in kernel.ListNames(V2("x")))
        {
            Files.Check(kernel.Unlink(V2($"x/{name}")), name);
        }

        Assert.Equal(Errno.None, kernel.Rename(V2("new"), V2("x")));
        Assert.Equal("new", kernel.ReadText(Root("x/sub/f")));
    }

    [Fact]
    public async Task The_root_made_again_through_the_v2_face_is_there_in_both()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        kernel.RemoveTree(Root());
        Assert.Equal(Errno.NoEntry, kernel.Stat(Root(), out _));
        Assert.Equal(Errno.None, kernel.MakeDirectory(V2()));
        Assert.Empty(kernel.ListNames(Root()));
    }

    [Fact]
    public async Task A_document_that_v2_cannot_read_leaves_the_rest_readable()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "good");
        Zarr.WriteArray(kernel, "odd", keys: []);
        string odd = kernel.ReadText(Root("odd/zarr.json")).Replace(
            "\"level\":1", """
            "level":1, "note":"\ud800"
            """, StringComparison.Ordinal);
        kernel.Write(Root("odd/zarr.json"), odd);
        kernel.Write(V2("good/.zarray"), kernel.ReadText(V2("good/.zarray")).Replace("<f4", "<f٤", StringComparison.Ordinal));
        Assert.Contains("good/.zarray", mount.Invalid);
        Files.Check(kernel.Command("discard", "good/.zarray"), "discard");
        foreach (string v2 in (string[])["root.v2.zarr", $"commits/{mount.Commit()}/root.v2.zarr"])
        {
            Assert.Contains("good", kernel.ListNames(v2));
            Assert.Contains("0", kernel.ListNames($"{v2}/good"));
            Assert.Equal(odd, kernel.ReadText($"{v2}/odd/zarr.json"));
        }
    }
}
