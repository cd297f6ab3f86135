using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Storage;

/// <summary>
/// A regular file that belongs to no repository, open for reading beneath a folder that the user chose. What a name leads through below that
/// folder (<c>..</c>, symbolic links) never leads out of it, and nothing but a regular file is ever opened.
/// </summary>
public sealed class OutsideFile : IDisposable
{
    /// <summary>The kernel gives up when links change while it follows them, and asks for another try.</summary>
    private const int MaxTries = 100;

    private readonly SafeFileHandle _file;
    private readonly string _name;

    private OutsideFile(SafeFileHandle file, string name) => (_file, _name) = (file, name);

    /// <summary>
    /// Opens the file at <paramref name="path"/> below <paramref name="folder"/>. The folder is absolute and may itself be reached through
    /// links; below it a link must be relative and stay inside, except below <c>/</c>, where every link does.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="path">The path below it.</param>
    /// <param name="name">What messages call the file.</param>
    /// <param name="avoidedType">
    /// A type of the mount table (<c>fuse.sshfs</c>) on whose mounts no file is opened: already that could wait for the daemon that asks.
    /// </param>
    /// <param name="file">The open file.</param>
    /// <exception cref="StorageException">It is no regular file, or the system cannot open it.</exception>
    public static OutsideOpening TryOpen(string folder, string path, string name, string? avoidedType, out OutsideFile? file)
    {
        file = null;
        var place = FindBeneath(folder, path);
        if (place < 0)
        {
            return Refusal(name);
        }

        try
        {
            LocalFile.Stat(name, place);
            if (avoidedType is not null && FuseType(place, name) == avoidedType)
            {
                return OutsideOpening.Avoided;
            }

            // Only now: to open what is no file can have effects, and to open a file of FUSE makes its daemon work.
            var descriptor = Libc.Open($"/proc/self/fd/{place}", Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NONBLOCK | Libc.O_NOCTTY, 0);
            if (descriptor < 0)
            {
                return Refusal(name);
            }

            file = new OutsideFile(new SafeFileHandle(descriptor, ownsHandle: true), name);
            return OutsideOpening.Opened;
        }
        finally
        {
            _ = Libc.Close(place);
        }
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

    /// <summary>A descriptor of what the path leads to, for looking at it only; negative where there is none.</summary>
    private static int FindBeneath(string folder, string path)
    {
        var directory = Libc.Open(folder, Libc.O_PATH | Libc.O_CLOEXEC, 0);
        if (directory < 0)
        {
            return directory;
        }

        try
        {
            var resolve = Libc.RESOLVE_NO_MAGICLINKS | (folder == "/" ? Libc.RESOLVE_IN_ROOT : Libc.RESOLVE_BENEATH);
            for (var i = 0; ; i++)
            {
                var descriptor = Libc.Openat2(directory, path, new OpenHow(Libc.O_PATH | Libc.O_CLOEXEC, 0, resolve));
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

    /// <summary>The type that the mount table shows for a file that a FUSE daemon serves; null for files of other file systems.</summary>
    private static string? FuseType(int descriptor, string name)
    {
        if (Libc.Fstatfs(descriptor, out var system) != 0)
        {
            throw LocalFile.Failure(name, "cannot be examined", Libc.LastError);
        }

        if (system.Type != Libc.FUSE_SUPER_MAGIC)
        {
            return null;
        }

        // proc_pid_mountinfo(5): the third field is the device, the one after the hyphen the type.
        var status = LocalFile.Stat(name, descriptor);
        var device = string.Create(CultureInfo.InvariantCulture, $"{status.DeviceMajor}:{status.DeviceMinor}");
        return (from line in File.ReadLines("/proc/self/mountinfo")
                let fields = line.Split(' ')
                where fields[2] == device
                select fields[Array.IndexOf(fields, "-") + 1]).FirstOrDefault();
    }

    private static OutsideOpening Refusal(string name) => Libc.LastError switch
    {
        Libc.ENOENT or Libc.ENOTDIR => OutsideOpening.Missing,
        Libc.EXDEV => OutsideOpening.LeadsOut,
        Libc.EACCES or Libc.EPERM => OutsideOpening.Forbidden,
        Libc.ELOOP => throw new StorageException(name, "cannot be opened: its symbolic links go round in a circle, or through /proc."),
        Libc.ENOSYS => throw new StorageException(name, "cannot be opened: that needs openat2(2), which Linux has since 5.6."),
        var error => throw LocalFile.Failure(name, "cannot be opened", error),
    };
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

    /// <summary>It lies on a mount of the type to avoid.</summary>
    Avoided,
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
