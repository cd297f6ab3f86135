using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>
/// Finds chunks of an array and reads only those of its manifests that can answer, so that the first byte of one chunk does not wait for the
/// references of all others. Thread-safe.
/// </summary>
internal sealed class ChunkFinder
{
    private readonly SnapshotView _view;
    private readonly Node _array;
    private readonly uint[] _grid;
    private readonly ArrayChunks.Part[] _parts; // unread: only what the snapshot says of them
    private readonly PartIndex _index;
    private readonly int[][] _groups;
    private readonly int[] _groupOf;
    private readonly ArrayChunks?[] _read; // by group

    /// <summary>Nothing is read for it.</summary>
    public ChunkFinder(SnapshotView view, Node array)
    {
        (_view, _array) = (view, array);
        _grid = [.. array.Shape.Select(dimension => dimension.ChunkCount)];
        _parts = [.. view.ManifestsOf(array).Select(reference => new ArrayChunks.Part(reference, default, default))];
        _index = new PartIndex(_parts, _grid.Length);
        view.CheckOverlap(array, _index.LargestOverlap);
        _groups = [.. _index.Groups()];
        _read = new ArrayChunks?[_groups.Length];
        _groupOf = new int[_parts.Length];
        for (var group = 0; group < _groups.Length; group++)
        {
            foreach (var part in _groups[group])
            {
                _groupOf[part] = group;
            }
        }
    }

    /// <summary>The references among which that of a chunk is, if it is there; false where they have not been read. Allocates nothing.</summary>
    public bool TryGetRead(ReadOnlySpan<uint> coordinates, out ArrayChunks chunks)
    {
        var part = coordinates.Length == _grid.Length ? _index.Find(coordinates) : -1;
        var read = part < 0 ? ArrayChunks.None : Volatile.Read(ref _read[_groupOf[part]]);
        chunks = read ?? ArrayChunks.None;
        return read is not null;
    }

    /// <summary>As <see cref="TryGetRead"/>, but reads them.</summary>
    public async ValueTask<ArrayChunks> GetAsync(uint[] coordinates, CancellationToken cancellationToken) =>
        TryGetRead(coordinates, out var read) ? read : await ReadAsync(_groupOf[_index.Find(coordinates)], cancellationToken);

    /// <summary>As <see cref="ArrayChunks.AnyUnder"/>.</summary>
    public async ValueTask<bool> AnyUnderAsync(uint[] prefix, CancellationToken cancellationToken)
    {
        var unread = new List<int>();
        foreach (var group in GroupsUnder(prefix))
        {
            if (Volatile.Read(ref _read[group]) is not { } read)
            {
                unread.Add(group); // for us, although another may read it while we go on
            }
            else if (read.AnyUnder(prefix))
            {
                return true;
            }
        }

        if (unread.Exists(group => Array.Exists(_groups[group], part => IsSurelyUnder(part, prefix))))
        {
            return true;
        }

        foreach (var group in unread)
        {
            if ((Volatile.Read(ref _read[group]) ?? await ReadAsync(group, cancellationToken)).AnyUnder(prefix))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The manifests that may have chunks whose coordinates begin with <paramref name="prefix"/>, and those that lie over them.</summary>
    public ManifestReference[] ManifestsUnder(uint[] prefix) =>
        [.. GroupsUnder(prefix).SelectMany(group => _groups[group]).Order().Select(part => _parts[part].Reference)];

    private IEnumerable<int> GroupsUnder(uint[] prefix) =>
        Enumerable.Range(0, _groups.Length).Where(group => Array.Exists(_groups[group], part => _parts[part].Contains(prefix)));

    /// <summary>
    /// Whether what the snapshot says of a manifest is proof enough of a chunk: extents are the box around the references, so there is one, and it
    /// counts if all of the box is in the grid and no other manifest lies over it.
    /// </summary>
    private bool IsSurelyUnder(int part, uint[] prefix)
    {
        if (!_index.IsAlone(part) || prefix.Length > _grid.Length || _parts[part].Reference.Extents.Count != _grid.Length)
        {
            return false;
        }

        for (var i = 0; i < _grid.Length; i++)
        {
            var (from, to) = _parts[part].RangeOf(i);
            if (to > _grid[i] || (i < prefix.Length && (from != prefix[i] || to != from + 1)))
            {
                return false;
            }
        }

        return true;
    }

    private async ValueTask<ArrayChunks> ReadAsync(int group, CancellationToken cancellationToken)
    {
        var chunks = await _view.ChunksInAsync(_array, [.. _groups[group].Select(part => _parts[part].Reference)], cancellationToken);
        Volatile.Write(ref _read[group], chunks);
        return chunks;
    }
}
