namespace Native.Fuse;

/// <summary>How the kernel treats an opened file (FOPEN_*).</summary>
[Flags]
public enum FuseOpenReplyFlags : uint
{
    /// <summary>Cached, the cache dropped at this open.</summary>
    None = 0,
    /// <summary>No page cache: every read(2) and write(2) becomes a message.</summary>
    DirectIo = 1 << 0,
    /// <summary>Pages from earlier opens stay valid.</summary>
    KeepCache = 1 << 1,
    /// <summary>close(2) sends no FLUSH. Linux 5.16; older kernels send it.</summary>
    NoFlush = 1 << 5,
    /// <summary>The kernel reads and writes the backing file whose id the reply names, and asks for nothing. Not with <see cref="KeepCache"/>.</summary>
    Passthrough = 1 << 7,
}

/// <summary>Which fields of <see cref="FuseSetAttrIn"/> count (FATTR_*).</summary>
[Flags]
public enum FuseSetAttrFields : uint
{
    /// <summary><see cref="FuseSetAttrIn.Mode"/>.</summary>
    Mode = 1 << 0,
    /// <summary><see cref="FuseSetAttrIn.UserId"/>.</summary>
    UserId = 1 << 1,
    /// <summary><see cref="FuseSetAttrIn.GroupId"/>.</summary>
    GroupId = 1 << 2,
    /// <summary><see cref="FuseSetAttrIn.Size"/>.</summary>
    Size = 1 << 3,
    /// <summary><see cref="FuseSetAttrIn.AccessedSeconds"/>.</summary>
    Accessed = 1 << 4,
    /// <summary><see cref="FuseSetAttrIn.ModifiedSeconds"/>.</summary>
    Modified = 1 << 5,
    /// <summary><see cref="FuseSetAttrIn.Handle"/>.</summary>
    Handle = 1 << 6,
    /// <summary>The access time is now.</summary>
    AccessedNow = 1 << 7,
    /// <summary>The modification time is now.</summary>
    ModifiedNow = 1 << 8,
}

/// <summary>Bits of open(2) flags that reach a FUSE daemon, with the values of x64 and arm64 (asm-generic/fcntl.h).</summary>
[Flags]
public enum LinuxOpenFlags : uint
{
    /// <summary>Reading only.</summary>
    ReadOnly = 0,
    /// <summary>Writing only.</summary>
    WriteOnly = 1,
    /// <summary>Reading and writing.</summary>
    ReadWrite = 2,
    /// <summary>The two bits of the access mode.</summary>
    AccessMode = 3,
    /// <summary>O_EXCL.</summary>
    Exclusive = 0x80,
    /// <summary>O_TRUNC.</summary>
    Truncate = 0x200,
    /// <summary>O_APPEND.</summary>
    Append = 0x400,
}

/// <summary>The type bits of st_mode.</summary>
public static class FileTypeBits
{
    /// <summary>S_IFMT.</summary>
    public const uint Mask = 0xF000;

    /// <summary>S_IFDIR.</summary>
    public const uint Directory = 0x4000;

    /// <summary>S_IFREG.</summary>
    public const uint Regular = 0x8000;

    /// <summary>S_IFLNK.</summary>
    public const uint SymbolicLink = 0xA000;
}
