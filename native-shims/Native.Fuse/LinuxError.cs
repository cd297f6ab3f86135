using System.Runtime.InteropServices;

namespace Native.Fuse;

/// <summary>Numbers of errno that decide something in this binding or above it (asm-generic/errno.h).</summary>
public static class LinuxError
{
    /// <summary>EPERM.</summary>
    public const int NotPermitted = 1;

    /// <summary>ENOENT: on the device, the request was interrupted and is gone.</summary>
    public const int NoEntry = 2;

    /// <summary>EINTR.</summary>
    public const int Interrupted = 4;

    /// <summary>EAGAIN.</summary>
    public const int Again = 11;

    /// <summary>EACCES.</summary>
    public const int Access = 13;

    /// <summary>EBUSY.</summary>
    public const int Busy = 16;

    /// <summary>ENODEV: on the device, the mount is gone.</summary>
    public const int NoDevice = 19;

    /// <summary>EINVAL.</summary>
    public const int Invalid = 22;

    /// <summary>ELOOP: of a backing file, it lies on too many file systems one upon the other.</summary>
    public const int Loop = 40;

    /// <summary>EOPNOTSUPP.</summary>
    public const int NotSupported = 95;

    /// <summary>ECONNABORTED: on the device, the connection was aborted.</summary>
    public const int ConnectionAborted = 103;

    /// <summary>ENOTCONN: what a mount without a daemon answers.</summary>
    public const int NotConnected = 107;

    /// <summary>The C library's sentence for an errno.</summary>
    public static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
