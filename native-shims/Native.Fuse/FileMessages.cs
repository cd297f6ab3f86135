using System.Runtime.InteropServices;

namespace Native.Fuse;

/// <summary>fuse_open_in, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseOpenIn(LinuxOpenFlags Flags, uint OpenFlags);

/// <summary>fuse_open_out, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseOpenOut(ulong Handle, FuseOpenReplyFlags OpenFlags, int BackingId);

/// <summary>fuse_read_in, 40 bytes: READ, READDIR and READDIRPLUS.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseReadIn(
    ulong Handle, ulong Offset, uint Size, uint ReadFlags, ulong LockOwner, LinuxOpenFlags Flags, uint Padding);

/// <summary>fuse_write_in, 40 bytes, then the data.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseWriteIn(
    ulong Handle, ulong Offset, uint Size, uint WriteFlags, ulong LockOwner, LinuxOpenFlags Flags, uint Padding);

/// <summary>fuse_write_out, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseWriteOut(uint Size, uint Padding);

/// <summary>fuse_flush_in, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseFlushIn(ulong Handle, uint Unused, uint Padding, ulong LockOwner);

/// <summary>fuse_release_in, 24 bytes: RELEASE and RELEASEDIR.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseReleaseIn(ulong Handle, LinuxOpenFlags Flags, uint ReleaseFlags, ulong LockOwner);

/// <summary>fuse_fsync_in, 16 bytes: FSYNC and FSYNCDIR. Bit 0 of <paramref name="SyncFlags"/> is fdatasync.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseFSyncIn(ulong Handle, uint SyncFlags, uint Padding);

/// <summary>fuse_fallocate_in, 32 bytes; mode as in fallocate(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseFAllocateIn(ulong Handle, ulong Offset, ulong Length, uint Mode, uint Padding);

/// <summary>
/// fuse_copy_file_range_in, 56 bytes: COPY_FILE_RANGE and COPY_FILE_RANGE_64. The header's node is the source, <paramref name="TargetNode"/>
/// the file that is written to.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseCopyFileRangeIn(
    ulong SourceHandle, ulong SourceOffset, ulong TargetNode, ulong TargetHandle, ulong TargetOffset, ulong Length, ulong Flags);

/// <summary>fuse_copy_file_range_out, 8 bytes: the answer to COPY_FILE_RANGE_64. That to COPY_FILE_RANGE is a <see cref="FuseWriteOut"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseCopyFileRangeOut(ulong BytesCopied);

/// <summary>fuse_interrupt_in, 8 bytes: the request whose caller got a signal.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseInterruptIn(ulong Unique);
