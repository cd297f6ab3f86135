using System.Collections.Immutable;

namespace ArraylakeFs.Zarr;

/// <summary>How an array is cut into chunks (Zarr v3 core specification, chunk grids; the rectilinear grid of the extensions).</summary>
public sealed class ChunkGrid
{
    private readonly ImmutableArray<ChunkEdges> _edges;

    internal ChunkGrid(string name, ImmutableArray<uint> chunkCounts, ImmutableArray<ulong>? chunkShape, ImmutableArray<ChunkEdges> edges)
    {
        Name = name;
        ChunkCounts = chunkCounts;
        ChunkShape = chunkShape;
        _edges = edges;
    }

    /// <summary><c>regular</c> or <c>rectilinear</c>.</summary>
    public string Name { get; }

    /// <summary>Chunks along each dimension; 0 where the array or the chunk has length 0.</summary>
    public ImmutableArray<uint> ChunkCounts { get; }

    /// <summary>Elements of a chunk along each dimension; null for a rectilinear grid, whose chunks differ.</summary>
    public ImmutableArray<ulong>? ChunkShape { get; }

    /// <summary>Whether a chunk of these coordinates is part of the grid. The only chunk of a 0-dimensional array has none.</summary>
    public bool Contains(ReadOnlySpan<uint> coordinates)
    {
        if (coordinates.Length != ChunkCounts.Length)
        {
            return false;
        }

        for (var i = 0; i < coordinates.Length; i++)
        {
            if (coordinates[i] >= ChunkCounts[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Elements of a chunk inside the grid; null if there are more than 2^63. The last chunk along a dimension is as long as any other, also
    /// where it reaches beyond the array.
    /// </summary>
    public long? ElementsOf(ReadOnlySpan<uint> coordinates)
    {
        UInt128 product = 1;
        for (var i = 0; i < coordinates.Length; i++)
        {
            product *= _edges[i].LengthOf(coordinates[i]);
            if (product > long.MaxValue)
            {
                return null;
            }
        }

        return (long)product;
    }
}

/// <summary>The lengths of the chunks along one dimension, as runs of equal ones.</summary>
internal readonly struct ChunkEdges(ImmutableArray<(ulong Length, uint End)> runs)
{
    /// <summary>A dimension whose chunks are all alike.</summary>
    public static ChunkEdges Regular(ulong length) => new([(length, uint.MaxValue)]);

    /// <summary>Elements of the chunk at an index.</summary>
    public ulong LengthOf(uint index)
    {
        var (low, high) = (0, runs.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = index < runs[middle].End ? (low, middle) : (middle + 1, high);
        }

        return runs[low].Length;
    }
}
