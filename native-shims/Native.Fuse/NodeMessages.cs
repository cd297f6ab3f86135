using System.Runtime.InteropServices;

namespace Native.Fuse;

/// <summary>fuse_access_in, 8 bytes: what access(2) and chdir(2) ask for, as R_OK, W_OK and X_OK.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseAccessIn(uint Mask, uint Padding);

/// <summary>
/// fuse_attr, 88 bytes. <paramref name="Blocks"/> counts 512 bytes; <paramref name="Mode"/> includes <see cref="FileTypeBits"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseAttr(
    ulong InodeNumber, ulong Size, ulong Blocks, ulong AccessedSeconds, ulong ModifiedSeconds, ulong ChangedSeconds,
    uint AccessedNanoseconds, uint ModifiedNanoseconds, uint ChangedNanoseconds,
    uint Mode, uint LinkCount, uint UserId, uint GroupId, uint DeviceNumber, uint BlockSize, uint Flags);

/// <summary>fuse_entry_out, 128 bytes: a name resolved. <paramref name="NodeId"/> 0 is a cacheable absence.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseEntryOut(
    ulong NodeId, ulong Generation, ulong EntrySeconds, ulong AttrSeconds, uint EntryNanoseconds, uint AttrNanoseconds, FuseAttr Attr);

/// <summary>fuse_attr_out, 104 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseAttrOut(ulong AttrSeconds, uint AttrNanoseconds, uint Padding, FuseAttr Attr);

/// <summary>fuse_getattr_in, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseGetAttrIn(uint Flags, uint Padding, ulong Handle);

/// <summary>fuse_setattr_in, 88 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseSetAttrIn(
    FuseSetAttrFields Valid, uint Padding, ulong Handle, ulong Size, ulong LockOwner,
    ulong AccessedSeconds, ulong ModifiedSeconds, ulong ChangedSeconds,
    uint AccessedNanoseconds, uint ModifiedNanoseconds, uint ChangedNanoseconds,
    uint Mode, uint Unused4, uint UserId, uint GroupId, uint Unused5);

/// <summary>fuse_forget_in, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseForgetIn(ulong Count);

/// <summary>fuse_batch_forget_in, 8 bytes; then <paramref name="Count"/> times <see cref="FuseForgetOne"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseBatchForgetIn(uint Count, uint Padding);

/// <summary>fuse_forget_one, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseForgetOne(ulong NodeId, ulong Count);

/// <summary>fuse_getxattr_in, 8 bytes, then the name (GETXATTR) or nothing (LISTXATTR). Size 0 asks for the size.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseGetXAttrIn(uint Size, uint Padding);

/// <summary>fuse_getxattr_out, 8 bytes: the size of the value.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseGetXAttrOut(uint Size, uint Padding);

/// <summary>fuse_kstatfs, 80 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 80)]
public readonly record struct FuseStatFsOut(
    ulong Blocks, ulong FreeBlocks, ulong AvailableBlocks, ulong Files, ulong FreeFiles, uint BlockSize, uint NameLength,
    uint FragmentSize);
