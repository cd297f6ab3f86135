using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Native.Blosc;
using Native.Zstd;

namespace ArraylakeFs.Zarr.Tests.Decoding;

/// <summary>Chunks encoded by the libraries of the codecs.</summary>
internal static class Encoded
{
    public static byte[] Gzip(byte[] bytes) => Through(bytes, stream => new GZipStream(stream, CompressionLevel.Fastest));

    public static byte[] Zlib(byte[] bytes) => Through(bytes, stream => new ZLibStream(stream, CompressionLevel.Fastest));

    public static byte[] Zstd(byte[] bytes)
    {
        var output = new ArrayBufferWriter<byte>();
        ZstdCodec.Compress(bytes, 3, output);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Blosc(byte[] bytes) => BloscCodec.Compress(bytes, "lz4", 5, 1, 4);

    public static byte[] Crc32C(byte[] bytes)
    {
        // Bit by bit as RFC 3720 says it, so that the product's way is compared with another.
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }
        }

        return [.. bytes, .. Number(~crc)];
    }

    public static byte[] Number(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        return bytes;
    }

    public static byte[] Numbers(params ulong[] numbers)
    {
        var bytes = new byte[8 * numbers.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8 * i), numbers[i]);
        }

        return bytes;
    }

    public static byte[] Texts(params string[] texts) =>
        [.. Number((uint)texts.Length), .. texts.SelectMany(text => (byte[])[.. Number((uint)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)])];

    private static byte[] Through(byte[] bytes, Func<Stream, Stream> open)
    {
        using var output = new MemoryStream();
        using (var stream = open(output))
        {
            stream.Write(bytes);
        }

        return output.ToArray();
    }
}
