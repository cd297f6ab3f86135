using System.Text;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Benchmarks;

/// <summary>
/// A repository with very many commits, branches and nodes. Commit after commit would rewrite <c>repo</c> each time: here each file is
/// written once.
/// </summary>
internal static class LongHistory
{
    private const ulong HourInMicroseconds = 3_600_000_000;
    private static readonly ReadOnlyMemory<byte> _group = Encoding.UTF8.GetBytes("""{"zarr_format":3,"node_type":"group"}""");
    private static readonly ReadOnlyMemory<byte> _array = Encoding.UTF8.GetBytes("""
        {"zarr_format":3,"node_type":"array","shape":[10],"data_type":"uint8","fill_value":0,"codecs":[{"name":"bytes"}],
         "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
         "chunk_key_encoding":{"name":"default","configuration":{"separator":"/"}}}
        """);

    /// <summary>
    /// One commit an hour on <c>main</c>, whose tree is the group <c>/</c>; branches <c>b0000</c>, <c>b0001</c>, … all along it; and, as the last
    /// commit, the group <c>/many</c> with so many nodes, half of them arrays.
    /// </summary>
    public static async Task MakeAsync(IObjectStore store, int commits, int branches, int nodes)
    {
        await ZarrRepository.CreateAsync(store, default);
        var root = new NodeData(ObjectId8.New(), "/", Icechunk.NodeKind.Group, _group);
        var author = MetadataItem.FromJson(new() { ["author_name"] = "A. Scientist", ["author_email"] = "a@example.org" });
        var start = Timestamp.Now.Microseconds - (ulong)commits * HourInMicroseconds;
        var first = SnapshotWriter.InitialSnapshot(new Timestamp(start), out var info);
        await store.PutAsync(IcechunkPaths.Snapshot(info.Id), first, default);
        var history = new List<SnapshotInfo> { info };
        while (history.Count < commits - 1)
        {
            var time = new Timestamp(start + (ulong)history.Count * HourInMicroseconds);
            info = new SnapshotInfo(ObjectId12.New(), info.Id, time, $"hour {history.Count} of the model run", author, []);
            var snapshot = new SnapshotWriter(info.Id, time, info.Message, info.Metadata);
            snapshot.AddNode(root);
            await store.PutAsync(IcechunkPaths.Snapshot(info.Id), snapshot.Finish(), default);
            await store.PutAsync(IcechunkPaths.TransactionLog(info.Id), new TransactionLogWriter(info.Id).Finish(), default);
            history.Add(info);
        }

        var names = Enumerable.Range(0, branches - 1).Select(i => new RepoRef($"b{i:0000}", history[(int)((long)i * history.Count / branches)].Id));
        var file = new Version1Repository(history, [new RepoRef("main", info.Id), .. names], [], [], null).ToRepo(
            new RepoStatus(RepoAvailability.Online, info.FlushedAt, null), new RepoUpdate(RepoUpdateKind.RepoInitialized, info.FlushedAt));
        await store.PutAsync(IcechunkPaths.Repo, file, default);
        await AddNodesAsync(store, info.Id, nodes);
    }

    private static async Task AddNodesAsync(IObjectStore store, ObjectId12 tip, int count)
    {
        var changes = new ChangeSet();
        changes.NewNodes.Add(new NewNode(ObjectId8.New(), "/many", Zarr.NodeKind.Group, _group));
        for (var i = 0; i < count; i++)
        {
            var isArray = i % 2 == 0;
            changes.NewNodes.Add(new NewNode(
                ObjectId8.New(), $"/many/n{i:000000}", isArray ? Zarr.NodeKind.Array : Zarr.NodeKind.Group, isArray ? _array : _group));
        }

        await using var repository = await ZarrRepository.OpenAsync(store, default);
        await repository.CommitAsync(new CommitRequest("main", tip, ObjectId12.New(), "many nodes", [], changes), default);
    }
}
