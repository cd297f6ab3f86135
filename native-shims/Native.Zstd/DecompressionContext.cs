using Microsoft.Win32.SafeHandles;

namespace Native.Zstd;

/// <summary>A ZSTD_DCtx.</summary>
internal sealed class DecompressionContext : SafeHandleZeroOrMinusOneIsInvalid
{
    internal DecompressionContext()
        : base(ownsHandle: true)
    {
        SetHandle(NativeMethods.CreateDecompressionContext());
        if (IsInvalid)
        {
            throw new InsufficientMemoryException("zstd cannot allocate a decompression context.");
        }
    }

    protected override bool ReleaseHandle() => NativeMethods.FreeDecompressionContext(handle) == 0;
}
