using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>
/// Brings an array's manifests up to date (spec section 6.3): a cell with changed chunks gets a new manifest, made of the former references
/// and the changes; in any other cell the former manifests are used again. References outside the grid are dropped.
/// </summary>
internal sealed class ManifestRewriter(ObjectId8 node, ArrayChunks former, ManifestCells cells, int compressionLevel)
{
    private readonly SortedDictionary<ulong, Cell> _cells = [];

    /// <summary>Takes over a finished manifest file, and what reading it would give.</summary>
    public delegate ValueTask Write(ManifestFile description, ReadOnlyMemory<byte> content, Manifest manifest);

    /// <summary>The array's new manifests; those that are new have been given to <paramref name="write"/>.</summary>
    public async Task<IReadOnlyList<ManifestReference>> RunAsync(ChunkChange[] changes, Write write)
    {
        AssignChanges(changes);
        AssignParts();
        var manifests = new List<ManifestReference>();
        foreach (var cell in _cells.Values)
        {
            if (!cell.IsChanged)
            {
                manifests.AddRange(cell.Parts.Select(part => former.Parts[part].Reference));
            }
            else if (MetadataFiles.Make(() => Rewrite(cell)) is { } rewritten)
            {
                await write(rewritten.Description, rewritten.Content, rewritten.Manifest);
                manifests.Add(rewritten.Reference);
            }
        }

        return manifests;
    }

    private void AssignChanges(ChunkChange[] changes)
    {
        // The deletion of a chunk that is not there touches nothing.
        foreach (var change in changes.Where(change => change.Payload is not null || former.TryFind(change.Coordinates, out _)))
        {
            var cell = CellAt(cells.CellOf(change.Coordinates));
            cell.IsChanged = true;
            cell.Changes.Add(change);
        }
    }

    private void AssignParts()
    {
        var isSpread = false;
        for (var part = 0; part < former.Parts.Length; part++)
        {
            var extents = former.Parts[part].Reference.Extents;
            if (!cells.Meet(extents))
            {
                continue;
            }

            if (cells.TryGetCell(extents, out var number))
            {
                var cell = CellAt(number);
                cell.IsChanged |= !cells.Contain(extents) || !former.IsAlone(part);
                cell.Parts.Add(part);
            }
            else
            {
                isSpread = true;
                Spread(part);
            }
        }

        if (isSpread)
        {
            // The extents of a manifest across cells may hide references of other manifests, which must not come back.
            foreach (var cell in _cells.Values)
            {
                cell.IsChanged = true;
            }
        }
    }

    private void Spread(int part)
    {
        Span<uint> coordinates = stackalloc uint[Limits.MaxRank];
        var refs = former.Parts[part].Refs;
        for (var position = 0; position < refs.Count; position++)
        {
            var reference = refs[position];
            if (former.IsVisible(part, reference))
            {
                reference.CopyCoordinates(coordinates);
                CellAt(cells.CellOf(coordinates[..reference.Rank])).Strays.Add((part, position));
            }
        }
    }

    private Cell CellAt(ulong number)
    {
        if (!_cells.TryGetValue(number, out var cell))
        {
            _cells.Add(number, cell = new Cell());
        }

        return cell;
    }

    /// <summary>The cell's new manifest; null when it has no chunks any more.</summary>
    private (ManifestFile Description, byte[] Content, Manifest Manifest, ManifestReference Reference)? Rewrite(Cell cell)
    {
        var count = cell.Changes.Count + cell.Strays.Count + cell.Parts.Sum(part => former.Parts[part].Refs.Count);
        ManifestWriter writer;
        if (cell.Parts.Count == 1 && cell.Strays.Count == 0 && former.IsAlone(cell.Parts[0]))
        {
            var refs = former.Parts[cell.Parts[0]].Refs;
            writer = new ManifestWriter(ObjectId12.New(), count, refs.Manifest.Extra);
            writer.BeginArray(node, refs.Extra.Span);
            MergeRuns(writer, cell, refs, former.VisibleBox(cell.Parts[0]));
        }
        else
        {
            writer = new ManifestWriter(ObjectId12.New(), count);
            writer.BeginArray(node);
            Merge(writer, cell);
        }

        if (writer.RefCount == 0)
        {
            return null;
        }

        var reference = new ManifestReference(writer.Id, writer.Extents);
        var refCount = (uint)writer.RefCount;
        var content = writer.Finish(compressionLevel, out var manifest);
        return (new ManifestFile(writer.Id, (ulong)content.Length, refCount), content, manifest, reference);
    }

    /// <summary>One former manifest, from which whole runs are copied between the changes.</summary>
    private static void MergeRuns(ManifestWriter writer, Cell cell, ArrayRefs refs, ChunkIndexRange[] box)
    {
        var next = 0;
        foreach (var change in cell.Changes)
        {
            var start = next;
            next = refs.LowerBound(change.Coordinates);
            writer.AddRange(refs, start, next, box);
            Add(writer, change);
            next += refs.TryFind(change.Coordinates, out _) ? 1 : 0;
        }

        writer.AddRange(refs, next, refs.Count, box);
    }

    private void Merge(ManifestWriter writer, Cell cell)
    {
        Span<uint> coordinates = stackalloc uint[Limits.MaxRank];
        var next = 0;
        foreach (var (part, position) in FormerOf(cell))
        {
            var reference = former.Parts[part].Refs[position];
            reference.CopyCoordinates(coordinates);
            var order = -1;
            while (next < cell.Changes.Count
                && (order = cell.Changes[next].Coordinates.AsSpan().SequenceCompareTo(coordinates[..reference.Rank])) <= 0)
            {
                Add(writer, cell.Changes[next++]);
                if (order == 0)
                {
                    break;
                }
            }

            if (order != 0)
            {
                writer.Add(coordinates[..reference.Rank], reference);
            }
        }

        for (; next < cell.Changes.Count; next++)
        {
            Add(writer, cell.Changes[next]);
        }
    }

    /// <summary>The cell's former references that count, in the order of their coordinates.</summary>
    private IEnumerable<(int Part, int Position)> FormerOf(Cell cell)
    {
        if (cell.Parts.Count == 1 && cell.Strays.Count == 0)
        {
            return PositionsOf(cell.Parts[0]);
        }

        var sorted = cell.Parts.SelectMany(PositionsOf).Concat(cell.Strays).ToArray();
        Array.Sort(sorted, (a, b) => former.CompareCoordinates(a, b));
        return sorted;
    }

    private IEnumerable<(int Part, int Position)> PositionsOf(int part)
    {
        var refs = former.Parts[part].Refs;
        for (var position = 0; position < refs.Count; position++)
        {
            if (former.IsVisible(part, refs[position]))
            {
                yield return (part, position);
            }
        }
    }

    private static void Add(ManifestWriter writer, ChunkChange change)
    {
        switch (change.Payload)
        {
            case ChunkPayload.Native native:
                writer.AddNative(change.Coordinates, native.ChunkId, 0, (ulong)native.Length);
                break;
            case ChunkPayload.Inline inline:
                writer.AddInline(change.Coordinates, inline.Data.Span);
                break;
            case ChunkPayload.Existing existing:
                writer.Add(change.Coordinates, existing.Reference.Source);
                break;
        }
    }

    private sealed class Cell
    {
        public bool IsChanged { get; set; }

        public List<ChunkChange> Changes { get; } = [];

        /// <summary>Former manifests that lie in this cell.</summary>
        public List<int> Parts { get; } = [];

        /// <summary>References of former manifests that lie in several cells.</summary>
        public List<(int Part, int Position)> Strays { get; } = [];
    }
}
