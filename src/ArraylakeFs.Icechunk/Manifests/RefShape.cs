using System.Runtime.CompilerServices;
using ArraylakeFs.Icechunk.FlatBuffers;
using S = ArraylakeFs.Icechunk.FlatBuffers.Slots.ChunkRef;

namespace ArraylakeFs.Icechunk;

/// <summary>Where the fields stand in those references that share one vtable, as most of a manifest's do.</summary>
internal sealed class RefShape
{
    private readonly int[] _fields = new int[S.Count];

    private RefShape(FlatTable table)
    {
        Vtable = table.VtablePosition;
        VtableLength = table.VtableLength;
        for (var slot = 0; slot < _fields.Length; slot++)
        {
            if (table.FieldOffset(slot) is not 0 and var field)
            {
                _fields[slot] = field;
                End = Math.Max(End, field + S.Sizes[slot]);
            }
        }
        if (!Has(S.Index))
        {
            throw table.Buffer.Fail("ChunkRef.Index is missing");
        }
        // In the official client's order.
        Kind = Has(S.ChunkId) ? ChunkKind.Native
            : Has(S.CompressedLocation) || Has(S.Location) ? ChunkKind.Virtual
            : Has(S.Inline) ? ChunkKind.Inline : throw table.Buffer.Fail("ChunkRef.Inline is missing");
    }

    internal int Vtable { get; }

    internal int VtableLength { get; }

    /// <summary>Bytes of the table up to the end of its last field.</summary>
    internal int End { get; }

    internal ChunkKind Kind { get; }

    /// <summary>Where a field stands in the table; 0 when there is none.</summary>
    internal int this[int slot] => _fields[slot];

    internal bool Has(int slot) => _fields[slot] != 0;

    /// <summary>The shape of a table, which is <paramref name="known"/> if that has the same vtable.</summary>
    /// <exception cref="IcechunkFormatException">The table is not wholly inside of the file.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static RefShape Of(FlatBuffer buffer, int table, RefShape? known)
    {
        if (known is not null && known.Vtable == table - buffer.Int32(table, "a table"))
        {
            buffer.ChargeTable(known.VtableLength);
        }
        else
        {
            known = new RefShape(new FlatTable(buffer, table));
        }
        return known.End <= buffer.Length - table ? known : throw buffer.Fail("a chunk reference lies outside of the file");
    }
}
