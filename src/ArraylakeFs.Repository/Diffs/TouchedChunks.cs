using ArraylakeFs.Icechunk;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Repository;

/// <summary>Chunks of one array that a change wrote or deleted: how many, and where; not a list of them all.</summary>
/// <param name="Count">Number of chunks.</param>
/// <param name="Box">The smallest box around them, in chunk coordinates.</param>
/// <param name="Elements">The box in elements, within the array's shape; null where the document does not tell (rectilinear grids).</param>
/// <param name="Sample">The first of them in lexicographic order, at most <see cref="MaxSample"/>.</param>
public sealed record TouchedChunks(
    long Count, IReadOnlyList<ChunkIndexRange> Box, IReadOnlyList<ElementRange>? Elements, IReadOnlyList<uint[]> Sample)
{
    /// <summary>The most coordinates that a sample has.</summary>
    public const int MaxSample = 10;
}

/// <summary>A half-open range of elements along one dimension.</summary>
public readonly record struct ElementRange(ulong From, ulong To);

/// <summary>Counts chunks one by one, in constant memory.</summary>
internal sealed class ChunkTally(int rank)
{
    private readonly uint[] _lowest = new uint[rank];
    private readonly uint[] _highest = new uint[rank];
    private readonly List<uint[]> _sample = [];
    private long _count;

    /// <summary>One more.</summary>
    public void Add(ReadOnlySpan<uint> coordinates)
    {
        for (var i = 0; i < _lowest.Length; i++)
        {
            _lowest[i] = _count == 0 ? coordinates[i] : Math.Min(_lowest[i], coordinates[i]);
            _highest[i] = _count == 0 ? coordinates[i] : Math.Max(_highest[i], coordinates[i]);
        }

        _count++;
        Sample(coordinates);
    }

    /// <summary>Keeps the first few in lexicographic order, in whatever order they come.</summary>
    private void Sample(ReadOnlySpan<uint> coordinates)
    {
        if (_sample.Count == TouchedChunks.MaxSample)
        {
            if (coordinates.SequenceCompareTo(_sample[^1]) > 0)
            {
                return;
            }

            _sample.RemoveAt(_sample.Count - 1);
        }

        var position = _sample.Count;
        while (position > 0 && coordinates.SequenceCompareTo(_sample[position - 1]) < 0)
        {
            position--;
        }

        _sample.Insert(position, coordinates.ToArray());
    }

    /// <summary>What was counted; null if nothing was. <paramref name="array"/> is the array that the chunks belong to.</summary>
    public TouchedChunks? ToResult(ArrayMetadata? array)
    {
        if (_count == 0)
        {
            return null;
        }

        // Chunks within a grid: its count is a uint, so that the end is one too.
        var box = _lowest.Zip(_highest, (from, last) => new ChunkIndexRange(from, last + 1)).ToArray();
        return new TouchedChunks(_count, box, ElementsOf(box, array), _sample);
    }

    private static ElementRange[]? ElementsOf(ChunkIndexRange[] box, ArrayMetadata? array)
    {
        if (array?.Grid.ChunkShape is not { } chunk || array.Rank != box.Length)
        {
            return null;
        }

        var elements = new ElementRange[box.Length];
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = new ElementRange(Element(box[i].From, chunk[i], array.Shape[i]), Element(box[i].To, chunk[i], array.Shape[i]));
        }

        return elements;
    }

    private static ulong Element(uint chunk, ulong size, ulong length) => (ulong)UInt128.Min((UInt128)chunk * size, length);
}
