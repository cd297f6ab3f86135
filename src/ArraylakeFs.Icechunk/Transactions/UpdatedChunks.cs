using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>The chunks of one array that a commit wrote or deleted, read from the transaction log's buffer when asked.</summary>
public readonly struct UpdatedChunks
{
    private readonly FlatVector _chunks;

    internal UpdatedChunks(ObjectId8 nodeId, FlatVector chunks)
    {
        NodeId = nodeId;
        _chunks = chunks;
    }

    /// <summary>The array.</summary>
    public ObjectId8 NodeId { get; }

    /// <summary>Number of chunks.</summary>
    public int Count => _chunks.Count;

    /// <summary>A chunk's coordinates, by its position in coordinate order.</summary>
    public uint[] CoordinatesAt(int position)
    {
        var vector = VectorAt(position);
        var coordinates = new uint[vector.Count];
        for (var i = 0; i < coordinates.Length; i++)
        {
            coordinates[i] = vector.UInt32(i);
        }
        return coordinates;
    }

    /// <summary>Whether a chunk is among them: a binary search.</summary>
    public bool Contains(ReadOnlySpan<uint> coordinates)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            var order = CoordinateOrder.Compare(VectorAt(middle), coordinates);
            if (order == 0)
            {
                return true;
            }
            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return false;
    }

    internal void Check(FlatBuffer buffer)
    {
        ReadOnlySpan<byte> previous = default;
        for (var i = 0; i < Count; i++)
        {
            var coordinates = VectorAt(i).Span;
            if (i > 0 && CoordinateOrder.Compare(previous, coordinates) >= 0)
            {
                throw buffer.Fail($"the chunks of node {NodeId} are not in the order of their coordinates");
            }
            previous = coordinates;
        }
    }

    private FlatVector VectorAt(int position) => _chunks.Table(position).Vector(Slots.ChunkIndices.Coords, 4);
}
