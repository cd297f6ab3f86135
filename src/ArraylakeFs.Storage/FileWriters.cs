using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Storage;

/// <summary>Those on this machine who can still write to a file.</summary>
public static class FileWriters
{
    /// <summary>
    /// Whether any process, or a kernel for one, has the file open for writing, on which there is no lease then. False where that cannot be told, and where
    /// there is no file.
    /// </summary>
    public static bool HasAny(string path)
    {
        int descriptor = Libc.Open(path, Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NONBLOCK | Libc.O_NOFOLLOW, 0);
        if (descriptor < 0)
        {
            return false;
        }

        try
        {
            if (Libc.Fcntl(descriptor, Libc.F_SETLEASE, Libc.F_RDLCK) < 0)
            {
                return Marshal.GetLastPInvokeError() == Libc.EAGAIN;
            }

            _ = Libc.Fcntl(descriptor, Libc.F_SETLEASE, Libc.F_UNLCK);
            return false;
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>
    /// Waits until what others are writing to an open file this moment is written. File systems give a file its time when a write begins, and hold the lock
    /// of the inode until it ends; setting the mode that the file has needs that lock, too.
    /// </summary>
    public static void Await(SafeFileHandle file)
    {
        int descriptor = (int)file.DangerousGetHandle();
        _ = Libc.Fchmod(descriptor, LocalFile.Stat("an open file", descriptor).Mode & 0xFFFu);
    }
}
