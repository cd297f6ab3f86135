using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.V2;

/// <summary>
/// The attribute <c>_FillValue</c>: the value that xarray takes for missing data. In v2 that is the array's fill_value; in v3 it is this
/// attribute, encoded, and fill_value means nothing. Only arrays that name all their dimensions are treated so; others keep it as it is.
/// </summary>
/// <remarks>
/// <para>v2 to v3 (<c>e(x)</c> is x encoded):</para>
/// <list type="table">
/// <item><term>fill_value v, no attribute</term><description>the attribute is e(v), if xarray can read one of that type: bool, int, uint,
/// float, complex</description></item>
/// <item><term>fill_value null, no attribute</term><description>no attribute</description></item>
/// <item><term>attribute x, whatever fill_value</term><description>e(x), or x itself where it is no value of the type; beside a fill value, and
/// where the way back would not show x, <see cref="Reserved.Attributes"/> keeps it</description></item>
/// </list>
/// <para>v3 to v2:</para>
/// <list type="table">
/// <item><term>no attribute, or e(x) of another than fill_value that nothing keeps, and the array has all its chunks</term><description>fill_value is null: it stands for no
/// chunk, and xarray would take it for missing data. Nothing else can say so in v2: while chunks are missing, fill_value stays</description></item>
/// <item><term>no attribute</term><description>no attribute</description></item>
/// <item><term>attribute, kept in <see cref="Reserved.Attributes"/></term><description>what is kept there, if the attribute is still what became of it</description></item>
/// <item><term>attribute e(v), fill_value v</term><description>no attribute</description></item>
/// <item><term>attribute e(x), another fill_value</term><description>x</description></item>
/// <item><term>attribute that is not encoded</term><description>as it is</description></item>
/// </list>
/// <para>e(x) is: of floats the base64 of a little-endian float64, of complex numbers two of these, of ints and bools the value itself, of byte
/// strings the base64, of texts the text.</para>
/// </remarks>
internal static class FillAttribute
{
    public const string Name = "_FillValue";

    private const int EncodedLength = 12;

    /// <summary>Whether xarray reads the attribute of a v3 array of that type. It fails on all others that have one.</summary>
    public static bool IsReadable(ElementType type) => type.Kind is 'b' or 'i' or 'u' or 'f' or 'c';

    /// <summary>A v2 attribute, or a fill value, encoded for v3; the attribute itself where it is no value of the type.</summary>
    public static JsonElement Encode(JsonElement value, ElementType type) => type.Kind switch
    {
        'f' when IsFloat(value) => EncodedFloat(ScalarBytes.FloatOf(value)),
        'c' when value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 2 && IsFloat(value[0]) && IsFloat(value[1]) =>
            JsonMembers.ElementOf(new JsonArray(Node(value[0]), Node(value[1]))),
        'i' or 'u' when FillValue.TryConvert(value, type) is { } number => JsonMembers.ElementOf(number),
        'b' when FillValue.TryConvert(value, type) is { } truth => JsonMembers.ElementOf(truth),
        'S' when JsonText.StringOf(value) is { } text => JsonMembers.ElementOf(Convert.ToBase64String(Encoding.UTF8.GetBytes(text))),
        _ => value,
    };

    /// <summary>The fill value of an array, as v3 writes it, encoded.</summary>
    public static JsonElement EncodeFill(JsonElement fill, ElementType type) => type.Kind switch
    {
        'f' => EncodedFloat(ScalarBytes.Rounded(ScalarBytes.FloatOf(fill), type.Size)),
        'c' => JsonMembers.ElementOf(new JsonArray(
            Node(ScalarBytes.Rounded(ScalarBytes.FloatOf(fill[0]), type.Size / 2)),
            Node(ScalarBytes.Rounded(ScalarBytes.FloatOf(fill[1]), type.Size / 2)))),
        _ => fill,
    };

    /// <summary>What v2 shows of an attribute of v3; null where it says the same as the array's fill value.</summary>
    /// <param name="attribute">The attribute.</param>
    /// <param name="fill">The array's fill value as v3 writes it; null where v2 has none.</param>
    /// <param name="type">Its type.</param>
    public static JsonElement? Decode(JsonElement attribute, JsonElement? fill, ElementType type)
    {
        switch (type.Kind)
        {
            case 'f' when DecodeFloat(attribute) is { } number:
                return fill is { } same && FillValue.SameFloat(number, ScalarBytes.FloatOf(same), type.Size)
                    ? null
                    : Shown(PythonJson.Number(number));
            case 'c' when attribute.ValueKind == JsonValueKind.Array && attribute.GetArrayLength() == 2
                && DecodeFloat(attribute[0]) is { } real && DecodeFloat(attribute[1]) is { } imaginary:
                return fill is { } pair
                    && FillValue.SameFloat(real, ScalarBytes.FloatOf(pair[0]), type.Size / 2)
                    && FillValue.SameFloat(imaginary, ScalarBytes.FloatOf(pair[1]), type.Size / 2)
                        ? null
                        : Shown($"[{PythonJson.Number(real)}, {PythonJson.Number(imaginary)}]");
            case 'b' or 'i' or 'u' or 'U' or 'T' or 'S' when fill is { } value && JsonMeaning.Same(attribute, value):
                return null;
            case 'S' when JsonText.StringOf(attribute) is { } text && Base64Text(text) is { } shown:
                return JsonMembers.ElementOf(JsonValue.Create(shown));
            default:
                return attribute;
        }
    }

    /// <summary>A number, or a bare NaN or infinity.</summary>
    private static bool IsFloat(JsonElement value) => value.ValueKind == JsonValueKind.Number || TolerantJson.IsBareToken(value);

    private static JsonElement EncodedFloat(double value) => JsonMembers.ElementOf(Node(value));

    private static JsonValue Node(JsonElement value) => Node(ScalarBytes.FloatOf(value));

    private static JsonValue Node(double value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        return JsonValue.Create(Convert.ToBase64String(bytes));
    }

    private static double? DecodeFloat(JsonElement value) =>
        JsonText.StringOf(value) is { Length: EncodedLength } text && Base64.IsValid(text, out var length) && length == sizeof(double)
            ? BinaryPrimitives.ReadDoubleLittleEndian(Convert.FromBase64String(text))
            : null;

    /// <summary>The characters that a base64 text stands for, if they are such as a person would have written.</summary>
    private static string? Base64Text(string text)
    {
        if (!Base64.IsValid(text))
        {
            return null;
        }

        var bytes = Convert.FromBase64String(text);
        return System.Text.Unicode.Utf8.IsValid(bytes) && Encoding.UTF8.GetString(bytes) is { } shown && !shown.Any(char.IsControl) ? shown : null;
    }

    private static JsonElement Shown(string json) => TolerantJson.ParseFirstValue(Encoding.UTF8.GetBytes(json));
}
