using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using ArraylakeFs.Sessions;
using Native.Fuse;

namespace ArraylakeFs.Fuse.Tests.Doubles;

/// <summary>The kernel's end of a connection, played by a test: sends requests, receives replies and notifications.</summary>
internal sealed class TestKernel : IDisposable
{
    public const uint Minor = 45;
    public static readonly FuseInitFlags AllFlags = (FuseInitFlags)0x5fd_73fffffb;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly FileDescriptor _ours;
    private readonly byte[] _buffer = new byte[200_000];
    private ulong _unique;

    public TestKernel()
    {
        (_ours, var theirs) = FileDescriptor.CreateSocketPair(UnixSocketType.SequencedPackets);
        Channel = new DescriptorChannel(theirs);
    }

    /// <summary>What the server is given.</summary>
    public IFuseChannel Channel { get; }

    /// <summary>Sends INIT and returns the reply.</summary>
    public FuseInitOut Greet(uint minor = Minor)
    {
        var init = new FuseInitIn(7, minor, 131072, (uint)AllFlags, (uint)((ulong)AllFlags >> 32));
        return Ask(FuseOpcode.Init, 0, Bytes(init)).As<FuseInitOut>();
    }

    /// <summary>Sends a request and waits for its reply.</summary>
    public TestReply Ask(FuseOpcode opcode, ulong node, params byte[][] arguments)
    {
        var unique = Send(opcode, node, arguments);
        var reply = Receive();
        Assert.Equal(unique, reply.Unique);
        return reply;
    }

    /// <summary>Sends a request and returns its number.</summary>
    public ulong Send(FuseOpcode opcode, ulong node, params byte[][] arguments)
    {
        byte[] rest = [.. arguments.SelectMany(part => part)];
        _unique += 2;
        var header = new FuseInHeader((uint)(40 + rest.Length), opcode, _unique, node, 1000, 1001, 4242, 0, 0);
        SendRaw([.. Bytes(header), .. rest]);
        return _unique;
    }

    public void SendRaw(byte[] message) => Assert.Equal(0, _ours.Write(message));

    /// <summary>The next message of the server.</summary>
    public TestReply Receive()
    {
        var read = Task.Run(() => _ours.Read(_buffer));
        Assert.True(read.Wait(Patience), "The server sends nothing.");
        Assert.True(read.Result >= 16, $"read gave {read.Result}");
        var header = MemoryMarshal.Read<FuseOutHeader>(_buffer);
        Assert.Equal(header.Length, (uint)read.Result);
        return new TestReply(header, _buffer[16..read.Result]);
    }

    public void Dispose() => _ours.Dispose();

    public static byte[] Bytes<T>(in T value)
        where T : unmanaged => MemoryMarshal.AsBytes([value]).ToArray();

    public static byte[] Name(string name) => [.. Encoding.UTF8.GetBytes(name), 0];

    public static byte[] ReadAt(ulong handle, ulong offset, uint size) => Bytes(new FuseReadIn(handle, offset, size, 0, 0, 0, 0));
}

/// <summary>A message from the server: a reply, or a notification if <see cref="Unique"/> is 0.</summary>
internal sealed record TestReply(FuseOutHeader Header, byte[] Payload)
{
    public ulong Unique => Header.Unique;

    public Errno Errno => (Errno)(-Header.Error);

    public T As<T>()
        where T : unmanaged
    {
        Assert.Equal(Errno.None, Errno);
        Assert.Equal(Unsafe.SizeOf<T>(), Payload.Length);
        return MemoryMarshal.Read<T>(Payload);
    }

    public string Text()
    {
        Assert.Equal(Errno.None, Errno);
        return Encoding.UTF8.GetString(Payload);
    }
}
