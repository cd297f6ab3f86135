namespace ArraylakeFs.Repository.Transfer;

/// <summary>Counts chunks from many threads and tells how far they are.</summary>
internal sealed class TransferCounter(long total, IProgress<TransferProgress>? progress)
{
    private long _chunks;
    private long _bytes;

    public long Chunks => Interlocked.Read(ref _chunks);

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Threads for work that waits for a disk as much as it computes.</summary>
    public static int Threads { get; } = Math.Clamp(2 * Environment.ProcessorCount, 4, 16);

    public void Add(long bytes)
    {
        var done = new TransferProgress(Interlocked.Increment(ref _chunks), total, Interlocked.Add(ref _bytes, bytes));
        progress?.Report(done);
    }
}
