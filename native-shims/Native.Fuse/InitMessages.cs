using System.Runtime.InteropServices;

namespace Native.Fuse;

/// <summary>fuse_init_in, 64 bytes; kernels before 7.36 send the first 16.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public readonly record struct FuseInitIn(uint Major, uint Minor, uint MaxReadAhead, uint Flags, uint Flags2)
{
    /// <summary>Both words of flags.</summary>
    public FuseInitFlags Offered =>
        (FuseInitFlags)(Flags | ((Flags & (uint)FuseInitFlags.InitExt) != 0 ? (ulong)Flags2 << 32 : 0));
}

/// <summary>fuse_init_out, 64 bytes. Sizes in bytes, <paramref name="TimeGranularity"/> in nanoseconds.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public readonly record struct FuseInitOut(
    uint Major, uint Minor, uint MaxReadAhead, uint Flags, ushort MaxBackground, ushort CongestionThreshold, uint MaxWrite,
    uint TimeGranularity, ushort MaxPages, ushort MapAlignment, uint Flags2, uint MaxStackDepth);
