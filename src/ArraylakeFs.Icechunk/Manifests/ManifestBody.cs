using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using ArraylakeFs.Icechunk.FlatBuffers;
using static ArraylakeFs.Icechunk.FlatBuffers.Slots;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// The order of a manifest that is written from its beginning to its end: vtables, the root with all that is short, and then each array's
/// table, the offsets of its references, and the references.
/// </summary>
internal sealed class ManifestBody
{
    private const int HeaderSize = 8; // root offset and file identifier
    private readonly ObjectId12 _id;
    private readonly List<Array> _arrays;
    private readonly RefPlan _refs;
    private readonly ReadOnlyMemory<byte> _dictionary;
    private readonly ReadOnlyMemory<byte> _extra;
    private readonly TableLayout _rootLayout;
    private readonly TableLayout[] _arrayLayouts;
    private readonly (int Table, int FirstRef)[] _positions;
    private readonly int _root;
    private readonly int _length;

    internal ManifestBody(ObjectId12 id, List<Array> arrays, RefPlan refs, ReadOnlyMemory<byte> dictionary, ReadOnlyMemory<byte> extra)
    {
        (_id, _arrays, _refs, _dictionary, _extra) = (id, arrays, refs, dictionary, extra);
        _rootLayout = new TableLayout(Slots.Manifest.Sizes, Has(Slots.Manifest.Id) | Has(Slots.Manifest.Arrays)
            | (extra.IsEmpty ? 0 : Has(Slots.Manifest.Extra))
            // 1 would mean that locations may be compressed. It is the default, 0 is what must be stored.
            | Has(dictionary.IsEmpty ? Slots.Manifest.CompressionAlgorithm : Slots.Manifest.LocationDictionary));
        _arrayLayouts =
        [
            new TableLayout(ArrayManifest.Sizes, Has(ArrayManifest.NodeId) | Has(ArrayManifest.Refs)),
            new TableLayout(ArrayManifest.Sizes, Has(ArrayManifest.NodeId) | Has(ArrayManifest.Refs) | Has(ArrayManifest.Extra)),
        ];
        _positions = new (int, int)[arrays.Count];
        var position = (long)HeaderSize;
        foreach (var layout in Layouts)
        {
            layout.VtablePosition = (int)position;
            position += layout.Vtable.Length;
        }
        _root = (int)ForTable(position);
        position = _root + _rootLayout.Size + 4 + 4L * arrays.Count + SizeOf(dictionary.Span) + SizeOf(extra.Span);
        for (var i = 0; i < arrays.Count; i++)
        {
            var array = arrays[i];
            var table = ForTable(position);
            var firstRef = ForTable(table + LayoutOf(array).Size + SizeOf(array.Extra) + 4 + 4L * array.Count);
            position = firstRef;
            for (var reference = 0; reference < array.Count; reference++)
            {
                position += refs.SizeOf(array.First + reference);
            }
            if (position > Limits.MaxBodyBytes)
            {
                throw new InvalidOperationException($"One Icechunk file cannot hold more than {Limits.MaxBodyBytes} bytes before compression.");
            }
            _positions[i] = ((int)table, (int)firstRef);
        }
        _length = (int)position;
    }

    private IEnumerable<TableLayout> Layouts => [_rootLayout, .. _arrayLayouts, .. _refs.Layouts];

    /// <summary>The file, and the body in it.</summary>
    internal (byte[] File, byte[] Body) Write(int compressionLevel)
    {
        using var file = new IcechunkFileWriter(FileType.Manifest, compressionLevel, _length);
        var stream = new FlatStream(file, _length);
        stream.OffsetTo(_root);
        stream.Bytes("Ichk"u8);
        foreach (var layout in Layouts)
        {
            stream.Bytes(layout.Vtable);
        }
        WriteRoot(stream);
        for (var i = 0; i < _arrays.Count; i++)
        {
            WriteArray(stream, _arrays[i], _positions[i].Table, _positions[i].FirstRef);
        }
        return stream.Finish();
    }

    private void WriteRoot(FlatStream stream)
    {
        stream.PadTo(_root);
        var arrays = _root + _rootLayout.Size;
        var dictionary = arrays + 4 + 4 * _arrays.Count;
        var table = NewTable(stream, _rootLayout, _root);
        _id.CopyTo(table[_rootLayout[Slots.Manifest.Id]..]);
        PutOffset(table, _rootLayout, _root, Slots.Manifest.Arrays, arrays);
        PutOffset(table, _rootLayout, _root, Slots.Manifest.LocationDictionary, dictionary);
        PutOffset(table, _rootLayout, _root, Slots.Manifest.Extra, dictionary + SizeOf(_dictionary.Span));
        stream.UInt32((uint)_arrays.Count);
        foreach (var (position, _) in _positions)
        {
            stream.OffsetTo(position);
        }
        WriteBytes(stream, _dictionary.Span);
        WriteBytes(stream, _extra.Span);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WriteArray(FlatStream stream, Array array, int position, int firstRef)
    {
        stream.PadTo(position);
        var layout = LayoutOf(array);
        var extra = position + layout.Size;
        var table = NewTable(stream, layout, position);
        array.Node.CopyTo(table[layout[ArrayManifest.NodeId]..]);
        PutOffset(table, layout, position, ArrayManifest.Extra, extra);
        PutOffset(table, layout, position, ArrayManifest.Refs, extra + SizeOf(array.Extra));
        WriteBytes(stream, array.Extra);
        stream.UInt32((uint)array.Count);
        for (int i = 0, next = firstRef; i < array.Count; next += _refs.SizeOf(array.First + i), i++)
        {
            stream.OffsetTo(next);
        }
        stream.PadTo(firstRef);
        for (var i = array.First; i < array.First + array.Count; i++)
        {
            var at = stream.Position;
            _refs.Write(i, at, stream.Reserve(_refs.SizeOf(i)));
        }
    }

    private static Span<byte> NewTable(FlatStream stream, TableLayout layout, int position)
    {
        var table = stream.Reserve(layout.Size);
        table.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(table, position - layout.VtablePosition);
        return table;
    }

    private static void PutOffset(Span<byte> table, TableLayout layout, int position, int slot, int target)
    {
        if (layout[slot] is not 0 and var field)
        {
            BinaryPrimitives.WriteInt32LittleEndian(table[field..], target - (position + field));
        }
    }

    private static void WriteBytes(FlatStream stream, ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            stream.ByteVector(bytes);
        }
    }

    private TableLayout LayoutOf(Array array) => _arrayLayouts[array.Extra.Length == 0 ? 0 : 1];

    private static int Has(int slot) => 1 << slot;

    /// <summary>Bytes of a vector of bytes, which is left out when there are none.</summary>
    private static int SizeOf(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? 0 : 4 + ((bytes.Length + 3) & ~3);

    private static long ForTable(long position) => position + (TableLayout.Start - position & (TableLayout.Alignment - 1));

    /// <summary>An array's place among the references of a <see cref="RefPlan"/>.</summary>
    internal sealed record Array(ObjectId8 Node, byte[] Extra, int First, int Count);
}
