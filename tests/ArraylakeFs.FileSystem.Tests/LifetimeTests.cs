using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>What kernels may believe and for how long, what they are told, and what is given back.</summary>
public sealed class LifetimeTests
{
    [Fact]
    public async Task What_changes_only_through_the_mount_is_believed_for_ever_and_the_rest_not_at_all()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        string id = mount.Commit();
        foreach (string path in (string[])["root.zarr", "root.zarr/x", "root.zarr/x/c/0", $"commits/{id}/root.zarr/x/c/0", "status", "README"])
        {
            Assert.True(EntryOf(mount, path).EntryLifetime > TimeSpan.FromDays(1), path);
            Assert.True(EntryOf(mount, path).AttributesLifetime > TimeSpan.FromDays(1), path);
        }

        Assert.Equal(TimeSpan.Zero, EntryOf(mount, "branches/main").EntryLifetime);
        foreach (string path in (string[])["root.zarr/nothing", "root.zarr/x/c/9", $"commits/{id}/nothing", "nothing"])
        {
            var absent = EntryOf(mount, path);
            Assert.True(absent.Node == 0 && absent.EntryLifetime > TimeSpan.FromDays(1), path);
        }

        mount.Kernel.Node("branches", node =>
        {
            Assert.Equal(Errno.NoEntry, mount.FileSystem.LookupAsync(node, "nothing").AsTask().Result.Errno);
            return Errno.None;
        });
    }

    [Fact]
    public async Task Checkout_and_discard_are_announced_and_a_commit_need_not_be()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        string id = mount.Commit();
        Assert.Empty(mount.Cache.Calls);
        ulong root = (await mount.FileSystem.LookupAsync(IFileSystem.RootNode, "root.zarr")).Value.Node;
        string[] announced = ["all entries", $"node {root}"];
        Files.Check(mount.Kernel.Command("checkout", "main"), "nothing to do");
        Assert.Empty(mount.Cache.Calls);
        Files.Check(mount.Kernel.Command("checkout", id), "checkout");
        Assert.Equal(announced, mount.Cache.Calls);
        Files.Check(mount.Kernel.Command("checkout", "main"), "checkout");
        mount.Cache.Calls.Clear();
        Files.Check(mount.Kernel.Command("discard", "all"), "discard");
        Assert.Equal(announced, mount.Cache.Calls);
        mount.Cache.Calls.Clear();
        mount.Kernel.Write(Root("note"), "loose");
        Files.Check(mount.Kernel.Command("discard", "note"), "discard");
        Assert.Equal(announced, mount.Cache.Calls);
        mount.FileSystem.Forget(root, 1);
    }

    [Fact]
    public async Task What_becomes_of_a_directory_through_the_v2_face_is_announced()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        Files.Check(mount.Kernel.Node(Root("x"), node =>
        {
            Files.Check(mount.Kernel.ChangeMode("root.v2.zarr/x", 0x1C0), "chmod");
            Assert.Equal([$"node {node}"], mount.Cache.Calls);
            mount.Cache.Calls.Clear();
            Files.Check(mount.Kernel.MakeDirectory("root.v2.zarr/x/d"), "mkdir");
            Assert.Equal([$"node {node}", "entry d", "drain"], mount.Cache.Calls); // it has another time
            return Errno.None;
        }), "x");
    }

    /// <summary>Another process has made the name, or a commit has it, and the kernel, which did not know, asks for it to be created.</summary>
    [Theory]
    [InlineData(OpenFlags.Read)]
    [InlineData(OpenFlags.Read | OpenFlags.Write)]
    [InlineData(OpenFlags.Read | OpenFlags.Write | OpenFlags.Truncate)]
    [InlineData(OpenFlags.Read | OpenFlags.Write | OpenFlags.Exclusive)]
    public async Task To_create_a_committed_name_that_nobody_holds_opens_it(OpenFlags flags)
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Commit();
        mount.Kernel.DropCaches();
        mount.Kernel.Node(Root("x/c"), parent =>
        {
            var created = mount.FileSystem.CreateAsync(parent, "0", 0x1B6, flags, default).AsTask();
            Assert.True(created.Wait(TimeSpan.FromMinutes(1)), "it never comes back");
            Assert.Equal(flags.HasFlag(OpenFlags.Exclusive) ? Errno.Exists : Errno.None, created.Result.Errno);
            if (created.Result.Ok)
            {
                mount.FileSystem.Release(created.Result.Value.File.Handle);
                mount.FileSystem.Forget(created.Result.Value.Entry.Node, 1);
            }

            return Errno.None;
        });
        Assert.Equal(flags.HasFlag(OpenFlags.Truncate) ? [] : Documents.Chunk("x 0"), mount.Kernel.ReadBytes(Root("x/c/0")));
        Assert.Equal(0, mount.Session.Tree.HeldUnchanged);
        Assert.Equal(1, mount.FileSystem.HeldInodes);
    }

    [Fact]
    public async Task A_kernel_that_believes_names_for_ever_sees_every_version()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string first = mount.Commit();
        kernel.Write(Root("x/c/0"), Documents.Chunk("second"));
        Zarr.WriteArray(kernel, "y");
        string second = mount.Commit();
        for (int round = 0; round < 3; round++)
        {
            Files.Check(kernel.Command("checkout", first), "checkout");
            Assert.False(kernel.Exists(Root("y")));
            Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("x/c/0")));
            Files.Check(kernel.Command("checkout", second), "checkout");
            Assert.True(kernel.Exists(Root("y")));
            Assert.Equal(Documents.Chunk("second"), kernel.ReadBytes(Root("x/c/0")));
        }
    }

    [Fact]
    public async Task Nothing_is_kept_of_what_the_kernel_has_forgotten()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        Zarr.WriteArray(kernel, "g/y", chunkBytes: 40);
        Zarr.WriteArray(kernel, "g/w", "[2,2]", "[1,1]", ["c/0/0", "c/0/1", "c/1/0", "c/1/1"]);
        kernel.Write(Root("g/w/zarr.json"), kernel.ReadText(Root("g/w/zarr.json")).Replace("\"NaN\"", "0, \"dimension_names\":[\"a\",\"b\"]", StringComparison.Ordinal));
        string id = mount.Commit();
        AssertNothingKept(mount, "written and committed");
        kernel.Contents(Root());
        kernel.Contents($"commits/{id}/root.zarr");
        AssertNothingKept(mount, "read");
        foreach (string face in (string[])["root.v2.zarr", $"commits/{id}/root.v2.zarr"])
        {
            kernel.Contents(face);
            AssertNothingKept(mount, $"{face} read");
            foreach (string name in (string[])["7", "c", "zarr.json", ".zgroup", "7.7", "0/7", "nothing"])
            {
                Assert.NotEqual(Errno.None, kernel.Stat($"{face}/g/x/{name}", out FileStat _));
                AssertNothingKept(mount, $"{face}: {name} looked up");
            }
        }

        Assert.Contains("root.v2.zarr", kernel.ListNames(""));
        Assert.Equal(Errno.Exists, kernel.MakeDirectory("root.v2.zarr"));
        Assert.Equal(Errno.NotEmpty, kernel.RemoveDirectory("root.v2.zarr"));
        Assert.Equal(Errno.NoEntry, kernel.RemoveDirectory("root.v2.zarr/g/x/7"));
        Assert.Equal(Errno.NotDirectory, kernel.RemoveDirectory("root.v2.zarr/g/x/0"));
        Assert.Equal(Errno.NotEmpty, kernel.RemoveDirectory("root.v2.zarr/g/x"));
        Assert.Equal(Errno.NoEntry, kernel.Unlink("root.v2.zarr/g/x/7"));
        Assert.Equal(Errno.NoEntry, kernel.Rename("root.v2.zarr/g/x/7", "root.v2.zarr/g/x/8"));
        Assert.Equal(Errno.Exists, kernel.MakeDirectory("root.v2.zarr/g/x/0"));
        AssertNothingKept(mount, "refused in the v2 face");
        foreach (string file in (string[])["status", "tree", "diff", "log", "info/g/x", "info/g/.info", "status.json"])
        {
            kernel.ReadText(file);
        }

        kernel.Walk("info");
        AssertNothingKept(mount, "reported");
        Assert.Equal(Errno.NotEmpty, kernel.RemoveDirectory(Root("g")));
        Assert.Equal(Errno.NotEmpty, kernel.Rename(Root("g/x"), Root("g/y")));
        Assert.Equal(Errno.Exists, kernel.MakeDirectory(Root("g/x")));
        Assert.Equal(Errno.IsDirectory, kernel.Unlink(Root("g/x")));
        Assert.Equal(Errno.Invalid, kernel.Rename(Root("g"), Root("g/x/z")));
        Assert.Equal(Errno.NoEntry, kernel.Rename(Root("g/z"), Root("g/x/z")));
        Assert.Equal(Errno.NoEntry, kernel.Command("discard", "g/x/c/0"));
        AssertNothingKept(mount, "refused");
        kernel.Write(Root("g/x/c/0"), Documents.Chunk("new"));
        Files.Check(kernel.Rename(Root("g/y"), Root("y")), "rename");
        mount.Commit();
        AssertNothingKept(mount, "changed and committed");
        kernel.Write("root.v2.zarr/g/w/0/1", Documents.Chunk("as v2"));
        kernel.Contents("root.v2.zarr");
        AssertNothingKept(mount, "changed as v2"); // to know whether it has all its chunks they were counted
        mount.Commit();
        AssertNothingKept(mount, "changed as v2 and committed");
        kernel.Write(Root("g/x/c/0"), Documents.Chunk("newer"));
        Files.Check(kernel.Command("checkout", "main"), "no move");
        Files.Check(kernel.Command("discard", "all"), "discard");
        AssertNothingKept(mount, "discarded");
        Files.Check(kernel.Command("checkout", id), "checkout");
        AssertNothingKept(mount, "checked out");
    }

    /// <summary>Between lookup and open(2) others may take the name: on a disk, too, that is no failure.</summary>
    [Theory]
    [InlineData("replace", false)]
    [InlineData("replace", true)]
    [InlineData("unlink", false)]
    [InlineData("unlink", true)]
    public async Task A_file_that_was_looked_up_can_be_opened_and_read_whatever_has_become_of_its_name(string how, bool isFlushed)
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        if (isFlushed)
        {
            Files.Check(kernel.Open(Root("x/c/0"), Access.Write, out int file), "open");
            Files.Check(kernel.Sync(file), "fsync");
            Files.Check(kernel.Close(file), "close");
        }

        Files.Check(kernel.Node(Root("x/c/0"), node =>
        {
            if (how == "replace")
            {
                kernel.Replace(Root("x/c/0"), Documents.Chunk("another"));
            }
            else
            {
                Files.Check(kernel.Unlink(Root("x/c/0")), how);
            }

            for (int i = 0; i < 2; i++)
            {
                var opened = Now(mount.FileSystem.OpenAsync(node, OpenFlags.Read, default));
                Files.Check(opened.Errno, "open");
                byte[] bytes = new byte[700];
                Assert.Equal(700, Now(mount.FileSystem.ReadAsync(node, opened.Value.Handle, 0, bytes)).Value);
                Assert.Equal(Documents.Chunk("x 0"), bytes);
                mount.FileSystem.Release(opened.Value.Handle);
            }

            return Errno.None;
        }), "lookup");
        mount.Session.Tree.SyncNames(); // what was flushed goes with the journal that names it
        int left = how == "replace" ? 3 : 2;
        Assert.Equal(left, StagedFiles(mount));
        AssertNothingKept(mount, how);
    }

    /// <summary>Who discards wants the space back; a kernel that holds the file is to look its name up again.</summary>
    [Fact]
    public async Task What_is_discarded_is_gone_although_a_kernel_holds_it()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        Files.Check(kernel.Node(Root("x/c/0"), node =>
        {
            Files.Check(kernel.Command("discard", "x/c/0"), "discard");
            Assert.Equal(2, StagedFiles(mount));
            return Now(mount.FileSystem.OpenAsync(node, OpenFlags.Read, default)).Errno == Errno.Stale ? Errno.None : Errno.Invalid;
        }), "open");
        Assert.Equal(Errno.NoEntry, kernel.Open(Root("x/c/0"), Access.Read, out _));
    }

    [Fact]
    public async Task What_a_kernel_holds_without_a_name_goes_with_the_session()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", keys: ["c/0"]);
        mount.Kernel.Node(Root("x/c/0"), _ =>
        {
            Files.Check(mount.Kernel.Unlink(Root("x/c/0")), "unlink");
            Assert.Equal(3, StagedFiles(mount));
            mount.CloseAsync().Wait();
            Assert.Equal(2, StagedFiles(mount));
            return Errno.None;
        });
    }

    [Fact]
    public async Task Bytes_that_nobody_needs_are_deleted_when_no_lock_is_held()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", keys: ["c/0"]);
        var tree = mount.Session.Tree;
        using var root = await tree.HoldDirectoryAsync(tree.Top, "root.zarr");
        using var x = await tree.HoldDirectoryAsync(root!.Directory, "x");
        using var chunks = await tree.HoldDirectoryAsync(x!.Directory, "c");
        Files.Check(mount.Kernel.Node(Root("x/c/0"), _ =>
        {
            Assert.True(tree.TryFindKnown(chunks!.Directory, "0", out var file));
            Files.Check(mount.Kernel.Unlink(Root("x/c/0")), "unlink");
            tree.Forget(file!);
            Assert.Equal(3, StagedFiles(mount));
            tree.DeleteUnneeded();
            Assert.Equal(2, StagedFiles(mount));
            return Errno.None;
        }), "lookup");
        var table = new Inodes.InodeTable(new LastOne());
        var last = new LastOne { Free = () => Task.Run(() => table.Retain(new LastOne())).Wait(TimeSpan.FromMinutes(1)) };
        table.Forget(table.Retain(last).Node, 1);
        Assert.True(last.WasFree);
    }

    [Fact]
    public async Task Hot_paths_allocate_nothing()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Commit();
        mount.Kernel.Write(Root("x/c/1"), Documents.Chunk("staged"));
        var system = mount.FileSystem;
        ulong root = (await system.LookupAsync(IFileSystem.RootNode, "root.zarr")).Value.Node;
        ulong x = (await system.LookupAsync(root, "x")).Value.Node;
        ulong c = (await system.LookupAsync(x, "c")).Value.Node;
        foreach (string name in (string[])["0", "1"])
        {
            ulong file = (await system.LookupAsync(c, name)).Value.Node;
            ulong handle = (await system.OpenAsync(file, OpenFlags.Read, default)).Value.Handle;
            byte[] buffer = new byte[700];
            await system.ReadAsync(file, handle, 0, buffer);
            long allocated = 0;
            for (int round = 0; round < 40; round++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < 100; i++)
                {
                    Check(Now(system.LookupAsync(c, name)).Ok);
                    system.Forget(file, 1);
                    Check(Now(system.GetAttributesAsync(file)).Ok);
                    Check(Now(system.ReadAsync(file, handle, 0, buffer)).Value == 700);
                }

                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }

            Assert.Equal(0, allocated);
            system.Release(handle);
            system.Forget(file, 1);
        }

        Array.ForEach([c, x, root], node => system.Forget(node, 1));
        AssertNothingKept(mount, "measured");
    }

    private sealed class LastOne : Inodes.Inode
    {
        public Func<bool> Free { get; init; } = () => false;

        public bool WasFree { get; private set; }

        public override Attributes Attributes => default;

        public override void LetGo() => WasFree = Free();
    }

    private static T Now<T>(ValueTask<T> task)
    {
        Check(task.IsCompletedSuccessfully);
        return task.GetAwaiter().GetResult();
    }

    private static int StagedFiles(TestMount mount) =>
        Directory.GetFiles(Path.Combine(mount.Store.Local!.Root, ".arraylakefs/staging", mount.Session.Id)).Length;

    private static void Check(bool condition)
    {
        if (!condition)
        {
            throw new InvalidOperationException("a call failed");
        }
    }

    private static void AssertNothingKept(TestMount mount, string when)
    {
        Assert.True(mount.FileSystem.HeldInodes == 1, $"{when}: {mount.FileSystem.HeldInodes} inodes");
        Assert.True(mount.Session.Tree.HeldUnchanged == 0, $"{when}: {mount.Session.Tree.HeldUnchanged} unchanged nodes");
    }

    private static Entry EntryOf(TestMount mount, string path)
    {
        int slash = path.LastIndexOf('/');
        Entry entry = default;
        mount.Kernel.Node(slash < 0 ? "" : path[..slash], node =>
        {
            entry = mount.FileSystem.LookupAsync(node, path.AsSpan(slash + 1)).AsTask().Result.Value;
            mount.FileSystem.Forget(entry.Node, 1);
            return Errno.None;
        });
        return entry;
    }
}
