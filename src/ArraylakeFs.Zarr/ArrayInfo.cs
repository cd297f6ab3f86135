using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;

namespace ArraylakeFs.Zarr;

/// <summary>The facts about one node that zarr-python shows as <c>.info</c>, as the tutorial's table has them.</summary>
public static class ArrayInfo
{
    /// <summary>The rows of an array's table.</summary>
    /// <param name="path">The node's path, <c>/atlantic/temperature</c>.</param>
    /// <param name="array">Its metadata.</param>
    /// <param name="readOnly">Whether it can be written through this view.</param>
    /// <param name="storeType">What stores it.</param>
    /// <param name="bytesStored">Bytes of all its chunks, as stored.</param>
    /// <param name="chunksInitialized">Chunks that are stored.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Describe(
        string path, ArrayMetadata array, bool readOnly, string storeType, ulong bytesStored, ulong chunksInitialized)
    {
        var rows = new List<KeyValuePair<string, string>>
        {
            new("Name", path),
            new("Type", "zarr.core.Array"),
            new("Data type", array.DataTypeName),
            new("Shape", ShapeText(array.Shape)),
            new("Chunk shape", (array.InnerChunkShape ?? array.Grid.ChunkShape) is { } shape ? ShapeText(shape) : "rectilinear"),
        };
        if (array.InnerChunkShape is not null)
        {
            rows.Add(new("Shard shape", array.Grid.ChunkShape is { } shard ? ShapeText(shard) : "rectilinear"));
        }

        var bytes = array.ItemSizeBytes is { } itemSize ? Product(array.Shape) * itemSize : (BigInteger?)null;
        rows.Add(new("Order", array.Order));
        rows.Add(new("Read-only", readOnly ? "True" : "False"));
        rows.Add(new("Compressor", CompressorText.Of(array.Codecs)));
        rows.Add(new("Store type", storeType));
        rows.Add(new("No. bytes", bytes is { } size ? BytesText(size) : "unknown"));
        rows.Add(new("No. bytes stored", BytesText(bytesStored)));
        rows.Add(new("Storage ratio", bytes is { } raw && bytesStored > 0 ? RatioText(raw, bytesStored) : "n/a"));
        rows.Add(new("Chunks initialized", $"{chunksInitialized}/{TotalChunks(array.Grid)}"));
        return rows;
    }

    /// <summary>The rows of a group's table.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> DescribeGroup(
        string path, bool readOnly, string storeType, IReadOnlyList<string> groups, IReadOnlyList<string> arrays) =>
    [
        new("Name", path),
        new("Type", "zarr.hierarchy.Group"),
        new("Read-only", readOnly ? "True" : "False"),
        new("Store type", storeType),
        new("No. members", $"{groups.Count + arrays.Count}"),
        new("No. arrays", $"{arrays.Count}"),
        new("No. groups", $"{groups.Count}"),
        new("Arrays", string.Join(", ", arrays)),
        new("Groups", string.Join(", ", groups)),
    ];

    /// <summary>The rows as lines, <c>Name               : /atlantic/temperature</c>, each with a newline.</summary>
    public static string ToText(IReadOnlyList<KeyValuePair<string, string>> rows)
    {
        var width = rows.Max(row => row.Key.Length);
        return string.Concat(rows.Select(row => $"{row.Key.PadRight(width)} : {row.Value}".TrimEnd() + "\n"));
    }

    /// <summary>A shape as Python writes it: <c>()</c>, <c>(100,)</c>, <c>(8, 10)</c>.</summary>
    public static string ShapeText(ImmutableArray<ulong> shape) =>
        shape.Length == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape)})";

    private static BigInteger TotalChunks(ChunkGrid grid) => grid.ChunkCounts.Aggregate(BigInteger.One, (total, count) => total * count);

    private static BigInteger Product(ImmutableArray<ulong> shape) => shape.Aggregate(BigInteger.One, (total, length) => total * length);

    private static string RatioText(BigInteger bytes, ulong bytesStored) =>
        ((double)bytes / bytesStored).ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>As zarr-python: <c>400</c>, <c>8000000 (7.6M)</c>.</summary>
    private static string BytesText(BigInteger size)
    {
        const string Units = "KMGTPE";
        if (size < 1024)
        {
            return size.ToString(CultureInfo.InvariantCulture);
        }

        var scaled = (double)size / 1024;
        var unit = 0;
        while (scaled >= 1024 && unit < Units.Length - 1)
        {
            scaled /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{size} ({scaled:0.0}{Units[unit]})");
    }
}
