using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Native.Fuse;

/// <summary>A descriptor on which one read(2) or write(2) moves one whole message: the FUSE device, or a socket in its place.</summary>
public unsafe class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>Takes ownership of <paramref name="fd"/>.</summary>
    public FileDescriptor(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>The number, for mount options and messages; valid while this object is kept alive.</summary>
    public int Number => (int)handle;

    /// <summary>Blocks until a message arrives. Returns its length, 0 at the end of a socket, or the negated errno.</summary>
    public int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            var length = LibC.Read(this, start, (nuint)buffer.Length);
            return length >= 0 ? (int)length : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Writes one message. Returns 0 or the errno.</summary>
    public int Write(ReadOnlySpan<byte> message)
    {
        fixed (byte* start = message)
        {
            return LibC.Write(this, start, (nuint)message.Length) >= 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Whether the mount was taken away or the connection aborted; also true once this descriptor is closed.</summary>
    public bool HasHungUp()
    {
        var isHeld = false;
        try
        {
            DangerousAddRef(ref isHeld);
            var descriptor = new LibC.PollDescriptor { Fd = Number };
            return LibC.Poll(&descriptor, 1, 0) > 0 && (descriptor.Returned & LibC.PollError) != 0;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
        finally
        {
            if (isHeld)
            {
                DangerousRelease();
            }
        }
    }

    /// <summary>Two connected sockets of the given type that keep message boundaries where the type does.</summary>
    /// <exception cref="IOException">No descriptors are left.</exception>
    public static (FileDescriptor First, FileDescriptor Second) CreateSocketPair(UnixSocketType type)
    {
        var fds = stackalloc int[2];
        if (LibC.SocketPair(LibC.UnixDomain, (int)type | LibC.SocketCloseOnExec, 0, fds) != 0)
        {
            throw new IOException($"socketpair: {LinuxError.Describe(Marshal.GetLastPInvokeError())}");
        }

        return (new FileDescriptor(fds[0]), new FileDescriptor(fds[1]));
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => LibC.Close((int)handle) == 0;
}

/// <summary>Types of Unix sockets.</summary>
public enum UnixSocketType
{
    /// <summary>SOCK_STREAM.</summary>
    Stream = 1,
    /// <summary>SOCK_SEQPACKET: keeps the boundaries of messages.</summary>
    SequencedPackets = 5,
}
