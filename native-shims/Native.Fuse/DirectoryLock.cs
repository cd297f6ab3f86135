using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Native.Fuse;

/// <summary>flock(2) on a directory: between processes, and given back when the process ends.</summary>
public sealed class DirectoryLock : IDisposable
{
    private const int ReadDirectoryCloseOnExec = 0x80000, Exclusive = 2, DoNotWait = 4;
    private const int PauseMs = 20;

    private readonly SafeFileHandle _directory;

    private DirectoryLock(SafeFileHandle directory) => _directory = directory;

    /// <summary>Waits for the lock for some time; null if it does not come, or if the directory cannot be opened by this user, or locked at all.</summary>
    public static DirectoryLock? TryTake(string path, int timeoutMs)
    {
        var descriptor = LibC.Open(path, ReadDirectoryCloseOnExec);
        if (descriptor < 0)
        {
            return null;
        }

        var directory = new SafeFileHandle(descriptor, ownsHandle: true);
        var since = Stopwatch.StartNew();
        while (LibC.Flock(directory, Exclusive | DoNotWait) != 0)
        {
            var isHeld = Marshal.GetLastPInvokeError() is LinuxError.Again or LinuxError.Interrupted;
            if (!isHeld || since.ElapsedMilliseconds > timeoutMs)
            {
                directory.Dispose();
                return null;
            }

            Thread.Sleep(PauseMs);
        }

        return new DirectoryLock(directory);
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose() => _directory.Dispose();
}
