using ArraylakeFs.Sessions;
using ArraylakeFs.Storage;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Commits, checkouts and discards while others are at work.</summary>
public sealed class ConcurrencyTests
{
    [Fact]
    public async Task A_commit_takes_what_is_finished_and_leaves_what_is_being_written()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        byte[] document = kernel.ReadBytes(Root("x/zarr.json"));
        int[] open = new int[4];
        Files.Check(kernel.Open(Root("x/c/0"), Access.Write | Access.Truncate, out open[0]), "a chunk, rewritten");
        Files.Check(kernel.Write(open[0], 0, Documents.Chunk("half", 300)), "write");
        Files.Check(kernel.Open(Root("x/zarr.json"), Access.Write | Access.Truncate, out open[1]), "its document");
        Files.Check(kernel.Open(Root("x/c/2"), Access.Write, out open[2]), "a chunk, in place");
        Files.Check(kernel.Write(open[2], 0, [7]), "write");
        Files.Check(kernel.Open(Root("zarr.partial"), Access.Write | Access.Create, out open[3]), "something new");
        kernel.Write(Root("x/c/1"), Documents.Chunk("finished"));
        Assert.Equal(["📝 x/c/1", "📎 x/c/0 (not finished: open for writing)", "📎 x/c/2 (not finished: open for writing)",
            "📎 x/zarr.json (not finished: open for writing)", "📎 zarr.partial (a temporary file of a tool that did not finish: open for writing)"], mount.StatusPaths);
        string id = mount.Commit();
        string committed = $"commits/{id}/root.zarr/x";
        Assert.Equal(document, kernel.ReadBytes($"{committed}/zarr.json"));
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes($"{committed}/c/0"));
        Assert.Equal(Documents.Chunk("finished"), kernel.ReadBytes($"{committed}/c/1"));
        Assert.Equal(Documents.Chunk("x 2"), kernel.ReadBytes($"{committed}/c/2"));

        Files.Check(kernel.Write(open[0], 300, Documents.Chunk("other half", 400)), "write");
        Files.Check(kernel.Write(open[1], 0, document), "write");
        Array.ForEach(open, d => Files.Check(kernel.Close(d), "close"));
        Assert.Equal(["📝 x/c/0", "📝 x/c/2"], mount.StatusPaths.Where(p => p.StartsWith("📝", StringComparison.Ordinal)));
        id = mount.Commit();
        Assert.Equal(700, kernel.StatOf($"commits/{id}/root.zarr/x/c/0").Size);
        Assert.Equal(7, kernel.ReadBytes($"commits/{id}/root.zarr/x/c/2")[0]);
    }

    [Fact]
    public async Task Writing_goes_on_after_a_commit_has_taken_the_file_and_does_not_reach_the_commit()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        Files.Check(kernel.Open(Root("x/c/0"), Access.Write, out int file), "open");
        Files.Check(kernel.Write(file, 0, "first"u8.ToArray()), "write");
        Files.Check(kernel.Flush(file), "a copy of the descriptor is closed");
        string id = mount.Commit();
        byte[] committed = kernel.ReadBytes($"commits/{id}/root.zarr/x/c/0");
        ulong inode = kernel.StatOf(Root("x/c/0")).Inode;
        Files.Check(kernel.Write(file, 0, "later"u8.ToArray()), "write");
        Assert.Equal(committed, kernel.ReadBytes($"commits/{id}/root.zarr/x/c/0"));
        Assert.True(kernel.ReadBytes(Root("x/c/0")).AsSpan().StartsWith("later"u8));
        Assert.Equal(inode, kernel.StatOf(Root("x/c/0")).Inode);
        Files.Check(kernel.Read(file, 0, 5, out byte[] own), "read");
        Assert.Equal("later"u8.ToArray(), own);
        Files.Check(kernel.Close(file), "close");
        Assert.Equal(["📝 x/c/0"], mount.StatusPaths);
        await mount.CrashAsync();
        Assert.True(mount.Kernel.ReadBytes(Root("x/c/0")).AsSpan().StartsWith("later"u8));
    }

    /// <summary>A tool of v2 looks while one of v3 writes: what it is shown is made from documents that come and go.</summary>
    [Fact]
    public async Task A_document_that_is_replaced_all_the_time_is_there_all_the_time_in_both_faces()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        byte[] document = mount.Kernel.ReadBytes(Root("x/zarr.json"));
        bool isDone = false;
        var writer = OwnThread.Run(() =>
        {
            var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads };
            for (int i = 0; i < 400; i++)
            {
                kernel.Replace(Root("x/zarr.json"), document);
            }

            Volatile.Write(ref isDone, true);
        });
        int looks = 0;
        var reader = OwnThread.Run(() =>
        {
            for (var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads }; !Volatile.Read(ref isDone); looks++)
            {
                Assert.Contains("<f4", kernel.ReadText("root.v2.zarr/x/.zarray"), StringComparison.Ordinal);
                Assert.Contains("🇦 x", kernel.ReadText("tree"), StringComparison.Ordinal);
                Assert.Equal(document, kernel.ReadBytes(Root("x/zarr.json")));
            }
        });
        await writer;
        await reader;
        Assert.True(looks > 0);
        Assert.Empty(mount.Log);
    }

    /// <summary>The kernel does not hold the directory of chunks, which v2 does not show: whoever writes there waits for a commit meanwhile.</summary>
    [Fact]
    public async Task Chunks_written_through_both_faces_while_the_tree_is_frozen_are_all_there()
    {
        var store = new MemoryObjectStore();
        await using var mount = await CreateAsync(store: store);
        var (kernel, system) = (mount.Kernel, mount.FileSystem);
        Zarr.WriteArray(kernel, "x", "[5]");
        Zarr.WriteArray(kernel, "y");
        mount.Commit();
        kernel.Write(Root("y/c/0"), Documents.Chunk("changed"));
        ulong v2 = (await system.LookupAsync(IFileSystem.RootNode, "root.v2.zarr")).Value.Node;
        ulong v3 = (await system.LookupAsync(IFileSystem.RootNode, "root.zarr")).Value.Node;
        List<ulong> held = [v2, v3, (await system.LookupAsync(v2, "x")).Value.Node, (await system.LookupAsync(v3, "x")).Value.Node];
        var created = new List<Task<Result<CreatedFile>>>();
        void Create(ulong parent, string name)
        {
            created.Add(system.CreateAsync(parent, name, 0x1B6, OpenFlags.Write | OpenFlags.Exclusive, default).AsTask());
            Assert.False(created[^1].IsCompleted);
        }

        store.Before = (operation, _) =>
        {
            if (operation == StoreOperation.PutIfMatch && created.Count == 0)
            {
                Create(held[2], "3");
                Files.Check(kernel.Stat(Root("x/c"), out FileStat _), "the kernel knows it for a moment, and then no longer");
                held.Add(system.LookupAsync(held[3], "c").AsTask().Result.Value.Node);
                Create(held[4], "4");
            }
        };
        mount.Commit();
        Assert.Equal(2, created.Count);
        foreach (var task in created)
        {
            var file = await task.WaitAsync(TimeSpan.FromMinutes(1));
            Files.Check(file.Errno, "create");
            Assert.Equal(4, (await system.WriteAsync(file.Value.File.Handle, 0, new byte[4])).Value);
            system.Release(file.Value.File.Handle);
            system.Forget(file.Value.Entry.Node, 1);
        }

        held.ForEach(node => system.Forget(node, 1));
        Assert.Equal(["0", "1", "2", "3", "4"], kernel.ListNames(Root("x/c")));
        Assert.Equal(["📝 x/c/3", "📝 x/c/4"], mount.StatusPaths);
        string id = mount.Commit();
        Assert.Equal(["0", "1", "2", "3", "4"], kernel.ListNames($"commits/{id}/root.zarr/x/c"));
        Assert.Equal([".zarray", ".zattrs", "0", "1", "2", "3", "4"], kernel.ListNames("root.v2.zarr/x"));
    }

    /// <summary>As a guard against what the test above shows: no change is made in an object that another one may have taken the place of.</summary>
    [Fact]
    public async Task A_directory_that_was_let_go_of_takes_no_change()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Commit();
        var tree = mount.Session.Tree;
        using var root = await tree.HoldDirectoryAsync(tree.Top, "root.zarr");
        using var x = await tree.HoldDirectoryAsync(root!.Directory, "x");
        var former = await tree.HoldDirectoryAsync(x!.Directory, "c");
        former!.Dispose();
        using var chunks = await tree.HoldDirectoryAsync(x.Directory, "c");
        Assert.NotSame(former.Directory, chunks!.Directory);
        var stale = await Assert.ThrowsAsync<SessionException>(async () => await tree.MakeDirectoryAsync(former.Directory, "d", 0x1ED, default));
        Assert.Equal(Errno.Stale, stale.Errno);
        stale = await Assert.ThrowsAsync<SessionException>(async () => await tree.RenameAsync(former.Directory, "0", x.Directory, "d", false, false, default));
        Assert.Equal(Errno.Stale, stale.Errno);
        await tree.MakeDirectoryAsync(chunks.Directory, "d", 0x1ED, default);
        Assert.True(await tree.HasAsync(chunks.Directory, "d"));
        Assert.Equal(["0", "1", "2", "d"], mount.Kernel.ListNames(Root("x/c")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Everything_written_while_commits_run_lands_in_one_of_them(bool cachesNames)
    {
        const int Writers = 3, FilesEach = 60;
        await using var mount = await CreateAsync(cachesNames);
        Zarr.WriteArray(mount.Kernel, "x", $"[{Writers},{FilesEach}]", "[1,1]", []);
        mount.Commit();
        mount.Kernel.MakeDirectories(Root("x/c")); // the reader may be the first
        var before = mount.Kernel.StatOf(Root("x/zarr.json"));
        int working = Writers, commits = 0;
        var writers = Enumerable.Range(0, Writers).Select(w => OwnThread.Run(() =>
        {
            try
            {
                var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads };
                kernel.MakeDirectories(Root($"x/c/{w}"));
                for (int i = 0; i < FilesEach; i++)
                {
                    if (i == FilesEach / 2)
                    {
                        SpinWait.SpinUntil(() => Volatile.Read(ref commits) > 0, TimeSpan.FromMinutes(1));
                    }

                    byte[] bytes = Documents.Chunk($"{w} {i}", i % 2 == 0 ? 40 : 700);
                    if (i % 3 == 0)
                    {
                        kernel.Write(Root($"x/c/{w}/{i}"), bytes);
                    }
                    else
                    {
                        kernel.Replace(Root($"x/c/{w}/{i}"), bytes);
                    }
                }
            }
            finally
            {
                Interlocked.Decrement(ref working);
            }
        })).ToArray();
        var reader = OwnThread.Run(() =>
        {
            var kernel = new Kernel(mount.FileSystem) { CachesNames = cachesNames, Reads = mount.Reads };
            while (Volatile.Read(ref working) > 0)
            {
                Assert.Equal(before, kernel.StatOf(Root("x/zarr.json")));
                foreach (string row in kernel.ListNames(Root("x/c")))
                {
                    foreach (string name in kernel.ListNames(Root($"x/c/{row}")).Where(n => !n.EndsWith(".partial", StringComparison.Ordinal)).Take(20))
                    {
                        var errno = kernel.TryReadBytes(Root($"x/c/{row}/{name}"), out byte[] bytes);
                        Assert.True(errno == Errno.None, $"{name}: {errno}: {kernel.Error()}");
                        Assert.True(bytes.Length == 0 || bytes.AsSpan().StartsWith(System.Text.Encoding.UTF8.GetBytes($"{row} {name}")), name);
                    }
                }

                kernel.DropCaches();
            }
        });
        var committer = new Kernel(mount.FileSystem) { Reads = mount.Reads };
        while (Volatile.Read(ref working) > 0)
        {
            var errno = committer.Command("commit", $"commit {commits}");
            Assert.True(errno is Errno.None or Errno.NoData, $"{errno}: {committer.Error()}");
            commits += errno == Errno.None ? 1 : 0;
        }

        await Task.WhenAll(writers.Append(reader));
        committer.Command("commit", "the rest");
        Assert.True(commits > 0);
        string id = committer.ReadText("commit").TrimEnd();
        for (int w = 0; w < Writers; w++)
        {
            Assert.Equal(FilesEach, committer.ListNames($"commits/{id}/root.zarr/x/c/{w}").Length);
            for (int i = 0; i < FilesEach; i++)
            {
                Assert.Equal(Documents.Chunk($"{w} {i}", i % 2 == 0 ? 40 : 700), committer.ReadBytes($"commits/{id}/root.zarr/x/c/{w}/{i}"));
            }
        }

        Assert.Empty(mount.StatusPaths);
        mount.Kernel.DropCaches();
        Assert.Equal(before.Inode, mount.Kernel.StatOf(Root("x/zarr.json")).Inode);
    }

    [Fact]
    public async Task A_file_held_open_over_a_checkout_can_be_read_and_not_be_written()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string first = mount.Commit();
        kernel.Write(Root("x/c/0"), Documents.Chunk("second"));
        mount.Commit();
        Files.Check(kernel.Open(Root("x/c/0"), Access.Write, out int file), "open");
        Files.Check(kernel.Command("checkout", first), "checkout");
        Files.Check(kernel.Read(file, 0, 700, out byte[] bytes), "read");
        Assert.Equal(Documents.Chunk("second"), bytes);
        Assert.Equal(Errno.Stale, kernel.Write(file, 0, [1]));
        Files.Check(kernel.Command("checkout", "main"), "checkout");
        Assert.Equal(Errno.Stale, kernel.Write(file, 0, [1]));
        Files.Check(kernel.Close(file), "close");
        Assert.Equal(Documents.Chunk("second"), kernel.ReadBytes(Root("x/c/0")));
        Assert.Empty(mount.StatusPaths);
    }

    /// <summary>What is below the directory has no name any more, however often one looks.</summary>
    [Theory]
    [InlineData("root.zarr", "all")]
    [InlineData("root.v2.zarr", "all")]
    [InlineData("root.zarr", "d")]
    [InlineData("root.v2.zarr", "d")]
    public async Task A_rename_in_a_directory_that_a_discard_has_replaced_is_stale(string face, string discarded)
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        kernel.MakeDirectories(Root("d"));
        kernel.Write(Root("d/f"), "x");
        Task<Errno>? rename = null;
        kernel.Node($"{face}/d", node =>
        {
            Files.Check(kernel.Command("discard", discarded), "discard");
            rename = Task.Run(async () => await mount.FileSystem.RenameAsync(node, "f", node, "g", RenameFlags.None, default));
            return rename.WaitAsync(TimeSpan.FromMinutes(1)).Result;
        });
        Assert.Equal(Errno.Stale, await rename!);
    }

    [Fact]
    public async Task Directories_held_over_a_checkout_are_stale_but_for_the_root()
    {
        await using var mount = await CreateAsync();
        var (kernel, system) = (mount.Kernel, mount.Kernel.FileSystem);
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        kernel.Write(Root("note"), "loose");
        ulong root = (await system.LookupAsync(IFileSystem.RootNode, "root.zarr")).Value.Node;
        ulong held = (await system.LookupAsync(root, "x")).Value.Node;
        Files.Check(kernel.Command("discard", "all"), "discard");
        Assert.Equal(Errno.Stale, (await system.LookupAsync(held, "zarr.json")).Errno);
        Assert.Equal(Errno.Stale, (await system.MakeDirectoryAsync(held, "d", 0x1FF)).Errno);
        Assert.Equal(Errno.Stale, await system.RenameAsync(held, "zarr.json", root, "z", RenameFlags.None));
        Assert.Equal(Errno.Stale, await system.RenameAsync(root, "zarr.json", held, "z", RenameFlags.None));
        Assert.Equal(Errno.Stale, await system.UnlinkAsync(held, "zarr.json"));
        Assert.Equal(Errno.Stale, (await system.OpenDirectoryAsync(held)).Errno);
        Assert.Equal(Errno.Stale, (await system.SetAttributesAsync(held, new AttributeChange(ModifiedNs: 1))).Errno);
        system.Forget((await system.MakeDirectoryAsync(root, "d", 0x1FF)).Value.Node, 1);
        system.Forget(held, 1);
        system.Forget(root, 1);
        Assert.Equal(["d", "x", "zarr.json"], kernel.ListNames(Root()));
        await mount.ReopenAsync();
        Assert.Equal(["d", "x", "zarr.json"], mount.Kernel.ListNames(Root()));
    }
}
