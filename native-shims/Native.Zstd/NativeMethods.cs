using System.Runtime.InteropServices;

namespace Native.Zstd;

/// <summary>The part of libzstd's stable API (zstd.h, 1.4 and later) that is used here.</summary>
internal static unsafe partial class NativeMethods
{
    internal const int CompressionLevel = 100; // ZSTD_c_compressionLevel
    internal const int ContentSizeFlag = 200; // ZSTD_c_contentSizeFlag
    internal const int ChecksumFlag = 201; // ZSTD_c_checksumFlag
    internal const int Workers = 400; // ZSTD_c_nbWorkers
    internal const int JobSize = 401; // ZSTD_c_jobSize
    internal const int ContinueDirective = 0; // ZSTD_e_continue
    internal const int EndDirective = 2; // ZSTD_e_end
    private const string Library = "libzstd.so.1";

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    internal static partial nint CreateCompressionContext();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    internal static partial nuint FreeCompressionContext(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setParameter")]
    internal static partial nuint SetParameter(CompressionContext context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressStream2")]
    internal static partial nuint CompressStream(CompressionContext context, OutBuffer* output, InBuffer* input, int directive);

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    internal static partial nint CreateDecompressionContext();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    internal static partial nuint FreeDecompressionContext(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    internal static partial nuint DecompressStream(DecompressionContext context, OutBuffer* output, InBuffer* input);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressDCtx")]
    internal static partial nuint Decompress(DecompressionContext context, byte* destination, nuint capacity, byte* source, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_createDDict")]
    internal static partial nint CreateDictionary(byte* bytes, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDDict")]
    internal static partial nuint FreeDictionary(nint dictionary);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompress_usingDDict")]
    internal static partial nuint DecompressUsing(
        DecompressionContext context, byte* destination, nuint capacity, byte* source, nuint length, ZstdDictionary dictionary);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    internal static partial uint IsError(nuint code);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    private static partial nint ErrorName(nuint code);

    /// <summary>Passes a result on; an error code becomes a <see cref="ZstdException"/> with libzstd's own text.</summary>
    internal static nuint Check(nuint result)
    {
        if (IsError(result) != 0)
        {
            throw new ZstdException($"zstd: {Marshal.PtrToStringUTF8(ErrorName(result))}");
        }
        return result;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct InBuffer
    {
        internal byte* Source;
        internal nuint Size;
        internal nuint Position;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct OutBuffer
    {
        internal byte* Destination;
        internal nuint Size;
        internal nuint Position;
    }
}
