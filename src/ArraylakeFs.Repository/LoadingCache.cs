namespace ArraylakeFs.Repository;

/// <summary>
/// Values loaded by key, the least recently used dropped when their weights exceed a limit. Several callers that miss the same key
/// share one load; a load that fails is forgotten.
/// </summary>
internal sealed class LoadingCache<TKey, TValue>(long maxWeight, Func<TValue, long> weigh)
    where TKey : notnull
    where TValue : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];
    private long _weight;

    /// <summary>What it holds at the moment; values in use elsewhere, which it has let go of, are not counted.</summary>
    public long Weight => Interlocked.Read(ref _weight);

    /// <summary>The value of a key. <paramref name="load"/> is not cancelled with one of those who wait for it.</summary>
    public ValueTask<TValue> GetAsync(TKey key, Func<TKey, Task<TValue>> load, CancellationToken cancellationToken)
    {
        LinkedListNode<Entry>? found;
        var isNew = false;
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out found))
            {
                _byUse.Remove(found);
                _byUse.AddFirst(found);
            }
            else
            {
                isNew = true;
                found = _byUse.AddFirst(new Entry(key));
                _entries.Add(key, found);
            }
        }

        if (isNew)
        {
            _ = RunAsync(found, load);
        }

        var task = found.Value.Loaded.Task;
        return task.IsCompletedSuccessfully ? new(task.Result) : new(task.WaitAsync(cancellationToken));
    }

    /// <summary>Takes a value that need not be loaded, unless there is one.</summary>
    public void Add(TKey key, TValue value) => _ = GetAsync(key, _ => Task.FromResult(value), CancellationToken.None).AsTask();

    /// <summary>Lets go of a value, which may be loaded again.</summary>
    public void Forget(TKey key)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var found) && found.Value.Loaded.Task.IsCompleted)
            {
                Remove(found);
            }
        }
    }

    private async Task RunAsync(LinkedListNode<Entry> node, Func<TKey, Task<TValue>> load)
    {
        var entry = node.Value;
        try
        {
            var value = await load(entry.Key);
            lock (_lock)
            {
                if (IsKept(node))
                {
                    entry.Weight = weigh(value);
                    _weight += entry.Weight;
                }

                while (_weight > maxWeight && _byUse.Last is { } oldest && oldest != node)
                {
                    Remove(oldest);
                }
            }

            entry.Loaded.SetResult(value);
        }
        catch (Exception failure)
        {
            lock (_lock)
            {
                Remove(node);
            }

            entry.Loaded.SetException(failure);
            // Whoever asked has the exception; if all have gone, nobody needs it.
            _ = entry.Loaded.Task.Exception;
        }
    }

    private bool IsKept(LinkedListNode<Entry> node) => _entries.TryGetValue(node.Value.Key, out var kept) && kept == node;

    private void Remove(LinkedListNode<Entry> node)
    {
        if (IsKept(node))
        {
            _entries.Remove(node.Value.Key);
            _byUse.Remove(node);
            _weight -= node.Value.Weight;
        }
    }

    private sealed class Entry(TKey key)
    {
        public TKey Key { get; } = key;

        /// <summary>0 until loaded.</summary>
        public long Weight { get; set; }

        public TaskCompletionSource<TValue> Loaded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
