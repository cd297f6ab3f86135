using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.V2;

/// <summary>Writes the v2 documents of a v3 node.</summary>
internal static class DocumentToV2
{
    // consolidated_metadata repeats other documents; who wants it makes it anew.
    private static readonly string[] _known =
    [
        "zarr_format", "node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs", "attributes", "dimension_names",
        "storage_transformers", "consolidated_metadata",
    ];

    public static V2Node Convert(ReadOnlySpan<byte> document)
    {
        var node = NodeDocument.Parse(document);
        foreach (var member in node.Root.EnumerateObject().Where(member => !_known.Contains(member.Name) && !MayBeIgnored(member.Value)))
        {
            throw new ZarrFormatException($"its member \"{member.Name}\" has no form in Zarr v2");
        }

        return node.Array is { } array
            ? new V2Node(NodeKind.Array, WriteArray(node.Root, array), WriteAttributes(node.Attributes, array))
            : new V2Node(NodeKind.Group, WriteGroup(), WriteAttributes(node.Attributes, null));
    }

    private static bool MayBeIgnored(JsonElement member) =>
        member.ValueKind == JsonValueKind.Object && member.TryGetProperty("must_understand", out var must) && must.ValueKind == JsonValueKind.False;

    private static byte[] WriteGroup() => DocumentWriter.Write(indent: 4, writer => writer.WriteNumber("zarr_format", 2));

    private static byte[] WriteArray(JsonElement root, ArrayMetadata array)
    {
        if (root.TryGetProperty("storage_transformers", out var transformers)
            && transformers.ValueKind != JsonValueKind.Null
            && !(transformers.ValueKind == JsonValueKind.Array && transformers.GetArrayLength() == 0))
        {
            throw new ZarrFormatException("it has storage_transformers, which Zarr v2 cannot express");
        }

        if (array.Grid.ChunkShape is not { } chunkShape)
        {
            throw new ZarrFormatException($"its chunk_grid is {array.Grid.Name}, and Zarr v2 knows regular ones only");
        }

        var type = ElementType.FromV3(root.GetProperty("data_type"));
        var codecs = CodecsToV2.Convert(type, array);
        var value = root.GetProperty("fill_value");
        var fill = value.ValueKind == JsonValueKind.Null ? null : FillValue.Convert(value, type);
        return DocumentWriter.Write(indent: 4, writer =>
        {
            DocumentWriter.WriteNode(writer, "chunks", new JsonArray([.. chunkShape.Select(length => JsonValue.Create(length))]));
            DocumentWriter.WriteNode(writer, "compressor", codecs.Compressor);
            writer.WriteString("dimension_separator", array.KeyEncoding.Separator.ToString());
            writer.WriteString("dtype", type.ToV2(codecs.ByteOrder));
            DocumentWriter.WriteNode(writer, "fill_value", fill);
            DocumentWriter.WriteNode(writer, "filters", codecs.Filters);
            writer.WriteString("order", codecs.Order);
            DocumentWriter.WriteNode(writer, "shape", new JsonArray([.. array.Shape.Select(length => JsonValue.Create(length))]));
            writer.WriteNumber("zarr_format", 2);
        });
    }

    private static byte[]? WriteAttributes(JsonElement attributes, ArrayMetadata? array)
    {
        ImmutableArray<string?>? names = array?.DimensionNames is { } given && given.All(name => name is not null) ? given : null;
        if (attributes.ValueKind == JsonValueKind.Undefined && names is null)
        {
            return null;
        }

        return DocumentWriter.Write(indent: 4, writer =>
        {
            if (names is { } list)
            {
                DocumentWriter.WriteNode(writer, V2Node.DimensionsAttribute, new JsonArray([.. list.Select(name => JsonValue.Create(name))]));
            }

            if (attributes.ValueKind != JsonValueKind.Undefined)
            {
                foreach (var member in attributes.EnumerateObject().Where(member => names is null || member.Name != V2Node.DimensionsAttribute))
                {
                    DocumentWriter.WriteRaw(writer, member.Name, member.Value);
                }
            }
        });
    }
}
