using System.Diagnostics;

namespace ArraylakeFs.Storage;

/// <summary>
/// A lock of one local store, in this and every other process: flock on a side file, whose name official clients take for an unfinished
/// write and ignore. It goes with its holder, however that ends. Conditional writers take one; <see cref="HousekeepingLock"/> has others.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private const string FileName = "lock#0";
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(60);

    private readonly int _descriptor;

    private StoreLock(int descriptor) => _descriptor = descriptor;

    /// <summary>Waits for the lock, at most a minute: a holder needs milliseconds.</summary>
    public static ValueTask<StoreLock> TakeAsync(string root, string key, CancellationToken cancellationToken) =>
        TakeAsync(SideFile(root, FileName), Libc.LOCK_EX, key, MaxWait, cancellationToken);

    /// <summary>Waits for a lock of a side file, exclusive or shared.</summary>
    public static async ValueTask<StoreLock> TakeAsync(
        string path, int mode, string key, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        for (var pauseMs = 1; ; pauseMs = Math.Min(pauseMs * 2, 16))
        {
            if (TryTake(path, mode, key) is { } taken)
            {
                return taken;
            }

            if (waited.Elapsed > maxWait)
            {
                throw new StorageException(key, $"cannot be changed: another process has held '{path}' for {maxWait.TotalSeconds} seconds.");
            }

            await Task.Delay(pauseMs, cancellationToken);
        }
    }

    /// <summary>Removes the side file, when the store's objects are being removed as well.</summary>
    public static void Remove(string root) => _ = Libc.Unlink(SideFile(root, FileName));

    /// <inheritdoc/>
    public void Dispose() => _ = Libc.Close(_descriptor);

    /// <summary>The path of a side file.</summary>
    public static string SideFile(string root, string name) => Path.Combine(root, ObjectKey.PrivateDirectory, name);

    private static StoreLock? TryTake(string path, int mode, string key)
    {
        var descriptor = Open(path, key);
        if (Libc.Flock(descriptor, mode | Libc.LOCK_NB) != 0)
        {
            var error = Libc.LastError;
            _ = Libc.Close(descriptor);
            return error is Libc.EAGAIN or Libc.EINTR ? null : throw LocalFile.Failure(key, $"cannot be changed, for '{path}' cannot be locked", error);
        }

        // The file may have been removed, and made anew by someone else, between open and flock.
        if (LocalFile.TryStat(key, path, out var named) && named.Inode == LocalFile.Stat(key, descriptor).Inode)
        {
            return new StoreLock(descriptor);
        }

        _ = Libc.Close(descriptor);
        return null;
    }

    private static int Open(string path, string key)
    {
        // Others may be allowed to lock but not to write the file; only network file systems need it open for writing.
        var descriptor = Libc.Open(path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_CLOEXEC | Libc.O_NOFOLLOW, 0x1b6);
        if (descriptor < 0 && Libc.LastError == Libc.ENOENT)
        {
            _ = Libc.Mkdir(Path.GetDirectoryName(path)!, 0x1ff);
            descriptor = Libc.Open(path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_CLOEXEC | Libc.O_NOFOLLOW, 0x1b6);
        }

        if (descriptor < 0 && Libc.LastError == Libc.EACCES)
        {
            descriptor = Libc.Open(path, Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NOFOLLOW, 0);
        }

        return descriptor >= 0 ? descriptor : throw LocalFile.Failure(key, $"cannot be changed, for '{path}' cannot be opened", Libc.LastError);
    }
}
