using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;

namespace ArraylakeFs.HotPaths.Tests;

/// <summary>What is held in memory for very many references and nodes, and whether what the caches say of it is what the runtime says.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    private const int Chunks = 200_000;
    private const int Nodes = 50_000;

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(100, false)]
    public async Task A_reference_of_an_array_in_use_costs_less_than_100_bytes_which_the_cache_counts(int manifests, bool areInline)
    {
        await using var store = new MemoryObjectStore();
        var split = new JsonArray("any_array", new JsonArray(new JsonObject { ["condition"] = "Any", ["num_chunks"] = Chunks / manifests }));
        var config = new JsonObject { ["manifest"] = new JsonObject { ["splitting"] = new JsonObject { ["split_sizes"] = new JsonArray(split) } } };
        await MakeAsync(store, config, changes =>
        {
            var array = ObjectId8.New();
            changes.NewNodes.Add(new NewNode(array, "/data", Zarr.NodeKind.Array, Array(Chunks)));
            changes.Chunks[array] = [.. Enumerable.Range(0, Chunks).Select(i => new ChunkChange([(uint)i], Payload(i, areInline)))];
        });
        await using var repository = await ZarrRepository.OpenAsync(store, default);
        var view = await TipAsync(repository);
        var array = view.FindNode("/data")!;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var chunks = await view.ChunksAsync(array, default);
        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(manifests, array.Manifests.Count);
        Assert.Equal(Chunks, chunks.Count);
        Assert.InRange(held / (double)Chunks, 20, 100);
        Assert.InRange(repository.Caches[0].Bytes / (double)held, 0.9, 1.1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_cache_counts_for_a_snapshot_is_what_it_holds_when_each_node_was_looked_at(bool areArrays)
    {
        await using var store = new MemoryObjectStore();
        await MakeAsync(store, [], changes =>
        {
            changes.NewNodes.Add(new NewNode(ObjectId8.New(), "/many", Zarr.NodeKind.Group, Group()));
            changes.NewNodes.AddRange(Enumerable.Range(0, Nodes).Select(i => new NewNode(
                ObjectId8.New(), $"/many/node-{i}", areArrays ? Zarr.NodeKind.Array : Zarr.NodeKind.Group, areArrays ? Array(10) : Group())));
        });
        await using var repository = await ZarrRepository.OpenAsync(store, default);
        await repository.ReferencesAsync(default);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var view = await TipAsync(repository);
        Assert.Equal(Nodes, view.ChildNames("/many").Count);
        Assert.All(view.Nodes, node => Assert.True(node.Data.Kind == Icechunk.NodeKind.Group || node.Array is not null));
        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.InRange(repository.Caches[1].Bytes / (double)held, 1, 1.3);
        GC.KeepAlive(view);
    }

    private static async Task MakeAsync(MemoryObjectStore store, JsonObject config, Action<ChangeSet> change)
    {
        await using var repository = await ZarrRepository.CreateAsync(store, config, default);
        var changes = new ChangeSet();
        change(changes);
        var tip = await TipAsync(repository);
        await repository.CommitAsync(new CommitRequest("main", tip.Id, ObjectId12.New(), "many", [], changes), default);
    }

    private static async Task<SnapshotView> TipAsync(ZarrRepository repository)
    {
        Assert.True((await repository.ReferencesAsync(default)).TryGetBranch("main", out var tip));
        return await repository.SnapshotAsync(tip, default);
    }

    private static ChunkPayload Payload(int i, bool isInline) => isInline
        ? new ChunkPayload.Inline(BitConverter.GetBytes(i)) : new ChunkPayload.Native(ObjectId12.New(), 1000);

    private static byte[] Group() => Encoding.UTF8.GetBytes("""{"zarr_format":3,"node_type":"group"}""");

    private static byte[] Array(int length) => Encoding.UTF8.GetBytes($$$"""
        {"zarr_format":3,"node_type":"array","shape":[{{{length}}}],"data_type":"uint8","fill_value":0,
        "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
        "chunk_key_encoding":{"name":"default"},"codecs":[{"name":"bytes"}]}
        """);
}
