using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Storage;

/// <summary>Files that the user names and that no store holds: links are followed, and nothing blocks.</summary>
public static class ForeignFile
{
    /// <summary>Opens a regular file for reading; <paramref name="name"/> is what error messages call it.</summary>
    /// <exception cref="StorageException">It is not there, cannot be opened, or is no regular file.</exception>
    public static SafeFileHandle Open(string name, string path)
    {
        var descriptor = -1;
        while (descriptor < 0)
        {
            descriptor = Libc.Open(path, Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NONBLOCK, 0);
            if (descriptor < 0 && Libc.LastError is var error && error != Libc.EINTR)
            {
                throw LocalFile.Failure(name, "cannot be opened", error);
            }
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            LocalFile.Stat(name, descriptor);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>All bytes of a regular file.</summary>
    /// <exception cref="StorageException">It cannot be read, or has more than <paramref name="maxBytes"/>.</exception>
    public static byte[] ReadAll(string name, string path, int maxBytes)
    {
        using var handle = Open(name, path);
        var descriptor = (int)handle.DangerousGetHandle();
        var size = LocalFile.Stat(name, descriptor).Size;
        if (size > (ulong)maxBytes)
        {
            throw new StorageException(name, $"has {size} bytes, more than the {maxBytes} that such a file may have.");
        }

        var content = new byte[size];
        var count = LocalFile.Read(name, descriptor, 0, content);
        return count == content.Length ? content : content[..count];
    }
}
