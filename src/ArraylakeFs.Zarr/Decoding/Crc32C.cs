using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace ArraylakeFs.Zarr.Decoding;

/// <summary>The checksum of the codec crc32c (RFC 3720), little-endian beside the bytes that it is of.</summary>
internal static class Crc32C
{
    /// <summary>Bytes of a checksum.</summary>
    public const int Size = sizeof(uint);

    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (var value in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    /// <summary>The bytes without their checksum.</summary>
    /// <exception cref="InvalidDataException">It is that of other bytes.</exception>
    public static ReadOnlyMemory<byte> Verify(ReadOnlyMemory<byte> bytes, bool atStart)
    {
        if (bytes.Length < Size)
        {
            throw new InvalidDataException("there is no checksum");
        }

        var (stored, content) = atStart ? (bytes[..Size], bytes[Size..]) : (bytes[^Size..], bytes[..^Size]);
        return BinaryPrimitives.ReadUInt32LittleEndian(stored.Span) == Of(content.Span)
            ? content
            : throw new InvalidDataException("the checksum is that of other bytes");
    }
}
