using System.Text;
using System.Text.Json;

namespace ArraylakeFs.Zarr.V2;

/// <summary>
/// Attributes of a v3 node that hold what its v2 documents say and v3 has no place for, as JSON text (docs/decisions/016). They are hidden
/// in v2. One that no longer fits, because a v3 tool has changed the node, is ignored.
/// </summary>
internal static class Reserved
{
    /// <summary>The v2 fill value, where v3 has another: <c>null</c>, or 0 for an empty text.</summary>
    public const string FillValue = "_zarr_v2_fill_value";

    /// <summary>Members of <c>.zarray</c> or <c>.zgroup</c> that v3 does not have, or says in its own way only.</summary>
    public const string Members = "_zarr_v2_members";

    /// <summary>
    /// Attributes of <c>.zattrs</c> that v3 has otherwise; <c>null</c>, or an empty object, where only the file's absence or presence counts.
    /// </summary>
    public const string Attributes = "_zarr_v2_attributes";

    /// <summary>Members of nczarr's own, which are attributes of the same names in v3.</summary>
    public static readonly string[] OfNczarr = ["_NCZARR_ARRAY", "_NCZARR_GROUP", "_NCZARR_SUPERBLOCK"];

    /// <summary>Whether an attribute is one of them.</summary>
    public static bool Contains(string name) => name is FillValue or Members or Attributes;

    /// <summary>What one of them holds; null where it is absent, or is no JSON text.</summary>
    public static JsonElement? Read(OrderedDictionary<string, JsonElement>? attributes, string name)
    {
        if (attributes is null || !attributes.TryGetValue(name, out var value) || JsonText.StringOf(value) is not { } text)
        {
            return null;
        }

        try
        {
            return TolerantJson.ParseFirstValue(Encoding.UTF8.GetBytes(text));
        }
        catch (ZarrFormatException)
        {
            return null;
        }
    }

    /// <summary>The members of what one of them holds; null where it is absent, or is no object.</summary>
    public static OrderedDictionary<string, JsonElement>? ReadMembers(OrderedDictionary<string, JsonElement>? attributes, string name) =>
        Read(attributes, name) is { ValueKind: JsonValueKind.Object } value ? JsonMembers.Of(value) : null;

    /// <summary>The attribute that holds a value.</summary>
    public static JsonElement Text(JsonElement value) => JsonMembers.ElementOf(PythonJson.Text(value, indent: 0, sorted: true));

    /// <summary>The attribute that holds these members.</summary>
    public static JsonElement Text(IEnumerable<KeyValuePair<string, JsonElement>> members) => Text(JsonMembers.ToObject(members));
}
