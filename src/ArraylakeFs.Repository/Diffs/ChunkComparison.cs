using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>
/// Finds out which chunks of an array differ between two versions. References are compared, never bytes: a chunk that was written anew with
/// the bytes it had is a written chunk, unless it is inline.
/// <para>
/// Manifests never change, so one that both versions refer to needs no reading, as long as nothing else decides which of its references
/// count: neither another manifest over it nor an end of the grid that is elsewhere. The others are read in groups that have no coordinates
/// in common, one group after the other, so that of a large array little is in memory at a time.
/// </para>
/// </summary>
internal sealed class ChunkComparison
{
    private const int ReferencesBetweenLooks = 1 << 14;

    private readonly SnapshotView? _before;
    private readonly SnapshotView? _after;
    private readonly Node? _old;
    private readonly Node? _now;
    private readonly CancellationToken _cancellationToken;

    private ChunkComparison(SnapshotView? before, Node? old, SnapshotView? after, Node? now, CancellationToken cancellationToken)
    {
        (_before, _old, _after, _now, _cancellationToken) = (before, old, after, now, cancellationToken);
        (Written, Deleted) = (new ChunkTally(now?.Shape.Count ?? 0), new ChunkTally(old?.Shape.Count ?? 0));
    }

    /// <summary>Chunks that are new or refer to something else.</summary>
    public ChunkTally Written { get; }

    /// <summary>Chunks that are gone.</summary>
    public ChunkTally Deleted { get; }

    /// <summary>Compares an array of one version with the same array of another; null where a version does not have it.</summary>
    /// <exception cref="RepositoryException">A manifest is missing or damaged.</exception>
    public static async Task<ChunkComparison> RunAsync(
        SnapshotView? before, Node? old, SnapshotView? after, Node? now, CancellationToken cancellationToken)
    {
        var comparison = new ChunkComparison(before, old, after, now, cancellationToken);
        if (old is not null && now is not null && old.Shape.Count != now.Shape.Count)
        {
            // No chunk of the one has coordinates that could be those of a chunk of the other.
            await comparison.CompareAsync(before!.ManifestsOf(old), []);
            await comparison.CompareAsync([], after!.ManifestsOf(now));
        }
        else
        {
            await comparison.CompareAsync(old is null ? [] : before!.ManifestsOf(old), now is null ? [] : after!.ManifestsOf(now));
        }

        return comparison;
    }

    private async Task CompareAsync(IReadOnlyList<ManifestReference> before, IReadOnlyList<ManifestReference> after)
    {
        if (IsUntouched(before, after))
        {
            return;
        }

        var rank = (before.Count > 0 ? _old : _now)!.Shape.Count;
        var unread = before.Concat(after).Select(reference => new ArrayChunks.Part(reference, default, default)).ToArray();
        foreach (var group in new PartIndex(unread, rank).Groups())
        {
            var left = group.Where(part => part < before.Count).Select(part => before[part]).ToArray();
            var right = group.Where(part => part >= before.Count).Select(part => after[part - before.Count]).ToArray();
            if (!IsUntouched(left, right))
            {
                Merge(
                    left.Length == 0 ? ArrayChunks.None : await _before!.ChunksInAsync(_old!, left, _cancellationToken),
                    right.Length == 0 ? ArrayChunks.None : await _after!.ChunksInAsync(_now!, right, _cancellationToken),
                    rank);
            }
        }
    }

    /// <summary>Whether the same references of the same manifests count on both sides.</summary>
    private bool IsUntouched(IReadOnlyList<ManifestReference> left, IReadOnlyList<ManifestReference> right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (var i = 0; i < left.Count; i++)
        {
            if (left[i].Manifest != right[i].Manifest || !left[i].Extents.SequenceEqual(right[i].Extents) || !IsWithinBothGrids(left[i].Extents))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether both grids cut the same references off: none, or those at an end that is the same.</summary>
    private bool IsWithinBothGrids(IReadOnlyList<ChunkIndexRange> extents)
    {
        for (var i = 0; i < _now!.Shape.Count; i++)
        {
            var (old, now) = (_old!.Shape[i].ChunkCount, _now.Shape[i].ChunkCount);
            if (old != now && (i >= extents.Count || extents[i].To > Math.Min(old, now)))
            {
                return false;
            }
        }

        return true;
    }

    private void Merge(ArrayChunks before, ArrayChunks after, int rank)
    {
        var left = new Reader(before, rank);
        var right = new Reader(after, rank);
        for (var looks = 0L; left.HasCurrent || right.HasCurrent; looks++)
        {
            if (looks % ReferencesBetweenLooks == 0)
            {
                _cancellationToken.ThrowIfCancellationRequested();
            }

            var order = !left.HasCurrent ? 1 : !right.HasCurrent ? -1 : left.Coordinates.SequenceCompareTo(right.Coordinates);
            if (order < 0)
            {
                Deleted.Add(left.Coordinates);
            }
            else if (order > 0 || !IsSame(left.Current, right.Current))
            {
                Written.Add(right.Coordinates);
            }

            if (order <= 0)
            {
                left.MoveNext();
            }

            if (order >= 0)
            {
                right.MoveNext();
            }
        }
    }

    private static bool IsSame(ChunkRef left, ChunkRef right)
    {
        try
        {
            return left.IsSameAs(right);
        }
        catch (IcechunkFormatException failure)
        {
            throw MetadataFiles.Failure(failure);
        }
    }

    /// <summary>The visible references of one side, one after the other; their coordinates need no new array each.</summary>
    private sealed class Reader
    {
        private readonly ArrayChunks _chunks;
        private readonly IEnumerator<(int Part, int Position)> _positions;
        private readonly uint[] _coordinates;

        public Reader(ArrayChunks chunks, int rank)
        {
            (_chunks, _positions, _coordinates) = (chunks, chunks.Positions().GetEnumerator(), new uint[rank]);
            MoveNext();
        }

        public bool HasCurrent { get; private set; }

        public ChunkRef Current { get; private set; }

        public ReadOnlySpan<uint> Coordinates => _coordinates;

        public void MoveNext()
        {
            HasCurrent = _positions.MoveNext();
            if (HasCurrent)
            {
                Current = _chunks.Parts[_positions.Current.Part].Refs[_positions.Current.Position];
                Current.CopyCoordinates(_coordinates);
            }
        }
    }
}
