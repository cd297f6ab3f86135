using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Icechunk.FlexBuffers;

/// <summary>
/// Reads one FlexBuffer. Offsets only point backward but vectors may be shared, so that a small buffer could unfold to an enormous value:
/// depth, number of values and bytes of text are limited. An honest buffer holds each value once, in one byte at least; what official
/// clients share is the names of members, so these count once.
/// </summary>
internal ref struct FlexReader
{
    // A longer one counts each time: every use of a key costs a look at all of it.
    private const int MaxSharedKeyBytes = 255;

    private readonly string _fileName;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _maxValues;
    private readonly Dictionary<int, string> _keys = [];
    private int _values;
    private long _textAllowance;

    internal FlexReader(string fileName, ReadOnlySpan<byte> bytes)
    {
        _fileName = fileName;
        _bytes = bytes;
        _maxValues = Math.Min(Limits.MaxValueCount, bytes.Length);
        _textAllowance = (long)bytes.Length * Limits.MaxApparentRatio;
    }

    internal JsonNode? Read()
    {
        if (_bytes.Length < 3)
        {
            throw Fail("it is too short");
        }
        int width = _bytes[^1];
        if (width is not (1 or 2 or 4 or 8))
        {
            throw Fail($"its root has a width of {width} bytes");
        }
        return Value(_bytes.Length - 2 - width, width, _bytes[^2], 0);
    }

    /// <summary>The value whose inline part is at <paramref name="at"/>, <paramref name="width"/> bytes wide.</summary>
    private JsonNode? Value(int at, int width, byte packedType, int depth)
    {
        if (depth > Limits.MaxValueDepth)
        {
            throw Fail($"it is nested deeper than {Limits.MaxValueDepth}");
        }
        if (++_values > _maxValues)
        {
            throw Fail($"it has more than {_maxValues} values");
        }
        var type = (FlexType)(packedType >> 2);
        var childWidth = 1 << (packedType & 3);
        switch (type)
        {
            case FlexType.Null:
                return null;
            case FlexType.Bool:
                return JsonValue.Create(UInt(at, width) != 0);
            case FlexType.Int:
                return JsonValue.Create(Int(at, width));
            case FlexType.UInt:
                return Number(UInt(at, width));
            case FlexType.Float:
                return Number(Float(at, width));
        }
        var target = Follow(at, width);
        return type switch
        {
            FlexType.IndirectInt => JsonValue.Create(Int(target, childWidth)),
            FlexType.IndirectUInt => Number(UInt(target, childWidth)),
            FlexType.IndirectFloat => Number(Float(target, childWidth)),
            FlexType.Key => JsonValue.Create(Key(target)),
            FlexType.String => JsonValue.Create(Text(target, Count(target, childWidth, 1))),
            FlexType.Blob => TypedVector(target, 1, Count(target, childWidth, 1), FlexType.UInt, depth),
            FlexType.Map => Map(target, childWidth, depth),
            FlexType.Vector => Vector(target, childWidth, depth),
            FlexType.VectorBool => TypedVector(target, childWidth, Count(target, childWidth, childWidth), FlexType.Bool, depth),
            >= FlexType.VectorInt and <= FlexType.VectorStringDeprecated =>
                TypedVector(target, childWidth, Count(target, childWidth, childWidth), type - FlexType.VectorInt + FlexType.Int, depth),
            >= FlexType.VectorInt2 and <= FlexType.VectorFloat4 =>
                TypedVector(
                    target, childWidth, (type - FlexType.VectorInt2) / 3 + 2, (FlexType)((type - FlexType.VectorInt2) % 3 + 1), depth),
            _ => throw Fail($"it has a value of unknown type {(byte)type}"),
        };
    }

    private JsonObject Map(int start, int width, int depth)
    {
        var count = Count(start, width, width + 1);
        var keysOffset = start - 3 * width;
        var keys = Follow(keysOffset, width);
        var keyWidth = (int)Math.Min(UInt(start - 2 * width, width), int.MaxValue);
        if (keyWidth is not (1 or 2 or 4 or 8))
        {
            throw Fail($"a map's keys have a width of {keyWidth} bytes");
        }
        var map = new JsonObject();
        for (var i = 0; i < count; i++)
        {
            var key = Key(Follow(ElementPosition(keys, i, keyWidth), keyWidth));
            map[key] = Value(start + i * width, width, _bytes[start + count * width + i], depth + 1);
        }
        return map;
    }

    private JsonArray Vector(int start, int width, int depth)
    {
        var count = Count(start, width, width + 1);
        var vector = new JsonArray();
        for (var i = 0; i < count; i++)
        {
            vector.Add(Value(start + i * width, width, _bytes[start + count * width + i], depth + 1));
        }
        return vector;
    }

    private JsonArray TypedVector(int start, int width, int count, FlexType elementType, int depth)
    {
        var vector = new JsonArray();
        for (var i = 0; i < count; i++)
        {
            vector.Add(Value(ElementPosition(start, i, width), width, (byte)((byte)elementType << 2), depth + 1));
        }
        return vector;
    }

    private readonly int ElementPosition(int start, int index, int width)
    {
        var position = start + (long)index * width;
        return position <= _bytes.Length - width ? (int)position : throw Fail("a vector lies outside of it");
    }

    /// <summary>The element count in front of <paramref name="start"/>, checked against the bytes that so many elements need.</summary>
    private readonly int Count(int start, int width, int bytesPerElement)
    {
        var count = UInt(start - width, width);
        if (count > (ulong)(_bytes.Length - start) / (ulong)bytesPerElement)
        {
            throw Fail("a vector or text lies outside of it");
        }
        return (int)count;
    }

    private string Key(int start)
    {
        if (_keys.TryGetValue(start, out var known))
        {
            return known;
        }
        var length = _bytes[start..].IndexOf((byte)0);
        if (length < 0)
        {
            throw Fail("a key has no end");
        }
        var key = Text(start, length);
        if (length <= MaxSharedKeyBytes)
        {
            _keys.Add(start, key);
        }
        return key;
    }

    private string Text(int start, int length)
    {
        if ((_textAllowance -= length) < 0)
        {
            throw Fail("the same text is referred to too many times");
        }
        try
        {
            return StrictUtf8.GetString(_bytes.Slice(start, length));
        }
        catch (DecoderFallbackException e)
        {
            throw Fail("a text is not UTF-8", e);
        }
    }

    private readonly int Follow(int at, int width)
    {
        var offset = UInt(at, width);
        return offset <= (ulong)at ? at - (int)offset : throw Fail("an offset points outside of it");
    }

    private readonly ulong UInt(int at, int width)
    {
        var bytes = Inline(at, width);
        return width switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        };
    }

    private readonly long Int(int at, int width)
    {
        var bytes = Inline(at, width);
        return width switch
        {
            1 => (sbyte)bytes[0],
            2 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            4 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        };
    }

    private readonly double Float(int at, int width)
    {
        var bytes = Inline(at, width);
        return width switch
        {
            2 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
            4 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            8 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            _ => throw Fail("a float has a width of 1 byte"),
        };
    }

    private readonly ReadOnlySpan<byte> Inline(int at, int width) =>
        at >= 0 && at <= _bytes.Length - width ? _bytes.Slice(at, width) : throw Fail("a value lies outside of it");

    private static JsonValue Number(ulong number) => number <= long.MaxValue ? JsonValue.Create((long)number) : JsonValue.Create(number);

    private static JsonValue? Number(double number) => double.IsFinite(number) ? JsonValue.Create(number) : null;

    private readonly IcechunkFormatException Fail(string problem, Exception? inner = null) =>
        new(_fileName, $"a metadata value (FlexBuffer) is corrupt: {problem}.", inner: inner);
}
