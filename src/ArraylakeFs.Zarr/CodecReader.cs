using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace ArraylakeFs.Zarr;

/// <summary>Reads <c>codecs</c>, and what transpose and sharding say about the layout.</summary>
internal static class CodecReader
{
    public static ImmutableArray<Codec> Read(JsonElement list, bool complete)
    {
        if (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0)
        {
            var codecs = ImmutableArray.CreateBuilder<Codec>(list.GetArrayLength());
            foreach (var element in list.EnumerateArray())
            {
                var name = ArrayMetadataReader.NameOf(element)
                    ?? (complete ? throw ArrayMetadataReader.NoName($"codecs[{codecs.Count}]", element) : "unknown");
                codecs.Add(new Codec(name, ArrayMetadataReader.ConfigurationOf(element)));
            }

            return codecs.DrainToImmutable();
        }

        return complete
            ? throw new ZarrFormatException($"codecs is {JsonText.Excerpt(list)} where a list of at least one codec is expected")
            : [];
    }

    /// <summary>C without a transpose, F for a full reversal, the permutation itself for anything else.</summary>
    public static string OrderOf(ImmutableArray<Codec> codecs, int rank)
    {
        var transpose = codecs.FirstOrDefault(codec => codec.Name == "transpose");
        if (transpose is null
            || transpose.Configuration.ValueKind != JsonValueKind.Object
            || !transpose.Configuration.TryGetProperty("order", out var order))
        {
            return "C";
        }

        if (JsonText.StringOf(order) is "C" or "F")
        {
            return order.GetString()!;
        }

        var permutation = order.ValueKind == JsonValueKind.Array
            ? string.Join(',', order.EnumerateArray().Select(axis => axis.GetRawText()))
            : null;
        if (permutation is null || permutation == Axes(Enumerable.Range(0, rank)))
        {
            return "C";
        }

        return permutation == Axes(Enumerable.Range(0, rank).Reverse()) ? "F" : JsonText.Excerpt(order);
    }

    /// <summary>The chunk shape that the sharding codec sets inside a shard; null without one.</summary>
    public static ImmutableArray<ulong>? InnerChunkShapeOf(ImmutableArray<Codec> codecs, bool complete)
    {
        var sharding = codecs.FirstOrDefault(codec => codec.Name == "sharding_indexed");
        if (sharding is null)
        {
            return null;
        }

        if (sharding.Configuration.ValueKind == JsonValueKind.Object && sharding.Configuration.TryGetProperty("chunk_shape", out var shape))
        {
            return ArrayMetadataReader.ReadLengths(shape, "chunk_shape of the sharding codec");
        }

        return complete ? throw new ZarrFormatException("chunk_shape of the sharding codec is missing") : null;
    }

    private static string Axes(IEnumerable<int> axes) => string.Join(',', axes.Select(axis => axis.ToString(CultureInfo.InvariantCulture)));
}
