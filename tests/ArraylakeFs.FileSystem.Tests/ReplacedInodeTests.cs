using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>What becomes of an inode that the kernel reads by itself when somebody wants to write, and of the one that takes its place.</summary>
public sealed class ReplacedInodeTests
{
    [Theory]
    [InlineData("root.zarr/x/c/0")]
    [InlineData("root.v2.zarr/x/0")]
    public async Task A_chunk_of_a_commit_cannot_be_written_whether_it_is_read_or_not(string chunk)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string path = $"commits/{mount.Commit()}/{chunk}";
        Assert.Equal(Errno.ReadOnly, kernel.Open(path, Access.Write, out _));
        Assert.Equal(Errno.None, kernel.Open(path, Access.Read, out int reader));
        Assert.Equal(Errno.ReadOnly, kernel.Open(path, Access.Write, out _));
        kernel.Close(reader);
    }

    [Fact]
    public async Task Who_may_not_write_replaces_nothing()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        Assert.Equal(Errno.None, kernel.Command("checkout", mount.Commit()));
        Assert.Equal(Errno.None, kernel.Open(Root("x/c/0"), Access.Read, out int reader));
        ulong node = NodeOf(kernel, Root("x/c/0"));
        Assert.Equal(Errno.ReadOnly, kernel.Open(Root("x/c/0"), Access.Write, out _));
        Assert.Equal(Errno.ReadOnly, kernel.Truncate(Root("x/c/0"), 5));
        Assert.Equal(node, NodeOf(kernel, Root("x/c/0")));
        kernel.Close(reader);
    }

    [Fact]
    public async Task Size_and_time_of_a_chunk_that_is_open_are_those_of_the_bytes_that_are_read()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        var stat = kernel.StatOf(Root("x/c/0"));
        ulong node = NodeOf(kernel, Root("x/c/0"));
        Assert.Equal(Errno.None, kernel.Open(Root("x/c/0"), Access.Read, out int reader));
        Assert.Equal(Errno.None, kernel.Truncate(Root("x/c/0"), 5000));
        var attributes = (await mount.FileSystem.GetAttributesAsync(node)).Value.Attributes;
        Assert.Equal((stat.Size, stat.ModifiedNs, stat.Inode), (attributes.Size, attributes.ModifiedNs, attributes.InodeNumber));
        Assert.Equal(5000, kernel.StatOf(Root("x/c/0")).Size);
        kernel.Close(reader);
    }

    [Fact]
    public async Task What_is_copied_from_a_chunk_that_is_open_is_what_is_read()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        byte[] committed = kernel.ReadBytes(Root("x/c/0"));
        Assert.Equal(Errno.None, kernel.Open(Root("x/c/0"), Access.Read, out int reader));
        Assert.Equal(Errno.None, kernel.Open(Root("x/c/0"), Access.Write | Access.Truncate, out int writer));
        Assert.Equal(Errno.None, kernel.Write(writer, 0, "short"u8.ToArray()));
        Assert.Equal(Errno.None, kernel.Close(writer));
        Assert.Equal(Errno.None, kernel.Open(Root("x/c/1.copy"), Access.Write | Access.Create, out int copy));
        long done = 0, copied;
        do
        {
            Assert.Equal(Errno.None, kernel.CopyRange(reader, done, copy, done, 1 << 20, out copied));
            done += copied;
        }
        while (copied > 0);
        kernel.Close(copy);
        kernel.Close(reader);
        Assert.Equal(committed, kernel.ReadBytes(Root("x/c/1.copy")));
    }

    [Fact]
    public async Task A_file_is_one_inode_however_often_it_was_replaced_while_it_was_read()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        ulong watched = 0;
        int before = mount.Reads.PassedThrough;
        kernel.Node(Root("x/c"), folder =>
        {
            watched = mount.FileSystem.LookupAsync(folder, "0").AsTask().Result.Value.Node; // as by inotify(7), which does not open it
            return Errno.None;
        });
        for (byte i = 0; i < 2; i++)
        {
            if (i > 0)
            {
                mount.Commit();
                await Task.Delay(1100); // for a second another writer might be on his way
            }

            Assert.Equal(Errno.None, kernel.Open(Root("x/c/0"), Access.Read, out int reader));
            Assert.Equal(before + i + 1, mount.Reads.PassedThrough);
            kernel.WriteAt(Root("x/c/0"), 0, [i]);
            kernel.Close(reader);
            kernel.StatOf(Root("x/c/0"));
        }

        Assert.Equal(Errno.None, kernel.Open(Root("x/c/0"), Access.Write, out int third));
        ulong node = NodeOf(kernel, Root("x/c/0"));
        mount.FileSystem.Forget(watched, 1);
        Assert.Equal(node, NodeOf(kernel, Root("x/c/0")));
        kernel.Close(third);
    }

    [Fact]
    public async Task A_v2_document_that_has_become_a_chunk_can_be_changed_while_it_is_read()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        kernel.WriteAt(V2("x/.zattrs"), 0, Documents.Chunk("x 1"));
        Assert.Equal(Errno.None, kernel.Rename(V2("x/.zattrs"), V2("x/1")));
        mount.Commit();
        Assert.Equal(Errno.None, kernel.Open(V2("x/1"), Access.Read, out int reader));
        Assert.Equal(Errno.None, kernel.Open(V2("x/1"), Access.Write, out int writer));
        kernel.Close(writer);
        kernel.Close(reader);
    }

    private static ulong NodeOf(Kernel kernel, string path)
    {
        ulong found = 0;
        Assert.Equal(Errno.None, kernel.Node(path, node =>
        {
            found = node;
            return Errno.None;
        }));
        return found;
    }
}
