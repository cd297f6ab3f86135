namespace ArraylakeFs.Sessions;

/// <summary>A file or directory of the session's tree, for as long as somebody knows it.</summary>
public abstract class SessionNode
{
    private protected SessionNode(ulong inodeNumber, uint mode, long modifiedNs)
    {
        InodeNumber = inodeNumber;
        Mode = mode;
        ModifiedNs = modifiedNs;
    }

    /// <summary>Stays the same across renames, commits and remounts.</summary>
    public ulong InodeNumber { get; }

    /// <summary>The host's own object for this node, so that one node is one inode.</summary>
    public object? HostInode { get; set; }

    /// <summary>
    /// The directory that holds it and its name there; of a file with several names, one of them. Null above the root and when removed.
    /// </summary>
    internal SessionDirectory? Parent { get; set; }

    /// <inheritdoc cref="Parent"/>
    internal string Name { get; set; } = "";

    /// <summary>The number that the thing has in the snapshot it comes from; 0 if it comes from none.</summary>
    internal ulong LowerNumber { get; set; }

    /// <summary>The permission bits.</summary>
    internal uint Mode { get; set; }

    /// <summary>Nanoseconds since the epoch. Of a staged file, its own time stands instead.</summary>
    internal long ModifiedNs { get; set; }

    /// <summary>Whether the journal has a row for it: it, or for a directory something below it, belongs to the session.</summary>
    internal bool InJournal { get; set; }

    /// <summary>How many operations under way hold it.</summary>
    internal int Pins { get; set; }

    /// <summary>Whether it belongs to what a checkout or a discard has replaced (ESTALE).</summary>
    public bool IsStale { get; internal set; }
}

/// <summary>A directory of the session: the names that the session changed, over those of a directory of a snapshot.</summary>
public sealed class SessionDirectory : SessionNode
{
    internal SessionDirectory(ulong inodeNumber, uint mode, long modifiedNs, LowerDirectory? origin)
        : base(inodeNumber, mode, modifiedNs) => Origin = origin;

    /// <summary>What shows through from a snapshot under the names that <see cref="Upper"/> does not have.</summary>
    internal LowerDirectory? Origin { get; set; }

    /// <summary>Names changed by the session; null: the name is gone.</summary>
    internal Dictionary<string, SessionNode?> Upper { get; } = [];

    /// <summary>Unchanged names that somebody has looked up: only a cache, so that one thing is one object.</summary>
    internal Dictionary<string, SessionNode> Seen { get; } = [];

    /// <summary>Whether rmdir has removed it.</summary>
    internal bool IsRemoved { get; set; }

    /// <summary>The id of the node that a commit makes of this directory, once it was asked for.</summary>
    internal Icechunk.ObjectId8? NewNode { get; set; }

    /// <summary>The host's own object for this directory's v2 face.</summary>
    public object? V2HostInode { get; set; }

    /// <summary>What its document says, read as Zarr v2: only a cache.</summary>
    internal V2Reading? Reading { get; set; }

    /// <summary>What it was the last time that there was something to be read as Zarr v2; null if there has been nothing yet.</summary>
    internal V2Reading? LastReading { get; set; }

    /// <summary>Why what v2 tools wrote about it has not become <c>zarr.json</c> yet, although it says one; null where that is not so.</summary>
    public string? Unpublished { get; internal set; }

    /// <summary>How many files of it are being finished this moment.</summary>
    internal int Finishing;

    /// <summary>How v2 tools have been shown its chunks; null if they have not.</summary>
    public V2Keys? LastKeys => LastReading?.Keys;
}

/// <summary>A file of the session.</summary>
public sealed class SessionFile : SessionNode
{
    private SemaphoreSlim? _staging;

    internal SessionFile(ulong inodeNumber, uint mode, long modifiedNs, FileContent content)
        : base(inodeNumber, mode, modifiedNs) => Content = content;

    /// <summary>Where its bytes are now.</summary>
    internal FileContent Content { get; set; }

    /// <summary>How many names it has.</summary>
    internal int Links { get; set; } = 1;

    /// <summary>
    /// All of them, where there are several; some may be another file's by now. Null: <see cref="SessionNode.Parent"/> has the only one.
    /// </summary>
    internal List<(SessionDirectory Directory, string Name)>? Names { get; set; }

    /// <summary>How many handles are open.</summary>
    internal int Handles { get; set; }

    /// <summary>
    /// How many of them are for writing and not yet closed, flushed or synced since they were opened or last written to: while there are
    /// any, nobody but the writer knows whether the content is complete.
    /// </summary>
    internal int Writers { get; set; }

    /// <summary>How many handles have written something that is not finished yet.</summary>
    internal int Unfinished { get; set; }

    /// <summary>Grows whenever somebody may begin to change the content.</summary>
    internal int Changes { get; set; }

    /// <summary>Size and time of a staged file that nobody has open, so that they are asked for only once.</summary>
    internal (long Size, long ModifiedNs)? AtRest { get; set; }

    /// <summary>Reads <see cref="Content"/> while handles are open.</summary>
    internal ContentReader? Reader { get; set; }

    /// <summary>Readers of earlier content, until the last handle is closed.</summary>
    internal List<ContentReader>? Retired { get; set; }

    /// <summary>Whether the session itself has dropped it, and its name leads to something else that says the same, or says it better.</summary>
    internal bool IsSuperseded { get; set; }

    /// <summary>Makes the change of content by several writers one. Of the many files that nobody writes to, none has it.</summary>
    internal SemaphoreSlim Staging => _staging ?? Interlocked.CompareExchange(ref _staging, new SemaphoreSlim(1, 1), null) ?? _staging;
}

/// <summary>One open(2) of a file. Guarded by the tree's lock.</summary>
public sealed class SessionHandle
{
    internal SessionHandle(SessionFile file, bool canWrite) => (File, CanWrite, OpenedAs) = (file, canWrite, file.Content);

    /// <summary>The file.</summary>
    public SessionFile File { get; }

    /// <summary>Whether it was opened for writing.</summary>
    public bool CanWrite { get; }

    /// <summary>What the file's content was: that is what is read as long as the kernel reads it by itself, whatever others write.</summary>
    internal FileContent OpenedAs { get; }

    /// <summary>Whether it is one of the file's <see cref="SessionFile.Writers"/>.</summary>
    internal bool IsWriter { get; set; }

    /// <summary>Writes through it that have not returned yet.</summary>
    internal int WritesUnderWay { get; set; }

    /// <summary>The staged file that the kernel reads by itself, or writes to, since this was opened; null where others had it do so before.</summary>
    internal StagedFile? Backing { get; set; }

    /// <summary>Whether the kernel writes to <see cref="Backing"/>.</summary>
    internal bool IsKernelWriter { get; set; }

    /// <summary>The process that opened it; 0 if that is not known.</summary>
    internal int Process { get; set; }

    /// <summary>Whether the file was made by being opened.</summary>
    internal bool HasMade { get; init; }

    /// <summary>
    /// Whether something was written through it since it was opened, or since the last close of a descriptor: the file was made, emptied or changed.
    /// </summary>
    internal bool HasWritten { get; set; }
}

/// <summary>What stat(2) says of a node of the session. Times in nanoseconds since the epoch.</summary>
public readonly record struct NodeStatus(ulong InodeNumber, bool IsDirectory, uint Mode, uint Links, long Size, long ModifiedNs);
