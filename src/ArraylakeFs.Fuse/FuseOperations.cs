using ArraylakeFs.FileSystem;
using ArraylakeFs.Sessions;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>
/// Requests turned into calls of <see cref="IFileSystem"/> and results into replies. An operation that completes synchronously is answered
/// on the reading thread without a managed allocation; any other is awaited, and answered from wherever it completes. Whatever happens,
/// a request is answered once: an exception becomes EIO and a line in the log.
/// </summary>
internal sealed partial class FuseOperations
{
    private const Errno ProtocolError = (Errno)71;
    private const Errno ResultTooLarge = (Errno)34;

    private readonly IFileSystem _fileSystem;
    private readonly RequestPool _pool;
    private readonly BackingFiles? _backingFiles;
    private readonly RequestRings? _rings;
    private readonly FuseTrace? _trace;
    private readonly Action<string>? _log;
    private readonly TaskCompletionSource<FuseFeatures> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ThreadOwners _threads = new();
    private readonly long[] _received = new long[OperationTable.Count]; // by opcode; 0: any other
    private FuseFeatures? _features;

    // Operations that are answered later, and one for the readers: at zero nothing uses the file system any more.
    private int _underWay = 1;

    /// <param name="fileSystem">What is served.</param>
    /// <param name="pool">Where requests come from.</param>
    /// <param name="backingFiles">Which files the kernel reads by itself; null: none.</param>
    /// <param name="rings">By which requests come, where the kernel offers it; null: none.</param>
    /// <param name="trace">Prints each request.</param>
    /// <param name="log">Receives lines for people.</param>
    public FuseOperations(
        IFileSystem fileSystem, RequestPool pool, BackingFiles? backingFiles, RequestRings? rings, FuseTrace? trace, Action<string>? log) =>
        (_fileSystem, _pool, _backingFiles, _rings, _trace, _log) = (fileSystem, pool, backingFiles, rings, trace, log);

    /// <summary>Completes when INIT was answered; fails if the kernel's version is refused.</summary>
    public Task<FuseFeatures> WhenReady => _ready.Task;

    private bool HasEpochs => _features?.HasEpochs ?? false;

    /// <summary>
    /// Begins the request of <paramref name="length"/> bytes that was read from <paramref name="channel"/>. True if it is done and its memory can
    /// be reused; false if it is answered later and then goes back to the pool by itself.
    /// </summary>
    public bool Begin(FuseRequest request, IFuseChannel channel, int length)
    {
        if (!request.TryBegin(channel, length))
        {
            _log?.Invoke($"A FUSE message of {length} bytes is malformed and was dropped.");
            return true;
        }

        return Begin(request);
    }

    /// <summary>Begins the request that came by a ring. True if it was answered; false if that happens later, and the ring is told.</summary>
    public bool BeginFromRing(FuseRequest request)
    {
        if (request.TryBeginFromRing())
        {
            return Begin(request);
        }

        _log?.Invoke($"A FUSE message of a ring, said to be {request.Header.Length} bytes long, is malformed.");
        return request.ReplyStatus(Errno.InputOutput);
    }

    private bool Begin(FuseRequest request)
    {
        var operation = OperationTable.Find(request.Header.Opcode);
        Count(request.Header.Opcode);
        _trace?.Received(operation, request);
        try
        {
            var isDone = request.Remaining < operation.ArgumentBytes
                ? request.ReplyStatus(Errno.Invalid)
                : operation.Handler(this, request);
            if (!isDone)
            {
                return false;
            }
        }
        catch (Exception error)
        {
            Fail(request, error);
        }

        _trace?.Answered(request);
        return true;
    }

    /// <summary>What is to be known of the traffic with the kernel.</summary>
    public IEnumerable<Metric> Metrics()
    {
        yield return new(
            "arraylakefs_passthrough", "1 where the kernel reads chunks on a local disk by itself, 0 where it cannot, may not or is not to.",
            _backingFiles is { IsUsed: true } ? 1 : 0);
        yield return new(
            "arraylakefs_io_uring", "1 where the kernel hands its messages over by io_uring, 0 where they are read from the device.",
            _rings is { AreUsed: true } ? 1 : 0);
        for (int opcode = 0; opcode < _received.Length; opcode++)
        {
            if (Interlocked.Read(ref _received[opcode]) is > 0 and var count)
            {
                yield return new(
                    "arraylakefs_requests_total", "Messages of the kernel.", count, ("operation", OperationTable.Find((FuseOpcode)opcode).Name));
            }
        }
    }

    /// <summary>No request will begin any more. Completes when the last one under way was answered.</summary>
    public Task EndAsync()
    {
        _ready.TrySetException(new IOException("The FUSE connection ended before the kernel greeted."));
        _ = _ready.Task.Exception;
        Leave();
        return _idle.Task;
    }

    /// <summary>INIT.</summary>
    public bool Init(FuseRequest request)
    {
        var init = request.TakeInit();
        var unwanted = (_backingFiles is null ? FuseInitFlags.Passthrough : 0)
            | (_rings is { ArePossible: true } ? 0 : FuseInitFlags.OverIoUring);
        if (!InitNegotiation.TryAnswer(init, unwanted, out var features, out var reply))
        {
            request.ReplyStatus(ProtocolError);
            var needed = $"The kernel speaks FUSE {init.Major}.{init.Minor}, but 7.{Limits.OldestMinor} (Linux 5.4) or newer is needed.";
            _log?.Invoke(needed);
            _ready.TrySetException(new NotSupportedException(needed));
            return true;
        }

        _features = features;
        if (_backingFiles is not null)
        {
            _backingFiles.IsUsed = features.HasPassthrough;
        }

        request.ReplyStruct(reply);
        _ = BeReady(features);
        return true;
    }

    private async Task BeReady(FuseFeatures features)
    {
        try
        {
            if (features.HasRings)
            {
                await _rings!.StartAsync(this).ConfigureAwait(false);
            }

            _ready.TrySetResult(features);
        }
        catch (Exception refusal)
        {
            _ready.TrySetException(refusal);
        }
    }

    private void Count(FuseOpcode opcode) => Interlocked.Increment(ref _received[(uint)opcode < (uint)_received.Length ? (int)opcode : 0]);

    private bool Finish<T>(FuseRequest request, ValueTask<Result<T>> pending, Action<FuseOperations, FuseRequest, T> encode)
    {
        if (!pending.IsCompleted)
        {
            _ = FinishLater(request, pending, encode);
            return false;
        }

        Answer(request, pending.GetAwaiter().GetResult(), encode);
        return true;
    }

    private async Task FinishLater<T>(FuseRequest request, ValueTask<Result<T>> pending, Action<FuseOperations, FuseRequest, T> encode)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            Answer(request, await pending.ConfigureAwait(false), encode);
        }
        catch (Exception error)
        {
            Fail(request, error);
        }
        finally
        {
            Done(request);
        }
    }

    private void Answer<T>(FuseRequest request, Result<T> result, Action<FuseOperations, FuseRequest, T> encode)
    {
        if (result.Ok)
        {
            encode(this, request, result.Value);
        }
        else
        {
            request.ReplyStatus(result.Errno);
        }
    }

    private bool Finish(FuseRequest request, ValueTask<Errno> pending)
    {
        if (pending.IsCompleted)
        {
            return request.ReplyStatus(pending.GetAwaiter().GetResult());
        }

        _ = FinishLater(request, pending);
        return false;
    }

    private async Task FinishLater(FuseRequest request, ValueTask<Errno> pending)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            request.ReplyStatus(await pending.ConfigureAwait(false));
        }
        catch (Exception error)
        {
            Fail(request, error);
        }
        finally
        {
            Done(request);
        }
    }

    private void Fail(FuseRequest request, Exception error)
    {
        if (!request.Replied)
        {
            request.ReplyStatus(Errno.InputOutput);
        }

        _log?.Invoke($"{OperationTable.Find(request.Header.Opcode).Name} of node {request.Node} failed: {error}");
    }

    private void Done(FuseRequest request)
    {
        _trace?.Answered(request);
        if (request.Ring is not null)
        {
            request.Ring.GoOn();
        }
        else
        {
            _pool.Return(request);
        }

        Leave();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _underWay) == 0)
        {
            _idle.TrySetResult();
        }
    }
}
