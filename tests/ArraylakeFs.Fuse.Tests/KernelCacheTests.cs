using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ArraylakeFs.Fuse.Tests.Doubles;
using Native.Fuse;
using static ArraylakeFs.Fuse.Tests.Doubles.TestKernel;

namespace ArraylakeFs.Fuse.Tests;

public class KernelCacheTests
{
    [Fact]
    public async Task Announcements_are_sent_in_their_order()
    {
        using var server = new TestServer();
        var cache = server.Files.KernelCache;
        cache.InvalidateNode(77);
        cache.InvalidateEntry(78, "zarr.ö");
        await cache.DrainAsync();
        cache.InvalidateAllEntries();
        var node = server.Kernel.Receive();
        Assert.Equal((0ul, 2), (node.Unique, node.Header.Error));
        Assert.Equal(Bytes(new FuseNotifyInvalInodeOut(77, 0, 0)), node.Payload);
        var entry = server.Kernel.Receive();
        Assert.Equal((0ul, 3), (entry.Unique, entry.Header.Error));
        Assert.Equal([.. Bytes(new FuseNotifyInvalEntryOut(78, 7, 0)), .. "zarr.ö\0"u8], entry.Payload);
        var epoch = server.Kernel.Receive();
        Assert.Equal((0ul, 8), (epoch.Unique, epoch.Header.Error));
        Assert.Empty(epoch.Payload);
    }

    [Fact]
    public async Task Nodes_to_be_forgotten_are_sent_in_messages_of_a_few_hundred()
    {
        using var server = new TestServer();
        ulong[] nodes = [.. Enumerable.Range(5, 600).Select(node => (ulong)node)];
        var looked = server.Files.KernelCache.PruneAsync(nodes);
        foreach (var some in new[] { nodes[..512], nodes[512..] })
        {
            var message = server.Kernel.Receive();
            Assert.Equal((0ul, 9), (message.Unique, message.Header.Error));
            Assert.Equal([.. Bytes(new FuseNotifyPruneOut((uint)some.Length, 0, 0)), .. MemoryMarshal.AsBytes(some.AsSpan())], message.Payload);
        }

        Assert.True(await looked);
    }

    [Fact]
    public async Task A_kernel_that_cannot_forget_nodes_is_asked_once()
    {
        var log = new ConcurrentQueue<string>();
        using var kernel = new TestKernel();
        using var channel = new FaultyChannel(kernel.Channel) { Refusal = LinuxError.Invalid };
        using var cache = new KernelCache(channel, log.Enqueue);
        Assert.False(await cache.PruneAsync([1, 2]));
        Assert.False(await cache.PruneAsync([3]));
        Assert.Equal(1, channel.Refused);
        Assert.Empty(log);
    }

    [Fact]
    public async Task Names_are_announced_before_nodes_that_are_to_be_forgotten()
    {
        using var channel = new StuckChannel();
        using var cache = new KernelCache(channel, null);
        cache.InvalidateEntry(1, "x");
        Assert.True(channel.IsWaiting.Wait(TimeSpan.FromMinutes(1)));
        var looked = cache.PruneAsync([2, 3]);
        cache.InvalidateEntry(1, "y");
        Assert.False(looked.IsCompleted);
        channel.Gate.Set();
        Assert.True(await looked);
        Assert.Equal([FuseNotification.InvalEntry, FuseNotification.InvalEntry, FuseNotification.Prune], channel.Written);
    }

    [Theory]
    [InlineData(LinuxError.NoEntry, 0)]
    [InlineData(LinuxError.NoDevice, 0)]
    [InlineData(LinuxError.NotConnected, 0)]
    [InlineData(LinuxError.Invalid, 1)]
    [InlineData(12, 2)]
    public async Task Refusals_that_say_nothing_is_cached_are_no_news(int errno, int logged)
    {
        var log = new ConcurrentQueue<string>();
        using var kernel = new TestKernel();
        using var channel = new FaultyChannel(kernel.Channel) { Refusal = errno };
        using var cache = new KernelCache(channel, log.Enqueue);
        cache.InvalidateNode(1);
        cache.InvalidateAllEntries();
        await cache.DrainAsync();
        Assert.InRange(channel.Refused, 2, 3); // on a loaded machine the drain runs out of time, and announces all names once more
        Assert.Equal(logged == 2 ? channel.Refused : logged, log.Count);
    }

    [Fact]
    public async Task Who_waits_for_a_name_that_the_kernel_does_not_let_go_of_has_it_ask_about_all()
    {
        using var channel = new StuckChannel();
        using var cache = new KernelCache(channel, null);
        cache.InvalidateEntry(1, "x");
        await cache.DrainAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal([FuseNotification.IncEpoch], channel.Written);
        channel.Gate.Set();
        Assert.True(channel.WaitFor(FuseNotification.InvalEntry));
    }

    /// <summary>Whoever has the lock that the kernel needs to let go of a name must be able to go on, or neither can.</summary>
    [Fact]
    public void What_needs_no_lock_does_not_wait_behind_a_name_that_does()
    {
        var log = new ConcurrentQueue<string>();
        using var channel = new StuckChannel();
        using var cache = new KernelCache(channel, log.Enqueue);
        cache.InvalidateEntry(1, "x");
        Assert.True(channel.IsWaiting.Wait(TimeSpan.FromMinutes(1)));
        cache.InvalidateAllEntries();
        cache.InvalidateNode(1);
        Assert.Equal([FuseNotification.IncEpoch, FuseNotification.InvalInode], channel.Written);
        channel.Gate.Set();
        Assert.True(channel.WaitFor(FuseNotification.InvalEntry));
    }

    [Fact]
    public void A_name_that_cannot_be_announced_stops_no_other()
    {
        var log = new ConcurrentQueue<string>();
        using var channel = new StuckChannel();
        using var cache = new KernelCache(channel, log.Enqueue);
        channel.Gate.Set();
        cache.InvalidateEntry(1, new string('n', 300));
        cache.InvalidateEntry(1, "x");
        Assert.True(channel.WaitFor(FuseNotification.InvalEntry));
        Assert.Contains("nnn could not be sent", Assert.Single(log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_the_end_nothing_is_waited_for()
    {
        using var kernel = new TestKernel();
        var cache = new KernelCache(kernel.Channel, null);
        cache.Dispose();
        cache.InvalidateNode(1);
        await cache.DrainAsync();
    }

    /// <summary>A kernel that does not get the lock of any directory.</summary>
    private sealed class StuckChannel : IFuseChannel
    {
        public ManualResetEventSlim Gate { get; } = new();

        public ManualResetEventSlim IsWaiting { get; } = new();

        public ConcurrentQueue<FuseNotification> Written { get; } = [];

        public bool WaitFor(FuseNotification kind) => SpinWait.SpinUntil(() => Written.Contains(kind), TimeSpan.FromMinutes(1));

        public FuseDevice? Device => null;

        public int Read(Span<byte> buffer) => -LinuxError.NoDevice;

        public int Write(ReadOnlySpan<byte> message)
        {
            var kind = (FuseNotification)MemoryMarshal.Read<FuseOutHeader>(message).Error;
            if (kind == FuseNotification.InvalEntry)
            {
                IsWaiting.Set();
                Gate.Wait();
            }

            Written.Enqueue(kind);
            return 0;
        }

        public int OpenBacking(SafeHandle file) => -LinuxError.NotSupported;

        public void CloseBacking(int id)
        {
        }

        public IFuseChannel? TryClone() => null;

        public void Dispose()
        {
            Gate.Dispose();
            IsWaiting.Dispose();
        }
    }
}
