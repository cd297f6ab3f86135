using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>
/// Chunk objects on a local disk are read by the kernel itself. <see cref="KernelReads"/> refuses, in these tests and in all others, what Linux refuses: to
/// read one inode by two ways at once.
/// </summary>
public sealed class PassthroughTests
{
    [Fact]
    public async Task Chunks_are_passed_through_in_every_face_and_nothing_else_is()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        Zarr.WriteArray(kernel, "small", chunkBytes: 20);
        Assert.Equal(1, PassedThrough(mount, Root("x/c/0")));
        Assert.Equal(1, PassedThrough(mount, V2("x/0")));
        string commit = mount.Commit();
        int before = mount.Reads.PassedThrough;
        string[] chunks = [Root("x/c/0"), V2("x/0"), $"commits/{commit}/root.zarr/x/c/0", $"commits/{commit}/root.v2.zarr/x/0"];
        Assert.All(chunks, path => Assert.Equal(1, PassedThrough(mount, path)));
        string[] others = [Root("x/zarr.json"), V2("x/.zarray"), Root("small/c/0"), "status", $"commits/{commit}/message"];
        Assert.All(others, path => Assert.Equal(0, PassedThrough(mount, path)));
        Assert.Equal(0, mount.Reads.Registered);
        string metrics = kernel.ReadText("metrics");
        Assert.Contains($"arraylakefs_opens_total{{data=\"passthrough\"}} {before + 4}\n", metrics, StringComparison.Ordinal);
        Assert.Contains("# TYPE arraylakefs_opens_total counter\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_writes_in_place_changes_nothing_for_those_who_read_the_committed_chunk()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string commit = mount.Commit();
        byte[] committed = kernel.ReadBytes(Root("x/c/0"));
        Assert.Equal(Errno.None, kernel.Open(Root("x/c/0"), Access.Read, out int reader));
        var stat = kernel.StatOf(Root("x/c/0"));

        Assert.Equal(Errno.None, kernel.Open(Root("x/c/0"), Access.Write, out int writer));
        Assert.Equal(Errno.None, kernel.Write(writer, 0, "changed"u8.ToArray()));
        byte[] changed = [.. "changed"u8, .. committed[7..]];
        Assert.Equal(changed, kernel.ReadBytes(Root("x/c/0")));
        Assert.Equal(changed, kernel.ReadBytes(V2("x/0")));
        Assert.Equal(Errno.None, kernel.Read(reader, 0, committed.Length, out byte[] seen));
        Assert.Equal(committed, seen);
        Assert.Equal(stat.Inode, kernel.StatOf(Root("x/c/0")).Inode);
        Assert.Equal(Errno.None, kernel.Close(writer));
        Assert.Equal(Errno.None, kernel.Close(reader));

        Assert.Equal(["📝 x/c/0"], mount.StatusPaths);
        Assert.Equal(0, PassedThrough(mount, Root("x/c/0")));
        mount.Commit("changed");
        await Task.Delay(1100); // for a second another writer might be on his way
        Assert.Equal(1, PassedThrough(mount, Root("x/c/0")));
        Assert.Equal(changed, kernel.ReadBytes(Root("x/c/0")));
        Assert.Equal(committed, kernel.ReadBytes($"commits/{commit}/root.zarr/x/c/0"));
        Assert.Equal(0, mount.Reads.Registered);
    }

    [Fact]
    public async Task A_chunk_that_is_read_is_cut_off_by_its_name_and_its_reader_keeps_it()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        byte[] committed = kernel.ReadBytes(Root("x/c/0"));
        Assert.Equal(Errno.None, kernel.Open(Root("x/c/0"), Access.Read, out int reader));
        Assert.Equal(Errno.None, kernel.Truncate(Root("x/c/0"), 5));
        Assert.Equal(committed[..5], kernel.ReadBytes(Root("x/c/0")));
        Assert.Equal(5, kernel.StatOf(Root("x/c/0")).Size);
        Assert.Equal(Errno.None, kernel.Read(reader, 0, committed.Length, out byte[] seen));
        Assert.Equal(committed, seen);
        kernel.Close(reader);
    }

    [Fact]
    public async Task Who_reads_while_another_writes_reads_what_is_written()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        Assert.Equal(Errno.None, kernel.Open(Root("x/c/0"), Access.Write, out int writer));
        Assert.Equal(Errno.None, kernel.Open(Root("x/c/0"), Access.Read, out int reader));
        Assert.Equal(Errno.None, kernel.Write(writer, 0, "changed"u8.ToArray()));
        Assert.Equal(Errno.None, kernel.Read(reader, 0, 7, out byte[] seen));
        Assert.Equal("changed"u8, seen);
        Assert.Equal(Errno.None, kernel.Close(writer));
        Assert.Equal(Errno.None, kernel.Close(reader));
    }

    [Fact]
    public async Task Every_name_of_a_chunk_leads_to_its_new_inode()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        Assert.Equal(Errno.None, kernel.Link(Root("x/c/0"), Root("x/c/1.link")));
        int length = kernel.ReadBytes(Root("x/c/1.link")).Length;
        Assert.Equal(Errno.None, kernel.Open(Root("x/c/1.link"), Access.Read, out int reader));
        kernel.WriteAt(Root("x/c/0"), length, "more"u8.ToArray());
        Assert.Equal(length + 4, kernel.StatOf(Root("x/c/1.link")).Size);
        Assert.Equal(length + 4, kernel.StatOf(Root("x/c/0")).Size);
        kernel.Close(reader);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_chunk_is_not_passed_through_and_fails_when_it_is_read(bool isMissing)
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        foreach (string path in Directory.GetFiles(Path.Combine(mount.Store.Local!.Root, "chunks")))
        {
            if (isMissing)
            {
                File.Delete(path);
            }
            else
            {
                File.WriteAllBytes(path, [1]);
            }
        }

        int before = mount.Reads.PassedThrough;
        Assert.Equal(Errno.None, kernel.Open(Root("x/c/0"), Access.Read, out int reader));
        Assert.Equal(Errno.InputOutput, kernel.Read(reader, 0, 700, out _));
        kernel.Close(reader);
        Assert.Equal(before, mount.Reads.PassedThrough);
    }

    [Fact]
    public async Task Readers_and_writers_of_one_chunk_at_once_never_meet_two_ways()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Commit();
        byte[] committed = mount.Kernel.ReadBytes(Root("x/c/0"));
        bool isDone = false;
        var others = Enumerable.Range(0, 5).Select(other => OwnThread.Run(() =>
        {
            for (var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads }; !Volatile.Read(ref isDone);)
            {
                if (other < 3)
                {
                    Assert.Equal(committed.Length, kernel.ReadBytes(Root("x/c/0")).Length);
                    continue;
                }

                Assert.Equal(Errno.None, kernel.Open(Root("x/c/0"), Access.Write, out int file));
                Assert.Equal(Errno.None, kernel.Close(file));
            }
        })).ToArray();
        try
        {
            var writer = new Kernel(mount.FileSystem) { Reads = mount.Reads };
            for (byte i = 0; i < 30; i++)
            {
                writer.WriteAt(Root("x/c/0"), committed.Length - 1, [i]);
                Assert.Equal(i, writer.ReadBytes(Root("x/c/0"))[^1]);
                Assert.True(writer.Command("commit", $"{i}") is Errno.None or Errno.NoData); // the latter: another has it open for writing
            }
        }
        finally
        {
            Volatile.Write(ref isDone, true);
            await Task.WhenAll(others);
        }

        Assert.True(mount.Reads.PassedThrough > 0);
        Assert.Equal(0, mount.Reads.Registered);
    }

    private static int PassedThrough(TestMount mount, string path)
    {
        int before = mount.Reads.PassedThrough;
        mount.Kernel.ReadBytes(path);
        return mount.Reads.PassedThrough - before;
    }
}
