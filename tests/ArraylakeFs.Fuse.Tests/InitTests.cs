using ArraylakeFs.Fuse.Tests.Doubles;
using ArraylakeFs.Sessions;
using Native.Fuse;
using static ArraylakeFs.Fuse.Tests.Doubles.TestKernel;

namespace ArraylakeFs.Fuse.Tests;

public class InitTests
{
    [Fact]
    public async Task Init_takes_what_is_offered_and_wanted()
    {
        using var server = new TestServer(greet: false);
        var reply = server.Kernel.Greet();
        Assert.Equal(7u, reply.Major);
        Assert.Equal(45u, reply.Minor);
        Assert.Equal(1u << 20, reply.MaxWrite);
        Assert.Equal(256, reply.MaxPages);
        Assert.Equal(1u, reply.TimeGranularity);
        var flags = (FuseInitFlags)(reply.Flags | ((ulong)reply.Flags2 << 32));
        Assert.Equal((await server.WhenReady).Flags, flags);
        const FuseInitFlags Needed = FuseInitFlags.InitExt | FuseInitFlags.MaxPages | FuseInitFlags.AtomicOTrunc | FuseInitFlags.DirectIoAllowMMap;
        Assert.True(flags.HasFlag(Needed));
        Assert.Equal((FuseInitFlags)0, flags & (FuseInitFlags)((1 << 1) | (1 << 10) | (1 << 12) | (1 << 16) | (1 << 17)));
    }

    [Theory]
    [InlineData(true, 1u)]
    [InlineData(false, 0u)]
    public async Task Passthrough_is_taken_with_one_file_system_below_and_can_be_left(bool isWanted, uint stackDepth)
    {
        using var server = new TestServer(greet: false, passthrough: isWanted);
        var reply = server.Kernel.Greet();
        Assert.Equal(stackDepth, reply.MaxStackDepth);
        Assert.Equal(isWanted, (await server.WhenReady).HasPassthrough);
        Assert.Equal(isWanted, ((ulong)reply.Flags2 << 32 & (ulong)FuseInitFlags.Passthrough) != 0);
    }

    [Fact]
    public async Task Init_of_an_older_kernel_gets_no_flag_that_it_did_not_offer()
    {
        using var server = new TestServer(greet: false);
        var short16 = Bytes((7u, 31u, 65536u, (uint)FuseInitFlags.BigWrites));
        var reply = server.Kernel.Ask(FuseOpcode.Init, 0, short16).As<FuseInitOut>();
        Assert.Equal(31u, reply.Minor);
        Assert.Equal((uint)FuseInitFlags.BigWrites, reply.Flags);
        Assert.Equal(0u, reply.Flags2);
        Assert.False((await server.WhenReady).HasEpochs);
    }

    [Theory]
    [InlineData(7u, 30u)]
    [InlineData(6u, 45u)]
    [InlineData(8u, 0u)]
    public async Task Init_of_an_unknown_protocol_is_refused(uint major, uint minor)
    {
        using var server = new TestServer(greet: false);
        Assert.Equal((Errno)71, server.Kernel.Ask(FuseOpcode.Init, 0, Bytes(new FuseInitIn(major, minor, 0, 0, 0))).Errno);
        var error = await Assert.ThrowsAsync<NotSupportedException>(() => server.WhenReady);
        Assert.Contains($"{major}.{minor}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_ends_before_init_is_reported()
    {
        var server = new TestServer(greet: false);
        server.Dispose();
        await Assert.ThrowsAsync<IOException>(() => server.WhenReady);
    }
}
