using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.V2;

/// <summary>
/// Fill values, which Zarr v2 and v3 write alike for the types that both have. Number texts are kept: 64-bit integers are no doubles.
/// </summary>
internal static class FillValue
{
    private const string NotATime = "-9223372036854775808";

    /// <summary>
    /// A fill value as both formats write it. Those that tools write otherwise (0 for false or for an empty text, 0.0 for 0) are set right.
    /// </summary>
    /// <exception cref="ZarrFormatException">It is no value of that type, or one that only one format can express.</exception>
    public static JsonNode Convert(JsonElement value, ElementType type) => TryConvert(value, type) ?? throw new ZarrFormatException(
        type.Kind is 'f' or 'c' && TolerantJson.TextOf(value).Contains("\"0x", StringComparison.Ordinal)
            ? $"fill_value is {JsonText.Excerpt(value)}, the bits of a number, which Zarr v2 cannot express"
            : $"fill_value is {JsonText.Excerpt(value)}, which is no value of the data type");

    /// <summary>The fill value of a v3 document for one of v2, as v3 writes it. Null, "undefined", is the type's default.</summary>
    /// <exception cref="ZarrFormatException">It is no value of that type.</exception>
    public static JsonNode FromV2(JsonElement value, ElementType type, char byteOrder) =>
        value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? Default(type) : InByteOrder(Convert(value, type), type, byteOrder);

    /// <summary>The fill value of a v2 document for one of v3; null stays null, which GDAL writes in v3 too.</summary>
    /// <exception cref="ZarrFormatException">It is no value of that type, or one that v2 cannot express.</exception>
    public static JsonNode? ToV2(JsonElement value, ElementType type, char byteOrder) =>
        value.ValueKind == JsonValueKind.Null ? null : InByteOrder(Convert(value, type), type, byteOrder);

    /// <summary>Whether two fill values, as v3 writes them, are the same value of the type: 0 and 0.0 are, where it is a float.</summary>
    public static bool Same(JsonElement a, JsonElement b, ElementType type) => type.Kind switch
    {
        'f' => SameFloat(a, b, type.Size),
        'c' => SameFloat(a[0], b[0], type.Size / 2) && SameFloat(a[1], b[1], type.Size / 2),
        _ => JsonMeaning.Same(a, b),
    };

    /// <summary>Whether two numbers are the same float of so many bytes. Every NaN is NaN; 0 is not -0.</summary>
    public static bool SameFloat(double a, double b, int size)
    {
        var (first, second) = (ScalarBytes.Rounded(a, size), ScalarBytes.Rounded(b, size));
        return (double.IsNaN(first) && double.IsNaN(second)) || BitConverter.DoubleToInt64Bits(first) == BitConverter.DoubleToInt64Bits(second);
    }

    /// <summary>What stands for "no fill value" (null in v2), because v3 needs one: zero, nothing, not a time.</summary>
    public static JsonNode Default(ElementType type) => type.Kind switch
    {
        'b' => false,
        'i' or 'u' => 0,
        'f' => Number("0.0"),
        'c' => new JsonArray(Number("0.0"), Number("0.0")),
        'V' or 'R' => Zeros(type),
        'M' or 'm' => Number(NotATime),
        _ => "",
    };

    /// <summary>As <see cref="Convert"/>; null if it is no value of that type.</summary>
    public static JsonNode? TryConvert(JsonElement value, ElementType type) => type.Kind switch
    {
        'b' => value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => IntegerText(value) switch { "0" => false, "1" => true, _ => null },
        },
        'i' or 'u' => Integer(value, type),
        'f' => Float(value),
        'c' => Complex(value),
        'R' when value.ValueKind == JsonValueKind.Object => type.Fields!.BytesOf(value) is { } bytes ? System.Convert.ToBase64String(bytes) : null,
        'S' or 'V' or 'Y' or 'R' => Bytes(value, type),
        'M' or 'm' => Text(value) == "NaT" ? Number(NotATime) : Integer(value, new ElementType('i', 8)),
        _ => value.ValueKind == JsonValueKind.String ? Text(value) is { } text ? JsonValue.Create(text) : null : IsZero(value) ? "" : null,
    };

    private static JsonNode? Integer(JsonElement value, ElementType type)
    {
        if (IntegerText(value) is not { } text)
        {
            return null;
        }

        var number = BigInteger.Parse(text, CultureInfo.InvariantCulture);
        var bits = (8 * type.Size) - (type.Kind == 'i' ? 1 : 0);
        var least = type.Kind == 'i' ? -(BigInteger.One << bits) : BigInteger.Zero;
        return number >= least && number < BigInteger.One << bits ? Number(text) : null;
    }

    /// <summary>The digits of a whole number, also of one that is written as <c>5.0</c>.</summary>
    private static string? IntegerText(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            return null;
        }

        var text = value.GetRawText();
        if (!text.AsSpan().ContainsAny('.', 'e', 'E'))
        {
            return text.Length <= 24 ? text : null;
        }

        return value.TryGetDouble(out var number) && double.IsInteger(number) && Math.Abs(number) < 1L << 53
            ? ((long)number).ToString(CultureInfo.InvariantCulture)
            : null;
    }

    private static JsonNode? Float(JsonElement value) => value.ValueKind == JsonValueKind.Number
        ? Number(value.GetRawText())
        : Text(value) is "NaN" or "Infinity" or "-Infinity" ? Text(value) : null;

    private static JsonArray? Complex(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return Float(value) is { } real ? new JsonArray(real, Number("0.0")) : null;
        }

        return value.GetArrayLength() == 2 && Float(value[0]) is { } first && Float(value[1]) is { } second ? new JsonArray(first, second) : null;
    }

    /// <summary>Base64 in both formats; the core specification of v3 writes a list of numbers for its own raw types.</summary>
    private static JsonNode? Bytes(JsonElement value, ElementType type)
    {
        if (IsZero(value))
        {
            return type.Kind is 'V' or 'R' ? Zeros(type) : "";
        }

        if (value.ValueKind == JsonValueKind.Array)
        {
            var bytes = new List<byte>();
            foreach (var element in value.EnumerateArray())
            {
                if (element.ValueKind != JsonValueKind.Number || !element.TryGetByte(out var number))
                {
                    return null;
                }

                bytes.Add(number);
            }

            return HasLength(bytes.Count, type) ? System.Convert.ToBase64String([.. bytes]) : null;
        }

        return Text(value) is { } text && Base64.IsValid(text, out var length) && HasLength(length, type) ? JsonValue.Create(text) : null;
    }

    private static bool HasLength(int length, ElementType type) => type.Kind switch
    {
        'S' => length <= type.Size,
        'V' or 'R' => length == type.Size,
        _ => true,
    };

    /// <summary>v3 has the bytes of a record little-endian, v2 as the record itself is; the way there is the way back.</summary>
    private static JsonNode InByteOrder(JsonNode value, ElementType type, char byteOrder) => type.Kind == 'R' && byteOrder == '>'
        ? System.Convert.ToBase64String(type.Fields!.Reversed(System.Convert.FromBase64String(value.GetValue<string>())))
        : value;

    private static bool SameFloat(JsonElement a, JsonElement b, int size) => SameFloat(ScalarBytes.FloatOf(a), ScalarBytes.FloatOf(b), size);

    private static string Zeros(ElementType type) => System.Convert.ToBase64String(new byte[type.Size]);

    private static bool IsZero(JsonElement value) => IntegerText(value) == "0";

    private static string? Text(JsonElement value) => JsonText.StringOf(value);

    /// <summary>A number exactly as it was written.</summary>
    private static JsonNode Number(string text) => JsonNode.Parse(text)!;
}
