using Microsoft.Win32.SafeHandles;

namespace Native.Zstd;

/// <summary>A ZSTD_CCtx.</summary>
internal sealed class CompressionContext : SafeHandleZeroOrMinusOneIsInvalid
{
    internal CompressionContext()
        : base(ownsHandle: true)
    {
        SetHandle(NativeMethods.CreateCompressionContext());
        if (IsInvalid)
        {
            throw new InsufficientMemoryException("zstd cannot allocate a compression context.");
        }
    }

    protected override bool ReleaseHandle() => NativeMethods.FreeCompressionContext(handle) == 0;
}
