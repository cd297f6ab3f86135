using System.Collections.Immutable;

namespace ArraylakeFs.Zarr.Decoding;

/// <summary>Finds out whether the bytes of a chunk can be decoded to a chunk of its array. Immutable, thread-safe.</summary>
public sealed class ChunkDecoder
{
    private readonly CodecChain? _chain;

    private ChunkDecoder(CodecChain? chain, string? notChecked) => (_chain, NotChecked) = (chain, notChecked);

    /// <summary>
    /// Why chunks of this array cannot be checked (a codec that is not known here, a library that is not installed); null if they can.
    /// </summary>
    public string? NotChecked { get; }

    /// <summary>The decoder of an array.</summary>
    public static ChunkDecoder For(ArrayMetadata array)
    {
        try
        {
            return new ChunkDecoder(CodecChain.Build(array.Codecs, array.Grid.ChunkShape, array.ItemSizeBytes, depth: 0), null);
        }
        catch (NotCheckedException reason)
        {
            return new ChunkDecoder(null, reason.Message);
        }
        catch (ZarrFormatException failure)
        {
            return new ChunkDecoder(null, failure.Message);
        }
    }

    /// <summary>Decodes a chunk and forgets the result.</summary>
    /// <exception cref="ChunkDecodingException">It cannot be decoded, or to another number of bytes than a chunk has.</exception>
    /// <exception cref="InvalidOperationException">There is a reason in <see cref="NotChecked"/>.</exception>
    public void Check(ReadOnlyMemory<byte> chunk) => (_chain ?? throw new InvalidOperationException(NotChecked)).Check(chunk);

    /// <summary>The number of elements of a chunk; null where it differs from chunk to chunk.</summary>
    internal static long? ElementsOf(ImmutableArray<ulong>? chunkShape)
    {
        if (chunkShape is not { } shape)
        {
            return null;
        }

        var product = shape.Aggregate((UInt128)1, (total, length) => UInt128.Min(total * Math.Min(length, long.MaxValue), long.MaxValue));
        return (long)product;
    }
}

/// <summary>Why the chunks of an array cannot be checked.</summary>
internal sealed class NotCheckedException(string reason) : Exception(reason);
