using System.Runtime.InteropServices;

namespace Native.Fuse;

/// <summary>An open <c>/dev/fuse</c>. A fresh one becomes a connection by mounting it; a clone shares the connection of another.</summary>
public sealed unsafe class FuseDevice : FileDescriptor
{
    /// <summary>FUSE_DEV_IOC_CLONE: _IOR(229, 0, u32).</summary>
    internal const nuint CloneRequest = 0x8004E500;

    /// <summary>FUSE_DEV_IOC_BACKING_OPEN: _IOW(229, 1, struct fuse_backing_map).</summary>
    internal const nuint OpenBackingRequest = 0x4010E501;

    /// <summary>FUSE_DEV_IOC_BACKING_CLOSE: _IOW(229, 2, u32).</summary>
    internal const nuint CloseBackingRequest = 0x4004E502;

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

    /// <summary>
    /// Registers a file that the kernel may read by itself in place of open files of this connection: its id, above 0, or the negated errno. EPERM
    /// for who is not the machine's administrator, ELOOP where the file lies on a stack of file systems. The kernel opens the file once more for
    /// each open, with that one's flags and the privileges of now; <paramref name="file"/> is not needed afterwards.
    /// </summary>
    public int OpenBacking(SafeHandle file)
    {
        var isHeld = false;
        try
        {
            file.DangerousAddRef(ref isHeld);
            var map = stackalloc uint[] { (uint)file.DangerousGetHandle(), 0, 0, 0 }; // fd, flags, padding
            var id = LibC.IoCtl(this, OpenBackingRequest, map);
            return id > 0 ? id : -Marshal.GetLastPInvokeError();
        }
        finally
        {
            if (isHeld)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Takes the registration back; what is open already goes on.</summary>
    public void CloseBacking(int id)
    {
        var closed = (uint)id;
        _ = LibC.IoCtl(this, CloseBackingRequest, &closed);
    }

    internal static IOException LastError(string what)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {LinuxError.Describe(errno)}", errno);
    }
}
