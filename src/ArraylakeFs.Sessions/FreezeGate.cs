namespace ArraylakeFs.Sessions;

/// <summary>
/// Keeps changes of a tree apart from those who need it to stand still. Any number of changes go on at once; a freeze waits until they are
/// done, and changes that come then wait for its end. Neither starves the other: when a freeze ends, the changes that waited go before the
/// next freeze.
/// </summary>
/// <param name="ended">Called, without a lock, whenever a change or a freeze has ended.</param>
internal sealed class FreezeGate(Action ended)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waitingFreezes = [];
    private TaskCompletionSource? _waitingChanges;
    private int _waitingChangeCount;
    private int _changes;
    private bool _isFrozen;

    /// <summary>Begins a change; <see cref="ExitChange"/> ends it. A change must not begin another one.</summary>
    public ValueTask EnterChangeAsync()
    {
        lock (_lock)
        {
            if (!_isFrozen && _waitingFreezes.Count == 0)
            {
                _changes++;
                return default;
            }

            _waitingChanges ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waitingChangeCount++;
            return new(_waitingChanges.Task);
        }
    }

    public void ExitChange()
    {
        lock (_lock)
        {
            _changes--;
            GrantNextFreeze();
        }

        ended();
    }

    /// <summary>Waits for the changes under way and holds others back until the result is disposed.</summary>
    public async Task<IDisposable> FreezeAsync()
    {
        TaskCompletionSource granted;
        lock (_lock)
        {
            granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waitingFreezes.Enqueue(granted);
            GrantNextFreeze();
        }

        await granted.Task;
        return new Frozen(this);
    }

    private void GrantNextFreeze()
    {
        if (_changes == 0 && !_isFrozen && _waitingFreezes.TryDequeue(out var next))
        {
            _isFrozen = true;
            next.SetResult();
        }
    }

    private void Thaw()
    {
        lock (_lock)
        {
            _isFrozen = false;
            _changes += _waitingChangeCount;
            _waitingChangeCount = 0;
            _waitingChanges?.SetResult();
            _waitingChanges = null;
            GrantNextFreeze();
        }

        ended();
    }

    private sealed class Frozen(FreezeGate gate) : IDisposable
    {
        public void Dispose() => gate.Thaw();
    }
}
