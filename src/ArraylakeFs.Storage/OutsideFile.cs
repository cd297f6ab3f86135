using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Storage;

/// <summary>
/// A regular file that belongs to no repository, open for reading beneath a folder that the user chose. What a name leads through below that
/// folder (<c>..</c>, symbolic links) never leads out of it, and opening never waits for a FIFO.
/// </summary>
public sealed class OutsideFile : IDisposable
{
    /// <summary>The kernel gives up when links change while it follows them, and asks for another try.</summary>
    private const int MaxTries = 100;

    private readonly SafeFileHandle _file;
    private readonly string _name;
    private readonly FileStatus _opened;

    private OutsideFile(SafeFileHandle file, string name, in FileStatus opened) => (_file, _name, _opened) = (file, name, opened);

    /// <summary>
    /// Opens the file at <paramref name="path"/> below <paramref name="folder"/>. The folder is absolute and may itself be reached through
    /// links; below it a link must be relative and stay inside, except below <c>/</c>, where every link does. Messages call the file
    /// <paramref name="name"/>.
    /// </summary>
    /// <exception cref="StorageException">It is no regular file, or the system cannot open it.</exception>
    public static OutsideOpening TryOpen(string folder, string path, string name, out OutsideFile? file)
    {
        file = null;
        var descriptor = OpenBeneath(folder, path);
        if (descriptor < 0)
        {
            return Libc.LastError switch
            {
                Libc.ENOENT or Libc.ENOTDIR => OutsideOpening.Missing,
                Libc.EXDEV => OutsideOpening.LeadsOut,
                Libc.EACCES or Libc.EPERM => OutsideOpening.Forbidden,
                Libc.ENXIO => throw new StorageException(name, "cannot be read: it is not a regular file."),
                Libc.ELOOP => throw new StorageException(name, "cannot be opened: its symbolic links go round in a circle, or through /proc."),
                Libc.ENOSYS => throw new StorageException(name, "cannot be opened: that needs openat2(2), which Linux has since 5.6."),
                var error => throw LocalFile.Failure(name, "cannot be opened", error),
            };
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            file = new OutsideFile(handle, name, LocalFile.Stat(name, descriptor));
            return OutsideOpening.Opened;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The type that the mount table shows for a file that a FUSE daemon serves (<c>fuse.sshfs</c>); null for files of other file systems.
    /// </summary>
    public string? FuseType()
    {
        var descriptor = (int)_file.DangerousGetHandle();
        if (Libc.Fstatfs(descriptor, out var status) != 0)
        {
            throw LocalFile.Failure(_name, "cannot be examined", Libc.LastError);
        }

        if (status.Type != Libc.FUSE_SUPER_MAGIC)
        {
            return null;
        }

        // proc_pid_mountinfo(5): the third field is the device, the one after the hyphen the type.
        var device = string.Create(CultureInfo.InvariantCulture, $"{_opened.DeviceMajor}:{_opened.DeviceMinor}");
        return (from line in File.ReadLines("/proc/self/mountinfo")
                let fields = line.Split(' ')
                where fields[2] == device
                select fields[Array.IndexOf(fields, "-") + 1]).FirstOrDefault() ?? "fuse";
    }

    /// <summary>
    /// Reads until the buffer is full or the file ends; returns the bytes read, and what the file was once they had been: if that is still
    /// what it should be, the bytes are too.
    /// </summary>
    /// <exception cref="StorageException">The medium failed.</exception>
    public int Read(long offset, Span<byte> destination, out OutsideStatus status)
    {
        var isOurs = false;
        try
        {
            _file.DangerousAddRef(ref isOurs); // it stays open until this read is done, whoever disposes of it
            var descriptor = (int)_file.DangerousGetHandle();
            var count = LocalFile.Read(_name, descriptor, offset, destination);
            status = new OutsideStatus(LocalFile.Stat(_name, descriptor));
            return count;
        }
        finally
        {
            if (isOurs)
            {
                _file.DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static int OpenBeneath(string folder, string path)
    {
        var directory = Libc.Open(folder, Libc.O_PATH | Libc.O_CLOEXEC, 0);
        if (directory < 0)
        {
            return directory;
        }

        try
        {
            var how = new OpenHow(
                Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NONBLOCK | Libc.O_NOCTTY,
                0,
                Libc.RESOLVE_NO_MAGICLINKS | (folder == "/" ? Libc.RESOLVE_IN_ROOT : Libc.RESOLVE_BENEATH));
            for (var i = 0; ; i++)
            {
                var descriptor = Libc.Openat2(directory, path, how);
                if (descriptor >= 0 || i == MaxTries || Libc.LastError is not (Libc.EINTR or Libc.EAGAIN))
                {
                    return descriptor;
                }
            }
        }
        finally
        {
            _ = Libc.Close(directory);
        }
    }
}

/// <summary>How opening an <see cref="OutsideFile"/> ended.</summary>
public enum OutsideOpening
{
    /// <summary>It is open.</summary>
    Opened,

    /// <summary>There is no file of that name, or no folder.</summary>
    Missing,

    /// <summary>A part of its name leads out of the folder.</summary>
    LeadsOut,

    /// <summary>The file system does not let this user read it.</summary>
    Forbidden,
}

/// <summary>What an <see cref="OutsideFile"/> was at one moment.</summary>
public readonly struct OutsideStatus
{
    private readonly FileStatus _status;

    internal OutsideStatus(in FileStatus status) => _status = status;

    /// <summary>Bytes.</summary>
    public long Size => (long)_status.Size;

    /// <summary>When its bytes were last changed.</summary>
    public DateTimeOffset LastModified => _status.LastModified;

    /// <summary>As object_store, below the official client, makes it: inode, µs, size, in hexadecimal; without quotes.</summary>
    public ETag ETag => _status.ETag;
}
