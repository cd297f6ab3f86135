namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// Bounds how many inodes are held: kernels forget what nobody uses when they want its memory, which may be never. Where they hold more than so many
/// they are asked to let go of the oldest. They may not know how, and they keep what is in use: so they are asked again from time to time, ever more
/// rarely while nothing comes of it.
/// </summary>
internal sealed class Pruner : IDisposable
{
    private const int FirstPauseMs = 200, LongestPauseMs = 60_000;

    /// <summary>Which part of those allowed is let go of besides what is too much, so that it need not happen all the time.</summary>
    private const int Spare = 8;

    private readonly InodeTable _table;
    private readonly int _most;
    private readonly Timer _timer;
    private int _pauseMs = FirstPauseMs;
    private int _heldBefore;

    public Pruner(InodeTable table, int most)
    {
        (_table, _most) = (table, most);
        _timer = new Timer(_ => Continue());
        table.WhenHeld(most + 1, () => ContinueIn(FirstPauseMs));
    }

    /// <summary>Tells the kernel which nodes to let go of.</summary>
    public Action<ulong[]>? Prune { get; set; }

    /// <summary>Asks once, if there are too many. How long to wait before the next time (ms); null while there are not.</summary>
    public int? Sweep()
    {
        int held = _table.Count;
        if (held <= _most)
        {
            _pauseMs = FirstPauseMs;
            return null;
        }

        _pauseMs = held == _heldBefore ? Math.Min(2 * _pauseMs, LongestPauseMs) : FirstPauseMs;
        _heldBefore = held;
        Prune?.Invoke(_table.TakeOldest(held - _most + (_most / Spare)));
        return _pauseMs;
    }

    public void Dispose() => _timer.Dispose();

    private void Continue()
    {
        if (Sweep() is { } pause)
        {
            ContinueIn(pause);
            return;
        }

        // The runtime would keep what was let go of until it wants memory, which may be never, too.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }

    private void ContinueIn(int pauseMs)
    {
        try
        {
            _timer.Change(pauseMs, Timeout.Infinite);
        }
        catch (ObjectDisposedException)
        {
            // Nobody is left who holds anything.
        }
    }
}
