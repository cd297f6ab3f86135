using System.Runtime.InteropServices;

namespace ArraylakeFs.Storage;

/// <summary>Whether anybody on this machine can still write to a file: the kernel gives no lease on what is open for writing.</summary>
public static class FileWriters
{
    /// <summary>Whether any process, or a kernel for one, has the file open for writing. False where that cannot be told, and where there is no file.</summary>
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
}
