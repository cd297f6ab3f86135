using System.Buffers.Binary;
using System.Diagnostics;

namespace ArraylakeFs.Icechunk.FlatBuffers;

/// <summary>
/// Builds a FlatBuffer from its end towards its beginning: children first, then the tables and vectors that refer to them. Every Add and
/// Create writes straight into one growing buffer; nothing is kept for an object but the offset that the caller holds. An offset counts
/// bytes from the end of the buffer, so that growing does not change it.
/// </summary>
internal sealed class FlatBuilder
{
    private const int MaxSlots = 16;
    private const int OffsetSize = 4;
    private readonly int[] _fields = new int[MaxSlots];
    private readonly List<int> _vtables = [];
    private byte[] _buffer;
    private int _used;
    private int _largestAlignment = 8;
    private int _fieldCount = -1;
    private int _tableStart;
    private int _lastVtable;

    internal FlatBuilder(int capacity = 1024) =>
        _buffer = GC.AllocateUninitializedArray<byte>(Math.Clamp(capacity, 64, Limits.MaxBodyBytes));

    /// <summary>Bytes written so far.</summary>
    internal int Length => _used;

    internal int CreateString(string text) => CreateString(StrictUtf8.GetBytes(text));

    internal int CreateString(ReadOnlySpan<byte> utf8)
    {
        Align(OffsetSize, (long)utf8.Length + 1);
        Reserve(1)[0] = 0;
        utf8.CopyTo(Reserve(utf8.Length));
        return PutCount(utf8.Length);
    }

    /// <summary>A vector of scalars or structs given by its bytes.</summary>
    internal int CreateVector(ReadOnlySpan<byte> elements, int elementSize, int alignment)
    {
        Debug.Assert(elements.Length % elementSize == 0);
        Align(OffsetSize, elements.Length);
        Align(alignment, elements.Length);
        elements.CopyTo(Reserve(elements.Length));
        return PutCount(elements.Length / elementSize);
    }

    internal int CreateBytes(ReadOnlySpan<byte> bytes) => CreateVector(bytes, 1, 1);

    internal int CreateVector(ReadOnlySpan<uint> elements)
    {
        Align(OffsetSize, 4L * elements.Length);
        var target = Reserve(4 * elements.Length);
        for (var i = 0; i < elements.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(target[(4 * i)..], elements[i]);
        }
        return PutCount(elements.Length);
    }

    /// <summary>A vector of tables or strings.</summary>
    internal int CreateOffsetVector(ReadOnlySpan<int> offsets)
    {
        Align(OffsetSize, (long)OffsetSize * offsets.Length);
        for (var i = offsets.Length - 1; i >= 0; i--)
        {
            PutOffset(offsets[i]);
        }
        return PutCount(offsets.Length);
    }

    /// <summary>A vector of ids, 12 or 8 bytes each.</summary>
    internal int CreateIdVector(IReadOnlyList<ObjectId8> ids)
    {
        var bytes = new byte[ids.Count * ObjectId8.Size];
        for (var i = 0; i < ids.Count; i++)
        {
            ids[i].CopyTo(bytes.AsSpan(i * ObjectId8.Size));
        }
        return CreateVector(bytes, ObjectId8.Size, 1);
    }

    internal int CreateIdVector(IReadOnlyList<ObjectId12> ids)
    {
        var bytes = new byte[ids.Count * ObjectId12.Size];
        for (var i = 0; i < ids.Count; i++)
        {
            ids[i].CopyTo(bytes.AsSpan(i * ObjectId12.Size));
        }
        return CreateVector(bytes, ObjectId12.Size, 1);
    }

    /// <summary>
    /// Begins a table. Until <see cref="EndTable"/> only the Add methods may be called; fields equal to their default are left out.
    /// </summary>
    internal void StartTable(int slotCount)
    {
        Debug.Assert(_fieldCount < 0 && slotCount <= MaxSlots);
        _fieldCount = slotCount;
        _fields.AsSpan(0, slotCount).Clear();
        _tableStart = _used;
    }

    internal void Add(int slot, byte value, byte defaultValue = 0)
    {
        if (value != defaultValue)
        {
            Align(1, 1);
            Reserve(1)[0] = value;
            _fields[slot] = _used;
        }
    }

    internal void Add(int slot, ushort value)
    {
        if (value != 0)
        {
            Align(2, 2);
            BinaryPrimitives.WriteUInt16LittleEndian(Reserve(2), value);
            _fields[slot] = _used;
        }
    }

    internal void Add(int slot, uint value)
    {
        if (value != 0)
        {
            Align(4, 4);
            BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), value);
            _fields[slot] = _used;
        }
    }

    internal void Add(int slot, ulong value)
    {
        if (value != 0)
        {
            Align(8, 8);
            BinaryPrimitives.WriteUInt64LittleEndian(Reserve(8), value);
            _fields[slot] = _used;
        }
    }

    internal void Add(int slot, ObjectId12 id)
    {
        id.CopyTo(Reserve(ObjectId12.Size));
        _fields[slot] = _used;
    }

    internal void Add(int slot, ObjectId8 id)
    {
        id.CopyTo(Reserve(ObjectId8.Size));
        _fields[slot] = _used;
    }

    /// <summary>A child created before; 0 leaves the field out.</summary>
    internal void AddOffset(int slot, int offset)
    {
        if (offset != 0)
        {
            Align(OffsetSize, OffsetSize);
            PutOffset(offset);
            _fields[slot] = _used;
        }
    }

    internal int EndTable()
    {
        Debug.Assert(_fieldCount >= 0);
        Align(4, 4);
        Reserve(4);
        var table = _used;
        Span<byte> vtable = stackalloc byte[4 + 2 * MaxSlots];
        vtable = vtable[..WriteVtable(vtable, table)];
        _fieldCount = -1;
        var position = FindVtable(vtable);
        if (position == 0)
        {
            vtable.CopyTo(Reserve(vtable.Length));
            position = _used;
            _vtables.Add(position);
        }
        _lastVtable = position;
        BinaryPrimitives.WriteInt32LittleEndian(At(table), position - table);
        return table;
    }

    /// <summary>The finished body. The builder cannot be used any more.</summary>
    internal ReadOnlySpan<byte> Finish(int root)
    {
        Align(_largestAlignment, 2 * OffsetSize);
        "Ichk"u8.CopyTo(Reserve(4));
        PutOffset(root);
        return At(_used);
    }

    private int WriteVtable(Span<byte> vtable, int table)
    {
        var count = _fieldCount;
        while (count > 0 && _fields[count - 1] == 0)
        {
            count--;
        }
        BinaryPrimitives.WriteUInt16LittleEndian(vtable, (ushort)(4 + 2 * count));
        BinaryPrimitives.WriteUInt16LittleEndian(vtable[2..], (ushort)(table - _tableStart));
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(vtable[(4 + 2 * i)..], (ushort)(_fields[i] == 0 ? 0 : table - _fields[i]));
        }
        return 4 + 2 * count;
    }

    private int FindVtable(ReadOnlySpan<byte> vtable)
    {
        if (_lastVtable != 0 && At(_lastVtable).StartsWith(vtable))
        {
            return _lastVtable;
        }
        foreach (var position in _vtables)
        {
            if (At(position).StartsWith(vtable))
            {
                return position;
            }
        }
        return 0;
    }

    private int PutCount(int count)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Reserve(4), count);
        return _used;
    }

    private void PutOffset(int target)
    {
        Debug.Assert(target > 0 && target <= _used);
        var space = Reserve(OffsetSize);
        BinaryPrimitives.WriteInt32LittleEndian(space, _used - target);
    }

    /// <summary>The bytes from an offset to the end of the buffer.</summary>
    private Span<byte> At(int offset) => _buffer.AsSpan(_buffer.Length - offset);

    /// <summary>
    /// Pads so that the position will be a multiple of <paramref name="alignment"/> after <paramref name="upcoming"/> more bytes.
    /// </summary>
    private void Align(int alignment, long upcoming)
    {
        _largestAlignment = Math.Max(_largestAlignment, alignment);
        var padding = (int)(-(_used + upcoming) & (alignment - 1));
        if (padding > 0)
        {
            Reserve(padding).Clear();
        }
    }

    private Span<byte> Reserve(int count)
    {
        if (count > _buffer.Length - _used)
        {
            Grow(count);
        }
        _used += count;
        return _buffer.AsSpan(_buffer.Length - _used, count);
    }

    private void Grow(int count)
    {
        var needed = (long)_used + count;
        if (needed > Limits.MaxBodyBytes)
        {
            throw new InvalidOperationException($"One Icechunk file cannot hold more than {Limits.MaxBodyBytes} bytes before compression.");
        }
        var larger = GC.AllocateUninitializedArray<byte>((int)Math.Min(Limits.MaxBodyBytes, Math.Max(needed, 2L * _buffer.Length)));
        At(_used).CopyTo(larger.AsSpan(larger.Length - _used));
        _buffer = larger;
    }
}
