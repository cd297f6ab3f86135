namespace ArraylakeFs.Repository;

/// <summary>One node in two versions, of which one may lack it, and which of its chunks differ.</summary>
internal sealed record NodePair(NodeVersion? Before, NodeVersion? After, ChunkTally? Written = null, ChunkTally? Deleted = null)
{
    public bool IsMoved => Before is not null && After is not null && Before.Path != After.Path;

    /// <summary>What is to be told of the pairs that differ, in order of the paths; at one path what is gone stands before what is new.</summary>
    public static IReadOnlyList<NodeDiff> Describe(IReadOnlyCollection<NodePair> pairs)
    {
        var moved = pairs.Where(pair => pair.IsMoved).ToDictionary(pair => pair.After!.Path, StringComparer.Ordinal);
        var below = new Dictionary<NodePair, int>(ReferenceEqualityComparer.Instance);
        foreach (var pair in moved.Values)
        {
            if (pair.CarrierIn(moved) is { } carrier)
            {
                while (carrier.CarrierIn(moved) is { } above)
                {
                    carrier = above;
                }

                below[carrier] = below.GetValueOrDefault(carrier) + 1;
            }
        }

        return
        [
            .. pairs.Select(pair => pair.Describe(pair.IsMoved && pair.CarrierIn(moved) is null, below.GetValueOrDefault(pair))).OfType<NodeDiff>()
                .OrderBy(node => node.Path, StringComparer.Ordinal).ThenBy(node => node.Change == NodeDiffKind.Deleted ? 0 : 1),
        ];
    }

    /// <summary>The group with which a moved node moved along; null if it was moved by itself.</summary>
    private NodePair? CarrierIn(Dictionary<string, NodePair> moved)
    {
        var (from, to) = (Before!.Path, After!.Path);
        return moved.TryGetValue(NodePath.Parent(to), out var above) && !ReferenceEquals(above, this)
            && NodePath.Parent(from) == above.Before!.Path && NodePath.Name(from) == NodePath.Name(to)
            ? above
            : null;
    }

    private NodeDiff? Describe(bool isMovedByItself, int nodesBelow)
    {
        var here = (After ?? Before)!;
        if (After is null)
        {
            return new NodeDiff(here.Path, NodeDiffKind.Deleted, here.Kind);
        }

        var document = Before is null ? null : DocumentDiff.Between(Before, After);
        var written = Written?.ToResult(After.Array);
        var deleted = Deleted?.ToResult(Before?.Array);
        if (Before is not null && !isMovedByItself && document is null && written is null && deleted is null)
        {
            return null;
        }

        return new NodeDiff(here.Path, Before is null ? NodeDiffKind.Created : isMovedByItself ? NodeDiffKind.Moved : NodeDiffKind.Modified, here.Kind)
        {
            OldPath = IsMoved ? Before!.Path : null,
            NodesBelow = nodesBelow,
            Document = document,
            Written = written,
            Deleted = deleted,
            Append = Before is null ? null : ArrayAppend.Find(Before, After, document, written, deleted),
        };
    }
}
