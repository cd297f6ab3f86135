using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>copy_file_range(2): what is copied as a whole is a second reference, and each of the two files changes alone.</summary>
public sealed class CopyTests
{
    private const string VirtualSample = "tests/ArraylakeFs.Icechunk.Tests/Samples/virtual-by-2.2.2";

    [Fact]
    public async Task A_copy_of_a_committed_group_adds_no_bytes_to_the_repository()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        Zarr.WriteArray(kernel, "g/small", chunkBytes: 20);
        mount.Commit();
        var chunks = ChunkFiles(mount);
        var before = kernel.Contents(Root("g"));

        kernel.CopyTree(Root("g"), Root("h"));
        Assert.Equal("native", Attribute(kernel, Root("h/x/c/0"), "kind"));
        Assert.Equal(Attribute(kernel, Root("g/x/c/0"), "chunk_id"), Attribute(kernel, Root("h/x/c/0"), "chunk_id"));
        Assert.Equal("inline", Attribute(kernel, Root("h/small/c/0"), "kind"));
        Assert.Equal(3, StagedFiles(mount).Count); // the documents of two arrays and a group
        AssertSame(before, kernel.Contents(Root("h")));
        await mount.CrashAsync();
        kernel = mount.Kernel;
        AssertSame(before, kernel.Contents(Root("h")));

        string commit = mount.Commit("copied");
        Assert.Equal(chunks, ChunkFiles(mount));
        Assert.Empty(StagedFiles(mount));
        AssertSame(before, kernel.Contents(Root("h")));
        AssertSame(before, kernel.Contents($"commits/{commit}/root.zarr/h"));
        AssertSame(before, kernel.Contents($"commits/{commit}/root.zarr/g"));
        Assert.Equal(Attribute(kernel, Root("g/x/c/0"), "chunk_id"), Attribute(kernel, Root("h/x/c/0"), "chunk_id"));
    }

    [Fact]
    public async Task A_copy_out_of_another_commit_brings_its_chunks_back()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        Zarr.WriteArray(kernel, "small", chunkBytes: 20);
        string first = mount.Commit();
        var before = kernel.Contents(Root());
        kernel.RemoveTree(Root("x"));
        kernel.RemoveTree(Root("small"));
        mount.Commit("removed");
        var chunks = ChunkFiles(mount);
        kernel.CopyTree($"commits/{first}/root.zarr/x", Root("x"));
        kernel.CopyTree($"commits/{first}/root.zarr/small", Root("small"));
        AssertSame(before, kernel.Contents(Root()));
        await mount.CrashAsync();
        AssertSame(before, mount.Kernel.Contents(Root()));
        mount.Commit("back");
        AssertSame(before, mount.Kernel.Contents(Root()));
        Assert.Equal(chunks, ChunkFiles(mount));
        Assert.Equal("inline", Attribute(mount.Kernel, Root("small/c/1"), "kind"));
    }

    [Fact]
    public async Task A_copy_of_a_virtual_chunk_is_a_virtual_chunk_even_where_it_cannot_be_read()
    {
        await using var mount = await OfCopyAsync(Path.Combine(RepositoryRoot(), VirtualSample));
        var kernel = mount.Kernel;
        kernel.Replace(Root("few/zarr.json"), Documents.Array("[4]", "[1]")); // of any size, as these chunks are
        kernel.CopyTree(Root("few"), Root("copied"));
        Files.Check(kernel.Rename(Root("few/c/1"), Root("few/c/3")), "a virtual chunk gets another name");
        await mount.CrashAsync();
        mount.Commit("copied");
        kernel = mount.Kernel;
        Assert.Equal("virtual", Attribute(kernel, Root("copied/c/2"), "kind"));
        Assert.Equal(["2", "3"], kernel.ListNames(Root("few/c")));
        Assert.NotEqual(Errno.None, kernel.TryReadBytes(Root("copied/c/2"), out _));
        var (there, here) = (await ChunksAsync(mount, "/few"), await ChunksAsync(mount, "/copied"));
        Assert.Equal(there["2"], here["2"]);
        Assert.Equal(there["3"], here["1"]);
        Assert.Empty(ChunkFiles(mount));
    }

    [Fact]
    public async Task A_copy_of_a_staged_chunk_is_one_object_after_the_commit()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        var staged = StagedFiles(mount);
        kernel.CopyTree(Root("x"), Root("y"));
        Assert.Equal(staged, StagedFiles(mount)); // the document is shared too
        Assert.Equal("staged", Attribute(kernel, Root("y/c/0"), "kind"));
        Assert.Equal(Attribute(kernel, Root("x/c/0"), "chunk_id"), Attribute(kernel, Root("y/c/0"), "chunk_id"));
        await mount.CrashAsync();
        kernel = mount.Kernel;
        Assert.Equal(kernel.ReadBytes(Root("x/c/0")), kernel.ReadBytes(Root("y/c/0")));
        Files.Check(kernel.Copy(Root("y/c/0"), Root("y/c/1")), "a copy of the copy");
        mount.Commit();
        Assert.Single(ChunkFiles(mount));
        Assert.Empty(StagedFiles(mount));
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("x/c/0")));
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("y/c/0")));
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("y/c/1")));
    }

    [Theory]
    [InlineData("x/c/0", "x/c/1")]
    [InlineData("x/c/1", "x/c/0")]
    public async Task What_is_written_into_one_of_two_copies_does_not_change_the_other(string written, string other)
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        byte[] bytes = Documents.Chunk("x 0");
        Files.Check(kernel.Open(Root("x/c/0"), Access.Write, out int early), "a writer of the source, who has written nothing yet");
        Files.Check(kernel.Flush(early), "flush");
        Files.Check(kernel.Copy(Root("x/c/0"), Root("x/c/1")), "cp");
        Assert.Equal("staged", Attribute(kernel, Root("x/c/1"), "kind"));
        if (written == "x/c/0")
        {
            Files.Check(kernel.Write(early, 1, [1, 2, 3]), "write");
        }

        Files.Check(kernel.Close(early), "close");
        if (written != "x/c/0")
        {
            Files.Check(kernel.Open(Root(written), Access.Write, out int late), "open");
            Files.Check(kernel.Write(late, 1, [1, 2, 3]), "write");
            Files.Check(kernel.Close(late), "close");
        }

        byte[] changed = [bytes[0], 1, 2, 3, .. bytes[4..]];
        for (int round = 0; round < 3; round++)
        {
            Assert.Equal(changed, mount.Kernel.ReadBytes(Root(written)));
            Assert.Equal(bytes, mount.Kernel.ReadBytes(Root(other)));
            if (round == 0)
            {
                await mount.CrashAsync();
            }
            else if (round == 1)
            {
                mount.Commit();
                Assert.Equal(2, ChunkFiles(mount).Count);
            }
        }
    }

    [Fact]
    public async Task A_copy_changes_nothing_of_its_source_that_can_be_seen()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        Files.Check(kernel.SetTime(Root("x/c/0"), 1_234_567_890_123_456_789), "touch");
        var before = kernel.StatOf(Root("x/c/0"));
        Files.Check(kernel.Copy(Root("x/c/0"), Root("x/c/1")), "cp");
        Assert.Equal(before, kernel.StatOf(Root("x/c/0")));
        Assert.NotEqual(before.Inode, kernel.StatOf(Root("x/c/1")).Inode);
        Assert.NotEqual(before.ModifiedNs, kernel.StatOf(Root("x/c/1")).ModifiedNs);
        await mount.ReopenAsync();
        Assert.Equal(before, mount.Kernel.StatOf(Root("x/c/0")));
        mount.Commit();
        Assert.Equal(before, mount.Kernel.StatOf(Root("x/c/0")));
    }

    [Fact]
    public async Task Bytes_that_two_files_share_go_with_the_last_of_them()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        kernel.Write(Root("a"), Documents.Chunk("shared"));
        Files.Check(kernel.Copy(Root("a"), Root("b")), "cp");
        Files.Check(kernel.Copy(Root("b"), Root("c")), "cp");
        Assert.Single(StagedFiles(mount));
        Files.Check(kernel.Unlink(Root("a")), "rm a");
        await mount.CrashAsync();
        kernel = mount.Kernel;
        Assert.Equal(Documents.Chunk("shared"), kernel.ReadBytes(Root("c")));
        Files.Check(kernel.Open(Root("c"), Access.Read, out int reader), "open c");
        Files.Check(kernel.Unlink(Root("c")), "rm c");
        kernel.Write(Root("b"), "other");
        Assert.Equal(Errno.None, kernel.Read(reader, 0, 2000, out byte[] held));
        Assert.Equal(Documents.Chunk("shared"), held);
        Files.Check(kernel.Close(reader), "close c");
        Files.Check(kernel.Open(Root("b"), Access.Read, out int other), "open b");
        Files.Check(kernel.Sync(other), "fsync");
        Files.Check(kernel.Close(other), "close b");
        Assert.Single(StagedFiles(mount)); // that of b
        Assert.Equal("other", kernel.ReadText(Root("b")));
    }

    [Theory]
    [InlineData("all")]
    [InlineData("y")]
    [InlineData("x")]
    public async Task A_copy_that_is_discarded_takes_nothing_along(string discarded)
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        kernel.CopyTree(Root("x"), Root("y"));
        Files.Check(kernel.Command("discard", discarded), "discard");
        if (discarded == "all")
        {
            Assert.Empty(kernel.ListNames(Root()));
            return;
        }

        string left = discarded == "x" ? "y" : "x";
        await mount.CrashAsync();
        Assert.Equal(Documents.Chunk("x 0"), mount.Kernel.ReadBytes(Root($"{left}/c/0")));
        mount.Commit();
        Assert.Equal(Documents.Chunk("x 0"), mount.Kernel.ReadBytes(Root($"{left}/c/0")));
    }

    /// <summary>The staged file of both becomes the committed object of the one: no later commit may take it back.</summary>
    [Fact]
    public async Task A_copy_that_is_not_committed_with_its_source_keeps_its_bytes()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        Files.Check(kernel.Copy(Root("x/c/0"), Root("loose")), "cp");
        Files.Check(kernel.Open(Root("x/c/0"), Access.Read, out int source), "open");
        Files.Check(kernel.Open(Root("x/c/1"), Access.Write | Access.Create, out int target), "create");
        Assert.Equal(700, kernel.TryCopyRange(source, 0, target, 0, long.MaxValue).Value); // and it is not closed when the commit is made
        string first = mount.Commit();
        Assert.Equal(["0"], kernel.ListNames($"commits/{first}/root.zarr/x/c"));
        Assert.Equal("native", Attribute(kernel, Root("loose"), "kind"));
        Files.Check(kernel.Write(target, 0, [7]), "write");
        Files.Check(kernel.Close(target), "close");
        Files.Check(kernel.Close(source), "close");
        await mount.CrashAsync();
        kernel = mount.Kernel;
        string second = mount.Commit();
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("loose")));
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("x/c/0")));
        Assert.Equal([7, .. Documents.Chunk("x 0")[1..]], kernel.ReadBytes($"commits/{second}/root.zarr/x/c/1"));
        Assert.Equal(2, ChunkFiles(mount).Count);
    }

    [Fact]
    public async Task A_commit_that_fails_leaves_both_copies_as_they_were()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        Files.Check(kernel.Copy(Root("x/c/0"), Root("x/c/1")), "cp");
        string snapshots = Path.Combine(mount.Folder, "repository", "snapshots");
        Directory.Move(snapshots, snapshots + ".away");
        File.WriteAllText(snapshots, "no folder");
        Assert.Equal(Errno.InputOutput, kernel.Command("commit", "it fails"));
        Assert.Empty(ChunkFiles(mount));
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("x/c/0")));
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("x/c/1")));
        File.Delete(snapshots);
        Directory.Move(snapshots + ".away", snapshots);
        mount.Commit();
        Assert.Single(ChunkFiles(mount));
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("x/c/1")));
    }

    [Fact]
    public async Task What_is_not_copied_as_a_whole_onto_nothing_is_copied_byte_by_byte()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0", "c/1"]);
        Files.Check(kernel.Open(Root("x/c/0"), Access.Read, out int source), "open");
        Files.Check(kernel.Open(Root("new"), Access.Write | Access.Create, out int target), "create");
        Errno Try(long from, long to, long length) => kernel.TryCopyRange(source, from, target, to, length).Errno;
        Assert.Equal(Errno.NotSupported, Try(0, 0, 699));
        Assert.Equal(Errno.NotSupported, Try(1, 0, 699));
        Assert.Equal(Errno.NotSupported, Try(0, 1, 700));
        Files.Check(kernel.Open(Root("new"), Access.Write, out int another), "somebody else writes to the target");
        Assert.Equal(Errno.NotSupported, Try(0, 0, 700));
        Files.Check(kernel.Close(another), "close");
        Files.Check(kernel.Open(Root("x/c/0"), Access.Write, out int writer), "somebody writes to the source");
        Assert.Equal(Errno.NotSupported, Try(0, 0, 700));
        Files.Check(kernel.Close(writer), "close");
        Assert.Equal(0, kernel.StatOf(Root("new")).Size);
        Assert.Equal(Errno.None, Try(0, 0, 700));
        Assert.Equal(Errno.NotSupported, Try(0, 0, 700)); // it is not empty any more
        Assert.Equal(Errno.BadHandle, kernel.TryCopyRange(target, 0, source, 0, 700).Errno); // open to be read
        Files.Check(kernel.Close(target), "close");
        Files.Check(kernel.Close(source), "close");

        Files.Check(kernel.Copy(Root("x/c/0"), Root("x/c/1"), Access.Read, offset: 600), "the last hundred bytes");
        byte[] mixed = [.. Documents.Chunk("x 1")[..600], .. Documents.Chunk("x 0")[600..]];
        Assert.Equal(mixed, kernel.ReadBytes(Root("x/c/1")));
        Files.Check(kernel.Copy(Root("x/c/0"), Root("x/c/1")), "over it");
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("x/c/1")));
        Files.Check(kernel.Copy("README", Root("README")), "what is no file of the repository");
        Assert.Equal(kernel.ReadText("README"), kernel.ReadText(Root("README")));
    }

    [Fact]
    public async Task Nothing_is_copied_into_a_file_that_was_discarded()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0", "c/1"]);
        string commit = mount.Commit();
        Files.Check(kernel.Open($"commits/{commit}/root.zarr/x/c/0", Access.Read, out int source), "open");
        Files.Check(kernel.Open(Root("new"), Access.Write | Access.Create, out int target), "create");
        Files.Check(kernel.Command("discard", "all"), "discard");
        Assert.Equal(Errno.Stale, kernel.TryCopyRange(source, 0, target, 0, 700).Errno);
        kernel.Release(target);
        kernel.Release(source);
    }

    private static string Attribute(Kernel kernel, string path, string name)
    {
        Files.Check(kernel.GetAttribute(path, $"user.icechunk.{name}", out string value), path);
        return value;
    }

    private static void AssertSame(SortedDictionary<string, byte[]> expected, SortedDictionary<string, byte[]> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(expected, e => Assert.True(e.Value.AsSpan().SequenceEqual(actual[e.Key]), e.Key));
    }

    private static List<string> ChunkFiles(TestMount mount) => Names(Path.Combine(mount.Folder, "repository", "chunks"));

    private static List<string> StagedFiles(TestMount mount) => Names(mount.StagingFolder);

    private static List<string> Names(string folder) =>
        Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Select(f => $"{Path.GetFileName(f)} {new FileInfo(f).Length}").Order()] : [];

    private static async Task<Dictionary<string, string>> ChunksAsync(TestMount mount, string array)
    {
        var view = mount.Session.Tree.Base.Snapshot;
        var chunks = await view.ChunksAsync(view.FindNode(array)!, default);
        return chunks.All().ToDictionary(c => string.Join('/', c.Coordinates), c => $"{c.Chunk.Location} {c.Chunk.Offset} {c.Chunk.Length}");
    }

    private static string RepositoryRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ArraylakeFs.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
