using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>
/// The branches, tags and commits of a repository of spec version 1: gathered from the files below <c>refs/</c> and, from the commits
/// that these name, along the parents that each snapshot's file holds. A snapshot's file is read once for each of its versions.
/// </summary>
internal sealed class Version1History(IObjectStore store) : IDisposable
{
    /// <summary>
    /// Expiration rewrites snapshot files, and nothing else changes with them: after so long they are compared again with what was read.
    /// </summary>
    private static readonly TimeSpan Trust = TimeSpan.FromSeconds(10);

    private const string ReadOnlyReason = "its format is Icechunk 1, which is only read here. To change it, migrate it with the official " +
        "client first: icechunk.upgrade_icechunk_repository(repo, dry_run=False) in Python";

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Dictionary<ObjectId12, (ETag ETag, SnapshotInfo Info)> _read = [];
    private readonly Dictionary<ObjectId12, RepositoryException> _unreadable = [];
    private Dictionary<string, ETag> _refs = [];
    private References? _current;
    private DateTime _comparedAt;

    /// <summary>Tells the time; tests need not wait.</summary>
    public Func<DateTime> Now { get; init; } = () => DateTime.UtcNow;

    /// <summary>The present state; the same object as before while nothing has changed.</summary>
    /// <exception cref="RepositoryException">A branch or tag is damaged, or <c>config.yaml</c>.</exception>
    public async Task<References> GetAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_current is null)
            {
                _comparedAt = Now();
            }

            var refs = await ListRefsAsync(cancellationToken);
            var areRefsSame = refs.Count == _refs.Count && refs.All(pair => _refs.TryGetValue(pair.Key, out var etag) && etag == pair.Value);
            var areCommitsSame = Now() - _comparedAt < Trust || await AreCommitsAsTheyWereAsync(cancellationToken);
            if (_current is not null && areRefsSame && areCommitsSame)
            {
                return _current;
            }

            _current = null; // if this fails, it is to be tried again
            _current = await GatherAsync(refs.Keys, cancellationToken);
            _refs = refs;
            return _current;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<Dictionary<string, ETag>> ListRefsAsync(CancellationToken cancellationToken)
    {
        var refs = new Dictionary<string, ETag>(StringComparer.Ordinal);
        await foreach (var found in store.ListAsync(Version1Ref.Folder, cancellationToken))
        {
            refs[found.Key] = found.ETag;
        }

        return refs;
    }

    /// <summary>Forgets what was read of files that have changed since. What could not be read is to be tried again.</summary>
    private async Task<bool> AreCommitsAsTheyWereAsync(CancellationToken cancellationToken)
    {
        var missing = _read.Keys.ToHashSet();
        var isSame = _unreadable.Count == 0;
        await foreach (var found in store.ListAsync(IcechunkPaths.Snapshots, cancellationToken))
        {
            if (ObjectId12.TryParse(found.Key[IcechunkPaths.Snapshots.Length..], out var id) && _read.TryGetValue(id, out var read))
            {
                missing.Remove(id);
                isSame &= read.ETag == found.ETag || !_read.Remove(id);
            }
        }

        foreach (var id in missing)
        {
            _read.Remove(id);
        }

        _comparedAt = Now();
        return isSame && missing.Count == 0;
    }

    private async Task<References> GatherAsync(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        var (branches, tags, deletedTags) = await ReadRefsAsync(keys, cancellationToken);
        var commits = await WalkAsync(branches.Values.Concat(tags.Values), cancellationToken);
        var config = await store.GetAsync(Version1Config.Key, Version1Config.MaxFileBytes, cancellationToken) is { } file
            ? MetadataFiles.Decode(Version1Config.Key, file, (_, content) => Version1Config.Read(content)) : null;
        var repository = new Version1Repository(commits, ToRefs(branches), ToRefs(tags), deletedTags, config);
        var time = commits.Select(commit => commit.FlushedAt).DefaultIfEmpty().Min();
        var status = new RepoStatus(RepoAvailability.ReadOnly, time, ReadOnlyReason);
        var update = new Icechunk.RepoUpdate(RepoUpdateKind.RepoInitialized, time);
        var repo = MetadataFiles.Make(() => RepoInfo.Decode(Version1Ref.Folder, repository.ToRepo(status, update)));
        return new References(repo)
        {
            SpecVersion = IcechunkFile.SpecVersion1,
            Unreadable = new Dictionary<ObjectId12, RepositoryException>(_unreadable),
        };
    }

    private static RepoRef[] ToRefs(Dictionary<string, ObjectId12> refs) => [.. refs.Select(pair => new RepoRef(pair.Key, pair.Value))];

    private async Task<(Dictionary<string, ObjectId12> Branches, Dictionary<string, ObjectId12> Tags, HashSet<string> DeletedTags)> ReadRefsAsync(
        IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        var (branches, tags, deletedTags) = (new Dictionary<string, ObjectId12>(), new Dictionary<string, ObjectId12>(), new HashSet<string>());
        // Where a name with percent signs could be two, the first in this order has it, at every time.
        foreach (var reference in keys.Order(StringComparer.Ordinal).Select(Version1Ref.Parse).OfType<Version1Ref>())
        {
            if (reference.Kind == Version1RefKind.DeletedTag)
            {
                deletedTags.Add(reference.Name);
            }
            else if (await store.GetAsync(reference.Key, Version1Ref.MaxFileBytes, cancellationToken) is { } file)
            {
                var snapshot = MetadataFiles.Decode(reference.Key, file, (_, content) => reference.ReadSnapshot(content));
                (reference.Kind == Version1RefKind.Branch ? branches : tags).TryAdd(reference.Name, snapshot);
            }
        }

        foreach (var name in deletedTags)
        {
            tags.Remove(name);
        }

        return (branches, tags, deletedTags);
    }

    /// <summary>
    /// The commits that can be reached. One whose file cannot be read stands for itself, without parent: whoever asks for it is told.
    /// </summary>
    private async Task<IReadOnlyCollection<SnapshotInfo>> WalkAsync(IEnumerable<ObjectId12> tips, CancellationToken cancellationToken)
    {
        _unreadable.Clear();
        var reached = new Dictionary<ObjectId12, SnapshotInfo>();
        foreach (var tip in tips)
        {
            for (ObjectId12? id = tip; id is { } next && !reached.ContainsKey(next); id = reached[next].Parent)
            {
                if (reached.Count == Limits.MaxVersion1Commits)
                {
                    throw new RepositoryException(
                        RepositoryErrorKind.Unsupported,
                        $"The repository is of Icechunk 1 and has more than {reached.Count} commits: it can be opened once it is migrated.");
                }

                reached.Add(next, await ReadCommitAsync(next, cancellationToken));
            }
        }

        foreach (var id in _read.Keys.Where(id => !reached.ContainsKey(id)))
        {
            _read.Remove(id);
        }

        return reached.Values;
    }

    private async Task<SnapshotInfo> ReadCommitAsync(ObjectId12 id, CancellationToken cancellationToken)
    {
        if (_read.TryGetValue(id, out var read))
        {
            return read.Info;
        }

        try
        {
            var key = IcechunkPaths.Snapshot(id);
            var (info, file) = await MetadataFiles.GetAsync(store, key, Snapshot.DecodeInfo, cancellationToken);
            _read[id] = info.Id == id
                ? (file.ETag, info)
                : throw new RepositoryException(RepositoryErrorKind.Corrupt, $"{key}: the file says that it is the snapshot {info.Id}.");
            return info;
        }
        catch (RepositoryException failure)
        {
            _unreadable[id] = failure;
            return new SnapshotInfo(id, null, default, "", [], []);
        }
    }
}
