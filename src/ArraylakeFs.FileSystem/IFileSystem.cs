using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem;

/// <summary>
/// The mounted tree as a kernel adapter sees it. Nodes are named by numbers that stay valid until they are forgotten;
/// number 1 is the mount's root. Names arrive as UTF-16 and are compared ordinally. Operations that need no I/O complete
/// synchronously; the others complete on the thread pool. No operation throws: the result carries the errno.
/// All members may be called concurrently from any thread.
/// </summary>
public interface IFileSystem
{
    /// <summary>The number of the root directory.</summary>
    const ulong RootNode = 1;

    /// <summary>Set by the host before the first call: where the file system announces changes that did not come through it.</summary>
    IKernelCache KernelCache { set; }

    /// <summary>Set by a host whose kernel can read files by itself, before the first open.</summary>
    IBackingFiles? BackingFiles { set; }

    /// <summary>Set by the host: what it counts, for the file <c>metrics</c>.</summary>
    Func<IEnumerable<Metric>>? HostMetrics { set; }

    /// <summary>
    /// Finds a name. On success the node's reference count grows by one (see <see cref="Forget"/>).
    /// A name that is known to be absent is a success with <see cref="Entry.Node"/> 0 if its absence may be cached, else ENOENT.
    /// </summary>
    ValueTask<Result<Entry>> LookupAsync(ulong parent, ReadOnlySpan<char> name, Caller caller = default);

    /// <summary>Gives back <paramref name="count"/> references obtained through lookups and creations.</summary>
    void Forget(ulong node, ulong count);

    /// <summary>The attributes of a node, and how long they may be cached.</summary>
    ValueTask<Result<AttributesReply>> GetAttributesAsync(ulong node);

    /// <summary>Applies the given changes (truncate, times, mode) and returns the new attributes.</summary>
    ValueTask<Result<AttributesReply>> SetAttributesAsync(ulong node, AttributeChange change);

    /// <summary>The target of a symbolic link.</summary>
    ValueTask<Result<string>> ReadLinkAsync(ulong node);

    /// <summary>Creates a directory; the result counts as a lookup.</summary>
    ValueTask<Result<Entry>> MakeDirectoryAsync(ulong parent, ReadOnlySpan<char> name, uint mode);

    /// <summary>Creates a symbolic link; the result counts as a lookup.</summary>
    ValueTask<Result<Entry>> MakeSymbolicLinkAsync(ulong parent, ReadOnlySpan<char> name, string target);

    /// <summary>Creates and opens a file; the entry counts as a lookup. EEXIST with <see cref="OpenFlags.Exclusive"/> if it is there.</summary>
    ValueTask<Result<CreatedFile>> CreateAsync(ulong parent, ReadOnlySpan<char> name, uint mode, OpenFlags flags, Caller caller);

    /// <summary>Gives a file another name; the result counts as a lookup.</summary>
    ValueTask<Result<Entry>> LinkAsync(ulong node, ulong newParent, ReadOnlySpan<char> newName, Caller caller = default);

    /// <summary>Removes the name of a file or symbolic link. Open handles keep working.</summary>
    ValueTask<Errno> UnlinkAsync(ulong parent, ReadOnlySpan<char> name, Caller caller = default);

    /// <summary>Removes an empty directory.</summary>
    ValueTask<Errno> RemoveDirectoryAsync(ulong parent, ReadOnlySpan<char> name);

    /// <summary>Renames; flags are those of renameat2(2) without WHITEOUT.</summary>
    ValueTask<Errno> RenameAsync(
        ulong parent, ReadOnlySpan<char> name, ulong newParent, ReadOnlySpan<char> newName, RenameFlags flags, Caller caller = default);

    /// <summary>Opens a file. ENOSYS where nothing need be opened to be read: the kernel then asks for no open any more.</summary>
    ValueTask<Result<OpenedFile>> OpenAsync(ulong node, OpenFlags flags, Caller caller);

    /// <summary>
    /// Reads into <paramref name="destination"/>; the bytes read are fewer than asked only at the end of the file. The node counts where nothing
    /// was opened (<paramref name="handle"/> 0).
    /// </summary>
    ValueTask<Result<int>> ReadAsync(ulong node, ulong handle, long offset, Memory<byte> destination);

    /// <summary>Writes all of <paramref name="source"/>, or fails. On a control file the whole write is one command.</summary>
    ValueTask<Result<int>> WriteAsync(ulong handle, long offset, ReadOnlyMemory<byte> source);

    /// <summary>
    /// copy_file_range(2): how many bytes have come to be in the target without being copied. EOPNOTSUPP where they must be copied, which
    /// the caller does by reading and writing.
    /// </summary>
    ValueTask<Result<long>> CopyRangeAsync(ulong source, long sourceOffset, ulong target, long targetOffset, long length);

    /// <summary>close(2) of one descriptor; may come many times for one handle. ENOSYS: the kernel says it no more.</summary>
    ValueTask<Errno> FlushAsync(ulong handle);

    /// <summary>fsync(2): what was written through this node, and its name, survive a power cut.</summary>
    ValueTask<Errno> SyncAsync(ulong handle);

    /// <summary>fsync(2) of a directory: changes of names so far survive a power cut.</summary>
    ValueTask<Errno> SyncDirectoryAsync(ulong node);

    /// <summary>fallocate(2) with the given mode bits.</summary>
    ValueTask<Errno> AllocateAsync(ulong handle, long offset, long length, uint mode);

    /// <summary>The last descriptor of a handle is gone.</summary>
    void Release(ulong handle);

    /// <summary>Opens a directory for listing: the listing is the state at this moment, until it is read from the start again.</summary>
    ValueTask<Result<ulong>> OpenDirectoryAsync(ulong node);

    /// <summary>
    /// Adds the entries behind <paramref name="cookie"/> (0 at the start; <c>.</c> and <c>..</c> included) to the sink until it is full.
    /// From the start for a second time, as after rewinddir(3), the state is that of then.
    /// With <paramref name="withAttributes"/> each entry but the dots counts as a lookup.
    /// </summary>
    ValueTask<Errno> ReadDirectoryAsync(ulong handle, long cookie, bool withAttributes, IDirectorySink sink);

    /// <summary>Closes a listing.</summary>
    void ReleaseDirectory(ulong handle);

    /// <summary>One extended attribute; ENODATA if the node has none of that name.</summary>
    ValueTask<Result<ReadOnlyMemory<byte>>> GetExtendedAttributeAsync(ulong node, ReadOnlySpan<char> name);

    /// <summary>Space and limits, as statvfs(3).</summary>
    ValueTask<Result<VolumeStatistics>> StatisticsAsync();
}

/// <summary>What a host's kernel caches on behalf of the file system, and how to make it let go. Never call while holding a lock.</summary>
public interface IKernelCache
{
    /// <summary>Attributes of a directory have changed. Carried out when it returns.</summary>
    void InvalidateNode(ulong node);

    /// <summary>Every cached name must be looked up again before its next use. Carried out when it returns.</summary>
    void InvalidateAllEntries();

    /// <summary>
    /// A name in a directory stands for something else, or for nothing any more. That is carried out later: the kernel may have to wait for a
    /// request in that directory.
    /// </summary>
    void InvalidateEntry(ulong parent, string name);

    /// <summary>
    /// Memory is short: of these nodes it is to forget those that nobody uses, when it has nothing else to let go of. Completes when it has looked at
    /// them; false if it cannot.
    /// </summary>
    Task<bool> PruneAsync(ulong[] nodes);

    /// <summary>
    /// Completes when all names announced so far have been let go of, or, where that takes long, every name is to be looked up again. Whoever is asked about a directory of <c>root.zarr</c> never waits.
    /// </summary>
    ValueTask DrainAsync();
}

/// <summary>Receives a directory listing. Returns false when the entry does not fit: it was then not taken.</summary>
public interface IDirectorySink
{
    /// <summary>A name without attributes. <paramref name="nextCookie"/> continues behind it.</summary>
    bool TryAdd(ReadOnlySpan<char> name, ulong inodeNumber, FileKind kind, long nextCookie);

    /// <summary>A name with what a lookup of it would answer.</summary>
    bool TryAdd(ReadOnlySpan<char> name, in Entry entry, long nextCookie);
}
