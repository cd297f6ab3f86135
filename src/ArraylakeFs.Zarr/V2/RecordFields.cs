using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.V2;

/// <summary>
/// The fields of a structured type. v2 has a list of names and dtypes; v3 has <c>structured</c>, which every zarr-python that knows such
/// types reads, and <c>struct</c>, which newer ones write. Fields are not nested and no arrays; all have one byte order.
/// </summary>
internal sealed class RecordFields : IEquatable<RecordFields>
{
    private const long MaxBytes = 1 << 30;

    private readonly ImmutableArray<(string Name, ElementType Type)> _fields;

    private RecordFields(ImmutableArray<(string Name, ElementType Type)> fields) => _fields = fields;

    /// <summary>Reads a v2 <c>dtype</c> that is a list, and the byte order of its fields.</summary>
    public static (RecordFields Fields, char ByteOrder) FromV2(JsonElement list)
    {
        var byteOrder = '|';
        var fields = new List<(string, ElementType)>();
        foreach (var field in list.EnumerateArray())
        {
            if (field.ValueKind != JsonValueKind.Array || field.GetArrayLength() < 2 || JsonText.StringOf(field[0]) is not { Length: > 0 } name)
            {
                throw new ZarrFormatException($"a field of dtype is {JsonText.Excerpt(field)} where a name and a data type are expected");
            }

            if (field.GetArrayLength() > 2 || field[1].ValueKind == JsonValueKind.Array)
            {
                throw new NoFormException($"the field \"{name}\" of dtype is an array or has fields itself, which Zarr v3 cannot express");
            }

            var (type, order) = ElementType.FromV2(field[1]);
            if (type is null)
            {
                throw new NoFormException($"the field \"{name}\" of dtype is \"|O\", which Zarr v3 cannot express");
            }

            if (type.HasByteOrder && byteOrder != '|' && order != byteOrder)
            {
                throw new NoFormException("dtype has fields of both byte orders, which Zarr v3 cannot express");
            }

            byteOrder = type.HasByteOrder ? order : byteOrder;
            fields.Add((name, type));
        }

        return (Checked("dtype", fields), byteOrder);
    }

    /// <summary>Reads the configuration of a v3 <c>structured</c> or <c>struct</c>.</summary>
    public static RecordFields FromV3(JsonElement configuration)
    {
        if (configuration.ValueKind != JsonValueKind.Object
            || !configuration.TryGetProperty("fields", out var list)
            || list.ValueKind != JsonValueKind.Array)
        {
            throw new ZarrFormatException("data_type is a structured type without a list of fields");
        }

        var fields = new List<(string, ElementType)>();
        foreach (var field in list.EnumerateArray())
        {
            var (name, type) = field.ValueKind switch
            {
                JsonValueKind.Array when field.GetArrayLength() == 2 => (field[0], field[1]),
                JsonValueKind.Object when field.TryGetProperty("name", out var given) && field.TryGetProperty("data_type", out var of) =>
                    (given, of),
                _ => default,
            };
            if (JsonText.StringOf(name) is not { Length: > 0 } text)
            {
                throw new ZarrFormatException($"a field of data_type is {JsonText.Excerpt(field)} where a name and a data type are expected");
            }

            var element = ElementType.FromV3(type);
            fields.Add(element.Kind is 'R' or 'T' or 'Y'
                ? throw new NoFormException($"the field \"{text}\" of data_type has fields or varies in length, which has no form in Zarr v2")
                : (text, element));
        }

        return Checked("data_type", fields);
    }

    /// <summary>The type of elements with these fields.</summary>
    public ElementType ToType() => new('R', _fields.Sum(field => field.Type.Size), Fields: this);

    /// <summary>Whether any of them has a byte order.</summary>
    public bool HaveByteOrder => _fields.Any(one => one.Type.HasByteOrder);

    /// <summary>The v2 <c>dtype</c>.</summary>
    public JsonArray ToV2(char byteOrder) =>
        new([.. _fields.Select(field => new JsonArray(JsonValue.Create(field.Name), field.Type.ToV2(byteOrder)))]);

    /// <summary>The v3 <c>data_type</c>.</summary>
    public JsonObject ToV3() => new()
    {
        ["name"] = "structured",
        ["configuration"] = new JsonObject
        {
            ["fields"] = new JsonArray([.. _fields.Select(field => new JsonArray(JsonValue.Create(field.Name), field.Type.ToV3()))]),
        },
    };

    /// <summary>The bytes, little-endian, of a value that names each field; null if it is no value of the type.</summary>
    public byte[]? BytesOf(JsonElement value)
    {
        var bytes = new List<byte>();
        foreach (var (name, type) in _fields)
        {
            var field = value.TryGetProperty(name, out var given) ? FillValue.TryConvert(given, type) : FillValue.Default(type);
            if (field is null)
            {
                return null;
            }

            bytes.AddRange(ScalarBytes.Of(JsonMembers.ElementOf(field), type));
        }

        return [.. bytes];
    }

    /// <summary>A value's bytes in the other byte order.</summary>
    public byte[] Reversed(byte[] bytes)
    {
        var reversed = (byte[])bytes.Clone();
        var start = 0;
        foreach (var (_, type) in _fields)
        {
            var unit = type.Kind switch { 'c' => type.Size / 2, 'U' => 4, _ => type.HasByteOrder ? type.Size : 1 };
            for (var at = start; at < start + type.Size; at += unit)
            {
                Array.Reverse(reversed, at, unit);
            }

            start += type.Size;
        }

        return reversed;
    }

    /// <inheritdoc/>
    public bool Equals(RecordFields? other) => other is not null && _fields.AsSpan().SequenceEqual(other._fields.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RecordFields);

    /// <inheritdoc/>
    public override int GetHashCode() => _fields.Length;

    private static RecordFields Checked(string member, List<(string Name, ElementType Type)> fields)
    {
        if (fields.Count == 0
            || fields.DistinctBy(field => field.Name).Count() != fields.Count
            || fields.Sum(field => (long)field.Type.Size) > MaxBytes)
        {
            throw new ZarrFormatException($"the fields of {member} are none, too large, or two of one name");
        }

        return new RecordFields([.. fields]);
    }
}
