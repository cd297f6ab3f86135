using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Storage;

/// <summary>Copies bytes between open files: within the kernel, and without copying at all where the file system can share them.</summary>
public static class FileCopy
{
    private const int BufferBytes = 1 << 20;

    /// <summary>
    /// Appends <paramref name="count"/> bytes from <paramref name="offset"/> of a file to another one. Returns the bytes copied: fewer only
    /// where the file ends.
    /// </summary>
    /// <param name="name">What the error message calls the file.</param>
    /// <param name="from">The file to read.</param>
    /// <param name="offset">Where in it.</param>
    /// <param name="count">How many bytes.</param>
    /// <param name="to">The file to write, at its end.</param>
    /// <exception cref="StorageException">It cannot be read, or the other not be written.</exception>
    public static long Copy(string name, SafeFileHandle from, long offset, long count, SafeFileHandle to)
    {
        var (source, target) = ((int)from.DangerousGetHandle(), (int)to.DangerousGetHandle());
        var done = CopyInKernel(name, source, offset, count, target);
        return done + CopyThroughMemory(name, source, offset + done, count - done, target);
    }

    /// <summary>What the kernel cannot copy, for the file systems are of different kinds or strange, is left to be copied.</summary>
    private static long CopyInKernel(string name, int from, long offset, long count, int to)
    {
        var done = 0L;
        while (done < count)
        {
            var position = offset + done;
            var copied = Libc.CopyFileRange(from, ref position, to, 0, (nint)Math.Min(count - done, 1 << 30), 0);
            if (copied > 0)
            {
                done += copied;
            }
            else if (copied == 0 || Libc.LastError is Libc.EXDEV or Libc.EINVAL or Libc.ENOSYS or Libc.EOPNOTSUPP or Libc.EPERM or Libc.EBADF)
            {
                break;
            }
            else if (Libc.LastError is var error && error != Libc.EINTR)
            {
                throw LocalFile.Failure(name, "cannot be copied", error);
            }
        }

        return done;
    }

    private static long CopyThroughMemory(string name, int from, long offset, long count, int to)
    {
        if (count == 0)
        {
            return 0;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(count, BufferBytes));
        try
        {
            var done = 0L;
            while (done < count)
            {
                var read = LocalFile.Read(name, from, offset + done, buffer.AsSpan(0, (int)Math.Min(count - done, buffer.Length)));
                if (read == 0)
                {
                    break;
                }

                LocalFile.WriteAll(name, to, buffer.AsSpan(0, read));
                done += read;
            }

            return done;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
