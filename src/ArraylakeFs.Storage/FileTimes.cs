using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Storage;

/// <summary>Size and modification time of files as the disk has them: to the nanosecond, where .NET counts in steps of 100.</summary>
public static class FileTimes
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long Omit = (1 << 30) - 2; // UTIME_OMIT

    /// <summary>Of the file at <paramref name="path"/>; null if there is none. Nanoseconds since 1970. Throws <see cref="StorageException"/>.</summary>
    public static (long Size, long ModifiedNs)? Of(string path) => LocalFile.TryStat(path, path, out var status) ? Of(status) : null;

    /// <summary>Of an open file.</summary>
    public static (long Size, long ModifiedNs) Of(SafeFileHandle file) => Of(LocalFile.Stat("an open file", (int)file.DangerousGetHandle()));

    /// <summary>Sets the modification time of an open file. Throws <see cref="StorageException"/>.</summary>
    public static unsafe void SetModified(SafeFileHandle file, long modifiedNs)
    {
        var (seconds, nanoseconds) = Math.DivRem(modifiedNs, NanosecondsPerSecond);
        if (nanoseconds < 0)
        {
            (seconds, nanoseconds) = (seconds - 1, nanoseconds + NanosecondsPerSecond);
        }

        var times = stackalloc long[] { 0, Omit, seconds, nanoseconds };
        if (Libc.Futimens((int)file.DangerousGetHandle(), times) != 0)
        {
            throw LocalFile.Failure("an open file", "cannot be given another time", Libc.LastError);
        }
    }

    private static (long Size, long ModifiedNs) Of(in FileStatus status) =>
        ((long)status.Size, (status.ModifiedSeconds * NanosecondsPerSecond) + status.ModifiedNanoseconds);
}
