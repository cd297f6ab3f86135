using System.Collections.Concurrent;
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
        cache.InvalidateAllEntries();
        await cache.DrainAsync();
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
        Assert.Equal(2, channel.Refused);
        Assert.Equal(logged, log.Count);
    }

    [Fact]
    public async Task Draining_waits_for_the_kernel_but_not_for_ever()
    {
        var log = new ConcurrentQueue<string>();
        using var channel = new StuckChannel();
        using var cache = new KernelCache(channel, log.Enqueue);
        cache.InvalidateNode(1);
        var drained = cache.DrainAsync().AsTask();
        Assert.NotSame(drained, await Task.WhenAny(drained, Task.Delay(200)));
        await drained.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Single(log);
        channel.Gate.Set();
        await cache.DrainAsync();
        Assert.Single(log);
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

    private sealed class StuckChannel : IFuseChannel
    {
        public ManualResetEventSlim Gate { get; } = new();

        public int Read(Span<byte> buffer) => -LinuxError.NoDevice;

        public int Write(ReadOnlySpan<byte> message)
        {
            Gate.Wait();
            return 0;
        }

        public IFuseChannel? TryClone() => null;

        public void Dispose() => Gate.Dispose();
    }
}
