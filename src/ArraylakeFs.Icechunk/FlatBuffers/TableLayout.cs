using System.Buffers.Binary;

namespace ArraylakeFs.Icechunk.FlatBuffers;

/// <summary>
/// Where the fields of a table stand that has just the given slots. The table must begin 4 bytes before a multiple of 8, so that its fields
/// of 8 bytes, which stand first, are aligned.
/// </summary>
internal sealed class TableLayout
{
    /// <summary>What the position of a table that has a layout leaves when divided by <see cref="Alignment"/>.</summary>
    internal const int Start = 4;

    internal const int Alignment = 8;
    private const int OffsetToVtable = 4;
    private readonly int[] _fields;
    private readonly byte[] _vtable;

    /// <summary>
    /// The layout for the slots that have a bit in <paramref name="slots"/>; <paramref name="sizes"/> are the bytes of every slot's field.
    /// </summary>
    internal TableLayout(ReadOnlySpan<int> sizes, int slots)
    {
        _fields = new int[sizes.Length];
        Slots = slots;
        Size = OffsetToVtable;
        foreach (var alignment in (ReadOnlySpan<int>)[8, 4, 1])
        {
            for (var slot = 0; slot < sizes.Length; slot++)
            {
                if ((slots >> slot & 1) != 0 && AlignmentOf(sizes[slot]) == alignment)
                {
                    _fields[slot] = Size;
                    Size += sizes[slot];
                }
            }
        }
        Size = (Size + 3) & ~3;
        var count = 32 - int.LeadingZeroCount(slots);
        _vtable = new byte[4 + 2 * count];
        BinaryPrimitives.WriteUInt16LittleEndian(_vtable, (ushort)_vtable.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(_vtable.AsSpan(2), (ushort)Size);
        for (var slot = 0; slot < count; slot++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_vtable.AsSpan(4 + 2 * slot), (ushort)_fields[slot]);
        }
    }

    /// <summary>A bit for each slot that there is.</summary>
    internal int Slots { get; }

    /// <summary>Bytes of the table, a multiple of 4; what it refers to may stand behind it.</summary>
    internal int Size { get; }

    internal ReadOnlySpan<byte> Vtable => _vtable;

    /// <summary>Where the vtable stands in the file that is being written.</summary>
    internal int VtablePosition { get; set; }

    /// <summary>Where a field stands in the table; 0 when there is none.</summary>
    internal int this[int slot] => _fields[slot];

    private static int AlignmentOf(int size) => size is 8 or 1 ? size : 4;
}
