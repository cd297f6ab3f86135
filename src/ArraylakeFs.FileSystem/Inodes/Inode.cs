using ArraylakeFs.Sessions;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// A thing in the mounted tree that the kernel knows by number. It holds what it resolved to (version, node, chunk), so that no later
/// request parses a path again. Failures are <see cref="SessionException"/>; the <see cref="MountedFileSystem"/> turns them into errno.
/// </summary>
internal abstract class Inode
{
    /// <summary>The kernel's number for it while it is referenced. Managed by the <see cref="InodeTable"/>.</summary>
    public ulong Node { get; set; }

    /// <summary>How many lookups the kernel has not yet forgotten. Managed by the <see cref="InodeTable"/>.</summary>
    public ulong References { get; set; }

    /// <summary>The inodes that the kernel got to know before and after it. Managed by the <see cref="InodeTable"/>.</summary>
    public Inode? Older { get; set; }

    /// <inheritdoc cref="Older"/>
    public Inode? Newer { get; set; }

    /// <summary>How long the kernel may believe attributes and, unless the directory says otherwise, the name that led here.</summary>
    public virtual TimeSpan Lifetime => Lifetimes.Forever;

    public abstract Attributes Attributes { get; }

    /// <summary>Applies changed attributes; by default nothing of it can be changed.</summary>
    public virtual ValueTask SetAttributesAsync(AttributeChange change) => throw Refusals.ReadOnly();

    /// <summary>An extended attribute; null if there is none of that name.</summary>
    public virtual ReadOnlyMemory<byte>? ExtendedAttribute(ReadOnlySpan<char> name) => null;

    /// <summary>fsync of what is behind it.</summary>
    public virtual void Sync()
    {
    }

    /// <summary>The kernel has forgotten it. Called under the inode table's lock, so nothing here may take long.</summary>
    public virtual void Forgotten()
    {
    }

    /// <summary>Called after <see cref="Forgotten"/>, without a lock: what is left to do and takes a while.</summary>
    public virtual void LetGo()
    {
    }
}

/// <summary>A directory.</summary>
internal abstract class DirectoryInode : Inode
{
    /// <summary>How long an absent name may be believed to be absent; zero: not at all.</summary>
    public virtual TimeSpan AbsenceLifetime => TimeSpan.Zero;

    /// <summary>How long the kernel may believe that a name leads to <paramref name="found"/>, or to nothing.</summary>
    public virtual TimeSpan NameLifetime(ReadOnlySpan<char> name, Inode? found) => found?.Lifetime ?? AbsenceLifetime;

    /// <summary>Whether making, removing and renaming names here are commands, whose failures <c>error</c> explains.</summary>
    public virtual bool NamesAreCommands => false;

    /// <summary>Answers a lookup without I/O and allocation if it can.</summary>
    public virtual bool TryLookup(ReadOnlySpan<char> name, InodeTable table, out Inode? found)
    {
        found = null;
        return false;
    }

    /// <summary>Finds a name and takes a reference; null if there is none.</summary>
    public abstract ValueTask<Inode?> LookupAsync(string name, InodeTable table);

    /// <summary>All names as they are at this moment, whenever they are gone through: each time the same, in the same order.</summary>
    public abstract ValueTask<IEnumerable<DirectoryItem>> ListAsync();

    public virtual ValueTask<Inode> MakeDirectoryAsync(string name, uint mode, InodeTable table) => throw Refusals.ReadOnly();

    public virtual ValueTask<Inode> MakeSymbolicLinkAsync(string name, string target, InodeTable table) => throw Refusals.ReadOnly();

    public virtual ValueTask<(FileInode Inode, OpenFile File)> CreateAsync(string name, uint mode, OpenFlags flags, InodeTable table) =>
        throw Refusals.ReadOnly();

    public virtual ValueTask<Inode> LinkAsync(Inode file, string name, InodeTable table) => throw Refusals.ReadOnly();

    public virtual ValueTask UnlinkAsync(string name) => throw Refusals.ReadOnly();

    public virtual ValueTask RemoveDirectoryAsync(string name) => throw Refusals.ReadOnly();

    public virtual ValueTask RenameAsync(string name, DirectoryInode to, string newName, RenameFlags flags) => throw Refusals.ReadOnly();

    /// <summary>A process has looked for a name that is not there.</summary>
    public virtual void WasMissed(ReadOnlySpan<char> name, int process)
    {
    }

    /// <summary>A process has put something else in the place of a name.</summary>
    public virtual void WasReplaced(string name, int process)
    {
    }

    /// <summary>A process has removed a name.</summary>
    public virtual void WasRemoved(string name, int process)
    {
    }
}

/// <summary>A symbolic link.</summary>
internal abstract class SymbolicLinkInode : Inode
{
    public abstract string Target { get; }
}

/// <summary>One open(2) of a file.</summary>
internal abstract class OpenFile
{
    public abstract DataCaching Caching { get; }

    /// <summary>What it is an open of.</summary>
    public FileInode? Inode { get; set; }

    /// <summary>The number of the backing file that the kernel reads, and writes to, in its place; 0 where it asks.</summary>
    public int BackingId { get; set; }

    /// <summary>Opens the file on the local disk that has exactly its bytes, and will until somebody writes to it; null if there is none.</summary>
    public virtual SafeFileHandle? OpenBacking() => null;

    /// <summary>As <see cref="OpenBacking"/>, of a file that was made by this and may be written to; null if there is none.</summary>
    public virtual SafeFileHandle? OpenBackingToWrite() => null;

    /// <summary>The kernel reads its backing file by itself from now on, or writes to it.</summary>
    public virtual void WasPassedThrough(bool writes)
    {
    }

    /// <summary>Looks for what the kernel has written by itself.</summary>
    public virtual ValueTask CatchUpAsync() => default;

    /// <summary>Whether what the kernel writes to by itself is what others who open the file are to see.</summary>
    public virtual bool IsBackingCurrent => false;

    /// <summary>Which process opened it, and how.</summary>
    public virtual void WasOpened(OpenFlags flags, int process)
    {
    }

    public abstract ValueTask<int> ReadAsync(long offset, Memory<byte> destination);

    public virtual ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source) => throw Refusals.ReadOnly();

    /// <summary>
    /// Becomes a copy of a file that has at most <paramref name="maxBytes"/> without copying a byte; how many it has. Null where bytes must
    /// be copied.
    /// </summary>
    public virtual ValueTask<long?> TryTakeOverAsync(OpenFile source, long maxBytes) => new((long?)null);

    /// <summary>close(2) of one descriptor.</summary>
    public virtual ValueTask FlushAsync() => default;

    /// <summary>fsync(2).</summary>
    public virtual ValueTask SyncAsync() => default;

    public virtual void Close()
    {
    }
}

/// <summary>A line of a directory listing.</summary>
internal readonly record struct DirectoryItem(string Name, ulong InodeNumber, FileKind Kind);

/// <summary>How long kernels may believe what they are told.</summary>
internal static class Lifetimes
{
    /// <summary>What only changes through the mount itself, or with an announcement.</summary>
    public static readonly TimeSpan Forever = TimeSpan.FromDays(365);

    /// <summary>What others may change at any time.</summary>
    public static readonly TimeSpan None = TimeSpan.Zero;
}

/// <summary>Refusals that several places share.</summary>
internal static class Refusals
{
    public static SessionException ReadOnly() => new(Errno.ReadOnly, "this cannot be changed: root.zarr, root.v2.zarr, branches, tags and the control files can, README says how");
}
