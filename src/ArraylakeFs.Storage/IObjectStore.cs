using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Storage;

/// <summary>
/// Objects by key. A key is a relative path with <c>/</c> between its parts (<c>snapshots/1CECHNKREP0F1RSTCMT0</c>).
/// Every implementation is safe for concurrent use from many threads and processes.
/// Failures of the medium are <see cref="StorageException"/>; "there is no such object" is a null result.
/// </summary>
public interface IObjectStore : IAsyncDisposable
{
    /// <summary>What a person calls this store: a path or URL. For messages.</summary>
    string DisplayName { get; }

    /// <summary>Reads a whole object; null if it does not exist. Objects above <paramref name="maxBytes"/> are refused with an error.</summary>
    ValueTask<StoredObject?> GetAsync(string key, long maxBytes, CancellationToken cancellationToken);

    /// <summary>
    /// Reads up to <c>destination.Length</c> bytes from <paramref name="offset"/>. Returns the bytes read, fewer only at the
    /// object's end, or null if the object does not exist.
    /// </summary>
    ValueTask<int?> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Creates or replaces an object, unconditionally. Readers see the old or the new bytes, never a mix.</summary>
    ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Creates an object if it does not exist. Durable when it returns. Null when the key exists already.</summary>
    ValueTask<ETag?> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces an object if it is still the version named by <paramref name="expected"/>. Durable when it returns.
    /// Null when the object has changed or gone: nothing of ours is then left in its place.
    /// With <paramref name="backupKey"/>, the version that was replaced is kept under that key.
    /// </summary>
    ValueTask<ETag?> PutIfMatchAsync(
        string key, ReadOnlyMemory<byte> content, ETag expected, string? backupKey, CancellationToken cancellationToken);

    /// <summary>The objects whose key starts with <paramref name="prefix"/>, in no order.</summary>
    IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Size, time and version of one object; null if it does not exist.</summary>
    ValueTask<ObjectInfo?> StatAsync(string key, CancellationToken cancellationToken);

    /// <summary>Deletes an object; deleting what is not there is no error.</summary>
    ValueTask DeleteAsync(string key, CancellationToken cancellationToken);

    /// <summary>Returns when everything put, adopted or deleted through this instance so far survives a power cut.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>The local side of this store, or null when its objects are no local files.</summary>
    ILocalObjects? Local { get; }
}

/// <summary>What only a store of local files can do: give paths, and take over a finished file without copying it.</summary>
public interface ILocalObjects
{
    /// <summary>The root directory, absolute.</summary>
    string Root { get; }

    /// <summary>The path at which the object of that key is or would be.</summary>
    string PathOf(string key);

    /// <summary>
    /// Opens an object for reading; null when there is none. A link is not followed and nothing blocks: opening <see cref="PathOf"/>
    /// oneself would read whatever a repository from elsewhere links to, or wait for ever at a FIFO.
    /// </summary>
    /// <exception cref="StorageException">It cannot be opened, or is no regular file.</exception>
    SafeFileHandle? OpenToRead(string key);

    /// <summary>
    /// Renames the file at <paramref name="path"/> (same file system) to be the object <paramref name="key"/>.
    /// The bytes and the name are durable after the next <see cref="IObjectStore.FlushAsync"/>.
    /// </summary>
    void Adopt(string path, string key);

    /// <summary>As <see cref="Adopt"/>, for very many files of one folder, whose objects are <paramref name="prefix"/> and their names.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="names">The names of the files in it; there is at least one.</param>
    /// <param name="prefix">Ends with <c>/</c>.</param>
    /// <param name="adopted">Called after each.</param>
    void AdoptAll(string folder, IEnumerable<string> names, string prefix, Action adopted);

    /// <summary>
    /// For whoever puts objects before what refers to them: until the result is disposed, no <see cref="BeginHousekeepingAsync"/> of this or
    /// another process succeeds. Many may hold it at once, and, through one instance, also within one another.
    /// </summary>
    /// <exception cref="StorageException">Housekeeping takes longer than ten minutes, or the side file of the lock cannot be made.</exception>
    ValueTask<IDisposable> HoldOffHousekeepingAsync(CancellationToken cancellationToken);

    /// <summary>
    /// For whoever looks which objects nothing refers to: waits until nobody holds it off, and nobody can until the result is disposed.
    /// </summary>
    /// <exception cref="StorageException">Somebody holds it off for longer than a minute.</exception>
    ValueTask<IDisposable> BeginHousekeepingAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Makes a copy of an open file the object <paramref name="key"/> and returns its bytes. Durable after the next
    /// <see cref="IObjectStore.FlushAsync"/>.
    /// </summary>
    long PutCopy(SafeFileHandle file, string key);

    /// <summary>Removes what is left when all objects have been deleted: empty directories, the root too, and the store's own lock.</summary>
    void RemoveEmptyDirectories();
}

/// <summary>The version of an object, compared as text exactly as the store gave it.</summary>
public readonly record struct ETag(string Value);

/// <summary>An object's bytes and what was known of it when they were read.</summary>
public sealed record StoredObject(ReadOnlyMemory<byte> Content, ETag ETag, DateTimeOffset LastModified);

/// <summary>One line of a listing.</summary>
public sealed record ObjectInfo(string Key, long Size, ETag ETag, DateTimeOffset LastModified)
{
    /// <summary>
    /// Since when the object has been what it is under this key. Later than <see cref="LastModified"/> where a finished file was renamed into
    /// its place, which leaves its time as it was.
    /// </summary>
    public DateTimeOffset PlacedAt { get; init; } = LastModified;
}
