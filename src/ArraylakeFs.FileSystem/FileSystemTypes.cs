using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem;

/// <summary>A value, or the errno that stands in its place.</summary>
public readonly struct Result<T>
{
    private Result(T value, Errno errno) => (Value, Errno) = (value, errno);

    /// <summary>The value; meaningful only if <see cref="Ok"/>.</summary>
    public T Value { get; }

    /// <summary><see cref="Errno.None"/> on success.</summary>
    public Errno Errno { get; }

    /// <summary>Whether there is a value.</summary>
    public bool Ok => Errno == Errno.None;

    /// <summary>A success.</summary>
    public static implicit operator Result<T>(T value) => new(value, Errno.None);

    /// <summary>A failure.</summary>
    public static implicit operator Result<T>(Errno errno) => new(default!, errno);
}

/// <summary>What kind of thing a node is.</summary>
public enum FileKind : byte
{
    /// <summary>A directory.</summary>
    Directory,
    /// <summary>A regular file.</summary>
    File,
    /// <summary>A symbolic link.</summary>
    SymbolicLink,
}

/// <summary>
/// The attributes of a node, as stat(2) shows them. Times are nanoseconds since the epoch, <see cref="Blocks"/> counts 512 bytes.
/// </summary>
public readonly record struct Attributes(
    ulong InodeNumber, FileKind Kind, uint Permissions, uint LinkCount, uint UserId, uint GroupId,
    long Size, long ModifiedNs, long ChangedNs, long AccessedNs)
{
    /// <summary>Space in units of 512 bytes.</summary>
    public long Blocks => (Size + 511) / 512;
}

/// <summary>
/// A name resolved: the node's number (0: the name is absent and that may be cached), attributes, and how long the kernel may
/// believe each. <see cref="TimeSpan.Zero"/> means "ask again".
/// </summary>
public readonly record struct Entry(ulong Node, Attributes Attributes, TimeSpan EntryLifetime, TimeSpan AttributesLifetime);

/// <summary>Attributes and how long they may be believed.</summary>
public readonly record struct AttributesReply(Attributes Attributes, TimeSpan Lifetime);

/// <summary>Which attributes to change; null leaves one as it is. Times in nanoseconds since the epoch.</summary>
public readonly record struct AttributeChange(
    long? Size = null, long? ModifiedNs = null, long? AccessedNs = null, uint? Permissions = null, uint? UserId = null, uint? GroupId = null,
    ulong? Handle = null);

/// <summary>How a file is opened.</summary>
[Flags]
public enum OpenFlags
{
    /// <summary>For reading.</summary>
    Read = 1,
    /// <summary>For writing.</summary>
    Write = 2,
    /// <summary>Every write goes to the end.</summary>
    Append = 4,
    /// <summary>Emptied when opened.</summary>
    Truncate = 8,
    /// <summary>Must not exist yet (with create).</summary>
    Exclusive = 16,
}

/// <summary>The flags of renameat2(2).</summary>
[Flags]
public enum RenameFlags
{
    /// <summary>Replaces the target.</summary>
    None = 0,
    /// <summary>EEXIST if the target exists.</summary>
    NoReplace = 1,
    /// <summary>Swaps the two.</summary>
    Exchange = 2,
}

/// <summary>Who asks: the process, whichever of its threads it is (0 if that is not known).</summary>
public readonly record struct Caller(int ProcessId, uint UserId, uint GroupId);

/// <summary>How the kernel may cache the data of an open file.</summary>
public enum DataCaching
{
    /// <summary>Pages are kept until invalidated.</summary>
    Keep,
    /// <summary>Pages are kept until the next open, because the bytes may have changed by then.</summary>
    UntilOpened,
    /// <summary>Every read and write comes here; the size in the attributes does not bound reads.</summary>
    Direct,
}

/// <summary>
/// An open file. A non-null <see cref="Handle"/> of 0 is valid. Where <see cref="BackingId"/> is not 0, the kernel is to read that backing file
/// by itself.
/// </summary>
public readonly record struct OpenedFile(ulong Handle, DataCaching Caching, int BackingId = 0);

/// <summary>A created and opened file.</summary>
public readonly record struct CreatedFile(Entry Entry, OpenedFile File);

/// <summary>As statvfs(3): sizes in blocks of <see cref="BlockSize"/> bytes.</summary>
public readonly record struct VolumeStatistics(uint BlockSize, ulong Blocks, ulong FreeBlocks, ulong AvailableBlocks, ulong Files, ulong FreeFiles, uint NameLength);
