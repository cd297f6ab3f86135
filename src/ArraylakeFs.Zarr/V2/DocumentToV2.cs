using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.V2;

/// <summary>Writes the v2 documents of a v3 node, as zarr-python 2 writes its own.</summary>
internal static class DocumentToV2
{
    private const int ZarrPythonIndent = 4;

    // consolidated_metadata repeats other documents; who wants it makes it anew.
    private static readonly string[] _known =
    [
        "zarr_format", "node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs", "attributes", "dimension_names",
        "storage_transformers", "consolidated_metadata",
    ];

    /// <summary>Converts. What is converted can be converted back.</summary>
    /// <exception cref="ZarrFormatException">The document is no v3 document, or says what v2 cannot.</exception>
    public static V2Node Convert(ReadOnlySpan<byte> document, bool isComplete)
    {
        var node = NodeDocument.Parse(document);
        foreach (var member in node.Root.EnumerateObject().Where(member => !_known.Contains(member.Name) && !MayBeIgnored(member.Value)))
        {
            throw new NoFormException($"its member \"{member.Name}\" has no form in Zarr v2");
        }

        var attributes = node.Attributes.ValueKind == JsonValueKind.Undefined ? null : JsonMembers.Of(node.Attributes);
        var extra = ExtraMembers(attributes, node.Kind);
        if (node.Array is null)
        {
            var group = new OrderedDictionary<string, JsonElement>(extra, StringComparer.Ordinal) { ["zarr_format"] = JsonMembers.ElementOf(2) };
            var file = ShownAttributes(attributes, attributes ?? [], extra);
            return new V2Node(NodeKind.Group, Write(group), file is null ? null : Write(file));
        }

        var array = ArrayToV2.Convert(node);
        var core = ArrayToV3.Convert(array);
        var type = ElementType.FromV3(core["data_type"]);
        var isUndefined = KeepFillValue(array, attributes, core, type);
        if (isComplete && !isUndefined && IsMaskInV2Only(node.Array, attributes, core["fill_value"], type))
        {
            array["fill_value"] = JsonMembers.ElementOf(null);
            isUndefined = true;
        }

        KeepMembers(array, attributes, core);
        foreach (var (name, value) in extra)
        {
            array[name] = value;
        }

        var shown = ArrayAttributes(node.Array, attributes, isUndefined ? null : core["fill_value"], type);
        var shownFile = ShownAttributes(attributes, shown, extra);
        return new V2Node(NodeKind.Array, Write(array), shownFile is null ? null : Write(shownFile));
    }

    private static byte[] Write(OrderedDictionary<string, JsonElement> members) =>
        PythonJson.Document(JsonMembers.ToObject(members), ZarrPythonIndent, sorted: true);

    private static bool MayBeIgnored(JsonElement member) =>
        member.ValueKind == JsonValueKind.Object && member.TryGetProperty("must_understand", out var must) && must.ValueKind == JsonValueKind.False;

    /// <summary>Members of the v2 document that v3 has as attributes.</summary>
    private static OrderedDictionary<string, JsonElement> ExtraMembers(OrderedDictionary<string, JsonElement>? attributes, NodeKind kind)
    {
        var members = Reserved.ReadMembers(attributes, Reserved.Members) is { } kept
            ? kept.Where(member => kind == NodeKind.Group ? member.Key != "zarr_format" : !ArrayToV3.KnownMembers.Contains(member.Key))
            : (attributes ?? []).Where(attribute => Reserved.OfNczarr.Contains(attribute.Key));
        return new(members, StringComparer.Ordinal);
    }

    /// <summary>Puts in the fill value that v2 had, if it still is what v3 has. Whether v2 has none.</summary>
    private static bool KeepFillValue(
        OrderedDictionary<string, JsonElement> array,
        OrderedDictionary<string, JsonElement>? attributes,
        OrderedDictionary<string, JsonElement> core,
        ElementType type)
    {
        if (Reserved.Read(attributes, Reserved.FillValue) is { } kept)
        {
            var candidate = new OrderedDictionary<string, JsonElement>(array, StringComparer.Ordinal) { ["fill_value"] = kept };
            if (TryConvert(candidate) is { } same && FillValue.Same(same["fill_value"], core["fill_value"], type))
            {
                array["fill_value"] = kept;
            }
        }

        return array["fill_value"].ValueKind == JsonValueKind.Null;
    }

    /// <summary>
    /// Whether xarray takes the fill value for missing data in v2, and not in v3. NaN it takes for that in both, unless v3 names another value.
    /// </summary>
    private static bool IsMaskInV2Only(ArrayMetadata array, OrderedDictionary<string, JsonElement>? attributes, JsonElement fill, ElementType type)
    {
        var kept = Reserved.Read(attributes, Reserved.Attributes);
        var members = kept is { ValueKind: JsonValueKind.Object } some ? JsonMembers.Of(some) : [];
        var namesMask = attributes?.ContainsKey(FillAttribute.Name) == true;
        return FillAttribute.IsReadable(type) && (namesMask || JsonText.StringOf(fill) != "NaN")
            && DimensionNames(array, kept, members) is not null && !members.ContainsKey(FillAttribute.Name)
            && !(namesMask && FillAttribute.Decode(attributes![FillAttribute.Name], fill, type) is null);
    }

    /// <summary>Puts in the members as v2 had them, if they still say what v3 says: shuffle -1 of blosc, filters [] for none.</summary>
    private static void KeepMembers(
        OrderedDictionary<string, JsonElement> array, OrderedDictionary<string, JsonElement>? attributes, OrderedDictionary<string, JsonElement> core)
    {
        var kept = Reserved.ReadMembers(attributes, Reserved.Members)?
            .Where(member => member.Key is not ("zarr_format" or "fill_value") && ArrayToV3.KnownMembers.Contains(member.Key)).ToList() ?? [];
        if (kept.Count == 0)
        {
            return;
        }

        var candidate = new OrderedDictionary<string, JsonElement>(array, StringComparer.Ordinal);
        kept.ForEach(member => candidate[member.Key] = member.Value);
        if (TryConvert(candidate) is { } same && same.All(member => member.Key == "fill_value" || JsonMeaning.Same(member.Value, core[member.Key])))
        {
            kept.ForEach(member => array[member.Key] = member.Value);
        }
    }

    private static OrderedDictionary<string, JsonElement>? TryConvert(OrderedDictionary<string, JsonElement> array)
    {
        try
        {
            return ArrayToV3.Convert(array);
        }
        catch (ZarrFormatException)
        {
            return null;
        }
    }

    private static OrderedDictionary<string, JsonElement> ArrayAttributes(
        ArrayMetadata array, OrderedDictionary<string, JsonElement>? attributes, JsonElement? fill, ElementType type)
    {
        var shown = new OrderedDictionary<string, JsonElement>(attributes ?? [], StringComparer.Ordinal);
        var kept = Reserved.Read(attributes, Reserved.Attributes);
        var members = kept is { ValueKind: JsonValueKind.Object } some ? JsonMembers.Of(some) : [];
        if (DimensionNames(array, kept, members) is { } names)
        {
            shown[V2Node.DimensionsAttribute] = JsonMembers.ElementOf(names);
        }

        if (DocumentToV3.DimensionNames(shown, array.Rank) is not null && shown.TryGetValue(FillAttribute.Name, out var attribute))
        {
            var value = members.TryGetValue(FillAttribute.Name, out var given) && JsonMeaning.Same(FillAttribute.Encode(given, type), attribute)
                ? given
                : FillAttribute.Decode(attribute, fill, type);
            shown.Remove(FillAttribute.Name);
            if (value is { } visible)
            {
                shown[FillAttribute.Name] = visible;
            }
        }

        return shown;
    }

    /// <summary>
    /// The names of all dimensions; null where one has none. An array without dimensions has all its names, which zarr-python does not write
    /// in v3 and xarray wants to see in v2; only one that comes from v2 can say that it has none.
    /// </summary>
    private static JsonArray? DimensionNames(ArrayMetadata array, JsonElement? kept, OrderedDictionary<string, JsonElement> members)
    {
        if (array.Rank == 0)
        {
            return kept is { ValueKind: JsonValueKind.Null } || members.ContainsKey(V2Node.DimensionsAttribute) ? null : [];
        }

        return array.DimensionNames is { } given && given.All(name => name is not null)
            ? new JsonArray([.. given.Select(name => JsonValue.Create(name))])
            : null;
    }

    /// <summary>What of the attributes is in <c>.zattrs</c>; null where there is no such file.</summary>
    private static OrderedDictionary<string, JsonElement>? ShownAttributes(
        OrderedDictionary<string, JsonElement>? attributes,
        OrderedDictionary<string, JsonElement> shown,
        OrderedDictionary<string, JsonElement> extra)
    {
        var areMembers = Reserved.ReadMembers(attributes, Reserved.Members) is null;
        var file = new OrderedDictionary<string, JsonElement>(
            shown.Where(attribute => !Reserved.Contains(attribute.Key) && !(areMembers && extra.ContainsKey(attribute.Key))),
            StringComparer.Ordinal);
        return file.Count > 0 || attributes is { Count: 0 } || Reserved.ReadMembers(attributes, Reserved.Attributes) is not null ? file : null;
    }
}
