using System.Runtime.InteropServices;

namespace Native.Blosc;

/// <summary>The part of c-blosc 1 (blosc.h, 1.16 and later) that is used here. The functions with a context of their own are thread-safe.</summary>
internal static unsafe partial class NativeMethods
{
    internal const string Library = "libblosc.so.1";
    internal const int MaxOverhead = 16; // BLOSC_MAX_OVERHEAD, which is also the header's length
    internal const int MaxBufferBytes = int.MaxValue - MaxOverhead; // BLOSC_MAX_BUFFERSIZE

    /// <summary>0 if the header is sound; then <paramref name="decompressed"/> is what it says that comes out.</summary>
    [LibraryImport(Library, EntryPoint = "blosc_cbuffer_validate")]
    internal static partial int Validate(byte* source, nuint length, out nuint decompressed);

    /// <summary>The bytes written, or a negative number.</summary>
    [LibraryImport(Library, EntryPoint = "blosc_decompress_ctx")]
    internal static partial int Decompress(byte* source, byte* destination, nuint capacity, int threads);

    /// <summary>The bytes written, 0 if they do not fit, or a negative number.</summary>
    [LibraryImport(Library, EntryPoint = "blosc_compress_ctx", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Compress(
        int level, int shuffle, nuint typeSize, nuint length, byte* source, byte* destination, nuint capacity,
        string compressor, nuint blockSize, int threads);
}
