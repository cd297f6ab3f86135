using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>
/// A version-controlled Zarr repository: immutable reads and one commit call over an object store. Thread-safe.
/// Failures of the medium are <see cref="StorageException"/>, everything else <see cref="RepositoryException"/>.
/// </summary>
public sealed partial class ZarrRepository : IAsyncDisposable
{
    /// <summary>
    /// Bytes of manifests and snapshots kept in memory besides those in use, one half each: about 4 million references, and a few hundred thousand
    /// nodes.
    /// </summary>
    public const long DefaultCacheBytes = 512L << 20;

    private readonly long _cacheBytes;
    private readonly ManifestCache _manifests;
    private readonly LoadingCache<ObjectId12, SnapshotView> _snapshots;
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Commits made through this object: they can be read even if another program has overwritten <c>repo</c> without looking.</summary>
    private readonly ConcurrentDictionary<ObjectId12, bool> _made = [];

    private volatile CurrentReferences _current;
    private Task _preloading = Task.CompletedTask;

    private ZarrRepository(IObjectStore store, CurrentReferences current, long cacheBytes)
    {
        (Store, _current, _cacheBytes) = (store, current, cacheBytes);
        _manifests = new ManifestCache(store, cacheBytes / 2);
        _snapshots = new(cacheBytes / 2, snapshot => snapshot.SizeInMemory);
    }

    /// <summary>The objects. The repository does not own the store: whoever opened it disposes of it.</summary>
    public IObjectStore Store { get; }

    /// <summary>Makes a repository with one empty commit on <c>main</c> and all settings at their defaults.</summary>
    /// <exception cref="RepositoryException">The store is not empty; the message names what is there.</exception>
    public static Task<ZarrRepository> CreateAsync(IObjectStore store, CancellationToken cancellationToken) =>
        CreateAsync(store, null, cancellationToken);

    /// <summary>As above, with a configuration that every client finds (icechunk-format.md 3.3), such as <see cref="StorageFence.Config"/>.</summary>
    /// <exception cref="RepositoryException">The store is not empty; the message names what is there.</exception>
    public static async Task<ZarrRepository> CreateAsync(IObjectStore store, JsonObject? config, CancellationToken cancellationToken)
    {
        await RepositoryFiles.CreateAsync(store, config, cancellationToken);
        return await OpenAsync(store, cancellationToken);
    }

    /// <summary>Opens a repository: one of spec version 2, or, to be read only, of version 1.</summary>
    /// <exception cref="RepositoryException">There is none, it is of another version, or damaged.</exception>
    public static Task<ZarrRepository> OpenAsync(IObjectStore store, CancellationToken cancellationToken) =>
        OpenAsync(store, VirtualAccess.None, cancellationToken);

    /// <summary>Opens a repository of spec version 2 whose virtual chunks may be read where the user allows it.</summary>
    /// <exception cref="RepositoryException">There is none, it is of another version, or damaged.</exception>
    public static Task<ZarrRepository> OpenAsync(IObjectStore store, VirtualAccess access, CancellationToken cancellationToken) =>
        OpenAsync(store, access, DefaultCacheBytes, cancellationToken);

    /// <summary>As above, with so many bytes of manifests and snapshots kept in memory besides those in use.</summary>
    /// <exception cref="RepositoryException">There is none, it is of another version, or damaged.</exception>
    public static async Task<ZarrRepository> OpenAsync(
        IObjectStore store, VirtualAccess access, long cacheBytes, CancellationToken cancellationToken) =>
        new(store, await CurrentReferences.GetAsync(store, cancellationToken), cacheBytes) { VirtualAccess = access };

    /// <summary>What is kept in memory besides what is in use, and how much may be.</summary>
    public IReadOnlyList<(string Name, long Bytes, long LimitBytes)> Caches =>
        [("manifests", _manifests.Bytes, _cacheBytes / 2), ("snapshots", _snapshots.Weight, _cacheBytes / 2)];

    /// <summary>Deletes a repository: every object of the format, <c>repo</c> last, so that an interrupted deletion can be repeated.</summary>
    /// <exception cref="RepositoryException">There is no repository in this store.</exception>
    public static Task DeleteAsync(IObjectStore store, CancellationToken cancellationToken) => RepositoryFiles.DeleteAsync(store, cancellationToken);

    /// <summary>The present state of branches, tags and commits: read again when others have changed it.</summary>
    public async ValueTask<References> ReferencesAsync(CancellationToken cancellationToken)
    {
        var current = _current;
        var info = await Store.StatAsync(IcechunkPaths.Repo, cancellationToken);
        if (info is null && current.Version1 is { } history)
        {
            var value = await history.GetAsync(cancellationToken);
            _current = current = ReferenceEquals(value, current.Value) ? current : current with { Value = value };
        }
        else if (info?.ETag != current.ETag)
        {
            _current = current = await CurrentReferences.GetAsync(Store, cancellationToken);
        }

        return current.Value;
    }

    /// <summary>A snapshot that the repository knows.</summary>
    /// <exception cref="RepositoryException">It does not, or the snapshot's file is missing or damaged.</exception>
    public async ValueTask<SnapshotView> SnapshotAsync(ObjectId12 id, CancellationToken cancellationToken)
    {
        // Snapshots leave `repo` only by housekeeping, so what was known needs no new look before its file is missing.
        if (!_current.Value.Contains(id) && !(await ReferencesAsync(cancellationToken)).Contains(id) && !_made.ContainsKey(id))
        {
            throw new RepositoryException(RepositoryErrorKind.NotFound, $"There is no commit {id}.");
        }

        try
        {
            return await _snapshots.GetAsync(id, LoadSnapshotAsync, cancellationToken);
        }
        catch (RepositoryException failure) when (failure.Kind == RepositoryErrorKind.Corrupt)
        {
            throw (await ReferencesAsync(cancellationToken)).Contains(id) ? failure : new RepositoryException(
                RepositoryErrorKind.NotFound, $"There is no commit {id} any more: it expired, or nothing led to it, and it was removed.", failure);
        }
    }

    /// <summary>
    /// Reads bytes of a chunk from <paramref name="offset"/> within it. Returns the bytes read: fewer than asked for only at the chunk's end.
    /// </summary>
    /// <exception cref="RepositoryException">
    /// The chunk's object is missing or too short; or the chunk is virtual and one of the failures of <see cref="OpenVirtualAsync"/> and
    /// <see cref="VirtualChunk.ReadAsync"/> stands in the way.
    /// </exception>
    public ValueTask<int> ReadChunkAsync(ChunkReference chunk, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var count = (int)Math.Clamp(chunk.Length - offset, 0, destination.Length);
        switch (chunk.Kind)
        {
            case ChunkKind.Inline:
                chunk.InlineData.Slice((int)Math.Min(offset, chunk.Length), count).CopyTo(destination);
                return new(count);
            case ChunkKind.Native:
                return count == 0 ? new(0) : ReadNativeAsync(chunk, offset, destination[..count], cancellationToken);
            default:
                return count == 0 ? new(0) : ReadVirtualAsync(chunk, offset, destination[..count], cancellationToken);
        }
    }

    /// <summary>
    /// Makes a commit: all of it or nothing, and durable when this returns. The chunk objects that it names are there already, or come
    /// while it is made (<see cref="CommitRequest.Placing"/>). After a failure
    /// the same request can be repeated; if it had happened after all, repeating it does nothing.
    /// </summary>
    /// <exception cref="BranchMovedException">The branch is no longer at the request's base.</exception>
    /// <exception cref="RepositoryException">
    /// The changes are invalid, the branch unknown, or the repository read-only; or, with <see cref="RepositoryErrorKind.NotDurable"/>, the
    /// commit was made and may be lost in a power cut.
    /// </exception>
    public async Task CommitAsync(CommitRequest request, CancellationToken cancellationToken)
    {
        using var heldOff = await HoldOffHousekeepingAsync(cancellationToken);
        var references = await ReferencesAsync(cancellationToken);
        var change = ChangeOf(request, new SnapshotInfo(request.NewSnapshot, ParentOf(references, request), default, request.Message, [], []));
        if (change.IsInPlace(references))
        {
            await RepoUpdate.ConfirmAsync(Store, change);
            return;
        }

        change.Check(references);
        if (references.Contains(request.NewSnapshot))
        {
            // Its files must not be written again.
            throw new RepositoryException(
                RepositoryErrorKind.Exists, $"There is a commit {request.NewSnapshot} already, and the branch '{request.Branch}' does not hold it.");
        }

        if (request.Changes.Moves.Count > 0 && !references.Repo.IsEnabled(FeatureFlag.MoveNode))
        {
            throw new RepositoryException(RepositoryErrorKind.Invalid, "This repository forbids moving nodes (feature flag move_node).");
        }

        var @base = await SnapshotAsync(request.Base, cancellationToken);
        var amended = request.Amends ? await TransactionLogAsync(request.Base, cancellationToken) : null;
        var writer = new CommitWriter(Store, references.Settings, @base, request, amended);
        var snapshot = await writer.WriteAsync(cancellationToken);
        _made.TryAdd(request.NewSnapshot, true);
        await UpdateAsync(ChangeOf(request, snapshot with { Parent = ParentOf(references, request) }), cancellationToken);
        foreach (var manifest in writer.Superseded)
        {
            _manifests.Forget(manifest);
        }
    }

    /// <summary>What a commit changed, as it says itself. Null where it has no transaction log: early writers wrote none for the first commit.</summary>
    /// <exception cref="RepositoryException">It is damaged.</exception>
    internal async Task<TransactionLog?> TransactionLogAsync(ObjectId12 commit, CancellationToken cancellationToken)
    {
        var key = IcechunkPaths.TransactionLog(commit);
        return await Store.GetAsync(key, Limits.MaxFileBytes, cancellationToken) is { } file ? MetadataFiles.Decode(key, file, TransactionLog.Decode) : null;
    }

    private static RepoChange ChangeOf(CommitRequest request, SnapshotInfo snapshot) => request.Amends
        ? new RepoChange.Amend(request.Branch, request.Base, snapshot) : new RepoChange.Commit(request.Branch, snapshot);

    private static ObjectId12? ParentOf(References references, CommitRequest request)
    {
        if (!request.Amends)
        {
            return request.Base;
        }

        // An unknown base is the branch's fault, and told of as that.
        return !references.TryGetCommit(request.Base, out var replaced) ? null : replaced.Parent ?? throw new RepositoryException(
            RepositoryErrorKind.Invalid, $"The commit {request.Base} is the first of this repository, and cannot be amended.");
    }

    /// <summary>
    /// Reads the manifests of a snapshot that the repository's configuration wants in memory (<c>manifest.preload</c>), in the background
    /// until the repository is closed. Nobody need wait for it, and it never fails: what goes wrong is told to whoever needs the manifest.
    /// </summary>
    public Task PreloadAsync(SnapshotView view)
    {
        lock (_closing)
        {
            var preloading = Task.Run(RunAsync, CancellationToken.None);
            _preloading = Task.WhenAll(_preloading, preloading);
            return preloading;
        }

        async Task RunAsync()
        {
            try
            {
                await view.LoadAsync(_current.Value.Settings.Preload.Choose(view), _closing.Token);
            }
            catch (Exception failure) when (failure is RepositoryException or StorageException or OperationCanceledException)
            {
                // Whoever needs what could not be read is told then.
            }
        }
    }

    /// <summary>Returns when nothing is read any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _preloading;
        _current.Version1?.Dispose();
    }

    private async ValueTask<int> ReadNativeAsync(ChunkReference chunk, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var key = IcechunkPaths.Chunk(chunk.ChunkId);
        if (chunk.Offset > long.MaxValue - chunk.Length)
        {
            throw new RepositoryException(RepositoryErrorKind.Corrupt, $"{key}: a manifest refers to bytes beyond any file's end.");
        }

        return await Store.ReadAsync(key, chunk.Offset + offset, destination, cancellationToken) switch
        {
            null => throw new RepositoryException(RepositoryErrorKind.Corrupt, $"{key}: the file is missing."),
            var count when count < destination.Length => throw new RepositoryException(
                RepositoryErrorKind.Corrupt, $"{key}: the file ends before byte {chunk.Offset + chunk.Length}, where the chunk should."),
            var count => count.Value,
        };
    }

    private async Task<SnapshotView> LoadSnapshotAsync(ObjectId12 id)
    {
        var key = IcechunkPaths.Snapshot(id);
        var (snapshot, _) = await MetadataFiles.GetAsync(Store, key, Snapshot.Decode, CancellationToken.None);
        return snapshot.Id == id
            ? new SnapshotView(key, snapshot, _manifests)
            : throw new RepositoryException(RepositoryErrorKind.Corrupt, $"{key}: the file says that it is the snapshot {snapshot.Id}.");
    }
}
