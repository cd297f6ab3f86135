using System.Runtime.InteropServices;

namespace Native.Fuse;

/// <summary>An open <c>/dev/fuse</c>. A fresh one becomes a connection by mounting it; a clone shares the connection of another.</summary>
public sealed unsafe class FuseDevice : FileDescriptor
{
    /// <summary>FUSE_DEV_IOC_CLONE: _IOR(229, 0, u32).</summary>
    internal const nuint CloneRequest = 0x8004E500;

    /// <summary>FUSE_DEV_IOC_SYNC_INIT: _IO(229, 3).</summary>
    internal const nuint SynchronousInitRequest = 0xE503;

    private const string DevicePath = "/dev/fuse";

    internal FuseDevice(int fd)
        : base(fd)
    {
    }

    /// <summary>Opens the device.</summary>
    /// <exception cref="IOException">It is missing or not accessible; <see cref="Exception.HResult"/> is the errno.</exception>
    /// <exception cref="PlatformNotSupportedException">Not 64-bit little-endian Linux: the structs would not fit.</exception>
    public static FuseDevice Open()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64))
        {
            throw new PlatformNotSupportedException("FUSE is served on 64-bit Linux for x64 and arm64 only.");
        }

        var fd = LibC.Open(DevicePath, LibC.OpenReadWriteCloseOnExec);
        return fd >= 0 ? new FuseDevice(fd) : throw LastError($"cannot open {DevicePath}");
    }

    /// <summary>
    /// Another descriptor of this connection with a queue of its own for requests that were read: a reply must be written to the descriptor
    /// that read the request. Null with the errno where the kernel refuses.
    /// </summary>
    public FuseDevice? TryClone(out int errno)
    {
        var fd = LibC.Open(DevicePath, LibC.OpenReadWriteCloseOnExec);
        if (fd < 0)
        {
            errno = Marshal.GetLastPInvokeError();
            return null;
        }

        var clone = new FuseDevice(fd);
        var source = (uint)Number;
        errno = LibC.IoCtl(clone, CloneRequest, &source) == 0 ? 0 : Marshal.GetLastPInvokeError();
        if (errno == 0)
        {
            return clone;
        }

        clone.Dispose();
        return null;
    }

    /// <summary>
    /// Before mounting: lets mount(2) return only when INIT was answered, and fail if it was refused. Someone must be reading already.
    /// False where the kernel is older than 6.18.
    /// </summary>
    public bool TryMakeInitSynchronous() => LibC.IoCtl(this, SynchronousInitRequest, null) == 0;

    internal static IOException LastError(string what)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {LinuxError.Describe(errno)}", errno);
    }
}
