using System.Runtime.CompilerServices;

namespace ArraylakeFs.Icechunk.FlatBuffers;

/// <summary>
/// A table of a <see cref="FlatBuffer"/>. Fields are named by their slot; the expression that names it is used in errors.
/// </summary>
internal readonly struct FlatTable
{
    private readonly int _vtable;
    private readonly int _vtableLength;

    internal FlatTable(FlatBuffer buffer, int position)
    {
        Buffer = buffer;
        Position = position;
        var vtable = (long)position - buffer.Int32(position, "a table");
        if (vtable < 0 || vtable > buffer.Length - 4)
        {
            throw buffer.Fail("a vtable lies outside of the file");
        }
        _vtable = (int)vtable;
        _vtableLength = buffer.UInt16(_vtable, "a vtable");
        if (_vtableLength < 4 || _vtableLength > buffer.Length - _vtable)
        {
            throw buffer.Fail("a vtable has an impossible length");
        }
        buffer.ChargeTable(_vtableLength);
    }

    internal FlatBuffer Buffer { get; }

    internal int Position { get; }

    internal int VtablePosition => _vtable;

    internal int VtableLength => _vtableLength;

    internal bool Has(int slot) => FieldPosition(slot) != 0;

    internal byte UInt8(int slot, byte defaultValue = 0, [CallerArgumentExpression(nameof(slot))] string name = "")
    {
        var at = FieldPosition(slot);
        return at == 0 ? defaultValue : Buffer.Slice(at, 1, name)[0];
    }

    internal ushort UInt16(int slot, [CallerArgumentExpression(nameof(slot))] string name = "")
    {
        var at = FieldPosition(slot);
        return at == 0 ? (ushort)0 : Buffer.UInt16(at, name);
    }

    internal uint UInt32(int slot, [CallerArgumentExpression(nameof(slot))] string name = "")
    {
        var at = FieldPosition(slot);
        return at == 0 ? 0 : Buffer.UInt32(at, name);
    }

    internal int Int32(int slot, [CallerArgumentExpression(nameof(slot))] string name = "") => (int)UInt32(slot, name);

    internal ulong UInt64(int slot, [CallerArgumentExpression(nameof(slot))] string name = "")
    {
        var at = FieldPosition(slot);
        return at == 0 ? 0 : Buffer.UInt64(at, name);
    }

    /// <summary>A time in microseconds; the official client cannot read one that does not fit 63 bits.</summary>
    internal Timestamp Time(int slot, [CallerArgumentExpression(nameof(slot))] string name = "")
    {
        var microseconds = UInt64(slot, name);
        return microseconds <= long.MaxValue ? new Timestamp(microseconds) : throw Buffer.Fail($"{name} is no time");
    }

    /// <summary>A required struct's bytes.</summary>
    internal ReadOnlySpan<byte> Struct(int slot, int size, [CallerArgumentExpression(nameof(slot))] string name = "") =>
        Buffer.Slice(Required(slot, name), size, name);

    internal bool TryStruct(int slot, int size, out ReadOnlySpan<byte> bytes, [CallerArgumentExpression(nameof(slot))] string name = "")
    {
        var at = FieldPosition(slot);
        bytes = at == 0 ? default : Buffer.Slice(at, size, name);
        return at != 0;
    }

    internal ObjectId12 Id12(int slot, [CallerArgumentExpression(nameof(slot))] string name = "") =>
        new(Struct(slot, ObjectId12.Size, name));

    internal ObjectId8 Id8(int slot, [CallerArgumentExpression(nameof(slot))] string name = "") => new(Struct(slot, ObjectId8.Size, name));

    internal FlatTable Table(int slot, [CallerArgumentExpression(nameof(slot))] string name = "") =>
        new(Buffer, Buffer.Follow(Required(slot, name), name));

    /// <summary>A required vector.</summary>
    internal FlatVector Vector(int slot, int elementSize, [CallerArgumentExpression(nameof(slot))] string name = "") =>
        FlatVector.Read(Buffer, Required(slot, name), elementSize, name);

    /// <summary>A vector, or an empty one when it is absent (<see cref="Has"/> tells).</summary>
    internal FlatVector OptionalVector(int slot, int elementSize, [CallerArgumentExpression(nameof(slot))] string name = "")
    {
        var at = FieldPosition(slot);
        return at == 0 ? new FlatVector(Buffer, 0, 0, elementSize) : FlatVector.Read(Buffer, at, elementSize, name);
    }

    /// <summary>A required string or vector of bytes.</summary>
    internal ReadOnlyMemory<byte> Bytes(int slot, [CallerArgumentExpression(nameof(slot))] string name = "") =>
        Vector(slot, 1, name).Memory;

    /// <summary>A string or vector of bytes; empty when it is absent.</summary>
    internal ReadOnlyMemory<byte> OptionalBytes(int slot, [CallerArgumentExpression(nameof(slot))] string name = "") =>
        OptionalVector(slot, 1, name).Memory;

    internal string Text(int slot, [CallerArgumentExpression(nameof(slot))] string name = "") => Vector(slot, 1, name).Text(name);

    internal string? OptionalText(int slot, [CallerArgumentExpression(nameof(slot))] string name = "") =>
        Has(slot) ? Text(slot, name) : null;

    /// <summary>Where a field stands in the table; 0 when there is none.</summary>
    internal int FieldOffset(int slot)
    {
        var entry = 4 + 2 * slot;
        return entry + 2 > _vtableLength ? 0 : Buffer.UInt16(_vtable + entry, "a vtable");
    }

    private int FieldPosition(int slot) => FieldOffset(slot) is not 0 and var offset ? Position + offset : 0;

    private int Required(int slot, string name)
    {
        var at = FieldPosition(slot);
        return at != 0 ? at : throw Buffer.Fail($"{name} is missing");
    }
}
