using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>
/// What a commit changes against its parent, for its transaction log. Where it takes the place of another commit, the changes of that are
/// added first, and what it undoes of them is left out (icechunk-format.md 5.3; the official client keeps both).
/// </summary>
internal sealed class TransactionChanges
{
    private readonly Dictionary<ObjectId8, Icechunk.NodeKind> _new = [];
    private readonly Dictionary<ObjectId8, Icechunk.NodeKind> _deleted = [];
    private readonly Dictionary<ObjectId8, Icechunk.NodeKind> _updated = [];
    private readonly Dictionary<ObjectId8, MovedNode> _moved = [];
    private readonly SortedDictionary<ObjectId8, ChunkChange[]> _chunks = [];
    private readonly Dictionary<ObjectId8, UpdatedChunks> _amendedChunks = [];

    /// <summary>Begins with the changes of the commit that is replaced.</summary>
    public void Add(TransactionLog amended)
    {
        Fill(_new, amended.NewGroups, amended.NewArrays);
        Fill(_deleted, amended.DeletedGroups, amended.DeletedArrays);
        Fill(_updated, amended.UpdatedGroups, amended.UpdatedArrays);
        foreach (var move in amended.MovedNodes)
        {
            _moved[move.Node] = move;
        }

        foreach (var chunks in amended.UpdatedChunks)
        {
            _amendedChunks[chunks.NodeId] = chunks;
        }
    }

    public void AddNew(ObjectId8 node, Icechunk.NodeKind kind) => _new[node] = kind;

    public void AddUpdated(ObjectId8 node, Icechunk.NodeKind kind)
    {
        if (!_new.ContainsKey(node))
        {
            _updated[node] = kind;
        }
    }

    public void AddDeleted(ObjectId8 node, Icechunk.NodeKind kind)
    {
        if (!_new.Remove(node))
        {
            _deleted[node] = kind;
        }

        _updated.Remove(node);
        _moved.Remove(node);
        _amendedChunks.Remove(node);
    }

    public void AddMoved(MovedNode move)
    {
        if (_new.ContainsKey(move.Node))
        {
            return; // it is new at its new place
        }

        var from = _moved.Remove(move.Node, out var before) ? before.From : move.From;
        if (from != move.To)
        {
            _moved[move.Node] = move with { From = from };
        }
    }

    /// <summary>Chunks written or deleted, in lexicographic order.</summary>
    public void AddChunks(ObjectId8 node, ChunkChange[] chunks) => _chunks[node] = chunks;

    /// <summary>The transaction log of the snapshot <paramref name="id"/>.</summary>
    public byte[] Encode(ObjectId12 id, int compressionLevel)
    {
        var log = new TransactionLogWriter(id);
        foreach (var (node, kind) in _new)
        {
            log.AddNew(node, kind);
        }

        foreach (var (node, kind) in _deleted)
        {
            log.AddDeleted(node, kind);
        }

        foreach (var (node, kind) in _updated)
        {
            log.AddUpdated(node, kind);
        }

        foreach (var move in _moved.Values)
        {
            log.AddMoved(move);
        }

        foreach (var node in _chunks.Keys.Union(_amendedChunks.Keys).Order())
        {
            log.BeginChunks(node);
            foreach (var coordinates in ChunksOf(node))
            {
                log.AddChunk(coordinates);
            }
        }

        return log.Finish(compressionLevel);
    }

    private IEnumerable<uint[]> ChunksOf(ObjectId8 node)
    {
        var own = _chunks.GetValueOrDefault(node) ?? [];
        if (!_amendedChunks.TryGetValue(node, out var amended))
        {
            return own.Select(change => change.Coordinates);
        }

        // Two sorted lists become one.
        var union = new List<uint[]>(own.Length + amended.Count);
        var next = 0;
        foreach (var change in own)
        {
            for (; next < amended.Count && amended.CoordinatesAt(next) is var former && former.AsSpan().SequenceCompareTo(change.Coordinates) is var order
                && order <= 0; next++)
            {
                if (order < 0)
                {
                    union.Add(former);
                }
            }

            union.Add(change.Coordinates);
        }

        for (; next < amended.Count; next++)
        {
            union.Add(amended.CoordinatesAt(next));
        }

        return union;
    }

    private static void Fill(Dictionary<ObjectId8, Icechunk.NodeKind> nodes, IEnumerable<ObjectId8> groups, IEnumerable<ObjectId8> arrays)
    {
        foreach (var group in groups)
        {
            nodes[group] = Icechunk.NodeKind.Group;
        }

        foreach (var array in arrays)
        {
            nodes[array] = Icechunk.NodeKind.Array;
        }
    }
}
