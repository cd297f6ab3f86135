using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>
/// Removes what nothing needs. Everything that is needed is read first, so that what is damaged stops it before anything has changed. Then,
/// while none of our writers is between an object and what refers to it: the candidates are listed, sessions are asked what they stand on, and
/// <c>repo</c> is replaced by a version without unreachable commits. What this version needs is read, as far as it is not known yet, and the
/// other candidates are deleted. Interrupted anywhere, it leaves some garbage and nothing else. Why that is safe: decision 013.
/// </summary>
internal sealed class GarbageCollection
{
    private static readonly string[] Folders = ["snapshots/", "transactions/", "manifests/", "chunks/"];
    private static readonly IReadOnlySet<ObjectId12> Nothing = new HashSet<ObjectId12>();

    private readonly ZarrRepository _repository;
    private readonly IObjectStore _store;
    private readonly GarbageRequest _request;
    private readonly ReachableObjects _reachable;
    private IReadOnlySet<ObjectId12> _inUse = Nothing;

    public GarbageCollection(ZarrRepository repository, GarbageRequest request)
    {
        (_repository, _store, _request) = (repository, repository.Store, request);
        _reachable = new ReachableObjects(_store, request.Progress);
    }

    public async Task<GarbageReport> RunAsync(CancellationToken cancellationToken)
    {
        var references = await _repository.ReferencesAsync(cancellationToken);
        await AskForUseAsync(cancellationToken);
        var old = await OldCommitsAsync(references, cancellationToken);
        var change = new HousekeepingChange.CollectGarbage(old, _inUse);
        var commits = change.CountIn(references);
        if (!_request.IsDryRun)
        {
            change.Check(references);
        }

        await ReadAsync(references, old, cancellationToken);
        if (_request.IsDryRun)
        {
            return Report(commits, await CandidatesAsync(cancellationToken));
        }

        List<(string Folder, ObjectInfo Object)> candidates;
        using (_store.Local is { } local ? await local.BeginHousekeepingAsync(cancellationToken) : null)
        {
            candidates = await CandidatesAsync(cancellationToken);
            await AskForUseAsync(cancellationToken);
            change = new HousekeepingChange.CollectGarbage(old, _inUse);
            commits = change.CountIn(await _repository.ReferencesAsync(cancellationToken));
            if (commits > 0)
            {
                await new RepoUpdate(_store, change).RunAsync(cancellationToken);
            }

            references = await _repository.ReferencesAsync(cancellationToken);
        }

        await ReadAsync(references, Nothing, cancellationToken);
        return Report(commits, await DeleteAsync([.. candidates.Where(candidate => IsGarbage(candidate.Folder, candidate.Object))], cancellationToken));
    }

    private async Task AskForUseAsync(CancellationToken cancellationToken) =>
        _inUse = _request.InUse is null ? Nothing : await _request.InUse(cancellationToken);

    /// <summary>The commits whose file was there before the cutoff, or is not there at all.</summary>
    private async Task<HashSet<ObjectId12>> OldCommitsAsync(References references, CancellationToken cancellationToken)
    {
        HashSet<ObjectId12> old = [.. Enumerable.Range(0, references.Repo.SnapshotCount).Select(references.Repo.SnapshotIdAt)];
        await foreach (var file in _store.ListAsync(Folders[0], cancellationToken))
        {
            if (file.PlacedAt >= _request.Cutoff && IdOf(Folders[0], file.Key) is { } id)
            {
                old.Remove(id);
            }
        }

        return old;
    }

    /// <summary>Finds out what the commits of a version need, but for those that are to be removed: of <paramref name="old"/>, what nothing leads to.</summary>
    private async Task ReadAsync(References references, IReadOnlySet<ObjectId12> old, CancellationToken cancellationToken)
    {
        var removed = UnreachableCommits.Of(references.Repo, _inUse);
        removed.IntersectWith(old);
        try
        {
            await _reachable.AddAsync(
                Enumerable.Range(0, references.Repo.SnapshotCount).Select(references.Repo.SnapshotAt).Where(info => !removed.Contains(info.Id)), cancellationToken);
        }
        catch (RepositoryException failure)
        {
            throw new RepositoryException(
                failure.Kind, $"{failure.Message} What it refers to is not known, so nothing was deleted.", failure);
        }
    }

    private async Task<List<(string Folder, ObjectInfo Object)>> CandidatesAsync(CancellationToken cancellationToken)
    {
        var candidates = new List<(string, ObjectInfo)>();
        foreach (var folder in Folders)
        {
            var seen = 0L;
            await foreach (var file in _store.ListAsync(folder, cancellationToken))
            {
                if (IsGarbage(folder, file))
                {
                    candidates.Add((folder, file));
                }

                _request.Progress?.Report(new($"listing {folder}", ++seen, null));
            }
        }

        return candidates;
    }

    private bool IsGarbage(string folder, ObjectInfo file) =>
        file.PlacedAt < _request.Cutoff && IdOf(folder, file.Key) is { } id && !_inUse.Contains(id) && !_reachable.Contains(folder, id);

    /// <summary>Null for a file that is none of the format's.</summary>
    private static ObjectId12? IdOf(string folder, string key) =>
        ObjectId12.TryParse(key[folder.Length..], out var id) && key == folder + id ? id : null;

    private async Task<List<(string Folder, ObjectInfo Object)>> DeleteAsync(
        List<(string Folder, ObjectInfo Object)> garbage, CancellationToken cancellationToken)
    {
        for (var i = 0; i < garbage.Count; i++)
        {
            await _store.DeleteAsync(garbage[i].Object.Key, cancellationToken);
            _request.Progress?.Report(new("deleting", i + 1, garbage.Count));
        }

        await _store.FlushAsync(cancellationToken);
        return garbage;
    }

    private static GarbageReport Report(int commits, List<(string Folder, ObjectInfo Object)> garbage) => new(commits, [.. Folders.Select(folder =>
    {
        var files = garbage.Where(file => file.Folder == folder).ToList();
        return new GarbageCount(folder.TrimEnd('/'), files.Count, files.Sum(file => file.Object.Size));
    })]);
}
