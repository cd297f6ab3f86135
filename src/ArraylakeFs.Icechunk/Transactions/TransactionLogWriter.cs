using System.Runtime.InteropServices;
using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// Writes a transaction log. Node ids and moves are added in any order; chunks in the order of node ids and coordinates, without an object
/// for each. A call out of order is an <see cref="ArgumentException"/>.
/// </summary>
public sealed class TransactionLogWriter
{
    private readonly ObjectId12 _id;
    private readonly SortedSet<ObjectId8> _newGroups = [];
    private readonly SortedSet<ObjectId8> _newArrays = [];
    private readonly SortedSet<ObjectId8> _deletedGroups = [];
    private readonly SortedSet<ObjectId8> _deletedArrays = [];
    private readonly SortedSet<ObjectId8> _updatedGroups = [];
    private readonly SortedSet<ObjectId8> _updatedArrays = [];
    private readonly List<(byte[] To, MovedNode Move)> _moves = [];
    private readonly FlatBuilder _builder = new();
    private readonly List<int> _arrays = [];
    private readonly List<int> _chunks = [];
    private uint[] _last = [];
    private ObjectId8? _node;

    /// <summary>Starts the log of the snapshot <paramref name="id"/>.</summary>
    public TransactionLogWriter(ObjectId12 id) => _id = id;

    /// <summary>A node was created.</summary>
    public void AddNew(ObjectId8 node, NodeKind kind) => (kind == NodeKind.Array ? _newArrays : _newGroups).Add(node);

    /// <summary>A node was deleted; every descendant of a deleted group is added too.</summary>
    public void AddDeleted(ObjectId8 node, NodeKind kind) => (kind == NodeKind.Array ? _deletedArrays : _deletedGroups).Add(node);

    /// <summary>A node's document changed.</summary>
    public void AddUpdated(ObjectId8 node, NodeKind kind) => (kind == NodeKind.Array ? _updatedArrays : _updatedGroups).Add(node);

    /// <summary>A node was moved.</summary>
    public void AddMoved(MovedNode move) => _moves.Add((StrictUtf8.GetBytes(move.To), move));

    /// <summary>Begins the chunks of an array; one without chunks is left out.</summary>
    public void BeginChunks(ObjectId8 node)
    {
        if (_node is { } former && node <= former)
        {
            throw new ArgumentException($"Node {node} does not come after node {former}.", nameof(node));
        }
        EndChunks();
        _node = node;
    }

    /// <summary>A chunk of the array begun last was written or deleted.</summary>
    public void AddChunk(ReadOnlySpan<uint> coordinates)
    {
        if (_node is null)
        {
            throw new InvalidOperationException("No array has begun.");
        }
        if (_chunks.Count > 0 && coordinates.SequenceCompareTo(_last) <= 0)
        {
            throw new ArgumentException(
                $"Chunk [{string.Join(", ", coordinates.ToArray())}] does not come after chunk [{string.Join(", ", _last)}].",
                nameof(coordinates));
        }
        if (_last.Length == coordinates.Length)
        {
            coordinates.CopyTo(_last);
        }
        else
        {
            _last = coordinates.ToArray();
        }
        var vector = _builder.CreateVector(coordinates);
        _builder.StartTable(Slots.ChunkIndices.Count);
        _builder.AddOffset(Slots.ChunkIndices.Coords, vector);
        _chunks.Add(_builder.EndTable());
    }

    /// <summary>The file. The writer cannot be used any more.</summary>
    public byte[] Finish(int compressionLevel = 3)
    {
        EndChunks();
        var moves = PutMoves();
        var chunks = _builder.CreateOffsetVector(CollectionsMarshal.AsSpan(_arrays));
        Span<int> sets =
        [
            PutIds(_newGroups), PutIds(_newArrays), PutIds(_deletedGroups),
            PutIds(_deletedArrays), PutIds(_updatedArrays), PutIds(_updatedGroups),
        ];
        _builder.StartTable(Slots.TransactionLog.Count);
        _builder.Add(Slots.TransactionLog.Id, _id);
        for (var i = 0; i < sets.Length; i++)
        {
            _builder.AddOffset(Slots.TransactionLog.NewGroups + i, sets[i]);
        }
        _builder.AddOffset(Slots.TransactionLog.UpdatedChunks, chunks);
        _builder.AddOffset(Slots.TransactionLog.MovedNodes, moves);
        return IcechunkFile.Encode(FileType.TransactionLog, _builder.Finish(_builder.EndTable()), compressionLevel);
    }

    private void EndChunks()
    {
        if (_node is not { } node || _chunks.Count == 0)
        {
            return;
        }
        var chunks = _builder.CreateOffsetVector(CollectionsMarshal.AsSpan(_chunks));
        _builder.StartTable(Slots.ArrayUpdatedChunks.Count);
        _builder.Add(Slots.ArrayUpdatedChunks.NodeId, node);
        _builder.AddOffset(Slots.ArrayUpdatedChunks.Chunks, chunks);
        _arrays.Add(_builder.EndTable());
        _chunks.Clear();
    }

    private int PutIds(SortedSet<ObjectId8> ids) => _builder.CreateIdVector(ids.ToArray());

    private int PutMoves()
    {
        _moves.Sort(static (a, b) => NodePath.CompareSegments(a.To, b.To));
        var offsets = new int[_moves.Count];
        for (var i = offsets.Length - 1; i >= 0; i--)
        {
            var (to, move) = _moves[i];
            var toOffset = _builder.CreateString(to);
            var from = _builder.CreateString(move.From);
            _builder.StartTable(Slots.MoveOperation.Count);
            _builder.Add(Slots.MoveOperation.NodeId, move.Node);
            _builder.AddOffset(Slots.MoveOperation.From, from);
            _builder.AddOffset(Slots.MoveOperation.To, toOffset);
            _builder.Add(Slots.MoveOperation.NodeType, (byte)(move.Kind == NodeKind.Array ? 1 : 0));
            offsets[i] = _builder.EndTable();
        }
        return _builder.CreateOffsetVector(offsets);
    }
}
