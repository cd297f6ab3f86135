using ArraylakeFs.FileSystem;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>
/// Serves a file system over one FUSE connection. Several threads read requests, each from its own clone of the device where the kernel
/// allows it; another thread is added whenever all are busy, so that handlers which block do not stop the others.
/// </summary>
/// <remarks>
/// The kernel need not send RELEASE or FORGET when the mount goes away: whoever owns the file system drops everything after
/// <see cref="RunAsync"/>. The structs of the protocol are those of little-endian 64-bit Linux.
/// </remarks>
public sealed class FuseServer : IDisposable
{
    private readonly IFuseChannel _channel;
    private readonly Action<string>? _log;
    private readonly RequestPool _pool = new();
    private readonly FuseOperations _operations;
    private readonly RequestRings? _rings;
    private readonly KernelCache _cache;
    private readonly Lock _workersLock = new();
    private readonly List<IFuseChannel> _clones = [];
    private readonly TaskCompletionSource _workersGone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _workers;
    private int _working;
    private int _reading;
    private bool _ended;

    /// <summary>
    /// A server for a fresh connection, of which it takes ownership. Nothing is read before <see cref="RunAsync"/>.
    /// <paramref name="log"/> receives lines for people, from any thread. <paramref name="passthrough"/>: where the kernel can, it reads
    /// chunks by itself. <paramref name="ioUring"/>: where it offers to, it hands requests over by io_uring.
    /// </summary>
    public FuseServer(
        IFuseChannel channel, IFileSystem fileSystem, Action<string>? log = null, bool passthrough = true, bool ioUring = false)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        _channel = channel;
        _log = log;
        var backingFiles = passthrough ? new BackingFiles(channel, log) : null;
        _rings = ioUring ? new RequestRings(channel, log) : null;
        _operations = new FuseOperations(fileSystem, _pool, backingFiles, _rings, FuseTrace.FromEnvironment(), log);
        _cache = new KernelCache(channel, log);
        (fileSystem.KernelCache, fileSystem.BackingFiles, fileSystem.HostMetrics) = (_cache, backingFiles, _operations.Metrics);
    }

    /// <summary>
    /// Completes when the kernel's INIT was answered: from then on the mount works. Fails with NotSupportedException if the kernel is too
    /// old, with IOException if the connection ends before.
    /// </summary>
    public Task<FuseFeatures> WhenReady => _operations.WhenReady;

    /// <summary>Whether the connection ended by an abort, which leaves the mount, and not by unmounting.</summary>
    public bool WasAborted { get; private set; }

    /// <summary>
    /// Starts serving; call once. Completes when the connection has ended (unmounted, aborted, or the peer gone) and every operation
    /// under way has completed.
    /// </summary>
    public async Task RunAsync()
    {
        for (var i = 0; i < Limits.FirstWorkers; i++)
        {
            AddWorker();
        }

        await _workersGone.Task.ConfigureAwait(false);
        await (_rings?.WhenGone ?? Task.CompletedTask).ConfigureAwait(false);
        await _operations.EndAsync().ConfigureAwait(false);
    }

    /// <summary>Closes the connection: call when <see cref="RunAsync"/> has completed, or instead of it.</summary>
    public void Dispose()
    {
        _cache.Dispose();
        lock (_workersLock)
        {
            _clones.ForEach(clone => clone.Dispose());
            _clones.Clear();
        }

        _channel.Dispose();
        _rings?.Dispose();
        _pool.Dispose();
    }

    private void AddWorker()
    {
        lock (_workersLock)
        {
            if (_ended || _workers == Limits.MostWorkers)
            {
                return;
            }

            // The first reads from the original; a channel that cannot be cloned is shared.
            var channel = _workers == 0 ? _channel : _channel.TryClone() ?? _channel;
            if (!ReferenceEquals(channel, _channel))
            {
                _clones.Add(channel);
            }

            _workers++;
            _working++;
            // Counted as reading from now on: a burst must not add a thread for each request while this one starts.
            Interlocked.Increment(ref _reading);
            new Thread(() => Work(channel)) { IsBackground = true, Name = $"fuse {_workers}" }.Start();
        }
    }

    private void Work(IFuseChannel channel)
    {
        var request = _pool.Rent();
        int length;
        while ((length = Read(channel, request)) > 0)
        {
            if (Interlocked.Decrement(ref _reading) == 0 && _workers < Limits.MostWorkers)
            {
                AddWorker();
            }

            if (!_operations.Begin(request, channel, length))
            {
                request = _pool.Rent();
            }

            Interlocked.Increment(ref _reading);
        }

        _pool.Return(request);
        lock (_workersLock)
        {
            if (!_ended)
            {
                _ended = true;
                NoteEnd(-length);
            }

            if (--_working == 0)
            {
                _workersGone.SetResult();
            }
        }
    }

    /// <summary>The length of the next request; 0 or a negated errno when the connection has ended.</summary>
    private static int Read(IFuseChannel channel, FuseRequest request)
    {
        while (true)
        {
            var length = channel.Read(request.Incoming);
            // ENOENT: the request was interrupted before it was read.
            if (-length is not (LinuxError.Interrupted or LinuxError.Again or LinuxError.NoEntry))
            {
                return length;
            }
        }
    }

    private void NoteEnd(int errno)
    {
        switch (errno)
        {
            case 0 or LinuxError.NoDevice:
                break;
            case LinuxError.ConnectionAborted:
                WasAborted = true;
                _log?.Invoke("The FUSE connection was aborted.");
                break;
            default:
                _log?.Invoke($"Reading FUSE requests failed: {LinuxError.Describe(errno)}.");
                break;
        }
    }
}
