using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.V2;

/// <summary>Makes the members of a <c>.zarray</c> out of those of a v3 array.</summary>
internal static class ArrayToV2
{
    /// <summary>Converts. What is converted can be converted back.</summary>
    /// <exception cref="ZarrFormatException">The array has no form in v2.</exception>
    public static OrderedDictionary<string, JsonElement> Convert(NodeDocument node)
    {
        var (root, array) = (node.Root, node.Array!);
        if (root.TryGetProperty("storage_transformers", out var transformers)
            && transformers.ValueKind != JsonValueKind.Null
            && !(transformers.ValueKind == JsonValueKind.Array && transformers.GetArrayLength() == 0))
        {
            throw new NoFormException("it has storage_transformers, which Zarr v2 cannot express");
        }

        if (array.Grid.ChunkShape is not { } chunkShape)
        {
            throw new NoFormException($"its chunk_grid is {array.Grid.Name}, and Zarr v2 knows regular ones only");
        }

        var type = ElementType.FromV3(root.GetProperty("data_type"));
        var codecs = CodecsToV2.Convert(type, array);
        var members = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            ["chunks"] = Lengths(chunkShape),
            ["compressor"] = JsonMembers.ElementOf(codecs.Compressor),
            ["dtype"] = JsonMembers.ElementOf(type.ToV2(codecs.ByteOrder)),
            ["fill_value"] = JsonMembers.ElementOf(FillValue.ToV2(root.GetProperty("fill_value"), type, codecs.ByteOrder)),
            ["filters"] = JsonMembers.ElementOf(codecs.Filters),
            ["order"] = JsonMembers.ElementOf(codecs.Order),
            ["shape"] = Lengths(array.Shape),
            ["zarr_format"] = JsonMembers.ElementOf(2),
        };
        if (NamesSeparator(root.GetProperty("chunk_key_encoding")) || array.KeyEncoding.Separator != '.')
        {
            members["dimension_separator"] = JsonMembers.ElementOf(array.KeyEncoding.Separator.ToString());
        }

        return members;
    }

    /// <summary>zarr-python 2 writes no separator where it is a point; v3 leaves it out likewise.</summary>
    private static bool NamesSeparator(JsonElement encoding) =>
        ArrayMetadataReader.ConfigurationOf(encoding) is { ValueKind: JsonValueKind.Object } configuration
        && configuration.TryGetProperty("separator", out _);

    private static JsonElement Lengths(IEnumerable<ulong> lengths) =>
        JsonMembers.ElementOf(new JsonArray([.. lengths.Select(length => JsonValue.Create(length))]));
}
