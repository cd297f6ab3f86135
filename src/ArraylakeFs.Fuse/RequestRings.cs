using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>
/// FUSE over io_uring (Linux 6.14): requests come to a thread on the processor of whoever waits for the answer. The kernel offers it where the
/// machine's root has allowed it (<c>/sys/module/fuse/parameters/enable_uring</c>). FORGET and INTERRUPT are read from the device as ever.
/// </summary>
internal sealed class RequestRings(IFuseChannel channel, Action<string>? log) : IDisposable
{
    private readonly List<RingWorker> _workers = [];
    private readonly TaskCompletionSource _offered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _offering;
    private int _working;

    /// <summary>
    /// Whether the kernel may be told that requests shall come by rings: it then holds all back until every queue has its ring.
    /// </summary>
    public bool ArePossible => channel.Device is not null && Environment.SystemPageSize == Limits.PageBytes
        && Processors.Possible is > 0 and <= Limits.MostQueues && IoUring.IsAllowed();

    /// <summary>Whether requests come this way: the first do before all rings are there.</summary>
    public bool AreUsed => Volatile.Read(ref _working) > 0;

    /// <summary>Completes when no ring is served any more; at once if none was.</summary>
    public Task WhenGone => _workers.Count == 0 ? Task.CompletedTask : _gone.Task;

    /// <summary>
    /// Starts the threads, after INIT was answered; call once. Completes when all requests can come this way, and fails with IOException if the
    /// kernel refuses, or there is no room for as many threads.
    /// </summary>
    public Task StartAsync(FuseOperations operations)
    {
        int queues = Processors.Possible;
        int ofEach = Math.Min(Limits.MostRings / queues, Limits.RingsOfQueue);
        int started = 0;
        _offering = _working = queues * ofEach;
        try
        {
            for (; started < queues * ofEach; started++)
            {
                var worker = new RingWorker(channel.Device!, started / ofEach, operations);
                _workers.Add(worker);
                new Thread(() => Serve(worker)) { IsBackground = true, Name = "fuse ring" }.Start();
            }
        }
        catch (Exception lack) when (lack is OutOfMemoryException or ThreadStartException)
        {
            End((queues * ofEach) - started, lack.Message);
        }

        return _offered.Task;
    }

    /// <summary>Frees the memory of requests: call when nobody is served any more.</summary>
    public void Dispose()
    {
        _workers.ForEach(worker => worker.Dispose());
        _workers.Clear();
    }

    private void Serve(RingWorker worker)
    {
        string? end;
        try
        {
            var errno = worker.Serve(NoteOffer);
            end = errno is LinuxError.NotConnected or LinuxError.ConnectionAborted or LinuxError.NoDevice ? null : LinuxError.Describe(errno);
        }
        catch (IOException error)
        {
            end = error.Message;
        }

        if (end is not null)
        {
            log?.Invoke($"A ring of requests ended: {end}.");
        }

        End(1, end ?? "the connection ended");
    }

    /// <summary>So many workers are none any more.</summary>
    private void End(int workers, string why)
    {
        _offered.TrySetException(
            new IOException($"the kernel hands over no requests by io_uring ({why}); mount without --io-uring"));
        _ = _offered.Task.Exception;
        if (Interlocked.Add(ref _working, -workers) == 0)
        {
            _gone.SetResult();
        }
    }

    private void NoteOffer()
    {
        if (Interlocked.Decrement(ref _offering) == 0)
        {
            _offered.TrySetResult();
        }
    }
}
