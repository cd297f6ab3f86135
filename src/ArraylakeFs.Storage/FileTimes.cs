using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Storage;

/// <summary>Size and modification time of files as the disk has them: to the nanosecond, where .NET counts in steps of 100.</summary>
public static class FileTimes
{
    private const string OpenFile = "an open file";

    /// <summary>Of the file at <paramref name="path"/>; null if there is none. Nanoseconds since 1970. Throws <see cref="StorageException"/>.</summary>
    public static (long Size, long ModifiedNs)? Of(string path) => LocalFile.TryStat(path, path, out var status) ? Of(status) : null;

    /// <summary>Of an open file.</summary>
    public static (long Size, long ModifiedNs) Of(SafeFileHandle file) => Of(LocalFile.Stat(OpenFile, (int)file.DangerousGetHandle()));

    /// <summary>Sets the modification time of an open file. Throws <see cref="StorageException"/>.</summary>
    public static void SetModified(SafeFileHandle file, long modifiedNs) =>
        LocalFile.SetModified(OpenFile, (int)file.DangerousGetHandle(), modifiedNs);

    private static (long Size, long ModifiedNs) Of(in FileStatus status) =>
        ((long)status.Size, (status.ModifiedSeconds * LocalFile.NanosecondsPerSecond) + status.ModifiedNanoseconds);
}
