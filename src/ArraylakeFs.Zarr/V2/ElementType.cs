using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ArraylakeFs.Zarr.V2;

/// <summary>
/// A data type that both Zarr v2 and Zarr v3 have (zarr-tools.md section 3). Byte order is not part of it: in v3 it belongs to a codec.
/// </summary>
/// <param name="Kind">
/// NumPy's letter, <c>b i u f c S U V M m</c>; of the types whose elements vary in length, <c>T</c> for texts and <c>Y</c> for bytes;
/// <c>R</c> for a record of fields (a structured type).
/// </param>
/// <param name="Size">Bytes of an element; 0 where they vary.</param>
/// <param name="Unit">Unit of a time: <c>s</c>, <c>ns</c>, <c>generic</c>.</param>
/// <param name="Scale">Units that a time counts in: 10 for <c>[10s]</c>.</param>
/// <param name="Fields">The fields of a record.</param>
internal sealed partial record ElementType(char Kind, int Size, string? Unit = null, int Scale = 1, RecordFields? Fields = null)
{
    /// <summary>The texts and bytes of varying length.</summary>
    public static readonly ElementType Texts = new('T', 0), ByteStrings = new('Y', 0);

    private const string GenericUnit = "generic";

    /// <summary>Whether the elements have a byte order.</summary>
    public bool HasByteOrder => Kind is 'U' or 'M' or 'm' || Fields?.HaveByteOrder == true || (Kind is 'i' or 'u' or 'f' or 'c' && Size > 1);

    /// <summary>Reads a v2 <c>dtype</c> such as <c>&lt;f4</c>; the objects of <c>|O</c> are what their filter says, and are told as null.</summary>
    /// <exception cref="ZarrFormatException">It is no type, or one that Zarr v3 does not have.</exception>
    public static (ElementType? Type, char ByteOrder) FromV2(JsonElement dtype)
    {
        if (dtype.ValueKind == JsonValueKind.Array)
        {
            var (fields, common) = RecordFields.FromV2(dtype);
            return (fields.ToType(), common);
        }

        var text = JsonText.StringOf(dtype);
        if (text == "|O")
        {
            return (null, '|');
        }

        if (text is null || V2Name().Match(text) is not { Success: true } match)
        {
            throw new ZarrFormatException($"dtype is {JsonText.Excerpt(dtype)} where a data type such as \"<f4\" is expected");
        }

        var kind = match.Groups["kind"].Value[0];
        var number = int.Parse(match.Groups["size"].Value, CultureInfo.InvariantCulture);
        var order = match.Groups["order"].Value[0] == '>' ? '>' : '<';
        var isTime = kind is 'M' or 'm';
        var unit = match.Groups["unit"];
        var type = isTime
            ? new ElementType(kind, number, unit.Success ? unit.Value : GenericUnit, ScaleOf(match.Groups["scale"].Value))
            : new ElementType(kind, kind == 'U' ? 4 * number : number);
        return type.IsKnown && (isTime || !unit.Success) && (match.Groups["order"].Value[0] == '|') != type.HasByteOrder
            ? (type, type.HasByteOrder ? order : '|')
            : throw new NoFormException($"the dtype \"{text}\" has no form in Zarr v3");
    }

    /// <summary>Reads a v3 <c>data_type</c>.</summary>
    /// <exception cref="ZarrFormatException">It is one that Zarr v2 does not have.</exception>
    public static ElementType FromV3(JsonElement dataType)
    {
        var name = ArrayMetadataReader.NameOf(dataType) ?? throw ArrayMetadataReader.NoName("data_type", dataType);
        var settings = ArrayMetadataReader.ConfigurationOf(dataType);
        var length = DataTypes.ItemSizeBytes(dataType);
        var type = name switch
        {
            "bool" => new ElementType('b', 1),
            "int8" or "int16" or "int32" or "int64" => new ElementType('i', length!.Value),
            "uint8" or "uint16" or "uint32" or "uint64" => new ElementType('u', length!.Value),
            "float16" or "float32" or "float64" => new ElementType('f', length!.Value),
            "complex64" or "complex128" => new ElementType('c', length!.Value),
            "null_terminated_bytes" when length is { } size => new ElementType('S', size),
            "fixed_length_utf32" when length is { } size => new ElementType('U', size),
            "raw_bytes" when length is { } size => new ElementType('V', size),
            ['r', .. var bits] when length is { } size && bits.All(char.IsAsciiDigit) => new ElementType('V', size),
            "numpy.datetime64" or "numpy.timedelta64" => TimeOf(name == "numpy.datetime64" ? 'M' : 'm', settings),
            "structured" or "struct" => RecordFields.FromV3(settings).ToType(),
            "string" or "variable_length_utf8" => Texts,
            "variable_length_bytes" or "bytes" => ByteStrings,
            _ => null,
        };
        return type is { IsKnown: true } ? type : throw new NoFormException($"the data_type {JsonText.Excerpt(dataType)} has no form in Zarr v2");
    }

    /// <summary>The v2 <c>dtype</c>; <paramref name="byteOrder"/> is <c>&lt;</c> or <c>&gt;</c>, and counts only where there is one.</summary>
    public JsonNode ToV2(char byteOrder) => Kind switch
    {
        'R' => Fields!.ToV2(byteOrder),
        'T' or 'Y' => "|O",
        'U' => string.Create(CultureInfo.InvariantCulture, $"{byteOrder}U{Size / 4}"),
        'M' or 'm' when Unit == GenericUnit => $"{byteOrder}{Kind}8",
        'M' or 'm' => string.Create(CultureInfo.InvariantCulture, $"{byteOrder}{Kind}8[{(Scale == 1 ? "" : Scale)}{Unit}]"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(HasByteOrder ? byteOrder : '|')}{Kind}{Size}"),
    };

    /// <summary>The v3 <c>data_type</c>.</summary>
    public JsonNode ToV3() => Kind switch
    {
        'b' => "bool",
        'i' => Plain("int", 8 * Size),
        'u' => Plain("uint", 8 * Size),
        'f' => Plain("float", 8 * Size),
        'c' => Plain("complex", 8 * Size),
        'S' => Sized("null_terminated_bytes"),
        'U' => Sized("fixed_length_utf32"),
        'V' => Sized("raw_bytes"),
        'M' or 'm' => new JsonObject
        {
            ["name"] = Kind == 'M' ? "numpy.datetime64" : "numpy.timedelta64",
            ["configuration"] = new JsonObject { ["unit"] = Unit, ["scale_factor"] = Scale },
        },
        'R' => Fields!.ToV3(),
        'T' => "string",
        _ => "variable_length_bytes",
    };

    private bool IsKnown => Kind switch
    {
        'b' => Size == 1,
        'i' or 'u' => Size is 1 or 2 or 4 or 8,
        'f' => Size is 2 or 4 or 8,
        'c' => Size is 8 or 16,
        'S' or 'V' => Size > 0,
        'U' => Size > 0 && Size % 4 == 0,
        'M' or 'm' => Size == 8 && Scale > 0,
        _ => true,
    };

    private static JsonValue Plain(string name, int bits) => JsonValue.Create(string.Create(CultureInfo.InvariantCulture, $"{name}{bits}"));

    private JsonObject Sized(string name) => new() { ["name"] = name, ["configuration"] = new JsonObject { ["length_bytes"] = Size } };

    private static ElementType? TimeOf(char kind, JsonElement settings) =>
        settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty("unit", out var unit) && JsonText.StringOf(unit) is { } text
        && settings.TryGetProperty("scale_factor", out var scale) && scale.ValueKind == JsonValueKind.Number && scale.TryGetInt32(out var factor)
        && UnitName().IsMatch(text)
            ? new ElementType(kind, 8, text, factor)
            : null;

    private static int ScaleOf(string text) => text.Length == 0 ? 1 : int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^(?<order>[<>|=])(?<kind>[biufcSUVMm])(?<size>[0-9]{1,8})(\[(?<scale>[0-9]{0,8})(?<unit>[A-Za-zμ]{1,8})\])?$", RegexOptions.ExplicitCapture)]
    private static partial Regex V2Name();

    [GeneratedRegex("^[A-Za-zμ]{1,8}$")]
    private static partial Regex UnitName();
}
