namespace ArraylakeFs.Sessions;

/// <summary>Results of file operations, with Linux's numbers (asm-generic/errno.h). A host translates them where it must.</summary>
public enum Errno
{
    /// <summary>Success.</summary>
    None = 0,
    /// <summary>EPERM: this is not allowed to anyone.</summary>
    NotPermitted = 1,
    /// <summary>ENOENT: no such file or directory, unknown name in a control write.</summary>
    NoEntry = 2,
    /// <summary>EINTR: the caller was interrupted.</summary>
    Interrupted = 4,
    /// <summary>EIO: the storage failed; nothing was lost.</summary>
    InputOutput = 5,
    /// <summary>EBADF: the handle is not open for this.</summary>
    BadHandle = 9,
    /// <summary>EAGAIN: others were always faster; nothing was changed.</summary>
    TryAgain = 11,
    /// <summary>ENOMEM.</summary>
    NoMemory = 12,
    /// <summary>EACCES: permission denied.</summary>
    Access = 13,
    /// <summary>EBUSY: uncommitted changes stand in the way.</summary>
    Busy = 16,
    /// <summary>EEXIST: the name exists.</summary>
    Exists = 17,
    /// <summary>EXDEV: rename or link across versions or faces.</summary>
    CrossDevice = 18,
    /// <summary>ENOTDIR: a file where a directory is needed.</summary>
    NotDirectory = 20,
    /// <summary>EISDIR: a directory where a file is needed.</summary>
    IsDirectory = 21,
    /// <summary>EINVAL: malformed command or argument.</summary>
    Invalid = 22,
    /// <summary>ENOTTY: no such ioctl.</summary>
    NoIoctl = 25,
    /// <summary>EFBIG: file too large.</summary>
    TooBig = 27,
    /// <summary>ENOSPC: no space below.</summary>
    NoSpace = 28,
    /// <summary>EROFS: not on a branch tip, or mounted read-only.</summary>
    ReadOnly = 30,
    /// <summary>ENAMETOOLONG: a name above 255 bytes.</summary>
    NameTooLong = 36,
    /// <summary>ENOSYS: the operation is not implemented; kernels remember this answer.</summary>
    NotImplemented = 38,
    /// <summary>ENOTEMPTY: the directory is not empty.</summary>
    NotEmpty = 39,
    /// <summary>ENODATA: nothing to commit, no such attribute.</summary>
    NoData = 61,
    /// <summary>EOVERFLOW.</summary>
    Overflow = 75,
    /// <summary>EILSEQ: the name is not valid UTF-8.</summary>
    IllegalSequence = 84,
    /// <summary>EOPNOTSUPP: not supported here.</summary>
    NotSupported = 95,
    /// <summary>ESTALE: the branch moved and the changes conflict, or the directory belongs to a version no longer checked out.</summary>
    Stale = 116,
}
