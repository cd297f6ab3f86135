using System.Buffers;

namespace Native.Zstd;

/// <summary>Zstandard by the system's libzstd, streaming: works for frames with and without content size and checksum.</summary>
public static unsafe class ZstdCodec
{
    private const int OutputStep = 64 << 10;
    private const int MaxSegment = 4 << 20;

    /// <summary>Appends one frame, without content size and checksum, to <paramref name="destination"/>.</summary>
    public static void Compress(ReadOnlySpan<byte> source, int level, IBufferWriter<byte> destination)
    {
        using var context = new CompressionContext();
        NativeMethods.Check(NativeMethods.SetParameter(context, NativeMethods.CompressionLevel, level));
        NativeMethods.Check(NativeMethods.SetParameter(context, NativeMethods.ContentSizeFlag, 0));
        NativeMethods.Check(NativeMethods.SetParameter(context, NativeMethods.ChecksumFlag, 0));
        fixed (byte* bytes = source)
        {
            var input = new NativeMethods.InBuffer { Source = bytes, Size = (nuint)source.Length };
            nuint pending;
            do
            {
                var space = destination.GetSpan(OutputStep);
                fixed (byte* target = space)
                {
                    var output = new NativeMethods.OutBuffer { Destination = target, Size = (nuint)space.Length };
                    pending = NativeMethods.Check(NativeMethods.CompressStream(context, &output, &input, NativeMethods.EndDirective));
                    destination.Advance((int)output.Position);
                }
            }
            while (pending != 0);
        }
    }

    /// <summary>
    /// Decompresses all frames of <paramref name="source"/>. Memory stays below about twice what comes out, however small the input is.
    /// </summary>
    /// <exception cref="ZstdException">The input is corrupt or incomplete, or becomes larger than <paramref name="maxBytes"/>.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> source, int maxBytes)
    {
        using var context = new DecompressionContext();
        var segments = new List<byte[]>();
        long total = 0;
        fixed (byte* bytes = source)
        {
            var input = new NativeMethods.InBuffer { Source = bytes, Size = (nuint)source.Length };
            var segmentSize = Math.Clamp(4L * source.Length, 4096, MaxSegment);
            while (true)
            {
                // One byte above the limit tells "exactly the limit" from "more".
                var segment = GC.AllocateUninitializedArray<byte>((int)Math.Min(segmentSize, maxBytes + 1L - total));
                segments.Add(segment);
                var complete = FillSegment(context, ref input, segment, out var filled);
                total += filled;
                if (total > maxBytes)
                {
                    throw new ZstdException($"The data decompresses to more than the {maxBytes} bytes that are allowed.");
                }
                if (complete)
                {
                    return Join(segments, (int)total);
                }
                segmentSize = Math.Min(2 * segmentSize, MaxSegment);
            }
        }
    }

    /// <summary>Decompresses until the segment is full (false) or the input ends with a complete frame (true).</summary>
    private static bool FillSegment(DecompressionContext context, ref NativeMethods.InBuffer input, byte[] segment, out int filled)
    {
        fixed (byte* target = segment)
        fixed (NativeMethods.InBuffer* inputPointer = &input)
        {
            var output = new NativeMethods.OutBuffer { Destination = target, Size = (nuint)segment.Length };
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

    private static byte[] Join(List<byte[]> segments, int total)
    {
        if (segments.Count == 1 && segments[0].Length == total)
        {
            return segments[0];
        }
        var result = GC.AllocateUninitializedArray<byte>(total);
        var at = 0;
        foreach (var segment in segments)
        {
            var length = Math.Min(segment.Length, total - at);
            segment.AsSpan(0, length).CopyTo(result.AsSpan(at));
            at += length;
        }
        return result;
    }
}
