using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Storage;

/// <summary>Single steps on one file of a local store. What fails is a <see cref="StorageException"/> naming the key.</summary>
internal static class LocalFile
{
    /// <summary>Times here are counted in nanoseconds.</summary>
    public const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Writes the beginning of some bytes, as write() does: how many, or −1 and the errno.</summary>
    public delegate (nint Count, int Error) WriteSome(ReadOnlySpan<byte> rest);

    /// <summary>
    /// Opens an object for reading; −1 when there is none. Links are not followed and nothing blocks: a repository from
    /// elsewhere may hold a symbolic link to any file of the user's, or a FIFO.
    /// </summary>
    public static int OpenToRead(string key, string path)
    {
        while (true)
        {
            var descriptor = Libc.Open(path, Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NONBLOCK | Libc.O_NOFOLLOW, 0);
            if (descriptor >= 0)
            {
                return descriptor;
            }

            var error = Libc.LastError;
            if (error == Libc.ENOENT)
            {
                return -1;
            }

            if (error != Libc.EINTR)
            {
                throw Failure(key, "cannot be opened", error);
            }
        }
    }

    /// <summary>Reads until the buffer is full or the file ends; returns the bytes read.</summary>
    public static unsafe int Read(string key, int descriptor, long offset, Span<byte> destination)
    {
        var done = 0;
        fixed (byte* start = destination)
        {
            while (done < destination.Length)
            {
                var count = Libc.Pread(descriptor, start + done, destination.Length - done, offset + done);
                if (count == 0)
                {
                    break;
                }

                if (count > 0)
                {
                    done += (int)count;
                }
                else if (Libc.LastError is var error && error != Libc.EINTR)
                {
                    throw Failure(key, "cannot be read", error);
                }
            }
        }

        return done;
    }

    /// <summary>Status of an object by path; false when there is none.</summary>
    public static bool TryStat(string key, string path, out FileStatus status)
    {
        if (Libc.Statx(Libc.AT_FDCWD, path, Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_BASIC_STATS, out status) == 0)
        {
            return status.IsRegularFile ? true : throw NotAFile(key, status);
        }

        return Libc.LastError is var error && error == Libc.ENOENT ? false : throw Failure(key, "cannot be examined", error);
    }

    /// <summary>
    /// Refuses a key with a link among the folders that contain it: to list or delete what is behind the link would be to list or
    /// delete files of somebody else.
    /// </summary>
    public static void RefuseLinksAbove(string root, string key)
    {
        for (var slash = key.IndexOf('/'); slash >= 0; slash = key.IndexOf('/', slash + 1))
        {
            var folder = key[..slash];
            if (Libc.Statx(Libc.AT_FDCWD, $"{root}/{folder}", Libc.AT_SYMLINK_NOFOLLOW, Libc.STATX_BASIC_STATS, out var status) != 0)
            {
                // What is not there, or cannot be reached, is for the operation itself to find.
                return;
            }

            if (status.IsSymbolicLink)
            {
                throw NotAFile(folder, status);
            }
        }
    }

    /// <summary>Status of an open object.</summary>
    public static FileStatus Stat(string key, int descriptor)
    {
        if (Libc.Statx(descriptor, "", Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS, out var status) != 0)
        {
            throw Failure(key, "cannot be examined", Libc.LastError);
        }

        return status.IsRegularFile ? status : throw NotAFile(key, status);
    }

    /// <summary>
    /// Writes a new file <c>path#n</c> beside its future place and returns its path. Its time is set from the fine clock and
    /// lies after <paramref name="newerThanMicroseconds"/>: the kernel's own stamps are as coarse as 4 ms, and with inode numbers being
    /// reused an ETag could otherwise come back.
    /// </summary>
    public static string WriteTemporary(string key, string path, ReadOnlySpan<byte> content, long newerThanMicroseconds, bool sync)
    {
        var temporary = TemporaryName(path);
        var descriptor = Libc.Open(temporary, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_CLOEXEC, 0x1b6);
        if (descriptor < 0)
        {
            throw Failure(key, "cannot be created", Libc.LastError);
        }

        try
        {
            WriteAll(key, descriptor, content);
            SetModified(key, descriptor, Math.Max(NowMicroseconds, newerThanMicroseconds + 1) * 1000);
            if (sync)
            {
                Sync(key, descriptor);
            }
        }
        catch
        {
            _ = Libc.Unlink(temporary);
            throw;
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }

        return temporary;
    }

    /// <summary>Copies a file to a temporary name beside <paramref name="path"/> and returns it.</summary>
    public static string CopyToTemporary(string key, string source, string path)
    {
        var from = OpenToRead(key, source);
        if (from < 0)
        {
            throw Failure(key, $"'{source}' cannot be taken over", Libc.ENOENT);
        }

        using var handle = new SafeFileHandle(from, ownsHandle: true);
        return CopyToTemporary(key, handle, path, out _);
    }

    /// <summary>Copies an open file to a temporary name beside <paramref name="path"/> and returns it, and the bytes copied.</summary>
    public static string CopyToTemporary(string key, SafeFileHandle from, string path, out long length)
    {
        var temporary = TemporaryName(path);
        using var to = new SafeFileHandle(Libc.Open(temporary, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_CLOEXEC, 0x1b6), ownsHandle: true);
        if (to.IsInvalid)
        {
            throw Failure(key, "cannot be created", Libc.LastError);
        }

        try
        {
            length = FileCopy.Copy(key, from, 0, long.MaxValue, to);
            return temporary;
        }
        catch
        {
            _ = Libc.Unlink(temporary);
            throw;
        }
    }

    /// <summary>Writes until all is written. A system that takes no byte and reports no error would be asked for ever.</summary>
    public static void WriteAll(string key, ReadOnlySpan<byte> content, WriteSome write)
    {
        while (!content.IsEmpty)
        {
            var (count, error) = write(content);
            if (count > 0)
            {
                content = content[(int)count..];
            }
            else if (count == 0 || error != Libc.EINTR)
            {
                throw Failure(key, "cannot be written", count == 0 ? Libc.EIO : error);
            }
        }
    }

    /// <summary>Flushes one open file.</summary>
    public static void Sync(string key, int descriptor)
    {
        while (Libc.Fsync(descriptor) != 0)
        {
            if (Libc.LastError is var error && error != Libc.EINTR)
            {
                throw Failure(key, "cannot be flushed to disk", error);
            }
        }
    }

    /// <summary>Flushes a file or directory by path; what has gone meanwhile needs no flush.</summary>
    public static void SyncPath(string path)
    {
        var descriptor = Libc.Open(path, Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NONBLOCK, 0);
        if (descriptor >= 0)
        {
            try
            {
                Sync(path, descriptor);
            }
            finally
            {
                _ = Libc.Close(descriptor);
            }
        }
        else if (Libc.LastError is var error && error != Libc.ENOENT)
        {
            throw Failure(path, "cannot be flushed to disk", error);
        }
    }

    /// <summary>The failure as a sentence.</summary>
    public static StorageException Failure(string key, string what, int error) => new(key, $"{what}: {error switch
    {
        Libc.ELOOP => "it is a symbolic link, and links are not followed",
        Libc.ENOTDIR => "a part of its path is a file, not a directory",
        Libc.EISDIR => "it is a directory",
        _ => Marshal.GetPInvokeErrorMessage(error),
    }}.");

    private static StorageException NotAFile(string key, in FileStatus status) => status.IsSymbolicLink
        ? Failure(key, "cannot be used", Libc.ELOOP)
        : new(key, status.IsDirectory ? "cannot be read: it is a directory." : "cannot be read: it is not a regular file.");

    private static long NowMicroseconds => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10;

    private static string TemporaryName(string path) => $"{path}#{Random.Shared.NextInt64(1_000_000_000_000_000_000)}";

    /// <summary>Writes all bytes at the end of an open file.</summary>
    public static unsafe void WriteAll(string key, int descriptor, ReadOnlySpan<byte> content) => WriteAll(key, content, rest =>
    {
        fixed (byte* start = rest)
        {
            return (Libc.Write(descriptor, start, rest.Length), Libc.LastError);
        }
    });

    /// <summary>Sets the modification time, in nanoseconds since 1970.</summary>
    public static unsafe void SetModified(string key, int descriptor, long nanoseconds)
    {
        const long Omit = (1 << 30) - 2; // UTIME_OMIT
        var (seconds, rest) = Math.DivRem(nanoseconds, NanosecondsPerSecond);
        if (rest < 0)
        {
            (seconds, rest) = (seconds - 1, rest + NanosecondsPerSecond);
        }

        var times = stackalloc long[] { 0, Omit, seconds, rest };
        if (Libc.Futimens(descriptor, times) != 0)
        {
            throw Failure(key, "cannot be given its time", Libc.LastError);
        }
    }
}
