using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Looking for chunks without all manifests in memory, against having all of them there.</summary>
public sealed class ChunkFinderTests
{
    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task What_is_found_by_reading_few_manifests_is_what_all_of_them_say(int seed)
    {
        var random = new Random(seed);
        var grid = Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, 7)).ToArray();
        var lake = await CommitAsync(grid, random.Next(0, 7), random);
        var all = await lake.ChunksAsync("/x");
        for (var round = 0; round < 5; round++)
        {
            // As just opened: the first questions find nothing in memory, later ones what those before them have read.
            var view = await (await lake.ReopenAsync()).ViewAsync();
            var node = view.FindNode("/x")!;
            for (var question = 0; question < 12; question++)
            {
                var coordinates = grid.Select(count => (uint)random.Next(count + 2)).ToArray();
                var prefix = coordinates[..random.Next(0, grid.Length + 1)];
                switch (random.Next(4))
                {
                    case 0:
                        Assert.Equal(Find(all, coordinates), Length(await view.FindChunkAsync(node, coordinates, default)));
                        break;
                    case 1 when SnapshotView.TryFindChunk(node, coordinates, out var chunk):
                        Assert.Equal(Find(all, coordinates), Length(chunk));
                        break;
                    case 2:
                        Assert.Equal(all.AnyUnder(prefix), await view.AnyChunkUnderAsync(node, prefix, default));
                        break;
                    case 3 when prefix.Length < grid.Length:
                        Assert.Equal(all.ChildCoordinates(prefix), (await view.ChunksUnderAsync(node, prefix, default)).ChildCoordinates(prefix));
                        break;
                }
            }

            Assert.Equal(all.Count, (await view.ChunksAsync(node, default)).Count);
            Assert.True(SnapshotView.TryFindChunk(node, new uint[grid.Length], out var first));
            Assert.Equal(Find(all, new uint[grid.Length]), Length(first));
        }
    }

    [Fact]
    public async Task Who_looks_while_another_reads_misses_nothing()
    {
        var lake = await CommitAsync([3, 3], 0, new Random(1), [[0, 1], [2, 0]]);
        var view = await lake.ViewAsync();
        var node = view.FindNode("/x")!;
        for (var round = 0; round < 3000; round++)
        {
            var finder = new ChunkFinder(view, node);
            using var start = new Barrier(3);
            var found = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
            {
                start.SignalAndWait();
                return await finder.AnyUnderAsync([0], default);
            })));
            Assert.All(found, Assert.True);
        }
    }

    [Fact]
    public async Task A_missing_manifest_is_missed_by_whoever_looks_for_its_chunks_and_by_nobody_else()
    {
        var lake = await CommitAsync([6], 0, new Random(1), [[0], [1]], [[4], [5]]);
        var view = await (await lake.ReopenAsync()).ViewAsync();
        var node = view.FindNode("/x")!;
        await lake.Store.DeleteAsync(IcechunkPaths.Manifest(node.Manifests[1].Manifest), default);
        Assert.NotNull(await view.FindChunkAsync(node, [1], default));
        Assert.Null(await view.FindChunkAsync(node, [2], default));
        await Assert.ThrowsAsync<RepositoryException>(async () => await view.FindChunkAsync(node, [4], default));
        await Assert.ThrowsAsync<RepositoryException>(async () => await view.ChunksAsync(node, default));
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    private static long? Find(ArrayChunks chunks, uint[] coordinates) => chunks.TryFind(coordinates, out var chunk) ? chunk.Length : null;

    private static long? Length(ChunkReference? chunk) => chunk?.Length;

    /// <summary>An array of the given manifests, and of random ones that lie anywhere, also over one another and beyond the grid.</summary>
    private static async Task<Lake> CommitAsync(int[] grid, int randomManifests, Random random, params uint[][][] manifests)
    {
        var lake = await Lake.CreateAsync(new MemoryObjectStore());
        var node = ObjectId8.New();
        var files = new List<(ManifestFile File, IReadOnlyList<ChunkIndexRange> Extents)>();
        foreach (var chunks in manifests.Concat(Enumerable.Range(0, randomManifests).Select(_ => RandomChunks(grid, random))))
        {
            IReadOnlyList<ChunkIndexRange> extents = [];
            var file = await Foreign.PutManifestAsync(lake, node, writer =>
            {
                foreach (var coordinates in chunks.Distinct(new ByCoordinates()).OrderBy(chunk => chunk, ArrayChunksTests.ByCoordinates))
                {
                    writer.AddNative(coordinates, ObjectId12.New(), 0, (ulong)random.Next(1, 1_000_000));
                }

                extents = writer.Extents;
            });
            files.Add((file, extents));
        }

        await Foreign.CommitAsync(lake, writer =>
        {
            files.ForEach(file => writer.AddManifestFile(file.File));
            writer.AddNode(new NodeData(node, "/x", Icechunk.NodeKind.Array, Documents.Array(grid, [.. grid.Select(_ => 1)]))
            {
                Shape = [.. grid.Select(count => new DimensionShape((ulong)count, (uint)count))],
                Manifests = [.. files.Select(file => new ManifestReference(file.File.Id, [.. file.Extents]))],
            });
        });
        return lake;
    }

    private static uint[][] RandomChunks(int[] grid, Random random)
    {
        // A box, as splitting makes them, with some of its chunks.
        var from = grid.Select(count => random.Next(count + 1)).ToArray();
        return [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => from.Select(start => (uint)(start + random.Next(2))).ToArray())];
    }

    private sealed class ByCoordinates : IEqualityComparer<uint[]>
    {
        public bool Equals(uint[]? x, uint[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(uint[] chunk) => chunk.Aggregate(0, HashCode.Combine);
    }
}
