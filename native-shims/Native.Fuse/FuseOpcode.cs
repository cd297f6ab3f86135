namespace Native.Fuse;

/// <summary>What a request asks for (enum fuse_opcode).</summary>
public enum FuseOpcode : uint
{
    /// <summary>Finds a name in a directory.</summary>
    Lookup = 1,
    /// <summary>Gives back references to a node. No reply.</summary>
    Forget = 2,
    /// <summary>stat(2).</summary>
    GetAttr = 3,
    /// <summary>chmod, chown, truncate, utimensat.</summary>
    SetAttr = 4,
    /// <summary>readlink(2).</summary>
    ReadLink = 5,
    /// <summary>symlink(2).</summary>
    SymLink = 6,
    /// <summary>mknod(2).</summary>
    MkNod = 8,
    /// <summary>mkdir(2).</summary>
    MkDir = 9,
    /// <summary>unlink(2).</summary>
    Unlink = 10,
    /// <summary>rmdir(2).</summary>
    RmDir = 11,
    /// <summary>rename(2).</summary>
    Rename = 12,
    /// <summary>link(2).</summary>
    Link = 13,
    /// <summary>open(2) of a file.</summary>
    Open = 14,
    /// <summary>read(2).</summary>
    Read = 15,
    /// <summary>write(2).</summary>
    Write = 16,
    /// <summary>statfs(2).</summary>
    StatFs = 17,
    /// <summary>The last descriptor of an open file is gone.</summary>
    Release = 18,
    /// <summary>fsync(2).</summary>
    FSync = 20,
    /// <summary>setxattr(2).</summary>
    SetXAttr = 21,
    /// <summary>getxattr(2).</summary>
    GetXAttr = 22,
    /// <summary>listxattr(2).</summary>
    ListXAttr = 23,
    /// <summary>removexattr(2).</summary>
    RemoveXAttr = 24,
    /// <summary>close(2) of one descriptor.</summary>
    Flush = 25,
    /// <summary>The first request: negotiates version and features.</summary>
    Init = 26,
    /// <summary>open(2) of a directory.</summary>
    OpenDir = 27,
    /// <summary>getdents(2), names only.</summary>
    ReadDir = 28,
    /// <summary>The last descriptor of an open directory is gone.</summary>
    ReleaseDir = 29,
    /// <summary>fsync(2) of a directory.</summary>
    FSyncDir = 30,
    /// <summary>fcntl(F_GETLK).</summary>
    GetLk = 31,
    /// <summary>fcntl(F_SETLK).</summary>
    SetLk = 32,
    /// <summary>fcntl(F_SETLKW).</summary>
    SetLkW = 33,
    /// <summary>access(2).</summary>
    Access = 34,
    /// <summary>open(2) with O_CREAT.</summary>
    Create = 35,
    /// <summary>The caller of another request got a signal. No reply.</summary>
    Interrupt = 36,
    /// <summary>FIBMAP.</summary>
    BMap = 37,
    /// <summary>The file system is going away.</summary>
    Destroy = 38,
    /// <summary>ioctl(2).</summary>
    IoCtl = 39,
    /// <summary>poll(2).</summary>
    Poll = 40,
    /// <summary>Data asked for by a notification. No reply.</summary>
    NotifyReply = 41,
    /// <summary>Many forgets in one message. No reply.</summary>
    BatchForget = 42,
    /// <summary>fallocate(2).</summary>
    FAllocate = 43,
    /// <summary>getdents(2) with the attributes of every entry.</summary>
    ReadDirPlus = 44,
    /// <summary>renameat2(2).</summary>
    Rename2 = 45,
    /// <summary>lseek(2) for holes and data.</summary>
    LSeek = 46,
    /// <summary>copy_file_range(2).</summary>
    CopyFileRange = 47,
    /// <summary>DAX.</summary>
    SetupMapping = 48,
    /// <summary>DAX.</summary>
    RemoveMapping = 49,
    /// <summary>syncfs(2).</summary>
    SyncFs = 50,
    /// <summary>open(2) with O_TMPFILE.</summary>
    TmpFile = 51,
    /// <summary>statx(2).</summary>
    StatX = 52,
    /// <summary>copy_file_range(2) with 64-bit results.</summary>
    CopyFileRange64 = 53,
}
