using ArraylakeFs.Icechunk;
using ArraylakeFs.Sessions;
using ArraylakeFs.Storage;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>A commit as a tree of its own says what it says below <c>commits/</c>, without anything being opened.</summary>
public sealed class CommitFileSystemTests
{
    [Fact]
    public async Task A_commit_alone_is_the_same_to_the_byte_as_below_commits()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "g/x");
        Zarr.WriteArray(mount.Kernel, "y", "[2,2]", "[1,1]", ["c/0/0", "c/1/1"]);
        string commit = $"commits/{mount.Commit("a message")}";
        using var alone = Alone(mount, commit[^20..]);
        var kernel = new Kernel(alone);
        Assert.Equal(
            mount.Kernel.ListNames(commit).Where(name => !name.StartsWith("changes", StringComparison.Ordinal)).Order(), kernel.ListNames("").Order());
        foreach (string part in (string[])["root.zarr", "root.v2.zarr"])
        {
            Assert.Equal(mount.Kernel.Walk($"{commit}/{part}"), kernel.Walk(part));
            Assert.Equal(mount.Kernel.Contents($"{commit}/{part}"), kernel.Contents(part));
        }

        Assert.All(
            ["message", "author", "date", "parent"], text => Assert.Equal(mount.Kernel.ReadText($"{commit}/{text}"), kernel.ReadText(text)));
        kernel.DropCaches();
        Assert.Equal(1, alone.HeldInodes);
    }

    [Fact]
    public async Task Nothing_is_opened_and_each_read_says_what_it_reads()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        using var alone = Alone(mount, mount.Commit());
        ulong node = await NodeAsync(alone, "root.zarr", "x", "c", "1");
        Assert.Equal(Errno.NotImplemented, (await alone.OpenAsync(node, OpenFlags.Read, default)).Errno);
        Assert.Equal(Errno.NotImplemented, await alone.FlushAsync(0));
        byte[] part = new byte[100];
        Assert.Equal(100, (await alone.ReadAsync(node, 0, 300, part)).Value);
        Assert.Equal(Documents.Chunk("x 1")[300..400], part);
        Assert.Equal(50, (await alone.ReadAsync(node, 0, 650, part)).Value);
        Assert.Equal(0, (await alone.ReadAsync(node, 0, 700, part)).Value);
        Assert.Equal(Errno.IsDirectory, (await alone.ReadAsync(await NodeAsync(alone, "root.zarr", "x"), 0, 0, part)).Errno);
        Assert.Equal(Errno.Stale, (await alone.ReadAsync(12345, 0, 0, part)).Errno);
    }

    [Fact]
    public async Task What_the_branch_does_later_changes_nothing()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        using var alone = Alone(mount, mount.Commit());
        var kernel = new Kernel(alone);
        mount.Kernel.Write(Root("x/c/1"), Documents.Chunk("another"));
        mount.Kernel.RemoveTree(Root("x/c"));
        mount.Commit();
        Assert.Equal(["0", "1", "2"], kernel.ListNames("root.zarr/x/c").Order());
        Assert.Equal(Documents.Chunk("x 1"), kernel.ReadBytes("root.zarr/x/c/1"));
        Assert.Equal(Errno.ReadOnly, kernel.MakeDirectory("root.zarr/new"));
        Assert.Equal(Errno.ReadOnly, kernel.Unlink("root.zarr/x/c/1"));
    }

    [Fact]
    public async Task A_chunk_whose_object_is_gone_is_an_error_of_its_own()
    {
        await using var mount = await CreateAsync(store: new MemoryObjectStore());
        Zarr.WriteArray(mount.Kernel, "x");
        using var alone = Alone(mount, mount.Commit());
        var log = mount.Log.Count;
        await foreach (var chunk in mount.Store.ListAsync("chunks/", default))
        {
            await mount.Store.DeleteAsync(chunk.Key, default);
        }

        var kernel = new Kernel(alone);
        Files.Check(kernel.Open("root.zarr/x/c/1", Access.Read, out int descriptor), "open");
        Assert.Equal(Errno.InputOutput, kernel.Read(descriptor, 0, 700, out _));
        Assert.NotEmpty(kernel.ReadText("root.zarr/x/zarr.json"));
        Assert.Contains("chunks/", Assert.Single(mount.Log[log..]), StringComparison.Ordinal);
    }

    private static CommitFileSystem Alone(TestMount mount, string commit)
    {
        var references = mount.Repository.ReferencesAsync(default).AsTask().GetAwaiter().GetResult();
        Assert.True(references.TryGetCommit(ObjectId12.Parse(commit), out var info));
        return new CommitFileSystem(mount.Repository, info, new Mounter(1000, 1000), new FolderVolume("/"), mount.Log.Add);
    }

    private static async Task<ulong> NodeAsync(CommitFileSystem system, params string[] names)
    {
        ulong node = IFileSystem.RootNode;
        foreach (string name in names)
        {
            node = (await system.LookupAsync(node, name)).Value.Node;
        }

        return node;
    }
}
