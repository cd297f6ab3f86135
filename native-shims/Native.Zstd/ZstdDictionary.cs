using Microsoft.Win32.SafeHandles;

namespace Native.Zstd;

/// <summary>A dictionary (ZSTD_DDict) for decompressing many small frames. Thread-safe.</summary>
public sealed unsafe class ZstdDictionary : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>A context is much dearer than the small frames that it is for.</summary>
    [ThreadStatic]
    private static DecompressionContext? _context;

    /// <summary>Digests the bytes of a dictionary, which are copied.</summary>
    /// <exception cref="ZstdException">The bytes are no dictionary.</exception>
    public ZstdDictionary(ReadOnlySpan<byte> bytes)
        : base(ownsHandle: true)
    {
        fixed (byte* source = bytes)
        {
            SetHandle(NativeMethods.CreateDictionary(source, (nuint)bytes.Length));
        }
        if (IsInvalid)
        {
            throw new ZstdException("zstd: the dictionary is corrupt.");
        }
    }

    /// <summary>Decompresses a whole frame made with this dictionary and returns the number of bytes written.</summary>
    /// <exception cref="ZstdException">
    /// The frame is corrupt, made with another dictionary, or larger than <paramref name="destination"/>.
    /// </exception>
    public int Decompress(ReadOnlySpan<byte> frame, Span<byte> destination)
    {
        var context = _context ??= new DecompressionContext();
        fixed (byte* source = frame, target = destination)
        {
            return (int)NativeMethods.Check(NativeMethods.DecompressUsing(
                context, target, (nuint)destination.Length, source, (nuint)frame.Length, this));
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => NativeMethods.FreeDictionary(handle) == 0;
}
