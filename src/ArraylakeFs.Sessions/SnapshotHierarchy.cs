using ArraylakeFs.Repository;

namespace ArraylakeFs.Sessions;

/// <summary>A snapshot read as a Zarr hierarchy.</summary>
public static class SnapshotHierarchy
{
    /// <summary>The nodes directly below a path, by name.</summary>
    public static IReadOnlyList<HierarchyNode> Children(SnapshotView snapshot, string path) =>
    [
        .. snapshot.ChildNames(path).Select(name => SnapshotTree.Join(path, name)).Select(p => Find(snapshot, p, p))
            .OfType<HierarchyNode>().OrderBy(n => n.Path, StringComparer.Ordinal),
    ];

    /// <summary>Everything about the node at a path; null if there is none.</summary>
    public static async Task<NodeFacts?> DescribeAsync(SnapshotView snapshot, string path, CancellationToken cancellationToken)
    {
        if (Find(snapshot, path, path) is not { } node)
        {
            return null;
        }

        if (node.Array is null)
        {
            return new NodeFacts(node, 0, 0, Children(snapshot, path));
        }

        var chunks = await snapshot.ChunksAsync(snapshot.FindNode(path)!, cancellationToken);
        var (count, bytes) = (0L, 0L);
        foreach (var (coordinates, chunk) in chunks.All())
        {
            (count, bytes) = node.Array.Contains(coordinates) ? (count + 1, bytes + chunk.Length) : (count, bytes);
        }

        return new NodeFacts(node, count, bytes, []);
    }

    /// <summary>The node at a path of the snapshot, told of as if it were at <paramref name="shownPath"/>; null if there is none.</summary>
    internal static HierarchyNode? Find(SnapshotView snapshot, string path, string shownPath) =>
        snapshot.FindNode(path) is not { } node ? null
        : node.DocumentError is null ? new HierarchyNode(shownPath, node.Kind, node.Array)
        : Hierarchy.NodeOf(node.Document, shownPath);
}
