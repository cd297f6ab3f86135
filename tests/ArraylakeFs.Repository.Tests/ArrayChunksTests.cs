using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Looking for chunks, against a plain dictionary; over one manifest, several, and ones as no sane writer makes them.</summary>
public sealed class ArrayChunksTests
{
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_question_is_answered_as_by_a_dictionary(int seed)
    {
        var random = new Random(seed);
        var rank = random.Next(0, 4);
        var grid = Enumerable.Range(0, rank).Select(_ => (uint)random.Next(1, 7)).ToArray();
        var model = new SortedDictionary<uint[], ulong>(ByCoordinates);
        for (var i = random.Next(0, 60); i > 0; i--)
        {
            model[[.. grid.Select(count => (uint)random.Next((int)count))]] = (ulong)random.Next(1, 1000);
        }

        // Cut along the first dimension into up to 4 manifests, in any order.
        var parts = model.GroupBy(entry => rank == 0 ? 0 : entry.Key[0] * 4 / grid[0]).OrderBy(_ => random.Next()).Select(group => Part(group, null)).ToArray();
        AssertSame(new ArrayChunks(parts, grid), model, grid, random);
    }

    [Fact]
    public void Interleaved_manifests_are_one_sequence()
    {
        // Cells of 1 × 1: neighbours in order alternate between the manifests.
        var model = new SortedDictionary<uint[], ulong>(ByCoordinates);
        foreach (uint y in new uint[] { 0, 1, 2 })
        {
            foreach (uint x in new uint[] { 0, 1, 2 })
            {
                model[[y, x]] = (y * 3) + x + 1;
            }
        }

        var parts = model.GroupBy(entry => entry.Key[1]).Select(group => Part(group, null)).ToArray();
        AssertSame(new ArrayChunks(parts, [3, 3]), model, [3, 3], new Random(1));
    }

    [Fact]
    public void What_the_official_client_would_not_find_is_not_there()
    {
        var chunks = new ArrayChunks(
            [
                Part(Refs(([0], 1), ([1], 2), ([7], 4)), [new ChunkIndexRange(0, 5)]),
                Part(Refs(([2], 5), ([5], 6), ([6], 7), ([9], 8)), [new ChunkIndexRange(2, 6)]),
                Part(Refs(([1, 0], 3), ([7, 0], 3)), []),
            ],
            [8]);
        // [1, 0] has too many coordinates; [7] and [6] are outside their manifest's extents; [2] is hidden by the first manifest's.
        Assert.Equal(["0", "1", "5"], chunks.All().Select(chunk => string.Join('/', chunk.Coordinates)));
        Assert.Equal(3, chunks.Count);
        Assert.Equal([0u, 1u, 5u], chunks.ChildCoordinates([]));
        Assert.True(chunks.AnyUnder([5]));
        Assert.False(chunks.AnyUnder([2]));
        Assert.False(chunks.AnyUnder([7]));
        Assert.False(chunks.TryFind([2], out _));
        Assert.False(chunks.TryFind([1, 0], out _));
        Assert.False(chunks.TryFind([], out _));
        Assert.True(chunks.TryFind([5], out var found));
        Assert.Equal(6, found.Length);
    }

    [Fact]
    public void References_outside_the_grid_or_with_too_few_coordinates_are_not_there()
    {
        var chunks = new ArrayChunks([Part(Refs(([0, 0], 2), ([0, 5], 3), ([1, 1], 5), ([4, 0], 6)), []), Part(Refs(([0], 1), ([1], 4)), [])], [2, 3]);
        Assert.Equal(["0/0", "1/1"], chunks.All().Select(chunk => string.Join('/', chunk.Coordinates)));
        Assert.Equal([0u, 1u], chunks.ChildCoordinates([]));
        Assert.Equal([0u], chunks.ChildCoordinates([0]));
        Assert.False(chunks.AnyUnder([4]));
        Assert.True(chunks.AnyUnder([]));
    }

    [Fact]
    public void Coordinates_reach_the_last_number()
    {
        var last = uint.MaxValue - 1;
        var chunks = new ArrayChunks([Part(Refs(([0, last], 1), ([last, 0], 2), ([last, last], 3)), [])], [uint.MaxValue, uint.MaxValue]);
        Assert.Equal([0u, last], chunks.ChildCoordinates([]));
        Assert.Equal([0u, last], chunks.ChildCoordinates([last]));
        Assert.True(chunks.TryFind([last, last], out _));
    }

    [Fact]
    public void A_scalar_has_at_most_one_chunk()
    {
        var chunks = new ArrayChunks([Part(Refs(([], 7)), [])], []);
        Assert.True(chunks.TryFind([], out var chunk));
        Assert.Equal(7, chunk.Length);
        Assert.Equal(1, chunks.Count);
        Assert.True(chunks.AnyUnder([]));
        Assert.Empty(chunks.ChildCoordinates([]));
        Assert.Equal(0, ArrayChunks.None.Count);
        Assert.False(ArrayChunks.None.AnyUnder([]));
        Assert.Empty(chunks.ChildCoordinates([0]));
    }

    [Fact]
    public void A_snapshot_with_fewer_dimensions_than_the_document_has_no_chunks_of_the_documents_rank()
    {
        var chunks = new ArrayChunks([Part(Refs(([0], 1)), []), Part(Refs(([0, 0], 1), ([0, 1], 1)), [])], [1]);
        Assert.Equal([0u], chunks.ChildCoordinates([]));
        Assert.Empty(chunks.ChildCoordinates([0]));
        Assert.Empty(chunks.ChildCoordinates([0, 0]));
        Assert.False(chunks.TryFind([0, 0], out _));
        Assert.False(chunks.AnyUnder([0, 1]));
    }

    [Fact]
    public void Times_are_those_of_the_manifests()
    {
        var early = DateTimeOffset.UnixEpoch.AddDays(1);
        var chunks = new ArrayChunks([Part(Refs(([0], 1)), null, early), Part(Refs(([1], 1)), null, early.AddDays(1))], [2]);
        Assert.True(chunks.TryFind([0], out var chunk));
        Assert.Equal(early, chunk.ManifestTime);
        Assert.Equal(early.AddDays(1), chunks.LastModified);
        Assert.Equal(DateTimeOffset.UnixEpoch, ArrayChunks.None.LastModified);
    }

    [Fact]
    public void A_lookup_allocates_nothing()
    {
        var chunks = new ArrayChunks([Part(Enumerable.Range(0, 1000).Select(i => KeyValuePair.Create(new[] { (uint)i, 0u }, 5UL)), null)], [1000, 1]);
        Span<uint> coordinates = stackalloc uint[2];
        chunks.TryFind(coordinates, out _);
        long least = long.MaxValue; // of several, for a collection that another test causes counts what is left of the thread's block
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (uint i = 0; i < 1000; i++)
            {
                coordinates[0] = i;
                Assert.True(chunks.TryFind(coordinates, out _));
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void Each_of_thousands_of_manifests_shows_what_is_in_its_range_and_no_more()
    {
        // All parts look at the same references, of which each may show one: 9 million looks, each at one manifest and not at thousands.
        const uint Count = 3000;
        var all = Part(Refs([.. Enumerable.Range(0, (int)Count).Select(i => (new[] { (uint)i }, 1UL))]), []);
        var parts = Enumerable.Range(0, (int)Count).OrderBy(i => i * 7 % Count).Select(i => new ArrayChunks.Part(
            new ManifestReference(ObjectId12.New(), [new ChunkIndexRange((uint)i, (uint)i + 1)]), all.Refs, default)).ToArray();
        var chunks = new ArrayChunks(parts, [Count]);
        Assert.Equal(Count, chunks.Count);
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    internal static readonly Comparer<uint[]> ByCoordinates = Comparer<uint[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b));

    private static IEnumerable<KeyValuePair<uint[], ulong>> Refs(params (uint[] Coordinates, ulong Length)[] refs) =>
        refs.Select(item => KeyValuePair.Create(item.Coordinates, item.Length));

    /// <summary>A manifest of native references of these lengths; with its bounding box as extents unless others are given.</summary>
    private static ArrayChunks.Part Part(IEnumerable<KeyValuePair<uint[], ulong>> refs, ChunkIndexRange[]? extents, DateTimeOffset time = default)
    {
        var node = ObjectId8.New();
        var writer = new ManifestWriter(ObjectId12.New());
        writer.BeginArray(node);
        foreach (var (coordinates, length) in refs.OrderBy(item => item.Key, ByCoordinates))
        {
            writer.AddNative(coordinates, ObjectId12.New(), 0, length);
        }

        var reference = new ManifestReference(writer.Id, extents ?? writer.Extents);
        Assert.True(Manifest.Decode("manifest", writer.Finish()).TryFindArray(node, out var found));
        return new ArrayChunks.Part(reference, found, time);
    }

    private static void AssertSame(ArrayChunks chunks, SortedDictionary<uint[], ulong> model, uint[] grid, Random random)
    {
        Assert.Equal(
            model.Select(entry => $"{string.Join('/', entry.Key)}={entry.Value}"),
            chunks.All().Select(chunk => $"{string.Join('/', chunk.Coordinates)}={chunk.Chunk.Length}"));
        Assert.Equal(model.Count, chunks.Count);
        for (var i = 0; i < 100; i++)
        {
            var coordinates = grid.Select(count => (uint)random.Next((int)count + 1)).ToArray();
            Assert.Equal(model.TryGetValue(coordinates, out var length), chunks.TryFind(coordinates, out var chunk));
            Assert.True(length == 0 || chunk.Length == (long)length);
            for (var prefixLength = 0; prefixLength <= grid.Length; prefixLength++)
            {
                var prefix = coordinates[..prefixLength];
                var under = model.Keys.Where(key => key.AsSpan().StartsWith(prefix)).ToArray();
                Assert.Equal(under.Length > 0, chunks.AnyUnder(prefix));
                if (prefixLength < grid.Length)
                {
                    Assert.Equal(under.Select(key => key[prefixLength]).Distinct(), chunks.ChildCoordinates(prefix));
                }
            }
        }
    }
}
