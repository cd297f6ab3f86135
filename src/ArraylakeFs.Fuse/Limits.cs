namespace ArraylakeFs.Fuse;

/// <summary>Numbers that bound what the server holds and answers.</summary>
internal static class Limits
{
    /// <summary>Largest write and read in one message: the kernel's own ceiling (sysctl fs.fuse.max_pages_limit) of 256 pages.</summary>
    public const int DataBytes = 1 << 20;

    /// <summary>The same in pages of 4 KiB.</summary>
    public const ushort DataPages = DataBytes / PageBytes;

    /// <summary>Room for headers, argument structs and names beside the data; the kernel asks for at least 4 KiB.</summary>
    public const int ArgumentBytes = 8192;

    /// <summary>The unit to which payloads are aligned.</summary>
    public const int PageBytes = 4096;

    /// <summary>NAME_MAX: bytes of a file name.</summary>
    public const int NameBytes = 255;

    /// <summary>PATH_MAX without the NUL: bytes of a link's target.</summary>
    public const int TargetBytes = 4095;

    /// <summary>Threads that read requests from the start: a few blocked handlers must not stop the others.</summary>
    public const int FirstWorkers = 4;

    /// <summary>More are added, up to this many, whenever nobody is left reading.</summary>
    public const int MostWorkers = 16;

    /// <summary>
    /// Rings, each with a thread, for the callers on one processor: as many of their requests can be under way at once. All are there from the
    /// start, since the kernel gives those that wait already to no ring that comes later.
    /// </summary>
    public const int RingsOfQueue = 32;

    /// <summary>On how many processors there are as many; on more there are fewer of each.</summary>
    public const int MostRings = 4 * RingsOfQueue;

    /// <summary>A machine with more processors is served by readers only.</summary>
    public const int MostQueues = MostRings / 2;

    /// <summary>Request buffers kept for reuse; more are freed after use.</summary>
    public const int PooledRequests = 32;

    /// <summary>Readahead requests that the kernel may have under way at once (its default of 12 starves remote storage).</summary>
    public const ushort BackgroundRequests = 64;

    /// <summary>The oldest protocol spoken: 7.31, Linux 5.4. Older kernels lack explicit invalidation or 1 MiB requests.</summary>
    public const uint OldestMinor = 31;

    /// <summary>The newest protocol spoken: 7.45, Linux 6.18.</summary>
    public const uint NewestMinor = 45;

    /// <summary>The first protocol with FUSE_NOTIFY_INC_EPOCH: 7.44, Linux 6.16.</summary>
    public const uint EpochMinor = 44;

    /// <summary>How many nodes one message asks the kernel to let go of.</summary>
    public const int PrunedAtOnce = 512;

    /// <summary>How long a caller waits for the kernel to let go of names before it has it ask about all of them again (ms).</summary>
    public const int DrainTimeoutMs = 250;
}
