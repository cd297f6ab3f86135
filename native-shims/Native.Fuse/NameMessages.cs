using System.Runtime.InteropServices;

namespace Native.Fuse;

/// <summary>fuse_mkdir_in, 8 bytes, then the name. The kernel has applied the umask already.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseMkDirIn(uint Mode, uint Umask);

/// <summary>fuse_mknod_in, 16 bytes, then the name.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseMkNodIn(uint Mode, uint DeviceNumber, uint Umask, uint Padding);

/// <summary>fuse_create_in, 16 bytes, then the name. The reply is <see cref="FuseEntryOut"/> and <see cref="FuseOpenOut"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseCreateIn(LinuxOpenFlags Flags, uint Mode, uint Umask, uint OpenFlags);

/// <summary>fuse_rename_in, 8 bytes, then the old and the new name.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseRenameIn(ulong NewParent);

/// <summary>fuse_rename2_in, 16 bytes, then the old and the new name; flags of renameat2(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseRename2In(ulong NewParent, uint Flags, uint Padding);

/// <summary>fuse_link_in, 8 bytes, then the new name. The header names the new parent.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseLinkIn(ulong OldNodeId);

/// <summary>
/// fuse_dirent, 24 bytes, then the name, padded with NULs to a multiple of 8. <paramref name="Offset"/> continues behind it.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseDirEnt(ulong InodeNumber, ulong Offset, uint NameLength, uint Type);

/// <summary>fuse_direntplus, 152 bytes, then the name as in <see cref="FuseDirEnt"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseDirEntPlus(FuseEntryOut Entry, FuseDirEnt DirEnt);

/// <summary>fuse_notify_inval_inode_out, 24 bytes. A negative offset means attributes only; length 0 means up to the end.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseNotifyInvalInodeOut(ulong NodeId, long Offset, long Length);

/// <summary>fuse_notify_prune_out, 16 bytes, then as many numbers of nodes.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseNotifyPruneOut(uint Count, uint Padding, ulong Spare);

/// <summary>fuse_notify_inval_entry_out, 16 bytes, then the name with a NUL behind it, which the length does not count.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseNotifyInvalEntryOut(ulong Parent, uint NameLength, uint Flags);
