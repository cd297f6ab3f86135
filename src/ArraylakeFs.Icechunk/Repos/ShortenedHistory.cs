namespace ArraylakeFs.Icechunk;

/// <summary>
/// Where the snapshots of a version of <c>repo</c> stand in the next one, which may lack some and have one more. Who loses its parent gets
/// the nearest ancestor that stays, and the transaction logs in between (icechunk-format.md 9).
/// </summary>
internal sealed class ShortenedHistory
{
    private readonly RepoInfo? _previous;
    private readonly int[] _positions;

    internal ShortenedHistory(RepoInfo? previous, ObjectId12? added, IReadOnlySet<ObjectId12> removed)
    {
        _previous = previous;
        _positions = new int[previous?.SnapshotCount ?? 0];
        var insertedAt = added is { } id ? ~(previous?.FindSnapshot(id) ?? -1) : -1;
        var next = 0;
        for (var i = 0; i <= _positions.Length; i++)
        {
            if (i == insertedAt)
            {
                Added = next++;
            }
            if (i < _positions.Length)
            {
                _positions[i] = removed.Count > 0 && removed.Contains(previous!.SnapshotIdAt(i)) ? -1 : next++;
            }
        }
    }

    /// <summary>Where the added snapshot stands.</summary>
    internal int Added { get; }

    /// <summary>Where a snapshot of the previous version stands now; -1 if it is not there any more.</summary>
    internal int this[int position] => _positions[position];

    /// <summary>A snapshot's new parent (-1: none is left), and the removed ancestors before it, with those that they had lost themselves.</summary>
    internal (int Parent, IReadOnlyList<ObjectId12> Pruned) ParentOf(int position)
    {
        var parent = _previous!.ParentPositionAt(position);
        if (parent < 0 || _positions[parent] >= 0)
        {
            return (parent < 0 ? -1 : _positions[parent], []);
        }
        var skipped = new Stack<int>();
        for (; parent >= 0 && _positions[parent] < 0; parent = _previous.ParentPositionAt(parent))
        {
            skipped.Push(parent);
        }
        var pruned = new List<ObjectId12>();
        foreach (var ancestor in skipped)
        {
            pruned.AddRange(_previous.SnapshotAt(ancestor).PrunedAncestors);
            pruned.Add(_previous.SnapshotIdAt(ancestor));
        }
        return (parent < 0 ? -1 : _positions[parent], pruned);
    }
}
