using System.Text.Json;

namespace ArraylakeFs.Zarr;

/// <summary>Sizes of the data types that Zarr v3 and its registered extensions define (zarr-tools.md section 3).</summary>
internal static class DataTypes
{
    private const int MaxItemBytes = 1 << 30;

    /// <summary>Bytes of one element in memory; null if the size varies or the type is unknown.</summary>
    public static int? ItemSizeBytes(JsonElement dataType) => ItemSizeBytes(dataType, depth: 0);

    private static int? ItemSizeBytes(JsonElement dataType, int depth)
    {
        if (depth > Limits.MaxNesting)
        {
            return null;
        }

        var configuration = ArrayMetadataReader.ConfigurationOf(dataType);
        return ArrayMetadataReader.NameOf(dataType) switch
        {
            "bool" or "int8" or "uint8" or "int2" or "int4" or "uint2" or "uint4" => 1,
            "int16" or "uint16" or "float16" or "bfloat16" => 2,
            "int32" or "uint32" or "float32" => 4,
            "int64" or "uint64" or "float64" or "complex64" => 8,
            "complex128" => 16,
            "numpy.datetime64" or "numpy.timedelta64" => 8,
            "null_terminated_bytes" or "fixed_length_utf32" or "raw_bytes" => Number(configuration, "length_bytes"),
            "structured" or "struct" => SizeOfFields(configuration, depth),
            { } name when name.StartsWith("float", StringComparison.Ordinal) && name.AsSpan(5) is ['4' or '6' or '8', '_', ..] => 1,
            { } name when name[0] == 'r' && uint.TryParse(name.AsSpan(1), out var bits) && bits > 0 && bits % 8 == 0 => Bounded(bits / 8),
            _ => null,
        };
    }

    /// <summary>Fields are pairs of a name and a data type, or objects with these members.</summary>
    private static int? SizeOfFields(JsonElement configuration, int depth)
    {
        if (configuration.ValueKind != JsonValueKind.Object
            || !configuration.TryGetProperty("fields", out var fields)
            || fields.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        long total = 0;
        foreach (var field in fields.EnumerateArray())
        {
            var type = field.ValueKind switch
            {
                JsonValueKind.Array when field.GetArrayLength() == 2 => field[1],
                JsonValueKind.Object when field.TryGetProperty("data_type", out var member) => member,
                _ => default,
            };
            if (ItemSizeBytes(type, depth + 1) is not { } size || Bounded(total += size) is null)
            {
                return null;
            }
        }

        return Bounded(total);
    }

    private static int? Number(JsonElement configuration, string name) =>
        configuration.ValueKind == JsonValueKind.Object
        && configuration.TryGetProperty(name, out var member)
        && member.ValueKind == JsonValueKind.Number
        && member.TryGetInt64(out var value)
            ? Bounded(value)
            : null;

    private static int? Bounded(long size) => size is > 0 and <= MaxItemBytes ? (int)size : null;
}
