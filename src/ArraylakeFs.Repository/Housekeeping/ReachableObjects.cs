using System.Collections.Concurrent;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>
/// The objects that some snapshots need: their own files, transaction logs (also of ancestors that they have lost), manifests and chunks.
/// Each file is read once, however many need it.
/// </summary>
internal sealed class ReachableObjects(IObjectStore store, IProgress<HousekeepingProgress>? progress)
{
    private const int Readers = 8;

    private readonly HashSet<ObjectId12> _snapshots = [];
    private readonly HashSet<ObjectId12> _transactions = [];
    private readonly HashSet<ObjectId12> _manifests = [];
    private readonly HashSet<ObjectId12> _chunks = [];

    /// <summary>Adds everything that some snapshots need.</summary>
    /// <exception cref="RepositoryException">A file is missing or damaged, so that nobody knows what it needs.</exception>
    public async Task AddAsync(IEnumerable<SnapshotInfo> snapshots, CancellationToken cancellationToken)
    {
        var added = new List<ObjectId12>();
        foreach (var snapshot in snapshots)
        {
            _transactions.Add(snapshot.Id);
            _transactions.UnionWith(snapshot.PrunedAncestors);
            if (_snapshots.Add(snapshot.Id))
            {
                added.Add(snapshot.Id);
            }
        }

        var manifests = new ConcurrentDictionary<ObjectId12, bool>();
        await ReadAllAsync("reading commits", added, async (id, cancel) =>
        {
            var (snapshot, _) = await MetadataFiles.GetAsync(store, IcechunkPaths.Snapshot(id), Snapshot.Decode, cancel);
            foreach (var file in snapshot.ManifestFiles)
            {
                manifests[file.Id] = true;
            }

            for (var i = 0; i < snapshot.NodeCount; i++)
            {
                foreach (var manifest in snapshot.NodeAt(i).ManifestIds)
                {
                    manifests[manifest] = true;
                }
            }
        }, cancellationToken);
        await ReadAllAsync("reading manifests", [.. manifests.Keys.Where(_manifests.Add)], async (id, cancel) =>
        {
            var (manifest, _) = await MetadataFiles.GetAsync(store, IcechunkPaths.Manifest(id), Manifest.Decode, cancel);
            lock (_chunks)
            {
                AddChunks(manifest);
            }
        }, cancellationToken);
    }

    /// <summary>Whether they need an object, given by its folder and id.</summary>
    public bool Contains(string folder, ObjectId12 id) => folder switch
    {
        "snapshots/" => _snapshots.Contains(id),
        "transactions/" => _transactions.Contains(id),
        "manifests/" => _manifests.Contains(id),
        "chunks/" => _chunks.Contains(id),
        _ => true,
    };

    private void AddChunks(Manifest manifest)
    {
        for (var array = 0; array < manifest.ArrayCount; array++)
        {
            var refs = manifest.ArrayAt(array);
            for (var i = 0; i < refs.Count; i++)
            {
                if (refs[i] is { Kind: ChunkKind.Native } chunk)
                {
                    _chunks.Add(chunk.ChunkId);
                }
            }
        }
    }

    private async Task ReadAllAsync(
        string step, List<ObjectId12> ids, Func<ObjectId12, CancellationToken, ValueTask> read, CancellationToken cancellationToken)
    {
        var done = 0;
        await Parallel.ForEachAsync(
            ids, new ParallelOptions { MaxDegreeOfParallelism = Readers, CancellationToken = cancellationToken }, async (id, cancel) =>
            {
                await read(id, cancel);
                progress?.Report(new(step, Interlocked.Increment(ref done), ids.Count));
            });
    }
}
