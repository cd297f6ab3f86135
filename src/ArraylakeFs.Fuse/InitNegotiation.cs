using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>What INIT agreed on.</summary>
/// <param name="Minor">The protocol's minor version that both sides speak.</param>
/// <param name="Flags">The features in use.</param>
public sealed record FuseFeatures(uint Minor, FuseInitFlags Flags)
{
    /// <summary>Whether the kernel can make all its names stale at once (INC_EPOCH, Linux 6.16).</summary>
    public bool HasEpochs => Minor >= Limits.EpochMinor;

    /// <summary>Whether the kernel can read backing files by itself (Linux 6.9), if it lets this process register any.</summary>
    public bool HasPassthrough => (Flags & FuseInitFlags.Passthrough) != 0;

    /// <summary>Whether the kernel hands requests over by io_uring (Linux 6.14), as soon as it has a ring for every processor.</summary>
    public bool HasRings => (Flags & FuseInitFlags.OverIoUring) != 0;
}

/// <summary>INIT: the features that the kernel offers and the server wants (the reasons stand beside each).</summary>
internal static class InitNegotiation
{
    private const uint Major = 7;

    private const FuseInitFlags Wanted =
        FuseInitFlags.AsyncRead // readahead of one file in parallel
        | FuseInitFlags.AtomicOTrunc // `echo x > commit` opens with O_TRUNC: no SETATTR before the command
        | FuseInitFlags.BigWrites | FuseInitFlags.MaxPages // 1 MiB a message
        | FuseInitFlags.DoReadDirPlus | FuseInitFlags.ReadDirPlusAuto // `ls -l` without a lookup for each entry
        | FuseInitFlags.AsyncDio
        | FuseInitFlags.ParallelDirOps
        | FuseInitFlags.HandleKillPrivV2 // no GETXATTR before every write; setuid bits are never shown
        | FuseInitFlags.AbortError // tells an abort from an unmount
        | FuseInitFlags.CacheSymLinks
        | FuseInitFlags.ExplicitInvalData // pages live until KernelCache drops them
        | FuseInitFlags.InitExt
        | FuseInitFlags.DirectIoAllowMMap
        | FuseInitFlags.Passthrough // chunks on a local disk are read without us; costs nothing where it is not allowed
        | FuseInitFlags.OverIoUring // where root has allowed it, and the mount asks for it
        | FuseInitFlags.NoExportSupport; // node numbers cannot be found again once forgotten

    // Not taken: WRITEBACK_CACHE (the kernel would own sizes and report errors late), POSIX_LOCKS and FLOCK_LOCKS (the kernel's own
    // locking is right for one mount), AUTO_INVAL_DATA (excluded by EXPLICIT_INVAL_DATA).
    // NO_OPEN_SUPPORT is one for the whole connection: control files could not be opened, and nothing passed through.

    /// <summary>
    /// On how many file systems, one upon the other, backing files may lie: on a disk's only, so that an overlay may still be mounted over the mount.
    /// </summary>
    private const uint StackDepth = 1;

    /// <summary>
    /// The features to use, but for those <paramref name="unwanted"/>, and the reply that says so; false if the kernel is too old, or speaks
    /// another protocol.
    /// </summary>
    public static bool TryAnswer(in FuseInitIn init, FuseInitFlags unwanted, out FuseFeatures features, out FuseInitOut reply)
    {
        var wanted = Wanted & ~unwanted;
        features = new FuseFeatures(Math.Min(init.Minor, Limits.NewestMinor), init.Offered & wanted);
        reply = new FuseInitOut(
            Major, features.Minor, init.MaxReadAhead, (uint)features.Flags,
            Limits.BackgroundRequests, Limits.BackgroundRequests * 3 / 4,
            Limits.DataBytes, TimeGranularity: 1, Limits.DataPages, MapAlignment: 0, (uint)((ulong)features.Flags >> 32),
            MaxStackDepth: features.HasPassthrough ? StackDepth : 0);
        return init.Major == Major && init.Minor >= Limits.OldestMinor;
    }
}
