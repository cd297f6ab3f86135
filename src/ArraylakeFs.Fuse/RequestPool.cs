namespace ArraylakeFs.Fuse;

/// <summary>Requests between two uses. Each holds about 1 MiB of address space, of which only what was used is backed by memory.</summary>
internal sealed class RequestPool : IDisposable
{
    private readonly Stack<FuseRequest> _free = new(Limits.PooledRequests);
    private bool _closed;

    public FuseRequest Rent()
    {
        lock (_free)
        {
            if (_free.TryPop(out var request))
            {
                return request;
            }
        }

        return new FuseRequest();
    }

    public void Return(FuseRequest request)
    {
        lock (_free)
        {
            if (!_closed && _free.Count < Limits.PooledRequests)
            {
                _free.Push(request);
                return;
            }
        }

        request.Free();
    }

    public void Dispose()
    {
        lock (_free)
        {
            _closed = true;
            while (_free.TryPop(out var request))
            {
                request.Free();
            }
        }
    }
}
