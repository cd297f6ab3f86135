using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>
/// A thread that gets the requests of one processor's callers, and answers them, by an io_uring: one at a time, each with one system call, on the
/// processor where the caller waits, so that no other need be woken.
/// </summary>
internal sealed unsafe class RingWorker : IDisposable
{
    private readonly FuseDevice _device;
    private readonly ushort _queue;
    private readonly FuseOperations _operations;
    private readonly FuseRequest _request;
    private readonly SemaphoreSlim _answered = new(0);

    /// <param name="device">The connection, whose INIT was answered.</param>
    /// <param name="processor">Whose queue it serves; also one that is not there has one.</param>
    /// <param name="operations">What the requests are for.</param>
    public RingWorker(FuseDevice device, int processor, FuseOperations operations)
    {
        (_device, _queue, _operations) = (device, (ushort)processor, operations);
        _request = new FuseRequest(this);
    }

    /// <summary>A request that is not answered at once is now. Callable from any thread.</summary>
    public void GoOn() => _answered.Release();

    /// <summary>
    /// Serves on the calling thread until the connection ends; <paramref name="offered"/> is called when requests may come. Returns the errno of the
    /// end. If that comes before <paramref name="offered"/>, the kernel refuses.
    /// </summary>
    /// <exception cref="IOException">No ring can be made.</exception>
    public int Serve(Action offered)
    {
        _ = Processors.TryPin(_queue); // one that is off has no callers
        using var ring = IoUring.Create(1);
        var errno = Offer(ring);
        if (errno == 0)
        {
            offered();
        }

        while (errno == 0)
        {
            errno = ring.Enter(wait: true);
            if (errno is LinuxError.Interrupted or LinuxError.Again)
            {
                errno = 0;
            }
            else if (errno == 0 && ring.TryTake(out var result))
            {
                errno = -result;
                if (errno == 0)
                {
                    Answer(ring);
                }
            }
        }

        return errno;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _request.Free();
        _answered.Dispose();
    }

    /// <summary>Registers the request's memory. Returns 0 or the errno.</summary>
    private int Offer(IoUring ring)
    {
        ring.Prepare(_device, (uint)FuseRingCommand.Register, _request.RingMemory, 2, new FuseRingCommandIn(0, 0, _queue));
        var errno = ring.Enter(wait: false);
        if (errno != 0 || !ring.TryTake(out var result))
        {
            return errno;
        }

        if (result == 0)
        {
            Answer(ring); // the first has come already
        }

        return -result;
    }

    private void Answer(IoUring ring)
    {
        if (!_operations.BeginFromRing(_request))
        {
            _answered.Wait(); // there is no other request that this thread could get meanwhile
        }

        var commit = new FuseRingCommandIn(0, _request.RingHeader->Entry.CommitId, _queue);
        ring.Prepare(_device, (uint)FuseRingCommand.CommitAndFetch, null, 0, commit);
    }
}
