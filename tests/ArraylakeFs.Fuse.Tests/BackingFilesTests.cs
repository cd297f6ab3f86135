using ArraylakeFs.Fuse.Tests.Doubles;
using ArraylakeFs.Sessions;
using Microsoft.Win32.SafeHandles;
using Native.Fuse;

namespace ArraylakeFs.Fuse.Tests;

/// <summary>A kernel that does not take backing files is no failure, and is not asked for ever.</summary>
public class BackingFilesTests
{
    private readonly SafeFileHandle _file = File.OpenHandle("/dev/null");

    [Theory]
    [InlineData(LinuxError.NotPermitted, 1)]
    [InlineData(LinuxError.Loop, 1)]
    [InlineData(LinuxError.NotSupported, 1)]
    [InlineData((int)Errno.NoSpace, 2)]
    public void A_refusal_is_remembered_where_it_is_for_good(int errno, int asked)
    {
        FaultyChannel channel = null!;
        using var server = new TestServer(wrap: inner => channel = new FaultyChannel(inner));
        channel.BackingAnswer = -errno;
        Assert.Equal(0, server.Files.BackingFiles!.TryOpen(_file));
        Assert.Equal(0, server.Files.BackingFiles!.TryOpen(_file));
        Assert.Equal(asked, channel.BackingAsked);
        Assert.Equal(asked - 1, server.Files.HostMetrics!().First(metric => metric.Name == "arraylakefs_passthrough").Value);
        Assert.Equal(2 - asked, server.Log.Count);
    }

    [Fact]
    public void Nothing_is_registered_where_the_kernel_has_not_offered_it()
    {
        FaultyChannel channel = null!;
        using var server = new TestServer(greet: false, wrap: inner => channel = new FaultyChannel(inner));
        channel.BackingAnswer = 5;
        Assert.Equal(0, server.Files.BackingFiles!.TryOpen(_file));
        server.Kernel.Ask(FuseOpcode.Init, 0, TestKernel.Bytes((7u, 31u, 65536u, (uint)FuseInitFlags.BigWrites)));
        Assert.Equal(0, server.Files.BackingFiles!.TryOpen(_file));
        Assert.Equal(0, channel.BackingAsked);
    }

    [Fact]
    public void What_the_kernel_takes_is_named_by_its_number()
    {
        FaultyChannel channel = null!;
        using var server = new TestServer(wrap: inner => channel = new FaultyChannel(inner));
        channel.BackingAnswer = 5;
        Assert.Equal(5, server.Files.BackingFiles!.TryOpen(_file));
    }

    [Fact]
    public void What_is_still_open_when_the_connection_is_cut_can_be_given_back()
    {
        FaultyChannel channel = null!;
        var server = new TestServer(wrap: inner => channel = new FaultyChannel(inner));
        channel.BackingAnswer = 5;
        var files = server.Files.BackingFiles!;
        int id = files.TryOpen(_file);
        server.Dispose();
        files.Close(id);
    }
}
