using System.Buffers.Binary;
using System.Text.Unicode;

namespace ArraylakeFs.Zarr.Decoding;

/// <summary>Elements of varying length (vlen-utf8, vlen-bytes): their number, then each with its length before it, all little-endian.</summary>
internal sealed class VariableLengthContent(long? elements, bool isText) : IChunkContent
{
    public long? Length => null;

    public void Check(ReadOnlyMemory<byte> bytes)
    {
        var rest = bytes.Span;
        var count = Take(ref rest);
        if (elements is { } expected && count != expected)
        {
            throw new ChunkDecodingException($"it holds {count} elements, and a chunk has {expected}");
        }

        for (var i = 0U; i < count; i++)
        {
            var length = Take(ref rest);
            if (length > (uint)rest.Length)
            {
                throw new ChunkDecodingException($"its element {i} ends behind the end of the chunk");
            }

            if (isText && !Utf8.IsValid(rest[..(int)length]))
            {
                throw new ChunkDecodingException($"its element {i} is not UTF-8");
            }

            rest = rest[(int)length..];
        }

        if (!rest.IsEmpty)
        {
            throw new ChunkDecodingException($"{rest.Length} bytes follow its last element");
        }
    }

    private static uint Take(ref ReadOnlySpan<byte> rest)
    {
        if (!BinaryPrimitives.TryReadUInt32LittleEndian(rest, out var number))
        {
            throw new ChunkDecodingException("it ends in the middle of an element");
        }

        rest = rest[sizeof(uint)..];
        return number;
    }
}
