using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.V2;

/// <summary>Says in v3 what the documents of a v2 node say.</summary>
internal static class DocumentToV3
{
    private static readonly string[] _groupMembers = ["zarr_format"];

    /// <summary>Converts.</summary>
    /// <exception cref="ZarrFormatException">The documents are no v2 documents, or say what v3 cannot.</exception>
    public static V3Draft Convert(V2Node node)
    {
        var document = Read(node.Document, node.FileName);
        if (!document.TryGetValue("zarr_format", out var format) || format.ValueKind != JsonValueKind.Number || format.GetRawText() != "2")
        {
            throw new ZarrFormatException($"zarr_format in {node.FileName} is not 2");
        }

        var attributes = node.Attributes is { } bytes ? Read(bytes, V2Node.AttributesFileName) : null;
        if (attributes?.Keys.FirstOrDefault(Reserved.Contains) is { } reserved)
        {
            throw new ZarrFormatException($"the attribute \"{reserved}\" is reserved for what Zarr v3 cannot say of a v2 node");
        }

        var draft = node.Kind == NodeKind.Group ? Group(document, attributes) : Array(document, attributes);
        NodeDocument.Parse(draft.Write());
        return draft;
    }

    private static V3Draft Group(OrderedDictionary<string, JsonElement> document, OrderedDictionary<string, JsonElement>? attributes)
    {
        var members = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            ["zarr_format"] = JsonMembers.ElementOf(3),
            ["node_type"] = JsonMembers.ElementOf("group"),
        };
        var converted = attributes is null ? NewMembers() : new(attributes, StringComparer.Ordinal);
        AddMembers(converted, document.Where(member => !_groupMembers.Contains(member.Key)), attributes);
        if (attributes is { Count: 0 } && converted.Count > 0)
        {
            converted[Reserved.Attributes] = Reserved.Text(attributes);
        }

        return new V3Draft(members, attributes is null && converted.Count == 0 ? null : converted) { HasFile = attributes is not null };
    }

    private static V3Draft Array(OrderedDictionary<string, JsonElement> document, OrderedDictionary<string, JsonElement>? attributes)
    {
        var members = ArrayToV3.Convert(document);
        var node = NodeDocument.Parse(new V3Draft(members, null).Write());
        var shown = ArrayToV2.Convert(node);
        var type = ElementType.FromV3(members["data_type"]);
        var names = DimensionNames(attributes, node.Array!.Rank);
        if (names is not null && node.Array.Rank > 0)
        {
            members["dimension_names"] = JsonMembers.ElementOf(names);
        }

        var fill = document.GetValueOrDefault("fill_value");
        var hasFill = fill.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined);
        var (converted, kept) = ConvertAttributes(attributes, names is not null, hasFill ? members["fill_value"] : null, type);
        AddMembers(
            converted,
            document.Where(member => member.Key != "fill_value"
                && !(shown.TryGetValue(member.Key, out var same) && JsonMeaning.SameSpelling(same, member.Value))),
            attributes);
        if (!hasFill || !JsonMeaning.SameSpelling(fill, shown["fill_value"]))
        {
            converted[Reserved.FillValue] = Reserved.Text(fill);
        }

        if (node.Array.Rank == 0 && names is null)
        {
            converted[Reserved.Attributes] = attributes is null ? Reserved.Text(default(JsonElement)) : Reserved.Text(
                [KeyValuePair.Create(V2Node.DimensionsAttribute, default(JsonElement)), .. kept]);
        }
        else if (kept.Count > 0 || (attributes is { Count: 0 } && converted.Count > 0))
        {
            converted[Reserved.Attributes] = Reserved.Text(kept);
        }

        return new V3Draft(members, attributes is null && converted.Count == 0 ? null : converted) { HasFile = attributes is not null };
    }

    /// <summary>The attributes as v3 has them, and those that could not be shown again as they are.</summary>
    private static (OrderedDictionary<string, JsonElement> Converted, OrderedDictionary<string, JsonElement> Kept) ConvertAttributes(
        OrderedDictionary<string, JsonElement>? attributes, bool isNamed, JsonElement? fill, ElementType type)
    {
        var (converted, kept) = (NewMembers(), NewMembers());
        foreach (var (name, value) in attributes ?? NewMembers())
        {
            if (isNamed && name == FillAttribute.Name)
            {
                var encoded = FillAttribute.Encode(value, type);
                converted[name] = encoded;
                // Beside a fill value it is kept in any case: a v3 array that has it means that its own is no missing data, and v2 shows null then.
                if ((fill is not null && FillAttribute.IsReadable(type))
                    || FillAttribute.Decode(encoded, fill, type) is not { } shown
                    || !JsonMeaning.SameSpelling(shown, value))
                {
                    kept[name] = value;
                }
            }
            else if (!isNamed || name != V2Node.DimensionsAttribute)
            {
                converted[name] = value;
            }
        }

        if (isNamed && fill is { } masked && FillAttribute.IsReadable(type))
        {
            converted.TryAdd(FillAttribute.Name, FillAttribute.EncodeFill(masked, type));
        }

        return (converted, kept);
    }

    /// <summary>
    /// Members of the document that v3 has no place for. Those of nczarr are attributes that a person can read; where there are others, or
    /// attributes of these names too, <see cref="Reserved.Members"/> has them all.
    /// </summary>
    private static void AddMembers(
        OrderedDictionary<string, JsonElement> converted,
        IEnumerable<KeyValuePair<string, JsonElement>> members,
        OrderedDictionary<string, JsonElement>? attributes)
    {
        var all = members.ToList();
        if (all.All(member => Reserved.OfNczarr.Contains(member.Key)) && attributes?.Keys.Any(Reserved.OfNczarr.Contains) != true)
        {
            all.ForEach(member => converted[member.Key] = member.Value);
        }
        else
        {
            converted[Reserved.Members] = Reserved.Text(all);
        }
    }

    /// <summary>xarray's names of the dimensions, if they are what v3 can say: one text each.</summary>
    public static JsonArray? DimensionNames(OrderedDictionary<string, JsonElement>? attributes, int rank) =>
        attributes is not null && attributes.TryGetValue(V2Node.DimensionsAttribute, out var names) && names.ValueKind == JsonValueKind.Array
        && names.GetArrayLength() == rank && names.EnumerateArray().All(name => JsonText.StringOf(name) is not null && !TolerantJson.IsBareToken(name))
            ? new JsonArray([.. names.EnumerateArray().Select(name => JsonValue.Create(name.GetString()))])
            : null;

    private static OrderedDictionary<string, JsonElement> NewMembers() => new(StringComparer.Ordinal);

    private static OrderedDictionary<string, JsonElement> Read(byte[] utf8, string fileName)
    {
        JsonElement root;
        try
        {
            root = TolerantJson.ParseFirstValue(utf8);
        }
        catch (ZarrFormatException failure)
        {
            throw new ZarrFormatException($"{fileName}: {failure.Message}", failure);
        }

        return root.ValueKind == JsonValueKind.Object
            ? JsonMembers.Of(root)
            : throw new ZarrFormatException($"{fileName}: the document is not a JSON object");
    }
}
