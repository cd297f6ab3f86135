using System.Collections.Immutable;
using ArraylakeFs.Zarr.Decoding;

namespace ArraylakeFs.Zarr;

/// <summary>What an array's <c>zarr.json</c> says about its shape, its chunks and their encoding.</summary>
public sealed class ArrayMetadata
{
    internal ArrayMetadata()
    {
    }

    /// <summary>Elements along each dimension; empty for a 0-dimensional array.</summary>
    public required ImmutableArray<ulong> Shape { get; init; }

    /// <summary>How the array is cut into chunks. With the sharding codec these are the shards: the units that are stored.</summary>
    public required ChunkGrid Grid { get; init; }

    /// <summary>How the files of the chunks are named.</summary>
    public required ChunkKeyEncoding KeyEncoding { get; init; }

    /// <summary>A name, or null, for each dimension; null where the document names none.</summary>
    public required ImmutableArray<string?>? DimensionNames { get; init; }

    /// <summary>The data type's name, such as <c>float32</c>; <c>unknown</c> if a stored document has none.</summary>
    public required string DataTypeName { get; init; }

    /// <summary>Bytes of one element in memory; null for types of variable or unknown size.</summary>
    public required int? ItemSizeBytes { get; init; }

    /// <summary>The fill value: the characters of a string, the JSON text of anything else; empty if a stored document has none.</summary>
    public required string FillValueText { get; init; }

    /// <summary>The codecs in the order in which they encode.</summary>
    public required ImmutableArray<Codec> Codecs { get; init; }

    /// <summary>Whether something may change the chunks between the codecs and the store (<c>storage_transformers</c>).</summary>
    public required bool HasStorageTransformers { get; init; }

    /// <summary>Layout of the elements in a chunk: <c>C</c>, <c>F</c>, or the permutation of any other transpose codec.</summary>
    public required string Order { get; init; }

    /// <summary>Elements of a chunk inside a shard; null where the array is not sharded.</summary>
    public required ImmutableArray<ulong>? InnerChunkShape { get; init; }

    /// <summary>The number of dimensions.</summary>
    public int Rank => Shape.Length;

    /// <summary>Whether a chunk of these coordinates is part of the array.</summary>
    public bool Contains(ReadOnlySpan<uint> coordinates) => Grid.Contains(coordinates);

    /// <summary>
    /// How many bytes a chunk of the array must have; null if that cannot be known: because it is compressed or a shard, its elements
    /// vary in size, or it has a codec that is not known here.
    /// </summary>
    public long? ChunkBytes(ReadOnlySpan<uint> coordinates)
    {
        if (HasStorageTransformers || !Contains(coordinates) || ItemSizeBytes is not { } itemSize || Grid.ElementsOf(coordinates) is not { } elements)
        {
            return null;
        }

        var isBytes = false;
        Int128 bytes = (Int128)elements * itemSize;
        foreach (var codec in Codecs)
        {
            switch (codec.Name)
            {
                case "transpose" when !isBytes:
                    break;
                case "bytes" when !isBytes:
                    isBytes = true;
                    break;
                case "crc32c" when isBytes:
                    bytes += Crc32C.Size;
                    break;
                default:
                    return null;
            }
        }

        return isBytes && bytes <= long.MaxValue ? (long)bytes : null;
    }
}
