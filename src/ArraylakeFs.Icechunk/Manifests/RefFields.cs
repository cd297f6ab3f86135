using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using ArraylakeFs.Icechunk.FlatBuffers;
using S = ArraylakeFs.Icechunk.FlatBuffers.Slots.ChunkRef;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// The fields of one chunk reference to be written; they belong to whatever holds their bytes. The table stands first, what it refers to
/// behind it.
/// </summary>
internal ref struct RefFields
{
    private const string Name = "a chunk reference";

    internal RefFields(ReadOnlySpan<byte> coordinates)
    {
        Coordinates = coordinates;
        Slots = 1 << S.Index;
    }

    /// <summary>All that a copy of a reference must have, a compressed location as it is.</summary>
    /// <exception cref="IcechunkFormatException">Something is missing, or not wholly inside of the file.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static RefFields Read(FlatBuffer buffer, int table, RefShape shape)
    {
        var fields = new RefFields(Vector(buffer, table, shape, S.Index, 4));
        if (shape.Kind == ChunkKind.Inline)
        {
            fields.SetInline(Vector(buffer, table, shape, S.Inline));
        }
        else
        {
            var offset = shape.Has(S.Offset) ? buffer.UInt64(table + shape[S.Offset], Name) : 0;
            var length = shape.Has(S.Length) ? buffer.UInt64(table + shape[S.Length], Name) : 0;
            if (shape.Kind == ChunkKind.Native)
            {
                fields.SetNative(buffer.Slice(table + shape[S.ChunkId], ObjectId12.Size, Name), offset, length);
            }
            else
            {
                var isCompressed = shape.Has(S.CompressedLocation);
                var location = Vector(buffer, table, shape, isCompressed ? S.CompressedLocation : S.Location);
                var lastModified = shape.Has(S.ChecksumLastModified) ? buffer.UInt32(table + shape[S.ChecksumLastModified], Name) : 0;
                fields.SetVirtual(location, isCompressed, offset, length, lastModified);
            }
        }
        if (shape.Has(S.ChecksumETag))
        {
            fields.SetETag(Vector(buffer, table, shape, S.ChecksumETag));
        }
        if (shape.Has(S.Extra))
        {
            fields.SetExtra(Vector(buffer, table, shape, S.Extra));
        }
        return fields;
    }

    /// <summary>A bit for each slot that there is.</summary>
    internal int Slots { get; private set; }

    /// <summary>4 bytes each, little-endian.</summary>
    internal ReadOnlySpan<byte> Coordinates { get; private set; }

    internal ReadOnlySpan<byte> ChunkId { get; private set; }

    internal ReadOnlySpan<byte> Inline { get; private set; }

    internal ReadOnlySpan<byte> Location { get; private set; }

    internal ReadOnlySpan<byte> CompressedLocation { get; private set; }

    internal readonly bool HasCompressedLocation => (Slots >> S.CompressedLocation & 1) != 0;

    internal ReadOnlySpan<byte> ETag { get; private set; }

    internal ReadOnlySpan<byte> Extra { get; private set; }

    internal ulong Offset { get; private set; }

    internal ulong Length { get; private set; }

    internal uint LastModified { get; private set; }

    /// <summary>The same at other coordinates.</summary>
    internal readonly RefFields At(ReadOnlySpan<byte> coordinates)
    {
        var copy = this;
        copy.Coordinates = coordinates;
        return copy;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly bool HasCoordinates(ReadOnlySpan<uint> coordinates)
    {
        if (Coordinates.Length != 4 * coordinates.Length)
        {
            return false;
        }
        for (var i = 0; i < coordinates.Length; i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(Coordinates[(4 * i)..]) != coordinates[i])
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>The coordinates, if there are as many as <paramref name="destination"/> takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly bool TryGetCoordinates(Span<uint> destination)
    {
        if (Coordinates.Length != 4 * destination.Length)
        {
            return false;
        }
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = BinaryPrimitives.ReadUInt32LittleEndian(Coordinates[(4 * i)..]);
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetNative(ReadOnlySpan<byte> chunkId, ulong offset, ulong length)
    {
        ChunkId = chunkId;
        Slots |= 1 << S.ChunkId;
        SetRange(offset, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetInline(ReadOnlySpan<byte> data)
    {
        Inline = data;
        Slots |= 1 << S.Inline;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetVirtual(ReadOnlySpan<byte> location, bool isCompressed, ulong offset, ulong length, uint lastModified)
    {
        CompressedLocation = isCompressed ? location : default;
        Location = isCompressed ? default : location;
        Slots &= ~(1 << S.CompressedLocation | 1 << S.Location);
        Slots |= 1 << (isCompressed ? S.CompressedLocation : S.Location);
        LastModified = lastModified;
        Slots |= lastModified == 0 ? 0 : 1 << S.ChecksumLastModified;
        SetRange(offset, length);
    }

    /// <summary>An empty ETag is not the same as none: it wins over the time.</summary>
    internal void SetETag(ReadOnlySpan<byte> etag)
    {
        ETag = etag;
        Slots |= 1 << S.ChecksumETag;
    }

    internal void SetExtra(ReadOnlySpan<byte> extra)
    {
        Extra = extra;
        Slots |= extra.IsEmpty ? 0 : 1 << S.Extra;
    }

    /// <summary>Bytes that <see cref="WriteTo"/> takes: the next table can follow at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal readonly int SizeIn(TableLayout layout)
    {
        var size = (long)layout.Size + SizeOf(S.Index, Coordinates.Length) + SizeOf(S.Inline, Inline.Length) + SizeOf(S.Location, Location.Length + 1)
            + SizeOf(S.CompressedLocation, CompressedLocation.Length) + SizeOf(S.ChecksumETag, ETag.Length + 1) + SizeOf(S.Extra, Extra.Length);
        return (int)Math.Min(int.MaxValue, size + (-size & (TableLayout.Alignment - 1)));
    }

    /// <summary>Writes the table and what it refers to; only where the vtable is, the first 4 bytes, is left to the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal readonly void WriteTo(Span<byte> target, TableLayout layout)
    {
        target.Clear();
        if (layout[S.Offset] is not 0 and var offset)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(target[offset..], Offset);
        }
        if (layout[S.Length] is not 0 and var length)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(target[length..], Length);
        }
        if (layout[S.ChunkId] is not 0 and var chunk)
        {
            ChunkId.CopyTo(target[chunk..]);
        }
        if (layout[S.ChecksumLastModified] is not 0 and var lastModified)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(target[lastModified..], LastModified);
        }
        var end = layout.Size;
        Put(target, layout[S.Index], Coordinates, Coordinates.Length / 4, 0, ref end);
        Put(target, layout[S.Inline], Inline, Inline.Length, 0, ref end);
        Put(target, layout[S.Location], Location, Location.Length, 1, ref end);
        Put(target, layout[S.CompressedLocation], CompressedLocation, CompressedLocation.Length, 0, ref end);
        Put(target, layout[S.ChecksumETag], ETag, ETag.Length, 1, ref end);
        Put(target, layout[S.Extra], Extra, Extra.Length, 0, ref end);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ReadOnlySpan<byte> Vector(FlatBuffer buffer, int table, RefShape shape, int slot, int elementSize = 1) =>
        FlatVector.Read(buffer, table + shape[slot], elementSize, Name).Span;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Span<byte> target, int field, ReadOnlySpan<byte> bytes, int count, int terminator, ref int end)
    {
        if (field != 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(target[field..], end - field);
            BinaryPrimitives.WriteInt32LittleEndian(target[end..], count);
            bytes.CopyTo(target[(end + 4)..]);
            end += Padded(bytes.Length + terminator);
        }
    }

    private static int Padded(int bytes) => 4 + ((bytes + 3) & ~3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly long SizeOf(int slot, int bytes) => (Slots >> slot & 1) == 0 ? 0 : Padded(bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetRange(ulong offset, ulong length)
    {
        (Offset, Length) = (offset, length);
        Slots |= (offset == 0 ? 0 : 1 << S.Offset) | (length == 0 ? 0 : 1 << S.Length);
    }
}
