using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>Checks the chunks that a commit changes, and puts them in order.</summary>
internal static class ChunkChanges
{
    /// <summary>Lexicographic order.</summary>
    public static readonly Comparer<ChunkChange> Order =
        Comparer<ChunkChange>.Create(static (a, b) => a.Coordinates.AsSpan().SequenceCompareTo(b.Coordinates));

    /// <summary>The changes of one array in lexicographic order, without deletions outside its grid: there is nothing to delete there.</summary>
    /// <exception cref="RepositoryException">A chunk cannot be one of this array.</exception>
    public static ChunkChange[] Check(NodeData node, List<ChunkChange> changes)
    {
        if (changes.Count == 0)
        {
            return [];
        }

        if (node.Kind != Icechunk.NodeKind.Array)
        {
            throw Invalid(node, changes[0], "the node is a group");
        }

        var kept = new List<ChunkChange>(changes.Count);
        foreach (var change in changes)
        {
            if (change.Coordinates.Length != node.Shape.Count)
            {
                throw Invalid(node, change, $"the array has {node.Shape.Count} dimensions");
            }

            if (IsInGrid(node, change.Coordinates))
            {
                CheckPayload(node, change);
                kept.Add(change);
            }
            else if (change.Payload is not null)
            {
                throw Invalid(node, change, "it is outside the array");
            }
        }

        kept.Sort(Order);
        for (var i = 1; i < kept.Count; i++)
        {
            if (Order.Compare(kept[i - 1], kept[i]) == 0)
            {
                throw Invalid(node, kept[i], "it is changed twice");
            }
        }

        return [.. kept];
    }

    private static bool IsInGrid(NodeData node, uint[] coordinates)
    {
        for (var i = 0; i < coordinates.Length; i++)
        {
            if (coordinates[i] >= node.Shape[i].ChunkCount)
            {
                return false;
            }
        }

        return true;
    }

    private static void CheckPayload(NodeData node, ChunkChange change)
    {
        var length = change.Payload switch
        {
            ChunkPayload.Native native => native.Length,
            ChunkPayload.Inline inline => inline.Data.Length,
            ChunkPayload.Existing existing => existing.Reference.Length,
            _ => 1,
        };
        if (length < 1)
        {
            throw Invalid(node, change, "it has no bytes");
        }
    }

    private static RepositoryException Invalid(NodeData node, ChunkChange change, string problem) =>
        new(RepositoryErrorKind.Invalid, $"{node.Path} cannot be committed: chunk [{string.Join(", ", change.Coordinates)}]: {problem}.");
}
