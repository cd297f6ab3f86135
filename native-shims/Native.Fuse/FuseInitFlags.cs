namespace Native.Fuse;

/// <summary>
/// Features negotiated by INIT. Bits 32 and up travel in
/// <see cref="FuseInitIn.Flags2"/> and count only together with <see cref="InitExt"/>.
/// </summary>
[Flags]
public enum FuseInitFlags : ulong
{
    /// <summary>Several READs of one file at once.</summary>
    AsyncRead = 1UL << 0,
    /// <summary>O_TRUNC arrives inside OPEN.</summary>
    AtomicOTrunc = 1UL << 3,
    /// <summary>Writes above 4 KiB.</summary>
    BigWrites = 1UL << 5,
    /// <summary>READDIRPLUS exists.</summary>
    DoReadDirPlus = 1UL << 13,
    /// <summary>The kernel chooses between READDIR and READDIRPLUS.</summary>
    ReadDirPlusAuto = 1UL << 14,
    /// <summary>Parts of one direct read run in parallel.</summary>
    AsyncDio = 1UL << 15,
    /// <summary>Lookups and listings of one directory run in parallel.</summary>
    ParallelDirOps = 1UL << 18,
    /// <summary>After an abort read(2) gives ECONNABORTED rather than ENODEV.</summary>
    AbortError = 1UL << 21,
    /// <summary>Requests of up to <see cref="FuseInitOut.MaxPages"/> pages.</summary>
    MaxPages = 1UL << 22,
    /// <summary>Link targets are cached.</summary>
    CacheSymLinks = 1UL << 23,
    /// <summary>Pages are dropped only when the daemon says so.</summary>
    ExplicitInvalData = 1UL << 25,
    /// <summary>The daemon clears setuid and setgid bits; no GETXATTR before every write.</summary>
    HandleKillPrivV2 = 1UL << 28,
    /// <summary>The upper 32 flags are valid.</summary>
    InitExt = 1UL << 30,
    /// <summary>Files opened with direct I/O can be mapped shared.</summary>
    DirectIoAllowMMap = 1UL << 36,
    /// <summary>
    /// The kernel reads backing files by itself (Linux 6.9); <see cref="FuseInitOut.MaxStackDepth"/> must be 1 or 2 then.
    /// </summary>
    Passthrough = 1UL << 37,
    /// <summary>Node numbers cannot be found again after they were forgotten: no file handles for NFS.</summary>
    NoExportSupport = 1UL << 38,
    /// <summary>
    /// Requests come by io_uring, once every CPU's queue has an entry (Linux 6.14); offered where the machine's root has allowed it.
    /// </summary>
    OverIoUring = 1UL << 41,
}
