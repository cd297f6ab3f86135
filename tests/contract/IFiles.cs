using ArraylakeFs.FileSystem;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Contract;

/// <summary>What stat(2) says. Times in nanoseconds since the epoch.</summary>
internal readonly record struct FileStat(bool IsDirectory, long Size, ulong Inode, uint Links, long ModifiedNs, uint Mode);

/// <summary>How a file is opened.</summary>
[Flags]
internal enum Access
{
    Read = 0,
    Write = 1,
    Create = 2,
    Exclusive = 4,
    Truncate = 8,

    /// <summary>With <see cref="Create"/>: what is made is opened to be read too, as anything else that is opened to be written.</summary>
    AndRead = 16,
}

/// <summary>System calls on paths relative to some root, each answering with its errno. The mount has them and so has a real disk.</summary>
internal interface IFiles
{
    Errno MakeDirectory(string path);

    Errno RemoveDirectory(string path);

    Errno Unlink(string path);

    Errno Link(string path, string newPath);

    /// <summary>symlink(2).</summary>
    Errno MakeSymbolicLink(string target, string path);

    Errno Rename(string path, string newPath, RenameFlags flags = RenameFlags.None);

    Errno Open(string path, Access access, out int descriptor);

    Errno Write(int descriptor, long offset, byte[] bytes);

    Errno Read(int descriptor, long offset, int count, out byte[] bytes);

    /// <summary>copy_file_range(2).</summary>
    Errno CopyRange(int source, long sourceOffset, int target, long targetOffset, long length, out long copied);

    /// <summary>close(2) of a copy of the descriptor: it stays open.</summary>
    Errno Flush(int descriptor);

    /// <summary>fsync(2).</summary>
    Errno Sync(int descriptor);

    /// <summary>fsync(2) of a directory.</summary>
    Errno SyncDirectory(string path);

    /// <summary>fallocate(2) from the beginning.</summary>
    Errno Allocate(int descriptor, long length);

    Errno Close(int descriptor);

    Errno Truncate(string path, long length);

    Errno SetTime(string path, long modifiedNs);

    Errno ChangeMode(string path, uint mode);

    /// <summary>getxattr(2) of a text.</summary>
    Errno GetAttribute(string path, string name, out string value);

    Errno Stat(string path, out FileStat stat);

    Errno List(string path, out string[] names);

    /// <summary>opendir(3), readdir(3) until there is no more, and what is to be done with each name before the next ones are read.</summary>
    Errno List(string path, Action<string> seen);
}
