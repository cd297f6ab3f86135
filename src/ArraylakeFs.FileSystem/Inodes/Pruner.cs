namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// Bounds how many inodes are held: kernels forget what nobody uses when they want its memory, which may be never. Where they hold more than so many
/// they are asked to let go of the oldest, some at a time. What is in use they keep: so they are asked more rarely while nothing comes of it.
/// </summary>
internal sealed class Pruner : IDisposable
{
    private const int AtOnce = 16_384;
    private const int FirstPauseMs = 50, LongestPauseMs = 5000;
    private const long CollectPauseMs = 2000;

    /// <summary>Which part of those allowed is let go of besides what is too much, so that it need not happen all the time.</summary>
    private const int Spare = 32;

    private readonly InodeTable _table;
    private readonly int _most;
    private readonly CancellationTokenSource _end = new();
    private int _isRunning;
    private int _pauseMs = FirstPauseMs;
    private long _forgottenBefore;
    private long _collectedAtMs = -CollectPauseMs;
    private volatile bool _isFutile;

    public Pruner(InodeTable table, int most)
    {
        (_table, _most) = (table, most);
        table.WhenHeld(most + 1, Begin);
    }

    /// <summary>Has the kernel let go of nodes, completes when it has looked at them; false if it cannot.</summary>
    public Func<ulong[], Task<bool>>? Prune { get; set; }

    /// <summary>
    /// Asks once, if there are too many. How long to wait before the next time (ms); null where that would be of no use, or nothing is left to do.
    /// </summary>
    public async Task<int?> SweepAsync()
    {
        int tooMany = _table.Count - _most;
        if (tooMany <= 0 || _isFutile || Prune is not { } prune)
        {
            _pauseMs = FirstPauseMs;
            return null;
        }

        long forgotten = _table.Forgotten;
        _pauseMs = forgotten == _forgottenBefore ? Math.Min(2 * _pauseMs, LongestPauseMs) : FirstPauseMs;
        _forgottenBefore = forgotten;
        _isFutile = !await prune(_table.TakeOldest(Math.Min(AtOnce, tooMany + (_most / Spare))));
        return _isFutile ? null : _pauseMs;
    }

    public void Dispose() => _end.Cancel();

    /// <summary>Called under the table's lock.</summary>
    private void Begin()
    {
        if (!_isFutile && Interlocked.Exchange(ref _isRunning, 1) == 0)
        {
            _ = Task.Run(RunAsync);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await Task.Delay(FirstPauseMs, _end.Token);
            while (await SweepAsync() is { } pause)
            {
                await Task.Delay(pause, _end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            return; // nobody is left who holds anything
        }

        Volatile.Write(ref _isRunning, 0);
        if (_table.Count > _most)
        {
            Begin(); // they came while it ended
        }
        else if (Environment.TickCount64 - _collectedAtMs >= CollectPauseMs)
        {
            // The runtime would keep what was let go of until it wants memory, which may be never, too.
            _collectedAtMs = Environment.TickCount64;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        }
    }
}
