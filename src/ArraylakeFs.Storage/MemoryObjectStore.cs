using System.Globalization;
using System.Runtime.CompilerServices;

namespace ArraylakeFs.Storage;

/// <summary>What is asked of a store; for <see cref="MemoryObjectStore.Before"/> and <see cref="MemoryObjectStore.After"/>.</summary>
public enum StoreOperation
{
    /// <summary><see cref="IObjectStore.GetAsync"/></summary>
    Get,

    /// <summary><see cref="IObjectStore.ReadAsync"/></summary>
    Read,

    /// <summary><see cref="IObjectStore.PutAsync"/></summary>
    Put,

    /// <summary><see cref="IObjectStore.PutIfAbsentAsync"/></summary>
    PutIfAbsent,

    /// <summary><see cref="IObjectStore.PutIfMatchAsync"/></summary>
    PutIfMatch,

    /// <summary><see cref="IObjectStore.ListAsync"/></summary>
    List,

    /// <summary><see cref="IObjectStore.StatAsync"/></summary>
    Stat,

    /// <summary><see cref="IObjectStore.DeleteAsync"/></summary>
    Delete,

    /// <summary><see cref="IObjectStore.FlushAsync"/></summary>
    Flush,
}

/// <summary>
/// Objects in memory, for tests: faults are injected by throwing from <see cref="Before"/> (it did not happen) or
/// <see cref="After"/> (it happened, but the answer was lost), and <see cref="PowerCut"/> forgets what was not flushed.
/// </summary>
public sealed class MemoryObjectStore : IObjectStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredObject?> _durableVersions = new(StringComparer.Ordinal);
    private long _version;

    /// <summary>Called with the operation and its key (empty for a flush) before anything is done.</summary>
    public Action<StoreOperation, string>? Before { get; set; }

    /// <summary>Called when it is done.</summary>
    public Action<StoreOperation, string>? After { get; set; }

    /// <inheritdoc/>
    public string DisplayName => "memory";

    /// <inheritdoc/>
    public ILocalObjects? Local => null;

    /// <summary>Every object becomes what it was when it was last durable. As adversarial as a disk may be: nothing else survives.</summary>
    public void PowerCut()
    {
        lock (_lock)
        {
            foreach (var (key, durable) in _durableVersions)
            {
                if (durable is null)
                {
                    _objects.Remove(key);
                }
                else
                {
                    _objects[key] = durable;
                }
            }

            _durableVersions.Clear();
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoredObject?> GetAsync(string key, long maxBytes, CancellationToken cancellationToken) =>
        new(Run(StoreOperation.Get, key, () => Find(key) is { } found && found.Content.Length > maxBytes
            ? throw new StorageException(key, $"has {found.Content.Length} bytes, more than the {maxBytes} that such a file may have.")
            : Find(key), cancellationToken));

    /// <inheritdoc/>
    public ValueTask<int?> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return new(Run(StoreOperation.Read, key, () =>
        {
            if (Find(key) is not { } found)
            {
                return (int?)null;
            }

            var rest = found.Content[(int)Math.Min(offset, found.Content.Length)..];
            var count = Math.Min(rest.Length, destination.Length);
            rest[..count].CopyTo(destination);
            return count;
        }, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Run(StoreOperation.Put, key, () => Replace(key, content, durable: false), cancellationToken);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<ETag?> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        new(Run(StoreOperation.PutIfAbsent, key, () =>
            Find(key) is null ? Replace(key, content, durable: true) : (ETag?)null, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<ETag?> PutIfMatchAsync(
        string key, ReadOnlyMemory<byte> content, ETag expected, string? backupKey, CancellationToken cancellationToken) =>
        new(Run(StoreOperation.PutIfMatch, key, () =>
        {
            if (Find(key) is not { } found || found.ETag != expected)
            {
                return (ETag?)null;
            }

            if (backupKey is not null)
            {
                ObjectKey.Validate(backupKey);
                Replace(backupKey, found.Content, durable: true);
            }

            return Replace(key, content, durable: true);
        }, cancellationToken));

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var listing = Run(StoreOperation.List, prefix, () => _objects
            .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(entry => Describe(entry.Key, entry.Value)).ToArray(), cancellationToken);
        await Task.CompletedTask;
        foreach (var info in listing)
        {
            yield return info;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ObjectInfo?> StatAsync(string key, CancellationToken cancellationToken) =>
        new(Run(StoreOperation.Stat, key, () => Find(key) is { } found ? Describe(key, found) : null, cancellationToken));

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string key, CancellationToken cancellationToken)
    {
        Run(StoreOperation.Delete, key, () =>
        {
            RememberDurable(key);
            return _objects.Remove(key);
        }, cancellationToken);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Run(StoreOperation.Flush, "", () =>
        {
            _durableVersions.Clear();
            return true;
        }, cancellationToken);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private static ObjectInfo Describe(string key, StoredObject stored) => new(key, stored.Content.Length, stored.ETag, stored.LastModified);

    private T Run<T>(StoreOperation operation, string key, Func<T> action, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (operation is not (StoreOperation.Flush or StoreOperation.List))
        {
            ObjectKey.Validate(key);
        }

        Before?.Invoke(operation, key);
        T result;
        lock (_lock)
        {
            result = action();
        }

        After?.Invoke(operation, key);
        return result;
    }

    private StoredObject? Find(string key) => _objects.GetValueOrDefault(key);

    private ETag Replace(string key, ReadOnlyMemory<byte> content, bool durable)
    {
        if (durable)
        {
            _durableVersions.Remove(key);
        }
        else
        {
            RememberDurable(key);
        }

        var etag = new ETag((++_version).ToString("x", CultureInfo.InvariantCulture));
        _objects[key] = new StoredObject(content.ToArray(), etag, DateTimeOffset.UtcNow);
        return etag;
    }

    private void RememberDurable(string key) => _durableVersions.TryAdd(key, Find(key));
}
