using System.Text.Json;
using ArraylakeFs.Zarr.V2;

namespace ArraylakeFs.Zarr;

/// <summary>
/// Whether two v3 documents say the same of a node, however much of it each leaves to be understood. Tools that copy a document write what they have
/// read: absent attributes become <c>{}</c>, <c>{"name": "default"}</c> gets its separator, a float's <c>0</c> becomes <c>0.0</c>.
/// </summary>
internal static class NodeMeaning
{
    /// <summary>Compares two documents, which are objects. Members of one name count once, the last.</summary>
    public static bool Same(JsonElement a, JsonElement b)
    {
        var (first, second) = (MembersOf(a), MembersOf(b));
        return SameMembers(first, second, (name, mine, theirs) => mine is { } one && theirs is { } other && name switch
        {
            "data_type" => SameType(one, other),
            "chunk_grid" or "chunk_key_encoding" => SameExtension(one, other, itemBytes: null),
            "codecs" => SameCodecs(one, other, ItemBytes(first)),
            "fill_value" => SameFill(one, other, first),
            _ => JsonMeaning.Same(one, other),
        });
    }

    /// <summary>The members, without those that say what is meant where they are absent.</summary>
    private static OrderedDictionary<string, JsonElement> MembersOf(JsonElement document)
    {
        var members = JsonMembers.Of(document);
        foreach (var name in (string[])["attributes", "storage_transformers", "dimension_names"])
        {
            if (members.TryGetValue(name, out var value) && SaysNothing(value))
            {
                members.Remove(name);
            }
        }

        members.Remove(ConsolidatedV3.Member);
        return members;
    }

    /// <summary>Null, nothing, or nulls only: dimensions without names.</summary>
    private static bool SaysNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.Array => value.EnumerateArray().All(element => element.ValueKind == JsonValueKind.Null),
        _ => false,
    };

    private static bool SameMembers(
        OrderedDictionary<string, JsonElement> a, OrderedDictionary<string, JsonElement> b, Func<string, JsonElement?, JsonElement?, bool> same) =>
        a.Keys.Union(b.Keys).All(name => same(
            name, a.TryGetValue(name, out var mine) ? mine : null, b.TryGetValue(name, out var theirs) ? theirs : null));

    private static bool SameCodecs(JsonElement a, JsonElement b, int? itemBytes) =>
        a.ValueKind == JsonValueKind.Array && b.ValueKind == JsonValueKind.Array && a.GetArrayLength() == b.GetArrayLength()
        && a.EnumerateArray().Zip(b.EnumerateArray()).All(pair => SameExtension(pair.First, pair.Second, itemBytes));

    /// <summary>An extension point: a name, or an object with a name and a configuration.</summary>
    private static bool SameExtension(JsonElement a, JsonElement b, int? itemBytes)
    {
        if (ArrayMetadataReader.NameOf(a) is not { } name || ArrayMetadataReader.NameOf(b) != name)
        {
            return JsonMeaning.Same(a, b);
        }

        return SameMembers(OthersOf(a), OthersOf(b), (member, mine, theirs) => mine is { } one && theirs is { } other
            ? JsonMeaning.Same(one, other)
            : member == "must_understand" && (mine ?? theirs)!.Value.ValueKind == JsonValueKind.True)
            && SameMembers(SettingsOf(a), SettingsOf(b), (setting, mine, theirs) => mine is { } one && theirs is { } other
                ? (name, setting) switch
                {
                    ("sharding_indexed", "codecs") => SameCodecs(one, other, itemBytes),
                    ("sharding_indexed", "index_codecs") => SameCodecs(one, other, sizeof(ulong)),
                    _ => JsonMeaning.Same(one, other),
                }
                : IsUnderstood(name, setting, (mine ?? theirs)!.Value, itemBytes));
    }

    private static OrderedDictionary<string, JsonElement> OthersOf(JsonElement extension)
    {
        var members = extension.ValueKind == JsonValueKind.Object ? JsonMembers.Of(extension) : [];
        members.Remove("name");
        members.Remove("configuration");
        return members;
    }

    private static OrderedDictionary<string, JsonElement> SettingsOf(JsonElement extension) =>
        ArrayMetadataReader.ConfigurationOf(extension) is { ValueKind: JsonValueKind.Object } settings ? JsonMembers.Of(settings) : [];

    /// <summary>Whether a setting that one of the two does not have says what is meant without it, or is of no use to who reads.</summary>
    private static bool IsUnderstood(string name, string setting, JsonElement value, int? itemBytes) => (name, setting) switch
    {
        ("default", "separator") => JsonText.StringOf(value) == "/",
        ("v2", "separator") => JsonText.StringOf(value) == ".",
        ("bytes", "endian") => itemBytes == 1,
        ("zstd", "checksum") => value.ValueKind == JsonValueKind.False,
        ("sharding_indexed", "index_location") => JsonText.StringOf(value) == "end",
        ("zstd" or "gzip", "level") or ("blosc", _) => true,
        _ => false,
    };

    private static int? ItemBytes(OrderedDictionary<string, JsonElement> array) =>
        array.TryGetValue("data_type", out var type) ? DataTypes.ItemSizeBytes(type) : null;

    private static bool SameFill(JsonElement a, JsonElement b, OrderedDictionary<string, JsonElement> array)
    {
        if (JsonMeaning.Same(a, b))
        {
            return true;
        }

        return array.TryGetValue("data_type", out var dataType) && TypeOf(dataType) is { } type
            && FillValue.TryConvert(a, type) is { } mine && FillValue.TryConvert(b, type) is { } theirs
            && FillValue.Same(JsonMembers.ElementOf(mine), JsonMembers.ElementOf(theirs), type);
    }

    /// <summary>Records have two spellings: <c>structured</c> with pairs, and <c>struct</c> with objects.</summary>
    private static bool SameType(JsonElement a, JsonElement b) => SameExtension(a, b, itemBytes: null)
        || (TypeOf(a) is { } mine && TypeOf(b) is { } theirs && mine.ToV3().ToJsonString() == theirs.ToV3().ToJsonString());

    /// <summary>Null for a type that v2 does not have.</summary>
    private static ElementType? TypeOf(JsonElement dataType)
    {
        try
        {
            return ElementType.FromV3(dataType);
        }
        catch (ZarrFormatException)
        {
            return null;
        }
    }
}
