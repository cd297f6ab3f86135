using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using ArraylakeFs.FileSystem;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Contract;

/// <summary>The same calls on a directory of the machine's own file system.</summary>
internal sealed partial class Disk(string root) : IFiles
{
    private const int ReadWrite = 2, Create = 0x40, Exclusive = 0x80, Truncated = 0x200, CloseOnExec = 0x80000;
    private const int CurrentDirectory = -100, NoFollow = 0x100, BasicStats = 0x7FF, OmitTime = 0x3FFFFFFE;

    public Errno MakeDirectory(string path) => ErrnoOf(MkDir(At(path), 0x1FF));

    public Errno RemoveDirectory(string path) => ErrnoOf(RmDir(At(path)));

    public Errno Unlink(string path) => ErrnoOf(UnlinkFile(At(path)));

    public Errno Link(string path, string newPath) => ErrnoOf(LinkFile(At(path), At(newPath)));

    public Errno MakeSymbolicLink(string target, string path) => ErrnoOf(SymLink(target, At(path)));

    public Errno Rename(string path, string newPath, RenameFlags flags = RenameFlags.None) =>
        ErrnoOf(RenameAt(CurrentDirectory, At(path), CurrentDirectory, At(newPath), (uint)flags));

    public Errno Open(string path, Access access, out int descriptor)
    {
        int flags = CloseOnExec | (access.HasFlag(Access.Write) ? ReadWrite : 0) | (access.HasFlag(Access.Create) ? Create : 0)
            | (access.HasFlag(Access.Exclusive) ? Exclusive : 0) | (access.HasFlag(Access.Truncate) ? Truncated : 0);
        descriptor = OpenFile(At(path), flags, 0x1B6);
        return descriptor >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
    }

    public Errno Write(int descriptor, long offset, byte[] bytes) => ErrnoOf(PWrite(descriptor, bytes, bytes.Length, offset));

    public Errno Read(int descriptor, long offset, int count, out byte[] bytes)
    {
        byte[] buffer = new byte[count];
        nint read = PRead(descriptor, buffer, count, offset);
        bytes = read > 0 ? buffer[..(int)read] : [];
        return ErrnoOf(read);
    }

    public Errno CopyRange(int source, long sourceOffset, int target, long targetOffset, long length, out long copied)
    {
        copied = CopyFileRange(source, ref sourceOffset, target, ref targetOffset, (nint)length, 0);
        return ErrnoOf((nint)copied);
    }

    public Errno Flush(int descriptor) => ErrnoOf(CloseFile(Duplicate(descriptor)));

    public Errno Sync(int descriptor) => ErrnoOf(FSync(descriptor));

    public Errno SyncDirectory(string path)
    {
        var errno = Open(path, Access.Read, out int descriptor);
        if (errno != Errno.None)
        {
            return errno;
        }

        errno = Sync(descriptor);
        Close(descriptor);
        return errno;
    }

    public Errno Allocate(int descriptor, long length) => ErrnoOf(FAllocate(descriptor, 0, 0, (nint)length));

    public Errno Close(int descriptor) => ErrnoOf(CloseFile(descriptor));

    public Errno Truncate(string path, long length) => ErrnoOf(TruncateFile(At(path), length));

    public Errno SetTime(string path, long modifiedNs) =>
        ErrnoOf(UTimeNsAt(CurrentDirectory, At(path), [0, OmitTime, modifiedNs / 1_000_000_000, modifiedNs % 1_000_000_000], 0));

    public Errno ChangeMode(string path, uint mode) => ErrnoOf(ChMod(At(path), mode));

    public Errno GetAttribute(string path, string name, out string value)
    {
        byte[] bytes = new byte[4096];
        nint length = GetXAttr(At(path), name, bytes, bytes.Length);
        value = Encoding.UTF8.GetString(bytes, 0, Math.Max((int)length, 0));
        return ErrnoOf(length);
    }

    public Errno Stat(string path, out FileStat stat)
    {
        byte[] s = new byte[256];
        var errno = ErrnoOf(StatX(CurrentDirectory, At(path), NoFollow, BasicStats, s));
        ushort mode = BinaryPrimitives.ReadUInt16LittleEndian(s.AsSpan(28));
        stat = new FileStat(
            (mode & 0xF000) == 0x4000, BinaryPrimitives.ReadInt64LittleEndian(s.AsSpan(40)), BinaryPrimitives.ReadUInt64LittleEndian(s.AsSpan(32)),
            BinaryPrimitives.ReadUInt32LittleEndian(s.AsSpan(16)),
            (BinaryPrimitives.ReadInt64LittleEndian(s.AsSpan(112)) * 1_000_000_000) + BinaryPrimitives.ReadUInt32LittleEndian(s.AsSpan(120)),
            mode & 0xFFFu);
        return errno;
    }

    public Errno List(string path, out string[] names)
    {
        var errno = Stat(path, out var stat);
        if (errno == Errno.None && !stat.IsDirectory)
        {
            errno = Errno.NotDirectory;
        }

        names = errno == Errno.None
            ? [.. Directory.EnumerateFileSystemEntries(At(path)).Select(e => Path.GetFileName(e)!).Order(StringComparer.Ordinal)] : [];
        return errno;
    }

    public Errno List(string path, Action<string> seen)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(At(path)))
        {
            seen(Path.GetFileName(entry));
        }

        return Errno.None;
    }

    private static Errno ErrnoOf(nint result) => result >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();

    private string At(string path) => path.Length == 0 ? root : $"{root}/{path}";

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MkDir(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RmDir(string path);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnlinkFile(string path);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkFile(string path, string newPath);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(int directory, string path, int newDirectory, string newPath, uint flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint PWrite(int descriptor, byte[] bytes, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint PRead(int descriptor, [Out] byte[] bytes, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "copy_file_range", SetLastError = true)]
    private static partial nint CopyFileRange(int source, ref long sourceOffset, int target, ref long targetOffset, nint length, uint flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseFile(int descriptor);

    [LibraryImport("libc", EntryPoint = "truncate", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int TruncateFile(string path, long length);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint mask, [Out] byte[] stat);

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int FAllocate(int descriptor, int mode, nint offset, nint length);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChMod(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "getxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetXAttr(string path, string name, [Out] byte[] value, nint size);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UTimeNsAt(int directory, string path, long[] accessAndModification, int flags);

    [LibraryImport("libc", EntryPoint = "symlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SymLink(string target, string path);
}
