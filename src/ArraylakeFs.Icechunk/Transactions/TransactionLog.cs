using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// A file below <c>transactions/</c>: what one commit changed (icechunk-format.md 2.6). Chunk coordinates stay in the file's body.
/// Immutable, thread-safe.
/// </summary>
public sealed class TransactionLog
{
    private TransactionLog(FlatTable root)
    {
        Id = root.Id12(Slots.TransactionLog.Id);
        NewGroups = ReadIds(root.Vector(Slots.TransactionLog.NewGroups, ObjectId8.Size));
        NewArrays = ReadIds(root.Vector(Slots.TransactionLog.NewArrays, ObjectId8.Size));
        DeletedGroups = ReadIds(root.Vector(Slots.TransactionLog.DeletedGroups, ObjectId8.Size));
        DeletedArrays = ReadIds(root.Vector(Slots.TransactionLog.DeletedArrays, ObjectId8.Size));
        UpdatedArrays = ReadIds(root.Vector(Slots.TransactionLog.UpdatedArrays, ObjectId8.Size));
        UpdatedGroups = ReadIds(root.Vector(Slots.TransactionLog.UpdatedGroups, ObjectId8.Size));
        UpdatedChunks = ReadChunks(root.Vector(Slots.TransactionLog.UpdatedChunks, 4));
        MovedNodes = ReadMoves(root.OptionalVector(Slots.TransactionLog.MovedNodes, 4));
        Extra = root.OptionalBytes(Slots.TransactionLog.Extra);
    }

    /// <summary>Reads a file, checking all of it: what was decoded once does not fail later.</summary>
    /// <exception cref="IcechunkFormatException">
    /// The file is corrupt or of another version; <paramref name="name"/> is in the message.
    /// </exception>
    public static TransactionLog Decode(string name, ReadOnlyMemory<byte> file)
    {
        var buffer = new FlatBuffer(name, IcechunkFile.Decode(name, file, FileType.TransactionLog));
        var log = new TransactionLog(buffer.Root());
        buffer.EndCheck();
        return log;
    }

    /// <summary>The id of the snapshot.</summary>
    public ObjectId12 Id { get; }

    /// <summary>Groups that were created, in id order like all the lists.</summary>
    public IReadOnlyList<ObjectId8> NewGroups { get; }

    /// <summary>Arrays that were created.</summary>
    public IReadOnlyList<ObjectId8> NewArrays { get; }

    /// <summary>Groups that were deleted.</summary>
    public IReadOnlyList<ObjectId8> DeletedGroups { get; }

    /// <summary>Arrays that were deleted.</summary>
    public IReadOnlyList<ObjectId8> DeletedArrays { get; }

    /// <summary>Arrays whose document changed.</summary>
    public IReadOnlyList<ObjectId8> UpdatedArrays { get; }

    /// <summary>Groups whose document changed.</summary>
    public IReadOnlyList<ObjectId8> UpdatedGroups { get; }

    /// <summary>Arrays with written or deleted chunks, in id order.</summary>
    public IReadOnlyList<UpdatedChunks> UpdatedChunks { get; }

    /// <summary>Nodes that were moved, in the order of <see cref="MovedNode.To"/>, segment by segment.</summary>
    public IReadOnlyList<MovedNode> MovedNodes { get; }

    /// <summary>Bytes of extensions unknown here; empty when there are none.</summary>
    public ReadOnlyMemory<byte> Extra { get; }

    private static ObjectId8[] ReadIds(FlatVector vector)
    {
        var ids = new ObjectId8[vector.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = new ObjectId8(vector[i]);
        }
        return ids;
    }

    private static UpdatedChunks[] ReadChunks(FlatVector vector)
    {
        var arrays = new UpdatedChunks[vector.Count];
        for (var i = 0; i < arrays.Length; i++)
        {
            var table = vector.Table(i);
            arrays[i] = new UpdatedChunks(table.Id8(Slots.ArrayUpdatedChunks.NodeId), table.Vector(Slots.ArrayUpdatedChunks.Chunks, 4));
            arrays[i].Check(table.Buffer);
        }
        return arrays;
    }

    private static MovedNode[] ReadMoves(FlatVector vector)
    {
        var moves = new MovedNode[vector.Count];
        for (var i = 0; i < moves.Length; i++)
        {
            var table = vector.Table(i);
            var kind = table.UInt8(Slots.MoveOperation.NodeType) switch
            {
                0 => NodeKind.Group,
                1 => NodeKind.Array,
                var other => throw table.Buffer.Fail($"a moved node is of unknown kind {other}"),
            };
            moves[i] = new MovedNode(
                table.Id8(Slots.MoveOperation.NodeId), kind, table.Text(Slots.MoveOperation.From), table.Text(Slots.MoveOperation.To));
        }
        return moves;
    }
}
