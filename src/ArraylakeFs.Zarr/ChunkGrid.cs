using System.Collections.Immutable;

namespace ArraylakeFs.Zarr;

/// <summary>How an array is cut into chunks (Zarr v3 core specification, chunk grids; the rectilinear grid of the extensions).</summary>
public sealed class ChunkGrid
{
    internal ChunkGrid(string name, ImmutableArray<uint> chunkCounts, ImmutableArray<ulong>? chunkShape)
    {
        Name = name;
        ChunkCounts = chunkCounts;
        ChunkShape = chunkShape;
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
}
