using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>
/// The chunk references of one array, over all of its manifests. Lookups are binary searches in the manifests' own bytes. References that
/// the official client would not find are not there: outside the grid, with another number of coordinates, outside their manifest's
/// extents, or in a second manifest for the same chunk. Immutable, thread-safe.
/// </summary>
public sealed class ArrayChunks
{
    private readonly Part[] _parts;
    private readonly uint[] _grid;
    private readonly PartIndex _index;
    private long _count = -1;

    internal ArrayChunks(Part[] parts, uint[] grid)
    {
        _parts = parts;
        _grid = grid;
        _index = new PartIndex(parts, grid.Length);
        LastModified = parts.Length > 0 ? parts.Max(part => part.Time) : DateTimeOffset.UnixEpoch;
    }

    /// <summary>Number of references. The first call reads them all.</summary>
    public long Count
    {
        get
        {
            if (_count < 0)
            {
                _count = CountAll();
            }

            return _count;
        }
    }

    /// <summary>When the newest of the array's manifests was written; 1970 for an array without chunks.</summary>
    public DateTimeOffset LastModified { get; }

    /// <summary>The chunks of an array that has none.</summary>
    internal static ArrayChunks None { get; } = new([], []);

    internal Part[] Parts => _parts;

    /// <summary>The most manifests that lie over one another; each reference of theirs costs a look at the others.</summary>
    internal int LargestOverlap => _index.LargestOverlap;

    /// <summary>Finds the reference of a chunk; allocates nothing.</summary>
    public bool TryFind(ReadOnlySpan<uint> coordinates, out ChunkReference chunk)
    {
        if (IsInGrid(coordinates) && _index.Find(coordinates) is var index && index >= 0
            && _parts[index].Refs.TryFind(coordinates, out var found))
        {
            chunk = new ChunkReference(found, _parts[index].Time);
            return true;
        }

        chunk = default;
        return false;
    }

    /// <summary>Whether there is a chunk whose coordinates begin with <paramref name="prefix"/>; an empty one asks for any chunk.</summary>
    public bool AnyUnder(ReadOnlySpan<uint> prefix)
    {
        for (var part = 0; part < _parts.Length; part++)
        {
            if (_parts[part].Contains(prefix) && _parts[part].Refs.RangeOf(prefix) is var (start, end) && AnyVisible(part, start, end))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The distinct values, ascending, of the coordinate that follows <paramref name="prefix"/>. None follows a prefix that has all of them
    /// already, as it may in a snapshot that gives an array fewer dimensions than its document does.
    /// </summary>
    public IEnumerable<uint> ChildCoordinates(uint[] prefix)
    {
        if (prefix.Length >= _grid.Length)
        {
            yield break;
        }

        var heads = new PriorityQueue<(int Part, int Start, int End), uint>();
        for (var part = 0; part < _parts.Length; part++)
        {
            if (_parts[part].Contains(prefix))
            {
                var (start, end) = _parts[part].Refs.RangeOf(prefix);
                EnqueueNext(heads, part, start, end, prefix.Length);
            }
        }

        while (heads.TryPeek(out _, out var coordinate))
        {
            var isVisible = false;
            while (heads.TryPeek(out var head, out var next) && next == coordinate)
            {
                heads.Dequeue();
                var end = EndOf(head.Part, head.Start, head.End, prefix, coordinate);
                isVisible = isVisible || AnyVisible(head.Part, head.Start, end);
                EnqueueNext(heads, head.Part, end, head.End, prefix.Length);
            }

            if (isVisible)
            {
                yield return coordinate;
            }
        }
    }

    /// <summary>
    /// The chunks whose coordinates are <paramref name="prefix"/> and one more, with that one; streaming, in the order of the manifests. None, if
    /// that is another number of coordinates than the array has.
    /// </summary>
    public IEnumerable<(uint Last, ChunkReference Chunk)> ChildChunks(uint[] prefix)
    {
        for (var part = 0; part < _parts.Length && prefix.Length == _grid.Length - 1; part++)
        {
            var (start, end) = _parts[part].Contains(prefix) ? _parts[part].Refs.RangeOf(prefix) : default;
            for (var position = start; position < end; position++)
            {
                var reference = _parts[part].Refs[position];
                if (IsVisible(part, reference))
                {
                    yield return (reference.Coordinate(prefix.Length), new ChunkReference(reference, _parts[part].Time));
                }
            }
        }
    }

    /// <summary>Every chunk, in lexicographic order of the coordinates; streaming.</summary>
    public IEnumerable<(uint[] Coordinates, ChunkReference Chunk)> All()
    {
        foreach (var (part, position) in Positions())
        {
            var found = _parts[part].Refs[position];
            var coordinates = new uint[found.Rank];
            found.CopyCoordinates(coordinates);
            yield return (coordinates, new ChunkReference(found, _parts[part].Time));
        }
    }

    /// <summary>Where every visible reference is, in lexicographic order of the coordinates.</summary>
    internal IEnumerable<(int Part, int Position)> Positions()
    {
        if (_parts.Length == 1)
        {
            for (var position = 0; position < _parts[0].Refs.Count; position++)
            {
                if (IsVisible(0, _parts[0].Refs[position]))
                {
                    yield return (0, position);
                }
            }

            yield break;
        }

        var heads = new PriorityQueue<(int Part, int Position), uint[]>(Comparer<uint[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)));
        for (var part = 0; part < _parts.Length; part++)
        {
            Enqueue(heads, part, 0);
        }

        while (heads.TryDequeue(out var head, out _))
        {
            yield return head;
            Enqueue(heads, head.Part, head.Position + 1);
        }
    }

    private void Enqueue(PriorityQueue<(int Part, int Position), uint[]> heads, int part, int position)
    {
        var refs = _parts[part].Refs;
        while (position < refs.Count && !IsVisible(part, refs[position]))
        {
            position++;
        }

        if (position < refs.Count)
        {
            var coordinates = new uint[refs[position].Rank];
            refs[position].CopyCoordinates(coordinates);
            heads.Enqueue((part, position), coordinates);
        }
    }

    private long CountAll()
    {
        var count = 0L;
        for (var part = 0; part < _parts.Length; part++)
        {
            for (var position = 0; position < _parts[part].Refs.Count; position++)
            {
                count += IsVisible(part, _parts[part].Refs[position]) ? 1 : 0;
            }
        }

        return count;
    }

    private void EnqueueNext(PriorityQueue<(int Part, int Start, int End), uint> heads, int part, int start, int end, int dimension)
    {
        // A reference with too few coordinates is just the prefix: it comes first and has no next coordinate.
        var refs = _parts[part].Refs;
        while (start < end && refs[start].Rank <= dimension)
        {
            start++;
        }

        if (start < end)
        {
            heads.Enqueue((part, start, end), refs[start].Coordinate(dimension));
        }
    }

    /// <summary>End of the references that continue <paramref name="prefix"/> with <paramref name="coordinate"/>, from <paramref name="start"/>.</summary>
    private int EndOf(int part, int start, int end, uint[] prefix, uint coordinate)
    {
        var refs = _parts[part].Refs;
        // Below the last dimension there is one reference each, so look at the neighbour before searching.
        if (start + 1 == end || refs[start + 1].Coordinate(prefix.Length) != coordinate)
        {
            return start + 1;
        }

        return refs.RangeOf([.. prefix, coordinate]).End;
    }

    private bool AnyVisible(int part, int start, int end)
    {
        for (var position = start; position < end; position++)
        {
            if (IsVisible(part, _parts[part].Refs[position]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same references seen through another grid.</summary>
    internal ArrayChunks WithGridOf(NodeData array) => new(_parts, [.. array.Shape.Select(dimension => dimension.ChunkCount)]);

    /// <summary>Lexicographic order of two references.</summary>
    internal int CompareCoordinates((int Part, int Position) a, (int Part, int Position) b)
    {
        var (left, right) = (_parts[a.Part].Refs[a.Position], _parts[b.Part].Refs[b.Position]);
        for (var i = 0; i < Math.Min(left.Rank, right.Rank); i++)
        {
            if (left.Coordinate(i).CompareTo(right.Coordinate(i)) is var order && order != 0)
            {
                return order;
            }
        }

        return left.Rank.CompareTo(right.Rank);
    }

    /// <summary>Whether no other manifest lies over this one.</summary>
    internal bool IsAlone(int part) => _index.IsAlone(part);

    /// <summary>Where the references lie that count, of a manifest that no other lies over.</summary>
    internal ChunkIndexRange[] VisibleBox(int part)
    {
        var box = new ChunkIndexRange[_grid.Length];
        for (var i = 0; i < box.Length; i++)
        {
            var (from, to) = _parts[part].RangeOf(i);
            box[i] = new ChunkIndexRange((uint)from, (uint)Math.Min(to, _grid[i]));
        }

        return box;
    }

    /// <summary>Whether a reference of one of the manifests counts.</summary>
    internal bool IsVisible(int part, ChunkRef reference)
    {
        if (reference.Rank != _grid.Length || reference.Rank > Limits.MaxRank)
        {
            return false;
        }

        Span<uint> coordinates = stackalloc uint[reference.Rank];
        reference.CopyCoordinates(coordinates);
        return IsInGrid(coordinates) && (_index.IsAlone(part) ? _parts[part].Contains(coordinates) : _index.Find(coordinates) == part);
    }

    private bool IsInGrid(ReadOnlySpan<uint> coordinates)
    {
        if (coordinates.Length != _grid.Length)
        {
            return false;
        }

        for (var i = 0; i < coordinates.Length; i++)
        {
            if (coordinates[i] >= _grid[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The array's references in one manifest.</summary>
    internal sealed class Part(ManifestReference reference, ArrayRefs refs, DateTimeOffset time)
    {
        private readonly ChunkIndexRange[] _extents = [.. reference.Extents];

        public ManifestReference Reference => reference;

        public ArrayRefs Refs { get; } = refs;

        public DateTimeOffset Time => time;

        /// <summary>The coordinates along one dimension that the extents contain; all of them where the extents do not say.</summary>
        public (long From, long To) RangeOf(int dimension) =>
            dimension < _extents.Length ? (_extents[dimension].From, _extents[dimension].To) : (0, 1L << 32);

        /// <summary>Whether the extents contain no coordinates of that rank.</summary>
        public bool IsEmpty(int rank) => _extents.Take(rank).Any(range => range.From >= range.To);

        /// <summary>As <see cref="ManifestReference.Contains"/>, for a million calls.</summary>
        public bool Contains(ReadOnlySpan<uint> coordinates)
        {
            for (var i = 0; i < Math.Min(_extents.Length, coordinates.Length); i++)
            {
                if (coordinates[i] < _extents[i].From || coordinates[i] >= _extents[i].To)
                {
                    return false;
                }
            }

            return true;
        }
    }
}
