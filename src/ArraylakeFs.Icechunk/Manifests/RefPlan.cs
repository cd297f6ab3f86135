using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// The references of a manifest that is being made: for those of other manifests where they stand there, for the others their bytes. 12 bytes
/// for each of the former, and no object for any.
/// </summary>
internal sealed class RefPlan(int expectedRefs)
{
    private const int BlockSize = 1 << 20;
    private Entry[] _entries = new Entry[Math.Max(4, expectedRefs)];
    private readonly List<Manifest> _sources = [];
    private readonly List<byte[]> _blocks = [];
    private readonly TableLayout?[] _bySlots = new TableLayout?[1 << Slots.ChunkRef.Count];
    private int _usedInBlock = BlockSize;
    private RefShape? _shape;
    private int _shapeHolder;

    /// <summary>Number of references.</summary>
    internal int Count { get; private set; }

    /// <summary>The layouts of the references' tables.</summary>
    internal List<TableLayout> Layouts { get; } = [];

    /// <summary>Bytes of each reference, as it will be written.</summary>
    internal int SizeOf(int position) => _entries[position].Size;

    /// <summary>Adds a reference of another manifest, which has just these fields.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void AddSource(Manifest manifest, int table, in RefFields fields)
    {
        if (_sources.Count == 0 || _sources[^1] != manifest)
        {
            // Looking through all of them would cost more than a repetition.
            _sources.Add(manifest);
        }
        Add(new Entry(_sources.Count - 1, table, fields.SizeIn(LayoutOf(fields.Slots))));
    }

    /// <summary>Adds a reference whose fields are given.</summary>
    internal void AddNew(in RefFields fields)
    {
        var layout = LayoutOf(fields.Slots);
        var size = fields.SizeIn(layout);
        if (size > BlockSize - _usedInBlock)
        {
            _blocks.Add(GC.AllocateUninitializedArray<byte>(Math.Max(size, BlockSize)));
            _usedInBlock = 0;
        }
        var place = _blocks[^1].AsSpan(_usedInBlock, size);
        fields.WriteTo(place, layout);
        // Kept in place of what tells where the vtable is.
        BinaryPrimitives.WriteInt32LittleEndian(place, fields.Slots);
        Add(new Entry(-_blocks.Count, _usedInBlock, size));
        _usedInBlock += size;
    }

    /// <summary>Writes a reference into its place, which begins at <paramref name="position"/> of the file's body.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Write(int index, int position, Span<byte> place)
    {
        var (holder, at, _) = _entries[index];
        TableLayout layout;
        if (holder < 0)
        {
            _blocks[-holder - 1].AsSpan(at, place.Length).CopyTo(place);
            layout = LayoutOf(BinaryPrimitives.ReadInt32LittleEndian(place));
        }
        else
        {
            var buffer = _sources[holder].Buffer;
            _shape = RefShape.Of(buffer, at, holder == _shapeHolder ? _shape : null);
            _shapeHolder = holder;
            var fields = RefFields.Read(buffer, at, _shape);
            layout = LayoutOf(fields.Slots);
            fields.WriteTo(place, layout);
        }
        BinaryPrimitives.WriteInt32LittleEndian(place, position - layout.VtablePosition);
    }

    // A list would be slow until the runtime has compiled it for entries.
    private void Add(Entry entry)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * Count);
        }
        _entries[Count++] = entry;
    }

    private TableLayout LayoutOf(int slots)
    {
        if (_bySlots[slots] is { } known)
        {
            return known;
        }
        var layout = new TableLayout(Slots.ChunkRef.Sizes, slots);
        _bySlots[slots] = layout;
        Layouts.Add(layout);
        return layout;
    }

    /// <summary>A reference: of a source, counted from 0, or of a block, counted from −1 downwards.</summary>
    private readonly record struct Entry(int Holder, int At, int Size);
}
