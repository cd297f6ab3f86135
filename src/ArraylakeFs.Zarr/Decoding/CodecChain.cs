using System.Collections.Immutable;
using System.Text.Json;
using ArraylakeFs.Zarr.V2;
using Native.Blosc;
using Native.Zstd;

namespace ArraylakeFs.Zarr.Decoding;

/// <summary>The codecs of an array, or of the chunks inside a shard, ready to be undone.</summary>
internal sealed class CodecChain
{
    /// <summary>What compressing what cannot be compressed may add.</summary>
    private const int Overhead = 64 << 10;

    private readonly List<(string Name, ByteDecoder Decode)> _decoders = [];
    private IChunkContent? _content;
    private long? _elements;
    private int? _itemSize;

    /// <summary>Builds the chain of some codecs.</summary>
    /// <param name="codecs">The codecs in the order in which they encode.</param>
    /// <param name="chunkShape">Elements of a chunk along each dimension; null where chunks differ.</param>
    /// <param name="itemSize">Bytes of an element; null where they vary or are unknown.</param>
    /// <param name="depth">How many shards this is inside.</param>
    /// <exception cref="NotCheckedException">Something of it is not known here.</exception>
    public static CodecChain Build(ImmutableArray<Codec> codecs, ImmutableArray<ulong>? chunkShape, int? itemSize, int depth)
    {
        var chain = new CodecChain { _elements = ChunkDecoder.ElementsOf(chunkShape), _itemSize = itemSize };
        foreach (var codec in codecs)
        {
            if (chain._content is not null)
            {
                chain._decoders.Add((codec.Name, ByteDecoders.For(codec)));
            }
            else if (!chain.ChangesElements(codec))
            {
                chain._content = codec.Name switch
                {
                    "bytes" => new FixedLengthContent(BytesOf(chain._elements, chain._itemSize)),
                    "vlen-utf8" => new VariableLengthContent(chain._elements, isText: true),
                    "vlen-bytes" => new VariableLengthContent(chain._elements, isText: false),
                    "sharding_indexed" => ShardContent.Build(codec, chunkShape, itemSize, depth),
                    _ => throw new NotCheckedException($"the codec {codec.Name} is not known"),
                };
            }
        }

        return chain._content is null ? throw new NotCheckedException("codecs has none that makes bytes of the elements") : chain;
    }

    /// <summary>Decodes.</summary>
    /// <exception cref="ChunkDecodingException">It cannot be done.</exception>
    public void Check(ReadOnlyMemory<byte> chunk)
    {
        for (var i = _decoders.Count - 1; i >= 0; i--)
        {
            var (name, decode) = _decoders[i];
            try
            {
                chunk = decode(chunk, MaxBytesBefore(i));
            }
            catch (Exception failure) when (failure is InvalidDataException or ZstdException or BloscException)
            {
                throw new ChunkDecodingException($"{name} cannot be undone: {failure.Message.TrimEnd('.')}", failure);
            }
        }

        _content!.Check(chunk);
    }

    /// <summary>The most bytes that a codec can have been given.</summary>
    private int MaxBytesBefore(int decoder) => _content!.Length is not { } length ? Limits.MaxDecodedBytes
        : decoder == 0 ? (int)length
        : (int)Math.Min(length + (length / 4) + Overhead, Limits.MaxDecodedBytes);

    /// <summary>Codecs on elements: for the check it counts only how many bytes they leave.</summary>
    private bool ChangesElements(Codec codec)
    {
        switch (codec.Name)
        {
            case "transpose" or "numcodecs.bitround":
                return true;
            case "numcodecs.packbits":
                (_elements, _itemSize) = (_elements is { } bits ? (bits / 8) + (bits % 8 == 0 ? 0 : 1) + 1 : null, 1);
                return true;
            case "numcodecs.delta" or "numcodecs.fixedscaleoffset" or "numcodecs.quantize" or "numcodecs.astype":
                _itemSize = SizeOf(codec, "astype") ?? SizeOf(codec, "encode_dtype") ?? SizeOf(codec, "dtype") ?? _itemSize;
                return true;
            default:
                return false;
        }
    }

    private static int? SizeOf(Codec codec, string setting) =>
        codec.Configuration.ValueKind == JsonValueKind.Object && codec.Configuration.TryGetProperty(setting, out var dtype)
        && dtype.ValueKind == JsonValueKind.String && ElementType.FromV2(dtype).Type is { } type
            ? type.Size
            : null;

    private static long? BytesOf(long? elements, int? itemSize)
    {
        if (elements is not { } count || itemSize is not { } size)
        {
            return null;
        }

        return count <= Limits.MaxDecodedBytes / size
            ? count * size
            : throw new NotCheckedException($"its chunks have more than the {Limits.MaxDecodedBytes} bytes that are decoded");
    }
}

/// <summary>What the first codecs make of elements: bytes whose form can be checked.</summary>
internal interface IChunkContent
{
    /// <summary>The bytes of every chunk; null where they vary.</summary>
    long? Length { get; }

    /// <summary>Throws <see cref="ChunkDecodingException"/> if the bytes are no such content.</summary>
    void Check(ReadOnlyMemory<byte> bytes);
}

/// <summary>Elements of one size, one after the other.</summary>
internal sealed class FixedLengthContent(long? length) : IChunkContent
{
    public long? Length => length;

    public void Check(ReadOnlyMemory<byte> bytes)
    {
        if (length is { } expected && bytes.Length != expected)
        {
            throw new ChunkDecodingException($"it decodes to {bytes.Length} bytes, and a chunk has {expected}");
        }
    }
}
