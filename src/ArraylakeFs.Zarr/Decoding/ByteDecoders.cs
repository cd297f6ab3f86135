using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using Native.Blosc;
using Native.Zstd;

namespace ArraylakeFs.Zarr.Decoding;

/// <summary>
/// Undoes a codec on bytes. What comes out has at most <paramref name="maxBytes"/> bytes; anything else is an
/// <see cref="InvalidDataException"/>, or the exception of the codec's library.
/// </summary>
internal delegate ReadOnlyMemory<byte> ByteDecoder(ReadOnlyMemory<byte> source, int maxBytes);

/// <summary>The codecs on bytes that are known here, each by its library.</summary>
internal static class ByteDecoders
{
    private const int FirstBufferBytes = 64 << 10;
    private const int DefaultShuffleBytes = 4;

    /// <summary>What gzip and zlib end with.</summary>
    private const int LengthBytes = 4;

    /// <exception cref="NotCheckedException">The codec is not known, or its library is not installed.</exception>
    public static ByteDecoder For(Codec codec) => codec.Name switch
    {
        "gzip" or "numcodecs.gzip" => Gunzip,
        "numcodecs.zlib" => InflateZlib,
        "zstd" or "numcodecs.zstd" => static (source, maxBytes) => ZstdCodec.Decompress(source.Span, maxBytes),
        "blosc" or "numcodecs.blosc" => BloscCodec.IsAvailable
            ? static (source, maxBytes) => BloscCodec.Decompress(source.Span, maxBytes)
            : throw new NotCheckedException($"the codec {codec.Name} needs libblosc.so.1, which is not installed"),
        "crc32c" => static (source, _) => Crc32C.Verify(source, atStart: false),
        "numcodecs.crc32c" when Text(codec, "location") is null or "end" => static (source, _) => Crc32C.Verify(source, atStart: false),
        "numcodecs.crc32c" => static (source, _) => Crc32C.Verify(source, atStart: true),
        "numcodecs.shuffle" => ShuffledBy(Number(codec, "elementsize") ?? DefaultShuffleBytes),
        _ => throw new NotCheckedException($"the codec {codec.Name} is not known"),
    };

    private static ReadOnlyMemory<byte> Gunzip(ReadOnlyMemory<byte> source, int maxBytes)
    {
        var bytes = Inflate(source, maxBytes, stream => new GZipStream(stream, CompressionMode.Decompress));
        // The stream compares the checksum, but does not mind when the end is missing: the length, which comes last (RFC 1952).
        return source.Length >= LengthBytes && BinaryPrimitives.ReadUInt32LittleEndian(source.Span[^LengthBytes..]) == (uint)bytes.Length
            ? bytes
            : throw new InvalidDataException("the end is missing");
    }

    private static ReadOnlyMemory<byte> InflateZlib(ReadOnlyMemory<byte> source, int maxBytes)
    {
        var bytes = Inflate(source, maxBytes, stream => new ZLibStream(stream, CompressionMode.Decompress));
        // As for gzip; here the checksum itself comes last (RFC 1950).
        return source.Length >= LengthBytes && BinaryPrimitives.ReadUInt32BigEndian(source.Span[^LengthBytes..]) == Adler32(bytes.Span)
            ? bytes
            : throw new InvalidDataException("the end is missing");
    }

    private static ReadOnlyMemory<byte> Inflate(ReadOnlyMemory<byte> source, int maxBytes, Func<Stream, Stream> open)
    {
        if (!MemoryMarshal.TryGetArray(source, out var array))
        {
            array = source.ToArray();
        }

        using var compressed = new MemoryStream(array.Array!, array.Offset, array.Count);
        using var stream = open(compressed);
        var buffer = new byte[Math.Min(FirstBufferBytes, maxBytes + 1L)];
        var length = 0;
        while (stream.Read(buffer, length, buffer.Length - length) is var count && count > 0)
        {
            length += count;
            if (length > maxBytes)
            {
                throw new InvalidDataException($"it becomes more than {maxBytes} bytes");
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, maxBytes + 1L));
            }
        }

        return buffer.AsMemory(0, length);
    }

    private static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        const uint Modulus = 65521;
        const int Block = 5552; // so many sums do not overflow
        var (low, high) = (1U, 0U);
        while (!bytes.IsEmpty)
        {
            var block = bytes[..Math.Min(Block, bytes.Length)];
            foreach (var value in block)
            {
                low += value;
                high += low;
            }

            (low, high) = (low % Modulus, high % Modulus);
            bytes = bytes[block.Length..];
        }

        return (high << 16) | low;
    }

    /// <summary>Puts the bytes of each element together again; what is left over at the end was not moved.</summary>
    private static ByteDecoder ShuffledBy(int elementBytes) => elementBytes <= 1 ? static (source, _) => source : (source, _) =>
    {
        var from = source.Span;
        var to = new byte[source.Length];
        var count = from.Length / elementBytes;
        for (var position = 0; position < elementBytes; position++)
        {
            for (var element = 0; element < count; element++)
            {
                to[(element * elementBytes) + position] = from[(position * count) + element];
            }
        }

        from[(count * elementBytes)..].CopyTo(to.AsSpan(count * elementBytes));
        return to;
    };

    private static int? Number(Codec codec, string name) =>
        Setting(codec, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : null;

    private static string? Text(Codec codec, string name) => Setting(codec, name) is { } value ? JsonText.StringOf(value) : null;

    private static JsonElement? Setting(Codec codec, string name) =>
        codec.Configuration.ValueKind == JsonValueKind.Object && codec.Configuration.TryGetProperty(name, out var value) ? value : null;
}
