using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Which manifest answers for a chunk, against looking through all of them in their order.</summary>
public sealed class PartIndexTests
{
    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_first_manifest_that_contains_a_chunk_is_found(int seed)
    {
        var random = new Random(seed);
        var rank = random.Next(0, 4);
        var parts = Enumerable.Range(0, random.Next(0, 30)).Select(_ => Part(Enumerable.Range(0, random.Next(0, rank + 2)).Select(_ =>
        {
            var from = (uint)random.Next(0, 10);
            return new ChunkIndexRange(from, from + (uint)random.Next(0, seed % 5 + 1));
        }))).ToArray();
        AssertFirst(parts, rank, random);
    }

    [Fact]
    public void Merged_cells_beside_fine_ones_are_told_apart()
    {
        // 2 × 2 cells: one merged, one cut into columns, one into rows, one into single chunks.
        var parts = new List<ArrayChunks.Part> { Box(0, 0, 8, 8) };
        for (uint i = 0; i < 8; i++)
        {
            parts.Add(Box(0, 8 + i, 8, 1));
            parts.Add(Box(8 + i, 0, 1, 8));
            for (uint j = 0; j < 8; j++)
            {
                parts.Add(Box(8 + i, 8 + j, 1, 1));
            }
        }

        var random = new Random(1);
        var shuffled = parts.OrderBy(_ => random.Next()).ToArray();
        var index = new PartIndex(shuffled, 2);
        Assert.Equal(1, index.LargestOverlap);
        Assert.All(Enumerable.Range(0, shuffled.Length), part => Assert.True(index.IsAlone(part)));
        AssertFirst(shuffled, 2, random);
    }

    [Fact]
    public void Overlapping_manifests_are_counted_and_empty_ones_are_in_nobodys_way()
    {
        var index = new PartIndex([Box(0, 0, 2, 2), Box(1, 1, 2, 2), Box(0, 1, 4, 0), Box(5, 5, 1, 1)], 2);
        Assert.Equal(2, index.LargestOverlap);
        Assert.Equal([false, false, true, true], Enumerable.Range(0, 4).Select(index.IsAlone));
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    private static void AssertFirst(ArrayChunks.Part[] parts, int rank, Random random)
    {
        var index = new PartIndex(parts, rank);
        for (var i = 0; i < 300; i++)
        {
            var coordinates = Enumerable.Range(0, rank).Select(_ => (uint)random.Next(0, 17)).ToArray();
            var containing = Enumerable.Range(0, parts.Length).Where(part => parts[part].Contains(coordinates)).ToArray();
            Assert.Equal(containing.Length > 0 ? containing[0] : -1, index.Find(coordinates));
            Assert.All(containing, part => Assert.False(containing.Length > 1 && index.IsAlone(part)));
        }
    }

    private static ArrayChunks.Part Box(uint y, uint x, uint height, uint width) =>
        Part([new ChunkIndexRange(y, y + height), new ChunkIndexRange(x, x + width)]);

    private static ArrayChunks.Part Part(IEnumerable<ChunkIndexRange> extents) =>
        new(new ManifestReference(ObjectId12.New(), [.. extents]), default, default);
}
