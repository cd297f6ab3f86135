using ArraylakeFs.Fuse.Tests.Doubles;
using ArraylakeFs.Sessions;
using Native.Fuse;
using static ArraylakeFs.Fuse.Tests.Doubles.TestKernel;

namespace ArraylakeFs.Fuse.Tests;

/// <summary>What the server promises whatever the file system does: one answer each, nobody waits for others, nothing leaks.</summary>
public class ServerTests
{
    [Fact]
    public void Reads_under_way_do_not_hold_up_other_requests()
    {
        using var server = new TestServer();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slow = server.Files.AddFile("slow", "");
        slow.OnRead = async (offset, destination) =>
        {
            await gate.Task;
            destination.Span.Fill((byte)offset);
            return destination.Length;
        };
        var handle = Open(server, slow);
        var sent = Enumerable.Range(0, 100).ToDictionary(i => server.Kernel.Send(FuseOpcode.Read, slow.Id, ReadAt(handle, (ulong)i, 50)));
        Assert.Equal(0ul, server.Kernel.Ask(FuseOpcode.GetAttr, slow.Id, Bytes(default(FuseGetAttrIn))).As<FuseAttrOut>().Attr.Size);
        gate.SetResult();
        for (var i = 0; i < 100; i++)
        {
            var reply = server.Kernel.Receive();
            Assert.True(sent.Remove(reply.Unique, out var value));
            Assert.Equal(50, reply.Payload.Length);
            Assert.All(reply.Payload, one => Assert.Equal((byte)value, one));
        }

    }

    [Theory]
    [InlineData(4)]
    [InlineData(15)]
    public void Handlers_that_block_their_thread_do_not_hold_up_other_requests(int blocked)
    {
        using var server = new TestServer();
        using var gate = new ManualResetEventSlim();
        var node = server.Files.AddFile("blocking", "");
        node.OnRead = (_, _) =>
        {
            gate.Wait();
            return new(0);
        };
        var handle = Open(server, node);
        for (var i = 0; i < blocked; i++)
        {
            server.Kernel.Send(FuseOpcode.Read, node.Id, ReadAt(handle, 0, 10));
        }

        Assert.True(SpinWait.SpinUntil(() => server.Files.ReadCount == blocked, 10_000));
        server.Kernel.Ask(FuseOpcode.StatFs, 1);
        gate.Set();
        for (var i = 0; i < blocked; i++)
        {
            Assert.Equal(Errno.None, server.Kernel.Receive().Errno);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_exception_is_EIO_and_a_line_in_the_log(bool later)
    {
        using var server = new TestServer();
        var node = server.Files.AddFile("broken", "");
        node.OnRead = async (_, _) =>
        {
            if (later)
            {
                await Task.Delay(10);
            }

            throw new InvalidOperationException("this is broken");
        };
        var handle = Open(server, node);
        Assert.Equal(Errno.InputOutput, server.Kernel.Ask(FuseOpcode.Read, node.Id, ReadAt(handle, 0, 10)).Errno);
        server.Kernel.Ask(FuseOpcode.StatFs, 1);
        Assert.True(SpinWait.SpinUntil(() => !server.Log.IsEmpty, 10_000));
        Assert.Contains($"READ of node {node.Id}", Assert.Single(server.Log), StringComparison.Ordinal);
        Assert.Contains("this is broken", Assert.Single(server.Log), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Answers_without_a_value_may_come_later(bool throws)
    {
        using var server = new TestServer();
        var node = server.Files.AddFile("slow", "");
        node.OnSync = async () =>
        {
            await Task.Delay(10);
            return throws ? throw new InvalidOperationException("broken") : Errno.NoSpace;
        };
        var handle = Open(server, node);
        var reply = server.Kernel.Ask(FuseOpcode.FSync, node.Id, Bytes(new FuseFSyncIn(handle, 0, 0)));
        Assert.Equal(throws ? Errno.InputOutput : Errno.NoSpace, reply.Errno);
    }

    [Fact]
    public void A_log_that_fails_keeps_no_request_under_way()
    {
        using var server = new TestServer(log: _ => throw new IOException("the disk is full")); // disposing waits for all requests
        var node = server.Files.AddFile("broken", "");
        node.OnRead = async (_, _) =>
        {
            await Task.Delay(10);
            throw new InvalidOperationException("this is broken");
        };
        var handle = Open(server, node);
        Assert.Equal(Errno.InputOutput, server.Kernel.Ask(FuseOpcode.Read, node.Id, ReadAt(handle, 0, 10)).Errno);
    }

    [Theory]
    [InlineData(0x7FFFFFF0)]
    [InlineData(-5)]
    [InlineData(512)]
    public void An_errno_that_the_kernel_would_not_take_is_EIO(int errno)
    {
        using var server = new TestServer();
        var node = server.Files.AddFile("odd", "");
        node.OnRead = (_, _) => new((Errno)errno);
        Assert.Equal(Errno.InputOutput, server.Kernel.Ask(FuseOpcode.Read, node.Id, ReadAt(Open(server, node), 0, 10)).Errno);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void A_length_that_cannot_be_is_EIO(int length)
    {
        using var server = new TestServer();
        var node = server.Files.AddFile("odd", "");
        node.OnRead = (_, _) => new(length);
        Assert.Equal(Errno.InputOutput, server.Kernel.Ask(FuseOpcode.Read, node.Id, ReadAt(Open(server, node), 0, 10)).Errno);
    }

    [Fact]
    public void What_an_interrupted_caller_never_received_is_undone()
    {
        FaultyChannel channel = null!;
        using var server = new TestServer(wrap: inner => channel = new FaultyChannel(inner));
        var file = server.Files.AddFile("file", "");
        var handle = server.Kernel.Ask(FuseOpcode.OpenDir, 1, Bytes(default(FuseOpenIn))).As<FuseOpenOut>().Handle;
        channel.Refusal = LinuxError.NoEntry;
        server.Kernel.Send(FuseOpcode.Lookup, 1, Name("file"));
        server.Kernel.Send(FuseOpcode.Open, file.Id, Bytes(default(FuseOpenIn)));
        server.Kernel.Send(FuseOpcode.OpenDir, 1, Bytes(default(FuseOpenIn)));
        server.Kernel.Send(FuseOpcode.ReadDirPlus, 1, ReadAt(handle, 0, 4096));
        server.Kernel.Send(FuseOpcode.Create, 1, Bytes(new FuseCreateIn(LinuxOpenFlags.WriteOnly, 0x1A4, 0, 0)), Name("new"));
        server.Kernel.Send(FuseOpcode.MkNod, 1, Bytes(new FuseMkNodIn(0x81A4, 0, 0, 0)), Name("other"));
        server.Kernel.Send(FuseOpcode.Link, 1, Bytes(new FuseLinkIn(file.Id)), Name("second"));
        Assert.True(SpinWait.SpinUntil(() => channel.Refused == 7, 10_000));
        channel.Refusal = 0;
        server.Kernel.Ask(FuseOpcode.StatFs, 1);
        var all = server.Files.Root.Children.Values.ToList();
        Assert.Equal(4, all.Count);
        Assert.True(SpinWait.SpinUntil(() => all.All(node => node.Lookups == 0), 10_000));
        Assert.True(SpinWait.SpinUntil(() => server.Files.OpenHandles == 1, 10_000));
        Assert.Empty(server.Log);
    }

    [Fact]
    public async Task The_server_ends_only_after_the_last_operation()
    {
        var kernel = new TestKernel();
        var files = new MemoryFileSystem();
        using var server = new FuseServer(kernel.Channel, files);
        var run = server.RunAsync();
        kernel.Greet();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = files.AddFile("slow", "");
        node.OnRead = async (_, _) =>
        {
            await gate.Task;
            return 0;
        };
        var handle = kernel.Ask(FuseOpcode.Open, node.Id, Bytes(default(FuseOpenIn))).As<FuseOpenOut>().Handle;
        kernel.Send(FuseOpcode.Read, node.Id, ReadAt(handle, 0, 10));
        Assert.True(SpinWait.SpinUntil(() => files.ReadCount == 1, 10_000));
        kernel.Dispose();
        Assert.NotSame(run, await Task.WhenAny(run, Task.Delay(300)));
        gate.SetResult();
        await run.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Lookup_getattr_open_read_and_release_allocate_nothing()
    {
        const int Rounds = 20_000;
        var files = new MemoryFileSystem();
        files.AddFile("temperature", new string('x', 65536));
        using var channel = new LoopChannel(Name("temperature"), warmUpRounds: 2000, Rounds);
        using var server = new FuseServer(channel, files);
        await server.RunAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((2000 + Rounds) * 65536L, channel.BytesRead);
        Assert.Equal(0, channel.AllocatedBytes);
        Assert.Equal(0, files.OpenHandles);
    }

    [Fact]
    public void Large_data_arrives_whole()
    {
        using var server = new TestServer();
        var node = server.Files.AddFile("large", "");
        var data = new byte[128 * 1024];
        new Random(7).NextBytes(data);
        var handle = Open(server, node);
        var write = Bytes(new FuseWriteIn(handle, 0, (uint)data.Length, 0, 0, 0, 0));
        Assert.Equal((uint)data.Length, server.Kernel.Ask(FuseOpcode.Write, node.Id, write, data).As<FuseWriteOut>().Size);
        var reply = server.Kernel.Ask(FuseOpcode.Read, node.Id, ReadAt(handle, 0, (uint)data.Length));
        Assert.Equal(Errno.None, reply.Errno);
        Assert.Equal(data, reply.Payload);
    }

    private static ulong Open(TestServer server, MemoryNode node) =>
        server.Kernel.Ask(FuseOpcode.Open, node.Id, Bytes(new FuseOpenIn(LinuxOpenFlags.ReadWrite, 0))).As<FuseOpenOut>().Handle;
}
