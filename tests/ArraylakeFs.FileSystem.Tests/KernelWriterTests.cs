using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>
/// A file that is made by being opened for writing is written by the kernel itself. <see cref="KernelReads"/> fails, in these tests and in all others,
/// when that would change a chunk object.
/// </summary>
public sealed class KernelWriterTests
{
    private static readonly byte[] _first = Documents.Chunk("first"), _second = Documents.Chunk("second");

    [Fact]
    public async Task What_the_kernel_writes_is_there_for_all_at_once_and_a_change_when_it_is_closed()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        int file = Begin(mount);
        Assert.Equal(1, mount.Reads.Registered);
        Assert.Equal(_first.Length, kernel.StatOf(Root("x/c/1")).Size);
        Assert.Equal(_first, kernel.ReadBytes(Root("x/c/1")));
        Assert.Equal(_first, kernel.ReadBytes(V2("x/1")));
        Assert.Equal(["📎 x/c/1 (not finished: open for writing)"], mount.StatusPaths);
        Assert.Equal(Errno.NoData, kernel.Command("commit", "nothing is finished"));
        Files.Check(kernel.Close(file), "close");
        Assert.Equal(["📝 x/c/1"], mount.StatusPaths);
        Assert.Equal(0, mount.Reads.Registered);
        await mount.CrashAsync();
        Assert.Equal(_first, mount.Kernel.ReadBytes(Root("x/c/1")));
        string id = mount.Commit();
        Assert.Equal(_first, mount.Kernel.ReadBytes($"commits/{id}/root.zarr/x/c/1"));
    }

    [Theory]
    [InlineData("root.zarr/x/c/1", true)]
    [InlineData("root.zarr/y/zarr.json", false)]
    [InlineData("root.v2.zarr/y/.zarray", false)]
    public async Task The_kernel_asks_where_a_copier_makes_a_file_and_for_documents(string path, bool isExclusive)
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        kernel.MakeDirectories(Root("y"));
        int before = mount.Reads.PassedThrough;
        Files.Check(kernel.Open(path, Access.Write | Access.Create | (isExclusive ? Access.Exclusive : Access.Truncate), out int descriptor), "create");
        Files.Check(kernel.Write(descriptor, 0, "{}"u8.ToArray()), "write");
        Files.Check(kernel.Close(descriptor), "close");
        Assert.Equal(before, mount.Reads.PassedThrough);
    }

    /// <summary>Who can read what he writes can map it, and change by that what is closed and committed: nobody would notice.</summary>
    [Fact]
    public async Task The_kernel_asks_where_a_file_is_made_to_be_read_too()
    {
        await using var mount = await CreateAsync();
        int before = mount.Reads.PassedThrough;
        Files.Check(mount.Kernel.Open(Root("f"), Access.Write | Access.AndRead | Access.Create | Access.Truncate, out int file), "create");
        Files.Check(mount.Kernel.Close(file), "close");
        Assert.Equal(before, mount.Reads.PassedThrough);
    }

    /// <summary>Only what is committed parts from what the kernel writes to: who follows another file sees all that is written.</summary>
    [Fact]
    public async Task A_file_that_is_in_no_commit_is_seen_as_it_is_written_whatever_is_committed()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        Files.Check(kernel.Open(Root("log"), Access.Write | Access.Create | Access.Truncate, out int log), "create");
        Files.Check(kernel.Write(log, 0, _first), "write");
        Files.Check(kernel.Flush(log), "flush");
        mount.Commit();
        Files.Check(kernel.Write(log, 0, _second), "write");
        Assert.Equal(_second, kernel.ReadBytes(Root("log")).AsSpan(0, _second.Length));
        Files.Check(kernel.Close(log), "close");
    }

    /// <summary>It was closed once, by a copy of its descriptor: that is what counts.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_commit_takes_what_was_flushed_and_what_is_written_afterwards_is_a_change_of_its_own(bool isSynced)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        int file = Begin(mount);
        Files.Check(isSynced ? kernel.Sync(file) : kernel.Flush(file), "flush");
        ulong number = kernel.StatOf(Root("x/c/1")).Inode;
        string first = mount.Commit();
        Assert.Empty(mount.StatusPaths);

        byte[] longer = [.. _second, 1, 2, 3];
        Files.Check(kernel.Write(file, 0, longer), "write after the commit");
        Assert.Equal(_first, kernel.ReadBytes(Root("x/c/1"))); // until it is closed
        Files.Check(kernel.Read(file, 0, 2000, out byte[] own), "read by the descriptor");
        Assert.Equal(longer, own);
        Files.Check(kernel.Flush(file), "flush again");
        Assert.Equal(longer, kernel.ReadBytes(Root("x/c/1")));
        Assert.Equal(["📝 x/c/1"], mount.StatusPaths);
        Files.Check(kernel.Write(file, 0, _first), "write a third time");
        string second = mount.Commit();
        Files.Check(kernel.Close(file), "close");

        byte[] third = [.. _first, .. longer[_first.Length..]];
        Assert.Equal(third, kernel.ReadBytes(Root("x/c/1")));
        Assert.Equal(_first, kernel.ReadBytes($"commits/{first}/root.zarr/x/c/1"));
        Assert.Equal(longer, kernel.ReadBytes($"commits/{second}/root.zarr/x/c/1"));
        Assert.Equal(number, kernel.StatOf(Root("x/c/1")).Inode);
        Assert.Equal(["📝 x/c/1"], mount.StatusPaths);
        string last = mount.Commit();
        Assert.Equal(third, kernel.ReadBytes($"commits/{last}/root.zarr/x/c/1"));
        Assert.Equal(0, mount.Reads.Registered);
    }

    [Fact]
    public async Task The_time_that_a_writer_gives_his_file_after_a_commit_stays()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        int file = Begin(mount);
        Files.Check(kernel.Flush(file), "flush");
        mount.Commit();
        Files.Check(kernel.Write(file, 0, _second), "write");
        Files.Check(kernel.SetTime(Root("x/c/1"), 1000), "futimens");
        Assert.Equal(1000, kernel.StatOf(Root("x/c/1")).ModifiedNs);
        Files.Check(kernel.Close(file), "close");
        Assert.Equal(1000, kernel.StatOf(Root("x/c/1")).ModifiedNs);
        Assert.Equal(_second, kernel.ReadBytes(Root("x/c/1")));
    }

    [Fact]
    public async Task Who_writes_no_more_after_a_commit_changes_nothing_by_closing()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        int file = Begin(mount);
        Files.Check(kernel.Flush(file), "flush");
        mount.Commit();
        Files.Check(kernel.Close(file), "close");
        Assert.Empty(mount.StatusPaths);
        Assert.Empty(StagedFiles(mount));
        Assert.Equal(Errno.NoData, kernel.Command("commit", "nothing"));
    }

    [Fact]
    public async Task What_is_written_after_a_close_and_not_closed_again_is_not_in_the_commit()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        int file = Begin(mount);
        Files.Check(kernel.Flush(file), "flush");
        Files.Check(kernel.Write(file, 1, [7]), "write");
        Assert.Equal(["📎 x/c/1 (not finished: open for writing)"], mount.StatusPaths);
        Assert.Equal(Errno.NoData, kernel.Command("commit", "it is not finished"));
        Files.Check(kernel.Close(file), "close");
        Assert.Equal(["📝 x/c/1"], mount.StatusPaths);
    }

    /// <summary>As where the last descriptor goes with a message that nobody has received.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_written_without_a_flush_is_not_lost(bool isCommittedFirst)
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        int file = Begin(mount);
        Files.Check(kernel.Flush(file), "flush");
        if (isCommittedFirst)
        {
            mount.Commit();
        }

        Files.Check(kernel.Write(file, 0, _second), "write");
        kernel.Release(file);
        for (int i = 0; i < 1000 && mount.StatusPaths is []; i++)
        {
            await Task.Delay(10); // nobody waits for it
        }

        Assert.Equal(["📝 x/c/1"], mount.StatusPaths);
        Assert.Equal(_second, kernel.ReadBytes(Root("x/c/1")));
    }

    [Fact]
    public async Task Others_open_what_the_kernel_writes_and_change_it_too()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        int file = Begin(mount);
        Files.Check(kernel.Open(Root("x/c/1"), Access.Write, out int other), "open to write");
        Files.Check(kernel.Write(other, 0, "by another"u8.ToArray()), "write");
        Assert.Equal("by another"u8, kernel.ReadBytes(Root("x/c/1")).AsSpan(0, 10));
        Files.Check(kernel.Truncate(Root("x/c/1"), 100), "truncate");
        Assert.Equal(100, kernel.StatOf(Root("x/c/1")).Size);
        Files.Check(kernel.Read(file, 0, 1000, out byte[] seen), "read");
        Assert.Equal(100, seen.Length);
        Files.Check(kernel.Close(file), "close");
        Assert.Equal(["📎 x/c/1 (not finished: open for writing)"], mount.StatusPaths);
        Files.Check(kernel.Write(other, 90, _second), "write");
        Files.Check(kernel.Open(Root("x/c/1"), Access.Write | Access.Truncate, out int third), "open to write anew");
        Files.Check(kernel.Write(third, 0, _first), "write");
        Files.Check(kernel.Close(third), "close");
        Files.Check(kernel.Close(other), "close");
        Assert.Equal(0, mount.Reads.Registered);
        string id = mount.Commit();
        Assert.Equal(_first, kernel.ReadBytes($"commits/{id}/root.zarr/x/c/1"));
    }

    /// <summary>After a commit they find another inode, which is the file; who had it open goes on with what he has.</summary>
    [Fact]
    public async Task Others_find_the_committed_file_while_its_writer_keeps_it_open()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        int file = Begin(mount);
        Files.Check(kernel.Flush(file), "flush");
        string id = mount.Commit();
        Files.Check(kernel.Open(Root("x/c/1"), Access.Write, out int other), "open to write");
        Files.Check(kernel.Write(other, 0, "by another"u8.ToArray()), "write");
        Files.Check(kernel.Close(other), "close");
        Files.Check(kernel.Truncate(Root("x/c/1"), 100), "truncate");
        Assert.Equal([.. "by another"u8, .. _first[10..100]], kernel.ReadBytes(Root("x/c/1")));
        Files.Check(kernel.Read(file, 0, 1000, out byte[] seen), "read");
        Assert.Equal(_first, seen);
        Files.Check(kernel.Close(file), "close");
        Assert.Equal(100, kernel.StatOf(Root("x/c/1")).Size);
        Assert.Equal(_first, kernel.ReadBytes($"commits/{id}/root.zarr/x/c/1"));
    }

    [Fact]
    public async Task Who_writes_to_what_was_discarded_is_told_when_he_closes_it()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        int file = Begin(mount);
        Files.Check(kernel.Command("discard", "all"), "discard");
        Files.Check(kernel.Flush(file), "what was written before has gone with it");
        Files.Check(kernel.Write(file, 0, _second), "write");
        Assert.Equal(Errno.Stale, kernel.Close(file));
        Assert.Equal(Errno.NoEntry, kernel.Stat(Root("x/c/1"), out _));
        Assert.Empty(StagedFiles(mount));
    }

    [Fact]
    public async Task Who_writes_on_after_a_commit_and_a_checkout_is_told_when_he_closes_it()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        int file = Begin(mount);
        string former = kernel.ReadText("commit").TrimEnd();
        Files.Check(kernel.Flush(file), "flush");
        string id = mount.Commit();
        Files.Check(kernel.Write(file, 0, _second), "write");
        Files.Check(kernel.Command("checkout", former), "checkout");
        Assert.Equal(Errno.Stale, kernel.Close(file));
        Assert.Equal(_first, kernel.ReadBytes($"commits/{id}/root.zarr/x/c/1"));
        Assert.Equal(0, mount.Reads.Registered);
    }

    [Fact]
    public async Task Commits_have_what_was_closed_last_or_before_and_no_write_is_lost()
    {
        const int Count = 60;
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", $"[{Count}]", "[1]", []);
        mount.Commit();
        mount.Kernel.MakeDirectories(Root("x/c"));
        var writer = OwnThread.Run(() =>
        {
            var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads };
            for (int i = 0; i < Count; i++)
            {
                Files.Check(kernel.Open(Root($"x/c/{i}"), Access.Write | Access.Create | Access.Truncate, out int file), "create");
                foreach (byte[] bytes in new[] { _first, [.. _second, 1], _first, [.. _second, 1] })
                {
                    Files.Check(kernel.Write(file, 0, bytes), "write");
                    Files.Check(kernel.Flush(file), "flush");
                }

                Files.Check(kernel.Close(file), "close");
            }
        });
        var commits = new List<string>();
        while (!writer.IsCompleted)
        {
            if (mount.Kernel.Command("commit", "some") is var errno && errno == Errno.None)
            {
                commits.Add(mount.Kernel.ReadText("commit").TrimEnd());
            }

            Assert.True(errno is Errno.None or Errno.NoData, mount.Error);
        }

        await writer;
        mount.Kernel.Command("commit", "the rest");
        Assert.Empty(mount.StatusPaths);
        byte[] last = [.. _second, 1];
        Assert.All(Enumerable.Range(0, Count), i => Assert.Equal(last, mount.Kernel.ReadBytes(Root($"x/c/{i}"))));
        foreach (string commit in commits.Where(commit => mount.Kernel.Exists($"commits/{commit}/root.zarr/x/c")))
        {
            foreach (string name in mount.Kernel.ListNames($"commits/{commit}/root.zarr/x/c"))
            {
                byte[] bytes = mount.Kernel.ReadBytes($"commits/{commit}/root.zarr/x/c/{name}");
                byte[] firstAgain = [.. _first, .. last[_first.Length..]];
                Assert.True(bytes.SequenceEqual(_first) || bytes.SequenceEqual(last) || bytes.SequenceEqual(firstAgain), name);
            }
        }

        Assert.Equal(0, mount.Reads.Registered);
        Assert.Empty(StagedFiles(mount));
    }

    [Fact]
    public async Task A_file_that_loses_its_name_while_the_kernel_writes_goes_with_its_last_descriptor()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        int file = Begin(mount);
        Files.Check(kernel.Unlink(Root("x/c/1")), "rm");
        Files.Check(kernel.Write(file, 0, _second), "write");
        Files.Check(kernel.Read(file, 0, 2000, out byte[] seen), "read");
        Assert.Equal(_second, seen);
        Files.Check(kernel.Close(file), "close");
        Assert.Empty(mount.StatusPaths);
        Assert.Empty(StagedFiles(mount));
    }

    /// <summary>Which copies nothing where it can, and programs need not insist upon making the target.</summary>
    [Fact]
    public async Task A_copy_that_the_kernel_may_still_write_to_is_one_object_until_it_does()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        Files.Check(kernel.Open(Root("x/c/0"), Access.Read, out int source), "open");
        Files.Check(kernel.Open(Root("x/c/1"), Access.Write | Access.Create | Access.Truncate, out int target), "create");
        Assert.Equal(700, kernel.TryCopyRange(source, 0, target, 0, 700).Value);
        Files.Check(kernel.Flush(target), "flush");
        mount.Commit();
        Assert.Single(Directory.GetFiles(Path.Combine(mount.Store.Local!.Root, "chunks")));
        Files.Check(kernel.Write(target, 700, [1, 2, 3]), "append");
        Files.Check(kernel.Close(target), "close");
        Files.Check(kernel.Close(source), "close");
        Assert.Equal([.. Documents.Chunk("x 0"), 1, 2, 3], kernel.ReadBytes(Root("x/c/1")));
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("x/c/0")));
    }

    [Fact]
    public async Task Staged_chunks_at_rest_are_read_by_the_kernel_and_can_be_changed_meanwhile()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        Files.Check(kernel.Open(Root("x/c/0"), Access.Read, out int reader), "open");
        Assert.Equal(1, mount.Reads.Registered);
        kernel.WriteAt(Root("x/c/0"), 0, "changed"u8.ToArray());
        Files.Check(kernel.Read(reader, 0, 7, out byte[] seen), "read");
        Assert.Equal("changed"u8, seen);
        Assert.Equal("changed"u8, kernel.ReadBytes(Root("x/c/0")).AsSpan(0, 7));
        string id = mount.Commit();
        kernel.WriteAt(Root("x/c/0"), 0, "anew..."u8.ToArray());
        Files.Check(kernel.Read(reader, 0, 7, out seen), "read");
        Assert.Equal("changed"u8, seen);
        Assert.Equal("changed"u8, kernel.ReadBytes($"commits/{id}/root.zarr/x/c/0").AsSpan(0, 7));
        kernel.Close(reader);
    }

    [Fact]
    public async Task A_file_that_is_read_has_its_own_time_also_where_it_shares_its_bytes_or_they_are_committed()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        Files.Check(kernel.SetTime(Root("x/c/0"), 1000), "touch");
        Files.Check(kernel.Copy(Root("x/c/0"), Root("x/c/1")), "cp");
        Files.Check(kernel.SetTime(Root("x/c/1"), 2000), "touch");
        Files.Check(kernel.Open(Root("x/c/0"), Access.Read, out int first), "open");
        Files.Check(kernel.Open(Root("x/c/1"), Access.Read, out int second), "open");
        Assert.Equal(2, mount.Reads.Registered);
        Assert.Equal((1000, 2000), (kernel.StatOf(Root("x/c/0")).ModifiedNs, kernel.StatOf(Root("x/c/1")).ModifiedNs));
        mount.Commit();
        Files.Check(kernel.SetTime(Root("x/c/0"), 3000), "touch");
        Assert.Equal((3000, 2000), (kernel.StatOf(Root("x/c/0")).ModifiedNs, kernel.StatOf(Root("x/c/1")).ModifiedNs));
        Files.Check(kernel.Close(first), "close");
        Files.Check(kernel.Close(second), "close");
    }

    /// <summary>An array with one committed chunk, and another that is being written: its descriptor.</summary>
    private static int Begin(TestMount mount)
    {
        Zarr.WriteArray(mount.Kernel, "x", keys: ["c/0"]);
        mount.Commit();
        int before = mount.Reads.PassedThrough;
        Files.Check(mount.Kernel.Open(Root("x/c/1"), Access.Write | Access.Create | Access.Truncate, out int file), "create");
        Files.Check(mount.Kernel.Write(file, 0, _first), "write");
        Assert.Equal(before + 1, mount.Reads.PassedThrough);
        return file;
    }

    private static string[] StagedFiles(TestMount mount) => Directory.GetFiles(mount.StagingFolder);
}
