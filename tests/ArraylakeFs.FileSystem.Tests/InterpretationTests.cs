using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>What files and directories mean as groups, arrays and chunks.</summary>
public sealed class InterpretationTests
{
    public static TheoryData<string, string, string, string, string[]> Encodings => new()
    {
        { "[2,2]", "[1,1]", "default", "/", ["c/0/0", "c/1/0", "c/1/1"] },
        { "[2,2]", "[1,1]", "default", ".", ["c.0.0", "c.1.0", "c.1.1"] },
        { "[2,2]", "[1,1]", "v2", ".", ["0.0", "1.0", "1.1"] },
        { "[2,2]", "[1,1]", "v2", "/", ["0/0", "1/0", "1/1"] },
        { "[20]", "[2]", "default", "/", ["c/0", "c/9"] },
        { "[20]", "[2]", "v2", ".", ["0", "9"] },
        { "[20]", "[2]", "v2", "/", ["0", "9"] },
        { "[]", "[]", "default", "/", ["c"] },
        { "[]", "[]", "default", ".", ["c"] },
        { "[3]", "[1]", "default", ".", ["c.0", "c.2"] },
        { "[3]", "[1]", "v2", ".", ["0", "2"] },
        { "[]", "[]", "v2", ".", ["0"] },
        { "[]", "[]", "v2", "/", ["0"] },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Chunks_are_named_as_their_array_says(string shape, string chunkShape, string encoding, string separator, string[] keys)
    {
        foreach (int chunkBytes in (int[])[40, 700])
        {
            await using var mount = await CreateAsync();
            Zarr.WriteArray(mount.Kernel, "g/x", shape, chunkShape, keys, chunkBytes, encoding, separator);
            Assert.Equal([.. keys.Select(k => $"📝 g/x/{k}").Order(StringComparer.Ordinal), "📝 g/x/zarr.json", "📝 g/zarr.json", "📝 zarr.json"], mount.StatusPaths);
            var written = mount.Kernel.Contents(Root());
            string id = mount.Commit();
            AssertSame(written, mount.Kernel.Contents($"commits/{id}/root.zarr"));
            await mount.ReopenAsync();
            AssertSame(written, mount.Kernel.Contents(Root()));
            Assert.Contains($"{keys.Length}/", mount.Kernel.ReadText("info/g/x"), StringComparison.Ordinal);

            Files.Check(mount.Kernel.Rename(Root("g/x"), Root("y")), "rename");
            Files.Check(mount.Kernel.Unlink(Root($"y/{keys[0]}")), "unlink");
            Assert.Contains($"❌ y/{keys[0]}", mount.StatusPaths);
            written = mount.Kernel.Contents(Root());
            id = mount.Commit();
            AssertSame(written, mount.Kernel.Contents($"commits/{id}/root.zarr"));
            mount.Kernel.RemoveTree(Root("y"));
            mount.Commit();
            Assert.Equal(["g", "zarr.json"], mount.Kernel.ListNames(Root()));
        }
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Chunks_of_any_encoding_wait_for_their_array(string shape, string chunkShape, string encoding, string separator, string[] keys)
    {
        await using var mount = await CreateAsync();
        Zarr.WriteGroups(mount.Kernel, "g/x");
        foreach (string key in keys)
        {
            mount.Kernel.MakeDirectories(Path.GetDirectoryName(Root($"g/x/{key}"))!);
            mount.Kernel.Write(Root($"g/x/{key}"), Documents.Chunk(key));
        }

        mount.Commit("only the groups");
        Assert.Equal([.. keys.Select(k => $"g/x/{k}").Order(StringComparer.Ordinal)], mount.Loose);
        mount.Kernel.Write(Root("g/x/zarr.json"), Documents.Array(shape, chunkShape, encoding, separator));
        string id = mount.Commit();
        Assert.All(keys, key => Assert.Equal(Documents.Chunk(key), mount.Kernel.ReadBytes($"commits/{id}/root.zarr/g/x/{key}")));
        Assert.Empty(mount.Loose);
    }

    [Fact]
    public async Task The_root_may_be_an_array()
    {
        await using var mount = await CreateAsync();
        mount.Kernel.MakeDirectories(Root("c"));
        mount.Kernel.Write(Root("c/0"), Documents.Chunk("0"));
        mount.Kernel.Write(Root("zarr.json"), Documents.Array("[1]", "[1]"));
        string id = mount.Commit();
        Assert.Equal(["c/0", "zarr.json"], mount.Kernel.Contents($"commits/{id}/root.zarr").Keys);
    }

    [Fact]
    public async Task An_array_that_becomes_a_group_and_an_array_again_loses_no_file()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string first = mount.Commit();
        var all = kernel.Contents(Root());
        kernel.Replace(Root("x/zarr.json"), Documents.Group());
        Assert.Equal(["x/"], mount.Loose);
        string second = mount.Commit();
        Assert.Equal(["zarr.json"], kernel.ListNames($"commits/{second}/root.zarr/x"));
        Assert.Equal(all.Keys, kernel.Contents(Root()).Keys);
        await mount.ReopenAsync();
        kernel = mount.Kernel;
        Assert.Equal(all.Keys, kernel.Contents(Root()).Keys);
        kernel.Replace(Root("x/zarr.json"), Documents.Array("[3]", "[1]"));
        Assert.Equal(["📝 x/c/0", "📝 x/c/1", "📝 x/c/2", "📝 x/zarr.json"], mount.StatusPaths);
        string third = mount.Commit();
        AssertSame(kernel.Contents($"commits/{first}/root.zarr"), kernel.Contents($"commits/{third}/root.zarr"));
        AssertSame(all, kernel.Contents(Root()));
        Assert.Equal(3, Directory.EnumerateFiles(Path.Combine(mount.Store.Local!.Root, "chunks")).Count()); // none was copied
    }

    [Fact]
    public async Task An_array_made_anew_in_one_session_has_only_what_was_written_anew()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        kernel.RemoveTree(Root("x"));
        Zarr.WriteArray(kernel, "x", "[5]", "[1]", ["c/4"]);
        Assert.Equal(["❌ x/c", "📝 x/c/4", "📝 x/zarr.json"], mount.StatusPaths);
        string id = mount.Commit();
        Assert.Equal(["c/4", "zarr.json"], kernel.Contents($"commits/{id}/root.zarr/x").Keys);
    }

    [Fact]
    public async Task A_group_is_moved_and_changed_at_once()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        Zarr.WriteArray(kernel, "g/h/y");
        mount.Commit();
        Files.Check(kernel.Rename(Root("g"), Root("k")), "rename");
        kernel.Write(Root("k/x/c/1"), Documents.Chunk("changed"));
        Files.Check(kernel.Unlink(Root("k/x/c/2")), "unlink");
        kernel.Replace(Root("k/h/zarr.json"), Documents.Group("""{"a":1}"""));
        Zarr.WriteArray(kernel, "k/new");
        var all = kernel.Contents(Root());
        string id = mount.Commit();
        AssertSame(all, kernel.Contents($"commits/{id}/root.zarr"));
        AssertSame(all, kernel.Contents(Root()));
        await mount.ReopenAsync();
        AssertSame(all, mount.Kernel.Contents(Root()));
    }

    [Fact]
    public async Task Arrays_change_places()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        Zarr.WriteArray(kernel, "y", "[2,2]", "[1,1]", ["c/0/1"]);
        mount.Commit();
        Files.Check(kernel.Rename(Root("x"), Root("y"), RenameFlags.Exchange), "exchange");
        Assert.Equal("> /x (array, was /y)\n> /y (array, was /x)\n", kernel.ReadText("diff"));
        string id = mount.Commit();
        Assert.Equal(["c/0/1", "zarr.json"], kernel.Contents($"commits/{id}/root.zarr/x").Keys);
        Assert.Equal(Documents.Chunk("x 2"), kernel.ReadBytes($"commits/{id}/root.zarr/y/c/2"));
        Files.Check(kernel.Rename(Root("y"), Root("t")), "and back by three renames");
        Files.Check(kernel.Rename(Root("x"), Root("y")), "");
        Files.Check(kernel.Rename(Root("t"), Root("x")), "");
        id = mount.Commit();
        Assert.Equal(["c/0", "c/1", "c/2", "zarr.json"], kernel.Contents($"commits/{id}/root.zarr/x").Keys);
    }

    [Fact]
    public async Task The_chunks_of_an_array_are_moved_to_another_as_one_directory()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        Zarr.WriteArray(kernel, "y", "[2]", "[1]", []);
        mount.Commit();
        var before = kernel.Walk(Root("x/c"));
        int objects = Directory.EnumerateFiles(Path.Combine(mount.Store.Local!.Root, "chunks")).Count();
        Files.Check(kernel.Rename(Root("x/c"), Root("y/c")), "rename");
        Assert.Equal(["❌ x/c/0", "❌ x/c/1", "❌ x/c/2", "📝 y/c/0", "📝 y/c/1", "📎 y/c/2 (outside the array, whose shape is (2))"],
            mount.StatusPaths);
        string id = mount.Commit();
        Assert.Equal(["0", "1"], kernel.ListNames($"commits/{id}/root.zarr/y/c"));
        Assert.Equal(["zarr.json"], kernel.ListNames($"commits/{id}/root.zarr/x"));
        Assert.Equal(before, kernel.Walk(Root("y/c")));
        Assert.Equal(["y/c/2"], mount.Loose);
        await mount.ReopenAsync();
        Assert.Equal(before, mount.Kernel.Walk(Root("y/c")));
        Assert.Equal(Documents.Chunk("x 2"), mount.Kernel.ReadBytes(Root("y/c/2")));
        Assert.Equal(objects, Directory.EnumerateFiles(Path.Combine(mount.Store.Local!.Root, "chunks")).Count());
    }

    [Theory]
    [InlineData(40)]
    [InlineData(700)]
    public async Task An_array_that_shrinks_and_grows_again_keeps_the_files_that_nobody_removed(int chunkBytes)
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", "[4,2]", "[1,1]", ["c/0/0", "c/1/1", "c/3/0", "c/3/1"], chunkBytes);
        mount.Commit();
        var before = kernel.Contents(Root("x"));
        var stats = kernel.Walk(Root("x/c"));
        kernel.Replace(Root("x/zarr.json"), Documents.Array("[2,1]", "[1,1]"));
        string id = mount.Commit();
        Assert.Equal(["c/0/0", "zarr.json"], kernel.Contents($"commits/{id}/root.zarr/x").Keys);
        Assert.Equal(stats, kernel.Walk(Root("x/c")));
        await mount.CrashAsync();
        kernel = mount.Kernel;
        Assert.Equal(stats, kernel.Walk(Root("x/c")));
        kernel.Replace(Root("x/zarr.json"), Documents.Array("[4,2]", "[1,1]"));
        Assert.Equal(["📝 x/c/1/1", "📝 x/c/3/0", "📝 x/c/3/1", "📝 x/zarr.json"], mount.StatusPaths);
        id = mount.Commit();
        AssertSame(before, kernel.Contents($"commits/{id}/root.zarr/x"));
        Assert.Empty(mount.Loose);
    }

    [Fact]
    public async Task An_array_with_other_names_for_its_chunks_has_those_that_bear_such_names()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        kernel.Replace(Root("x/zarr.json"), Documents.Array("[3]", "[1]", "v2", "."));
        kernel.Write(Root("x/1"), Documents.Chunk("new 1"));
        string id = mount.Commit();
        Assert.Equal(["1", "zarr.json"], kernel.Contents($"commits/{id}/root.zarr/x").Keys);
        Assert.Equal(["1", "c", "zarr.json"], kernel.ListNames(Root("x")));
        Assert.Equal(Documents.Chunk("x 2"), kernel.ReadBytes(Root("x/c/2")));
        foreach (string name in (string[])["0", "2"])
        {
            Files.Check(kernel.Rename(Root($"x/c/{name}"), Root($"x/{name}")), name); // as a migration would
        }

        id = mount.Commit();
        Assert.Equal(["0", "1", "2", "zarr.json"], kernel.Contents($"commits/{id}/root.zarr/x").Keys);
        Assert.Equal(Documents.Chunk("x 2"), kernel.ReadBytes($"commits/{id}/root.zarr/x/2"));
    }

    [Theory]
    [InlineData("x/below")]
    [InlineData("x/c")]
    [InlineData("x/c/0/deep")]
    [InlineData("x/c/9")]
    public async Task A_node_below_an_array_is_refused(string path)
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", "[2,2]", "[1,1]", []);
        kernel.MakeDirectories(Root(path));
        kernel.Write(Root($"{path}/zarr.json"), Documents.Group());
        Assert.Equal([$"{path}/zarr.json"], mount.Invalid);
        Assert.Equal(Errno.Invalid, kernel.Command("commit", "no"));
        Assert.Contains($"{path}/zarr.json: it lies below an array", mount.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Committed_nodes_are_not_put_below_an_array_either()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        Zarr.WriteArray(kernel, "y");
        mount.Commit();
        kernel.Replace(Root("g/zarr.json"), Documents.Array("[1]", "[1]"));
        Assert.Equal(["g/x/zarr.json"], mount.Invalid);
        Assert.Equal(Errno.Invalid, kernel.Command("commit", "no"));
        Files.Check(kernel.Command("discard", "g/zarr.json"), "discard");
        Files.Check(kernel.Rename(Root("g"), Root("y/g")), "rename");
        Assert.Equal(["y/g/zarr.json"], mount.Invalid);
        Assert.Equal(Errno.Invalid, kernel.Command("commit", "no"));
        Files.Check(kernel.Rename(Root("y/g"), Root("g")), "rename");
        Assert.Equal(Errno.NoData, kernel.Command("commit", "as before"));
    }

    [Fact]
    public async Task An_empty_chunk_is_refused_by_name()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Kernel.Write(Root("x/c/1"), "");
        Assert.Equal(["x/c/1"], mount.Invalid);
        Assert.Equal(Errno.Invalid, mount.Kernel.Command("commit", "no"));
        Assert.Contains("x/c/1: a chunk cannot be empty", mount.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_move_of_a_move_is_one_move_and_back_is_none()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        mount.Commit();
        Files.Check(kernel.Rename(Root("g"), Root("h")), "");
        Files.Check(kernel.Rename(Root("h/x"), Root("z")), "");
        Assert.Equal("> /h (group, was /g)\n> /z (array, was /g/x)\n", kernel.ReadText("diff"));
        Files.Check(kernel.Rename(Root("z"), Root("h/x")), "");
        Files.Check(kernel.Rename(Root("h"), Root("g")), "");
        Assert.Equal("", kernel.ReadText("diff"));
        Assert.EndsWith("No changes in current session\n", kernel.ReadText("status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rewrite_with_the_same_bytes_is_no_change_of_a_document()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", chunkBytes: 40);
        mount.Commit();
        mount.Kernel.Replace(Root("zarr.json"), Documents.Group());
        mount.Kernel.Write(Root("x/c/0"), Documents.Chunk("x 0", 40));
        Assert.Empty(mount.StatusPaths);
        Assert.Equal(Errno.NoData, mount.Kernel.Command("commit", "nothing"));
        Files.Check(mount.Kernel.Command("checkout", "main"), "nothing is lost by it");
    }

    private static void AssertSame(SortedDictionary<string, byte[]> expected, SortedDictionary<string, byte[]> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(expected, e => Assert.True(e.Value.AsSpan().SequenceEqual(actual[e.Key]), e.Key));
    }
}
