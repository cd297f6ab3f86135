using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Listings are settled when a directory is opened and made while they are read.</summary>
public sealed class ListingTests
{
    private const int Chunks = 2000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_directory_is_opened_without_making_its_names(bool isInCommit)
    {
        await using var mount = await CreateAsync();
        string folder = await CommittedAsync(mount, isInCommit);
        mount.Kernel.ListNames(folder);
        long allocated = 0;
        mount.Kernel.Node(folder, node =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            var opened = mount.FileSystem.OpenDirectoryAsync(node);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(opened.IsCompletedSuccessfully);
            mount.FileSystem.ReleaseDirectory(opened.Result.Value);
            return Errno.None;
        });
        Assert.InRange(allocated, 1, Chunks);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_listing_goes_on_from_each_of_its_cookies_as_before_whatever_has_changed_meanwhile(bool isInCommit)
    {
        await using var mount = await CreateAsync();
        string folder = await CommittedAsync(mount, isInCommit);
        mount.Kernel.Replace(Root("x/c/7"), Documents.Chunk("new"));
        mount.Kernel.Node(folder, node =>
        {
            ulong handle = mount.FileSystem.OpenDirectoryAsync(node).AsTask().Result.Value;
            var all = Read(mount, handle, 0, int.MaxValue);
            Assert.Equal(Chunks + 2, all.Count);
            Files.Check(mount.Kernel.Unlink(Root("x/c/7")), "unlink");
            Files.Check(mount.Kernel.Unlink(Root("x/c/8")), "unlink");
            mount.Kernel.Replace(Root("x/c/another"), [1]);
            foreach (int from in (int[])[Chunks, 1, Chunks / 2, 2])
            {
                Assert.Equal(all[(from + 1)..], Read(mount, handle, all[from].Next, int.MaxValue));
                Assert.Equal(all[(from + 1)..(from + 2)], Read(mount, handle, all[from].Next, room: 1));
            }

            Assert.Empty(Read(mount, handle, all[^1].Next, int.MaxValue));
            mount.FileSystem.ReleaseDirectory(handle);
            return Errno.None;
        });
    }

    private static async Task<string> CommittedAsync(TestMount mount, bool isInCommit)
    {
        Zarr.WriteArray(mount.Kernel, "x", $"[{Chunks}]", "[1]", [.. Enumerable.Range(0, Chunks).Select(i => $"c/{i}")]);
        string id = mount.Commit();
        await mount.ReopenAsync();
        return isInCommit ? $"commits/{id}/root.zarr/x/c" : Root("x/c");
    }

    private static List<(string Name, long Next)> Read(TestMount mount, ulong handle, long cookie, int room)
    {
        var sink = new Sink(room);
        Assert.Equal(Errno.None, mount.FileSystem.ReadDirectoryAsync(handle, cookie, withAttributes: false, sink).AsTask().Result);
        return sink.Names;
    }

    private sealed class Sink(int room) : IDirectorySink
    {
        public List<(string Name, long Next)> Names { get; } = [];

        public bool TryAdd(ReadOnlySpan<char> name, ulong inodeNumber, FileKind kind, long nextCookie)
        {
            if (Names.Count < room)
            {
                Names.Add((name.ToString(), nextCookie));
                return true;
            }

            return false;
        }

        public bool TryAdd(ReadOnlySpan<char> name, in Entry entry, long nextCookie) => throw new NotSupportedException();
    }
}
