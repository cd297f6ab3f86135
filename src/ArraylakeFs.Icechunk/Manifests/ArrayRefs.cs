using System.Runtime.CompilerServices;
using System.Text.Unicode;
using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>The chunk references of one array in a <see cref="Manifest"/>, ordered by their coordinates.</summary>
public readonly struct ArrayRefs
{
    private readonly Manifest _manifest;
    private readonly int _table;
    private readonly int _start;

    private ArrayRefs(Manifest manifest, int table, int start, int count, ObjectId8 nodeId)
    {
        _manifest = manifest;
        _table = table;
        _start = start;
        Count = count;
        NodeId = nodeId;
    }

    /// <summary>The array's node.</summary>
    public ObjectId8 NodeId { get; }

    /// <summary>The manifest that holds them.</summary>
    public Manifest Manifest => _manifest;

    /// <summary>Number of references.</summary>
    public int Count { get; }

    /// <summary>Bytes of extensions unknown here; empty when there are none.</summary>
    public ReadOnlyMemory<byte> Extra => new FlatTable(_manifest.Buffer, _table).OptionalBytes(Slots.ArrayManifest.Extra);

    /// <summary>A reference by its position in coordinate order.</summary>
    public ChunkRef this[int position] => new(_manifest, TablePosition(position));

    /// <summary>Finds the reference of a chunk; allocates nothing.</summary>
    public bool TryFind(ReadOnlySpan<uint> coordinates, out ChunkRef chunk)
    {
        var position = LowerBound(coordinates);
        var found = position < Count && CoordinateOrder.Compare(CoordinatesAt(position), coordinates) == 0;
        chunk = found ? this[position] : default;
        return found;
    }

    /// <summary>
    /// Position of the first reference that is not before <paramref name="coordinates"/>; <see cref="Count"/> when all are.
    /// </summary>
    public int LowerBound(ReadOnlySpan<uint> coordinates)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (CoordinateOrder.Compare(CoordinatesAt(middle), coordinates) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }

    /// <summary>
    /// Positions [Start, End) of the references whose coordinates begin with <paramref name="prefix"/>; an empty prefix means all.
    /// </summary>
    public (int Start, int End) RangeOf(ReadOnlySpan<uint> prefix)
    {
        var start = LowerBound(prefix);
        var (low, high) = (start, Count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (CoordinateOrder.StartsWith(CoordinatesAt(middle), prefix))
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return (start, low);
    }

    internal static ArrayRefs Read(Manifest manifest, FlatTable table)
    {
        var refs = table.Vector(Slots.ArrayManifest.Refs, 4);
        return new ArrayRefs(manifest, table.Position, refs.Start, refs.Count, table.Id8(Slots.ArrayManifest.NodeId));
    }

    /// <summary>Walks all references once: order, kinds and bounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Check()
    {
        _ = Extra;
        RefShape? shape = null;
        ReadOnlySpan<byte> previous = default;
        for (var i = 0; i < Count; i++)
        {
            var table = TablePosition(i);
            shape = RefShape.Of(_manifest.Buffer, table, shape);
            var fields = RefFields.Read(_manifest.Buffer, table, shape);
            if (!Utf8.IsValid(fields.Location) || !Utf8.IsValid(fields.ETag))
            {
                throw _manifest.Buffer.Fail("a chunk reference has a text that is not UTF-8");
            }
            if (i > 0 && CoordinateOrder.Compare(previous, fields.Coordinates) >= 0)
            {
                throw _manifest.Buffer.Fail($"the chunks of node {NodeId} are not in the order of their coordinates");
            }
            previous = fields.Coordinates;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int TablePosition(int position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, Count);
        return _manifest.Buffer.Follow(_start + 4 * position, "a chunk reference");
    }

    private FlatVector CoordinatesAt(int position) =>
        new FlatTable(_manifest.Buffer, TablePosition(position)).Vector(Slots.ChunkRef.Index, 4);
}
