using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Icechunk.FlexBuffers;

/// <summary>
/// Writes one FlexBuffer: children before what refers to them, every vector at the smallest width that holds its elements, keys stored
/// once.
/// </summary>
internal sealed class FlexWriter
{
    private readonly List<byte> _bytes = [];
    private readonly Dictionary<string, int> _keys = new(StringComparer.Ordinal);

    internal byte[] Write(JsonNode? value)
    {
        var root = Put(value, 0);
        var width = root.WidthAt(_bytes.Count, 0);
        Align(width);
        Store(root, width);
        _bytes.Add(root.PackedType(width));
        _bytes.Add((byte)width);
        return [.. _bytes];
    }

    /// <summary>Writes what of the value does not fit inline and returns what refers to it.</summary>
    private Element Put(JsonNode? value, int depth)
    {
        if (depth > Limits.MaxValueDepth)
        {
            throw new ArgumentException($"A metadata value is nested deeper than {Limits.MaxValueDepth}.");
        }
        return value switch
        {
            null => new Element(FlexType.Null, 0),
            JsonObject map => PutMap(map, depth),
            JsonArray array => PutVector(array.Select(item => Put(item, depth + 1)).ToArray()),
            _ => PutScalar(value.AsValue()),
        };
    }

    private Element PutScalar(JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.True => new Element(FlexType.Bool, 1),
        JsonValueKind.False => new Element(FlexType.Bool, 0),
        JsonValueKind.Number => Number(value),
        JsonValueKind.Null => new Element(FlexType.Null, 0),
        _ => PutString(value.GetValue<string>()),
    };

    private static Element Number(JsonValue value)
    {
        // A number written with a fraction or exponent is a float, whatever its value: 42.0 stays 42.0.
        var isFloat = value.TryGetValue<JsonElement>(out var element)
            ? element.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') >= 0
            : value.GetValue<object>() is double or float or Half or decimal;
        var text = value.ToJsonString();
        if (!isFloat && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var unsigned))
        {
            return new Element(FlexType.UInt, unsigned);
        }
        if (!isFloat && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var signed))
        {
            return new Element(FlexType.Int, (ulong)signed);
        }
        return new Element(FlexType.Float, BitConverter.DoubleToUInt64Bits(double.Parse(text, CultureInfo.InvariantCulture)));
    }

    private Element PutString(string text)
    {
        var utf8 = StrictUtf8.GetBytes(text);
        var width = Element.UIntWidth((ulong)utf8.Length);
        Align(width);
        StoreInteger((ulong)utf8.Length, width);
        var start = _bytes.Count;
        _bytes.AddRange(utf8);
        _bytes.Add(0);
        return new Element(FlexType.String, (ulong)start, width);
    }

    private Element PutMap(JsonObject map, int depth)
    {
        var keys = new List<(byte[] Utf8, Element Key, Element Value)>(map.Count);
        foreach (var (name, value) in map)
        {
            var utf8 = StrictUtf8.GetBytes(name);
            var key = PutKey(name, utf8);
            keys.Add((utf8, key, Put(value, depth + 1)));
        }
        keys.Sort(static (a, b) => a.Utf8.AsSpan().SequenceCompareTo(b.Utf8));
        var keyVector = PutVector(keys.Select(k => k.Key).ToArray());

        var values = keys.Select(k => k.Value).ToArray();
        var width = Math.Max(keyVector.WidthAt(_bytes.Count, 0), Width(values, prefix: 3));
        Align(width);
        Store(keyVector, width);
        StoreInteger((ulong)keyVector.ChildWidth, width);
        StoreInteger((ulong)values.Length, width);
        var start = StoreAll(values, width, withTypes: true);
        return new Element(FlexType.Map, (ulong)start, width);
    }

    private Element PutKey(string name, byte[] utf8)
    {
        if (utf8.AsSpan().Contains((byte)0))
        {
            throw new ArgumentException("A metadata key cannot contain NUL.");
        }
        if (!_keys.TryGetValue(name, out var start))
        {
            start = _bytes.Count;
            _keys.Add(name, start);
            _bytes.AddRange(utf8);
            _bytes.Add(0);
        }
        return new Element(FlexType.Key, (ulong)start);
    }

    private Element PutVector(Element[] elements)
    {
        var type = VectorType(elements);
        var isFixed = type is >= FlexType.VectorInt2 and <= FlexType.VectorFloat4;
        var width = Width(elements, isFixed ? 0 : 1);
        Align(width);
        if (!isFixed)
        {
            StoreInteger((ulong)elements.Length, width);
        }
        var start = StoreAll(elements, width, withTypes: type == FlexType.Vector);
        return new Element(type, (ulong)start, width);
    }

    private static FlexType VectorType(Element[] elements)
    {
        if (elements.Length == 0 || elements.Any(e => e.Type != elements[0].Type))
        {
            return FlexType.Vector;
        }
        switch (elements[0].Type)
        {
            case FlexType.Bool:
                return FlexType.VectorBool;
            case FlexType.Key:
                return FlexType.VectorKey;
            case FlexType.Int or FlexType.UInt or FlexType.Float:
                var kind = elements[0].Type - FlexType.Int;
                return elements.Length is >= 2 and <= 4
                    ? (FlexType)((int)FlexType.VectorInt2 + 3 * (elements.Length - 2) + kind)
                    : (FlexType)((int)FlexType.VectorInt + kind);
            default:
                return FlexType.Vector;
        }
    }

    /// <summary>The width that the elements need after <paramref name="prefix"/> slots; 3 for a map, 1 for a counted vector.</summary>
    private int Width(Element[] elements, int prefix)
    {
        var width = prefix == 0 ? 1 : Element.UIntWidth((ulong)elements.Length);
        for (var i = 0; i < elements.Length; i++)
        {
            width = Math.Max(width, elements[i].WidthAt(_bytes.Count, prefix + i));
        }
        return width;
    }

    private int StoreAll(Element[] elements, int width, bool withTypes)
    {
        var start = _bytes.Count;
        foreach (var element in elements)
        {
            Store(element, width);
        }
        if (withTypes)
        {
            _bytes.AddRange(elements.Select(e => e.PackedType(width)));
        }
        return start;
    }

    private void Store(Element element, int width)
    {
        var bits = element.Bits;
        if (element.IsReference)
        {
            bits = (ulong)_bytes.Count - bits;
        }
        else if (element.Type == FlexType.Float && width == 4)
        {
            bits = BitConverter.SingleToUInt32Bits((float)BitConverter.UInt64BitsToDouble(bits));
        }
        StoreInteger(bits, width);
    }

    private void StoreInteger(ulong bits, int width)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, bits);
        _bytes.AddRange(bytes[..width]);
    }

    private void Align(int width)
    {
        while (_bytes.Count % width != 0)
        {
            _bytes.Add(0);
        }
    }

    /// <summary>An inline value, or the position of a written one with its width.</summary>
    private readonly record struct Element(FlexType Type, ulong Bits, int ChildWidth = 1)
    {
        internal bool IsReference => Type is not (FlexType.Null or FlexType.Bool or FlexType.Int or FlexType.UInt or FlexType.Float);

        internal static int UIntWidth(ulong value) =>
            value <= byte.MaxValue ? 1 : value <= ushort.MaxValue ? 2 : value <= uint.MaxValue ? 4 : 8;

        /// <summary>
        /// The smallest width in slot <paramref name="index"/> of a vector that begins at <paramref name="vector"/>, aligned.
        /// </summary>
        internal int WidthAt(int vector, int index)
        {
            if (!IsReference)
            {
                return InlineWidth;
            }
            for (var width = 1; width < 8; width *= 2)
            {
                var aligned = (vector + width - 1) / width * width;
                if (UIntWidth((ulong)aligned + (ulong)(index * width) - Bits) <= width)
                {
                    return width;
                }
            }
            return 8;
        }

        internal byte PackedType(int parentWidth)
        {
            var width = IsReference ? ChildWidth : Math.Max(parentWidth, InlineWidth);
            return (byte)(((byte)Type << 2) | (width switch { 1 => 0, 2 => 1, 4 => 2, _ => 3 }));
        }

        private int InlineWidth => Type switch
        {
            FlexType.UInt => UIntWidth(Bits),
            FlexType.Int => (long)Bits switch
            {
                >= sbyte.MinValue and <= sbyte.MaxValue => 1,
                >= short.MinValue and <= short.MaxValue => 2,
                >= int.MinValue and <= int.MaxValue => 4,
                _ => 8,
            },
            FlexType.Float => FitsSingle(BitConverter.UInt64BitsToDouble(Bits)) ? 4 : 8,
            _ => 1,
        };

        private static bool FitsSingle(double value) => (float)value == value;
    }
}
