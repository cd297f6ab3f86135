using System.Runtime.InteropServices;

namespace ArraylakeFs.Storage;

/// <summary>The system calls that .NET does not offer: inode numbers, hard links, exchange, locks, syncfs.</summary>
internal static partial class Libc
{
    public const int EPERM = 1, ENOENT = 2, EINTR = 4, EIO = 5, EBADF = 9, EAGAIN = 11, EACCES = 13, EEXIST = 17, EXDEV = 18,
        ENOTDIR = 20, EISDIR = 21, EINVAL = 22, EROFS = 30, EMLINK = 31, ENOSYS = 38, ELOOP = 40, EOPNOTSUPP = 95;

    public const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0x40, O_EXCL = 0x80, O_NOCTTY = 0x100, O_NONBLOCK = 0x800,
        O_CLOEXEC = 0x80000, O_PATH = 0x200000;

    /// <summary>One of the few flags whose value depends on the processor.</summary>
    public static readonly int O_NOFOLLOW =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    public const int F_SETLEASE = 1024, F_RDLCK = 0, F_UNLCK = 2;
    public const int LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4;
    public const uint RENAME_NOREPLACE = 1, RENAME_EXCHANGE = 2;
    public const int AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_EMPTY_PATH = 0x1000;
    public const uint STATX_BASIC_STATS = 0x7ff;
    public const ulong RESOLVE_NO_MAGICLINKS = 0x02, RESOLVE_BENEATH = 0x08, RESOLVE_IN_ROOT = 0x10;
    public const long FUSE_SUPER_MAGIC = 0x65735546;

    /// <summary>The number of openat2 on every processor that .NET runs on; the C library has no function for it.</summary>
    private const nint SYS_openat2 = 437;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    /// <summary>openat2(2), Linux 5.6: what <paramref name="path"/> may lead through is in <see cref="OpenHow.Resolve"/>.</summary>
    public static int Openat2(int directory, string path, in OpenHow how) => (int)Syscall(SYS_openat2, directory, path, how, 3 * sizeof(ulong));

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Syscall(nint number, int directory, string path, in OpenHow how, nint size);

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    public static partial int Fstatfs(int descriptor, out FileSystemStatus status);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static unsafe partial nint Pread(int descriptor, byte* buffer, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static unsafe partial nint Write(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "copy_file_range", SetLastError = true)]
    public static partial nint CopyFileRange(int from, ref long fromOffset, int to, nint toOffset, nint count, uint flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Statx(int directory, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    public static partial int Syncfs(int descriptor);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(int descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int Fchmod(int descriptor, uint mode);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    public static unsafe partial int Futimens(int descriptor, long* accessAndModification);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mkdir(string path, int mode);

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rmdir(string path);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Renameat2(int fromDirectory, string from, int toDirectory, string to, uint flags);

    /// <summary>The errno of the last failed call on this thread.</summary>
    public static int LastError => Marshal.GetLastPInvokeError();
}

/// <summary>struct open_how.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct OpenHow(ulong Flags, ulong Mode, ulong Resolve);

/// <summary>struct statfs of 64-bit systems, as far as it is used here.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileSystemStatus
{
    [FieldOffset(0)] public long Type;
}

/// <summary>struct statx (the same on every processor), as far as it is used here.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public ulong Size;
    [FieldOffset(96)] public long ChangedSeconds;
    [FieldOffset(104)] public uint ChangedNanoseconds;
    [FieldOffset(112)] public long ModifiedSeconds;
    [FieldOffset(120)] public uint ModifiedNanoseconds;
    [FieldOffset(136)] public ulong Device;
    [FieldOffset(136)] public uint DeviceMajor;
    [FieldOffset(140)] public uint DeviceMinor;

    public readonly bool IsRegularFile => (Mode & 0xF000) == 0x8000;

    public readonly bool IsDirectory => (Mode & 0xF000) == 0x4000;

    public readonly bool IsSymbolicLink => (Mode & 0xF000) == 0xA000;

    public readonly long ModifiedMicroseconds => (ModifiedSeconds * 1_000_000) + (ModifiedNanoseconds / 1000);

    /// <summary>As object_store, below the official client, makes it: inode, µs, size, in hexadecimal.</summary>
    public readonly ETag ETag => new($"{Inode:x}-{ModifiedMicroseconds:x}-{Size:x}");

    public readonly DateTimeOffset LastModified => Time(ModifiedSeconds, ModifiedNanoseconds);

    /// <summary>As an object; a rename changes the second of the two times.</summary>
    public readonly ObjectInfo Describe(string key)
    {
        var changed = Time(ChangedSeconds, ChangedNanoseconds);
        return new ObjectInfo(key, (long)Size, ETag, LastModified) { PlacedAt = changed > LastModified ? changed : LastModified };
    }

    private static DateTimeOffset Time(long seconds, uint nanoseconds) =>
        DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, -62_135_596_800, 253_402_300_799)).AddTicks(nanoseconds / 100);
}
