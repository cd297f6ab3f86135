using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.V2;

/// <summary>Writes the <c>zarr.json</c> of a v2 node.</summary>
internal static class DocumentToV3
{
    private static readonly string[] _groupMembers = ["zarr_format"];

    private static readonly string[] _arrayMembers =
        ["zarr_format", "shape", "chunks", "dtype", "compressor", "fill_value", "order", "filters", "dimension_separator"];

    public static byte[] Convert(V2Node node)
    {
        var root = ReadObject(node.Document, node.FileName);
        if (Member(root, "zarr_format") is not { ValueKind: JsonValueKind.Number } format || format.GetRawText() != "2")
        {
            throw new ZarrFormatException($"zarr_format in {node.FileName} is not 2");
        }

        JsonElement? attributes = node.Attributes is { } bytes ? ReadObject(bytes, V2Node.AttributesFileName) : null;
        var document = node.Kind == NodeKind.Group ? WriteGroup(root, attributes) : WriteArray(root, attributes);
        NodeDocument.Parse(document);
        return document;
    }

    private static byte[] WriteGroup(JsonElement root, JsonElement? attributes) => DocumentWriter.Write(indent: 2, writer =>
    {
        writer.WriteNumber("zarr_format", 3);
        writer.WriteString("node_type", "group");
        WriteAttributes(writer, Attributes(root, _groupMembers, attributes));
    });

    private static byte[] WriteArray(JsonElement root, JsonElement? attributes)
    {
        var shape = ArrayMetadataReader.ReadLengths(Required(root, "shape"), "shape");
        var chunks = ArrayMetadataReader.ReadLengths(Required(root, "chunks"), "chunks");
        if (chunks.Length != shape.Length)
        {
            throw new ZarrFormatException($"chunks has {chunks.Length} dimensions, shape has {shape.Length}");
        }

        var (stored, byteOrder) = ElementType.FromV2(Required(root, "dtype"));
        var (codecs, type) = CodecsToV3.Convert(stored, byteOrder, IsTransposed(root, shape.Length), shape.Length, Steps(root));
        var fill = Member(root, "fill_value") is { ValueKind: not JsonValueKind.Null } value
            ? FillValue.Convert(value, type)
            : FillValue.Default(type);
        var all = Attributes(root, _arrayMembers, attributes);
        var names = DimensionNames(attributes, shape.Length);
        // zarr-python 2 writes chunks of length 0 along a dimension of length 0, which v3 forbids; no chunk of it exists.
        var chunkShape = chunks.Zip(shape, (chunk, length) => chunk == 0 && length == 0 ? 1 : chunk);
        return DocumentWriter.Write(indent: 2, writer =>
        {
            writer.WriteNumber("zarr_format", 3);
            writer.WriteString("node_type", "array");
            DocumentWriter.WriteNode(writer, "shape", Lengths(shape));
            DocumentWriter.WriteNode(writer, "data_type", type.ToV3());
            DocumentWriter.WriteNode(writer, "chunk_grid", Extension("regular", "chunk_shape", Lengths(chunkShape)));
            DocumentWriter.WriteNode(writer, "chunk_key_encoding", Extension("v2", "separator", Separator(root)));
            DocumentWriter.WriteNode(writer, "fill_value", fill);
            DocumentWriter.WriteNode(writer, "codecs", codecs);
            WriteAttributes(writer, names is null ? all : all?.Where(attribute => attribute.Key != V2Node.DimensionsAttribute));
            if (names is not null)
            {
                DocumentWriter.WriteNode(writer, "dimension_names", names);
            }
        });
    }

    private static JsonArray Lengths(IEnumerable<ulong> lengths) => new([.. lengths.Select(length => JsonValue.Create(length))]);

    private static JsonObject Extension(string name, string setting, JsonNode value) =>
        new() { ["name"] = name, ["configuration"] = new JsonObject { [setting] = value } };

    private static bool IsTransposed(JsonElement root, int rank) => JsonText.StringOf(Required(root, "order")) switch
    {
        "C" => false,
        "F" => rank > 1,
        _ => throw new ZarrFormatException("order is neither \"C\" nor \"F\""),
    };

    private static string Separator(JsonElement root) => Member(root, "dimension_separator") switch
    {
        null or { ValueKind: JsonValueKind.Null } => ".",
        { } separator when JsonText.StringOf(separator) is "." or "/" => separator.GetString()!,
        { } separator => throw new ZarrFormatException($"dimension_separator is {JsonText.Excerpt(separator)} where \".\" or \"/\" is expected"),
    };

    private static List<JsonElement> Steps(JsonElement root)
    {
        var steps = new List<JsonElement>();
        if (Member(root, "filters") is { ValueKind: not JsonValueKind.Null } filters)
        {
            steps.AddRange(filters.ValueKind == JsonValueKind.Array
                ? filters.EnumerateArray()
                : throw new ZarrFormatException($"filters is {JsonText.Excerpt(filters)} where a list or null is expected"));
        }

        if (Member(root, "compressor") is { ValueKind: not JsonValueKind.Null } compressor)
        {
            steps.Add(compressor);
        }

        return steps;
    }

    /// <summary>xarray's names of the dimensions, if they are what v3 can say: one text each.</summary>
    private static JsonArray? DimensionNames(JsonElement? attributes, int rank) =>
        attributes is { } given && Member(given, V2Node.DimensionsAttribute) is { ValueKind: JsonValueKind.Array } names
        && names.GetArrayLength() == rank && names.EnumerateArray().All(name => JsonText.StringOf(name) is not null)
            ? new JsonArray([.. names.EnumerateArray().Select(name => JsonValue.Create(name.GetString()))])
            : null;

    /// <summary>The attributes, and what the document has beyond the specification (_NCZARR_ARRAY): v3 has no other place for it.</summary>
    private static List<KeyValuePair<string, JsonElement>>? Attributes(JsonElement root, string[] known, JsonElement? attributes)
    {
        var extra = root.EnumerateObject()
            .Where(member => !known.Contains(member.Name) && (attributes is not { } given || Member(given, member.Name) is null))
            .Select(member => KeyValuePair.Create(member.Name, member.Value)).ToList();
        return attributes is null && extra.Count == 0
            ? null
            : [.. attributes?.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, member.Value)) ?? [], .. extra];
    }

    private static void WriteAttributes(Utf8JsonWriter writer, IEnumerable<KeyValuePair<string, JsonElement>>? attributes)
    {
        if (attributes is not null)
        {
            writer.WriteStartObject("attributes");
            foreach (var (name, value) in attributes)
            {
                DocumentWriter.WriteRaw(writer, name, value);
            }

            writer.WriteEndObject();
        }
    }

    private static JsonElement ReadObject(byte[] utf8, string fileName)
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

        return root.ValueKind == JsonValueKind.Object ? root : throw new ZarrFormatException($"{fileName}: the document is not a JSON object");
    }

    private static JsonElement? Member(JsonElement root, string name) => root.TryGetProperty(name, out var member) ? member : null;

    private static JsonElement Required(JsonElement root, string name) => Member(root, name) ?? throw new ZarrFormatException($"{name} is missing");
}
