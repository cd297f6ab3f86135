using System.Collections.Immutable;
using System.Text.Json;

namespace ArraylakeFs.Zarr;

/// <summary>Reads the members of an array's <c>zarr.json</c> (Zarr v3 core specification, array metadata).</summary>
internal static class ArrayMetadataReader
{
    public static ArrayMetadata Read(JsonElement root, DocumentRules rules)
    {
        var complete = rules == DocumentRules.Complete;
        var shape = ReadShape(root);
        var dataType = Member(root, "data_type", complete);
        var fillValue = Member(root, "fill_value", complete);
        var codecs = CodecReader.Read(Member(root, "codecs", complete), complete);
        var grid = ChunkGridReader.Read(root, shape);
        if (complete)
        {
            CheckSize(shape, grid);
        }

        return new ArrayMetadata
        {
            Shape = shape,
            Grid = grid,
            KeyEncoding = ReadKeyEncoding(root, complete),
            DimensionNames = ReadDimensionNames(root, shape.Length, complete),
            DataTypeName = NameOf(dataType) ?? (complete ? throw NoName("data_type", dataType) : "unknown"),
            ItemSizeBytes = DataTypes.ItemSizeBytes(dataType),
            FillValueText = TextOf(fillValue),
            Codecs = codecs,
            HasStorageTransformers = root.TryGetProperty("storage_transformers", out var transformers)
                && !(transformers.ValueKind == JsonValueKind.Array && transformers.GetArrayLength() == 0),
            Order = CodecReader.OrderOf(codecs, shape.Length),
            InnerChunkShape = CodecReader.InnerChunkShapeOf(codecs, complete),
        };
    }

    /// <summary>An extension point's name: the string itself, or the <c>name</c> of an object. Null if there is none.</summary>
    public static string? NameOf(JsonElement extension) => extension.ValueKind switch
    {
        JsonValueKind.String => JsonText.StringOf(extension) is { Length: > 0 } name ? name : null,
        JsonValueKind.Object => extension.TryGetProperty("name", out var name) && JsonText.StringOf(name) is { Length: > 0 } text ? text : null,
        _ => null,
    };

    /// <summary>An extension point's <c>configuration</c>; of kind Undefined if it has none.</summary>
    public static JsonElement ConfigurationOf(JsonElement extension) =>
        extension.ValueKind == JsonValueKind.Object && extension.TryGetProperty("configuration", out var configuration) ? configuration : default;

    /// <summary>A list of whole numbers.</summary>
    public static ImmutableArray<ulong> ReadLengths(JsonElement list, string what)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw new ZarrFormatException($"{what} is not a list");
        }

        var count = list.GetArrayLength();
        if (count > Limits.MaxRank)
        {
            throw new ZarrFormatException($"{what} has {count} dimensions, more than the {Limits.MaxRank} allowed");
        }

        var lengths = ImmutableArray.CreateBuilder<ulong>(count);
        foreach (var element in list.EnumerateArray())
        {
            lengths.Add(ReadLength(element, $"{what}[{lengths.Count}]"));
        }

        return lengths.MoveToImmutable();
    }

    /// <summary>One whole number.</summary>
    public static ulong ReadLength(JsonElement element, string what) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetUInt64(out var length)
            ? length
            : throw new ZarrFormatException($"{what} is {JsonText.Excerpt(element)} where a whole number is expected");

    public static ZarrFormatException NoName(string what, JsonElement extension) => new(
        $"{what} is {(extension.ValueKind == JsonValueKind.Undefined ? "missing" : JsonText.Excerpt(extension))} where a name is expected");

    /// <summary>What the specification forbids, or no official client stores.</summary>
    private static void CheckSize(ImmutableArray<ulong> shape, ChunkGrid grid)
    {
        if (shape.Length > Limits.MaxStoredRank)
        {
            throw new ZarrFormatException($"shape has {shape.Length} dimensions, more than the {Limits.MaxStoredRank} allowed");
        }

        if (grid.ChunkShape is { } chunkShape && chunkShape.Contains(0UL))
        {
            throw new ZarrFormatException("a chunk of the chunk_grid has the length 0");
        }
    }

    private static ImmutableArray<ulong> ReadShape(JsonElement root) => ReadLengths(Member(root, "shape", required: true), "shape");

    private static JsonElement Member(JsonElement root, string name, bool required) =>
        root.TryGetProperty(name, out var member) ? member
        : required ? throw new ZarrFormatException($"{name} is missing")
        : default;

    private static ChunkKeyEncoding ReadKeyEncoding(JsonElement root, bool required)
    {
        var encoding = Member(root, "chunk_key_encoding", required);
        if (encoding.ValueKind == JsonValueKind.Undefined)
        {
            return ChunkKeyEncoding.DefaultSlash;
        }

        var name = NameOf(encoding) ?? throw NoName("chunk_key_encoding", encoding);
        var configuration = ConfigurationOf(encoding);
        var separator = configuration.ValueKind == JsonValueKind.Object && configuration.TryGetProperty("separator", out var value)
            ? JsonText.StringOf(value) ?? JsonText.Excerpt(value)
            : null;
        return (name, separator) switch
        {
            ("default", null or "/") => ChunkKeyEncoding.DefaultSlash,
            ("default", ".") => ChunkKeyEncoding.DefaultDot,
            ("v2", null or ".") => ChunkKeyEncoding.V2Dot,
            ("v2", "/") => ChunkKeyEncoding.V2Slash,
            ("default" or "v2", _) => throw new ZarrFormatException(
                $"the separator of chunk_key_encoding is {JsonText.Excerpt(encoding)} where \"/\" or \".\" is expected"),
            _ => throw new ZarrFormatException($"the chunk_key_encoding \"{name}\" is not supported"),
        };
    }

    private static ImmutableArray<string?>? ReadDimensionNames(JsonElement root, int rank, bool complete)
    {
        if (!root.TryGetProperty("dimension_names", out var list) || list.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        // The official client stores names of any number; they are of no use then.
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() != rank)
        {
            return complete
                ? throw new ZarrFormatException($"dimension_names is {JsonText.Excerpt(list)} where a list of {rank} names is expected")
                : null;
        }

        var names = ImmutableArray.CreateBuilder<string?>(rank);
        foreach (var element in list.EnumerateArray())
        {
            var name = JsonText.StringOf(element);
            if (name is null && complete && element.ValueKind != JsonValueKind.Null)
            {
                throw new ZarrFormatException($"dimension_names[{names.Count}] is {JsonText.Excerpt(element)} where a string or null is expected");
            }

            names.Add(name);
        }

        return names.MoveToImmutable();
    }

    private static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined => "",
        JsonValueKind.String => JsonText.StringOf(value) ?? value.GetRawText(),
        _ => TolerantJson.TextOf(value),
    };
}
