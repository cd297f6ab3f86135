using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.V2;

/// <summary>Makes the members of a v3 array, but for its attributes and dimension_names, out of those of a <c>.zarray</c>.</summary>
internal static class ArrayToV3
{
    /// <summary>The members of a <c>.zarray</c> that the specification knows.</summary>
    public static readonly string[] KnownMembers =
        ["zarr_format", "shape", "chunks", "dtype", "compressor", "fill_value", "order", "filters", "dimension_separator"];

    /// <summary>Converts.</summary>
    /// <exception cref="ZarrFormatException">The members are none of a v2 array, or say what v3 cannot.</exception>
    public static OrderedDictionary<string, JsonElement> Convert(OrderedDictionary<string, JsonElement> array)
    {
        var shape = ArrayMetadataReader.ReadLengths(Required(array, "shape"), "shape");
        var chunks = ArrayMetadataReader.ReadLengths(Required(array, "chunks"), "chunks");
        if (chunks.Length != shape.Length)
        {
            throw new ZarrFormatException($"chunks has {chunks.Length} dimensions, shape has {shape.Length}");
        }

        var (stored, byteOrder) = ElementType.FromV2(Required(array, "dtype"));
        var (codecs, type) = CodecsToV3.Convert(stored, byteOrder, IsTransposed(array, shape.Length), shape.Length, Steps(array));
        var fill = FillValue.FromV2(array.GetValueOrDefault("fill_value"), type, byteOrder);
        // zarr-python 2 writes chunks of length 0 along a dimension of length 0, which v3 forbids; no chunk of it exists.
        var chunkShape = chunks.Zip(shape, (chunk, length) => chunk == 0 && length == 0 ? 1 : chunk);
        return new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            ["zarr_format"] = JsonMembers.ElementOf(3),
            ["node_type"] = JsonMembers.ElementOf("array"),
            ["shape"] = Lengths(shape),
            ["data_type"] = JsonMembers.ElementOf(type.ToV3()),
            ["chunk_grid"] = JsonMembers.ElementOf(new JsonObject
            {
                ["name"] = "regular",
                ["configuration"] = new JsonObject { ["chunk_shape"] = new JsonArray([.. chunkShape.Select(length => JsonValue.Create(length))]) },
            }),
            ["chunk_key_encoding"] = JsonMembers.ElementOf(KeyEncoding(array)),
            ["fill_value"] = JsonMembers.ElementOf(fill),
            ["codecs"] = JsonMembers.ElementOf(codecs),
        };
    }

    /// <summary>Without a separator in v2 there is none in v3: both formats mean a point then.</summary>
    private static JsonObject KeyEncoding(OrderedDictionary<string, JsonElement> array)
    {
        var encoding = new JsonObject { ["name"] = "v2" };
        if (array.TryGetValue("dimension_separator", out var separator) && separator.ValueKind != JsonValueKind.Null)
        {
            encoding["configuration"] = new JsonObject
            {
                ["separator"] = JsonText.StringOf(separator) is "." or "/"
                    ? separator.GetString()
                    : throw new ZarrFormatException($"dimension_separator is {JsonText.Excerpt(separator)} where \".\" or \"/\" is expected"),
            };
        }

        return encoding;
    }

    private static JsonElement Lengths(IEnumerable<ulong> lengths) =>
        JsonMembers.ElementOf(new JsonArray([.. lengths.Select(length => JsonValue.Create(length))]));

    private static bool IsTransposed(OrderedDictionary<string, JsonElement> array, int rank) => JsonText.StringOf(Required(array, "order")) switch
    {
        "C" => false,
        "F" => rank > 1,
        _ => throw new ZarrFormatException("order is neither \"C\" nor \"F\""),
    };

    private static List<JsonElement> Steps(OrderedDictionary<string, JsonElement> array)
    {
        var steps = new List<JsonElement>();
        if (array.TryGetValue("filters", out var filters) && filters.ValueKind != JsonValueKind.Null)
        {
            steps.AddRange(filters.ValueKind == JsonValueKind.Array
                ? filters.EnumerateArray()
                : throw new ZarrFormatException($"filters is {JsonText.Excerpt(filters)} where a list or null is expected"));
        }

        if (array.TryGetValue("compressor", out var compressor) && compressor.ValueKind != JsonValueKind.Null)
        {
            steps.Add(compressor);
        }

        return steps;
    }

    private static JsonElement Required(OrderedDictionary<string, JsonElement> array, string name) =>
        array.TryGetValue(name, out var member) ? member : throw new ZarrFormatException($"{name} is missing");
}
