using System.Buffers;

namespace Native.Zstd;

/// <summary>Zstandard by the system's libzstd, streaming: works for frames with and without content size and checksum.</summary>
public static unsafe class ZstdCodec
{
    private const int OutputStep = 64 << 10;
    private const int MaxFirst = 4 << 20;

    /// <summary>Appends one frame, without content size and checksum, to <paramref name="destination"/>.</summary>
    public static void Compress(ReadOnlySpan<byte> source, int level, IBufferWriter<byte> destination)
    {
        using var compressor = new ZstdCompressor(level, destination);
        compressor.Finish(source);
    }

    /// <summary>
    /// Decompresses all frames of <paramref name="source"/>. A result above 4 MiB is decompressed twice, first to learn its size: memory is
    /// taken for just what comes out, and none for what is not allowed to.
    /// </summary>
    /// <exception cref="ZstdException">The input is corrupt or incomplete, or becomes larger than <paramref name="maxBytes"/>.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> source, int maxBytes)
    {
        // One byte above the limit tells "exactly the limit" from "more".
        var first = GC.AllocateUninitializedArray<byte>((int)Math.Min(Math.Clamp(8L * source.Length, 4096, MaxFirst), maxBytes + 1L));
        fixed (byte* bytes = source)
        {
            var input = new NativeMethods.InBuffer { Source = bytes, Size = (nuint)source.Length };
            var total = Measure(input, first, maxBytes);
            if (total <= first.Length)
            {
                return total == first.Length ? first : first.AsSpan(0, total).ToArray();
            }
            // At once, not as a stream, which would copy everything once more.
            var result = GC.AllocateUninitializedArray<byte>(total);
            using var context = new DecompressionContext();
            fixed (byte* target = result)
            {
                NativeMethods.Check(NativeMethods.Decompress(context, target, (nuint)total, bytes, (nuint)source.Length));
            }
            return result;
        }
    }

    /// <summary>The size of what comes out, all of which was in <paramref name="buffer"/> if it fits in there.</summary>
    private static int Measure(NativeMethods.InBuffer input, byte[] buffer, int maxBytes)
    {
        using var context = new DecompressionContext();
        var space = buffer.AsSpan();
        long total = 0;
        while (true)
        {
            var complete = Fill(context, ref input, space, out var filled);
            total += filled;
            if (total > maxBytes)
            {
                throw new ZstdException($"The data decompresses to more than the {maxBytes} bytes that are allowed.");
            }
            if (complete)
            {
                return (int)total;
            }
            // What does not fit is only counted, in a corner that stays in the processor's cache.
            space = space[..Math.Min(space.Length, OutputStep)];
        }
    }

    /// <summary>Decompresses until the output is full (false) or the input ends with a complete frame (true).</summary>
    private static bool Fill(DecompressionContext context, ref NativeMethods.InBuffer input, Span<byte> destination, out int filled)
    {
        fixed (byte* target = destination)
        fixed (NativeMethods.InBuffer* inputPointer = &input)
        {
            var output = new NativeMethods.OutBuffer { Destination = target, Size = (nuint)destination.Length };
            while (true)
            {
                var pending = NativeMethods.Check(NativeMethods.DecompressStream(context, &output, inputPointer));
                filled = (int)output.Position;
                var consumed = inputPointer->Position == inputPointer->Size;
                if (consumed && pending == 0)
                {
                    return true;
                }
                if (output.Position == output.Size)
                {
                    return false;
                }
                if (consumed)
                {
                    throw new ZstdException("The compressed data ends in the middle of a frame.");
                }
            }
        }
    }
}
