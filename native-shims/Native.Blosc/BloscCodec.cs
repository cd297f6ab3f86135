using System.Runtime.InteropServices;

namespace Native.Blosc;

/// <summary>Blosc by the system's libblosc, which may not be installed.</summary>
public static unsafe class BloscCodec
{
    private static readonly Lazy<bool> _isAvailable = new(
        () => NativeLibrary.TryLoad(NativeMethods.Library, typeof(BloscCodec).Assembly, null, out _));

    /// <summary>Whether the library is there. Without it, every other call throws <see cref="DllNotFoundException"/>.</summary>
    public static bool IsAvailable => _isAvailable.Value;

    /// <summary>Decompresses one buffer. Blosc has no checksum: damage within a block may go unnoticed.</summary>
    /// <exception cref="BloscException">
    /// The input is corrupt, shorter or longer than its header says, or becomes larger than <paramref name="maxBytes"/>.
    /// </exception>
    public static byte[] Decompress(ReadOnlySpan<byte> source, int maxBytes)
    {
        fixed (byte* bytes = source)
        {
            if (source.Length < NativeMethods.MaxOverhead || NativeMethods.Validate(bytes, (nuint)source.Length, out var size) != 0)
            {
                throw new BloscException("blosc: the header is not that of a buffer of this length.");
            }

            if (size > (nuint)maxBytes)
            {
                throw new BloscException($"The data decompresses to {size} bytes, more than the {maxBytes} that are allowed.");
            }

            var result = GC.AllocateUninitializedArray<byte>((int)size);
            fixed (byte* target = result)
            {
                // An empty array has no address, which the library would take for an error of ours.
                byte nothing;
                var count = NativeMethods.Decompress(bytes, result.Length == 0 ? &nothing : target, size, threads: 1);
                return count == result.Length ? result : throw new BloscException("blosc: the data is corrupt.");
            }
        }
    }

    /// <summary>Compresses to one buffer.</summary>
    /// <param name="source">What to compress.</param>
    /// <param name="compressor"><c>lz4</c>, <c>zstd</c>, …: those that the library was built with.</param>
    /// <param name="level">0 (stored) to 9.</param>
    /// <param name="shuffle">0 none, 1 by bytes, 2 by bits.</param>
    /// <param name="typeSize">Bytes of one element.</param>
    /// <exception cref="BloscException">The library does not know the compressor.</exception>
    public static byte[] Compress(ReadOnlySpan<byte> source, string compressor, int level, int shuffle, int typeSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, NativeMethods.MaxBufferBytes);
        var result = new byte[source.Length + NativeMethods.MaxOverhead];
        fixed (byte* bytes = source, target = result)
        {
            var count = NativeMethods.Compress(
                level, shuffle, (nuint)typeSize, (nuint)source.Length, bytes, target, (nuint)result.Length, compressor, blockSize: 0, threads: 1);
            return count > 0 ? result[..count] : throw new BloscException($"blosc: the data cannot be compressed by '{compressor}'.");
        }
    }
}
