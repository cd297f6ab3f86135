namespace ArraylakeFs.Sessions;

/// <summary>Turns failures of the disk below into errno and sentence.</summary>
internal static class Errors
{
    private const int FileTooLarge = 27, DiskFull = 28, QuotaExceeded = 122;

    /// <summary>ENOSPC on a full disk or quota, EFBIG beyond what the disk's file system allows, else EIO. On Unix HResult is the errno.</summary>
    public static SessionException Of(Exception e, string what)
    {
        var errno = e.HResult switch
        {
            DiskFull or QuotaExceeded => Errno.NoSpace,
            FileTooLarge => Errno.TooBig,
            _ => Errno.InputOutput,
        };
        return new(errno, $"{what}: {e.Message}", e);
    }
}
