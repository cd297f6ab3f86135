using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>One node of the tree that both sides' changes would make.</summary>
internal readonly record struct MergedNode(ObjectId8 Id, string Path, Icechunk.NodeKind Kind, bool IsOurs);

/// <summary>
/// Where every node would be if the changes were made on the tip: the caller's new and moved nodes at their paths, everything else where
/// others have it. What others made below a group that is moved here follows it.
/// </summary>
internal sealed class MergedTree
{
    private readonly UpstreamChanges _upstream;
    private readonly ChangeSet _changes;
    private readonly Dictionary<string, MergedNode> _byPath = new(StringComparer.Ordinal);

    public MergedTree(UpstreamChanges upstream, ChangeSet changes)
    {
        (_upstream, _changes) = (upstream, changes);
        foreach (var node in upstream.Tip.Nodes.Where(node => !changes.Deletions.Contains(node.Id)))
        {
            Add(new MergedNode(node.Id, PathOf(node), node.Data.Kind, changes.Moves.ContainsKey(node.Id)));
        }

        foreach (var node in changes.NewNodes)
        {
            Add(new MergedNode(node.Id, node.Path, node.Kind == NodeKind.Array ? Icechunk.NodeKind.Array : Icechunk.NodeKind.Group, IsOurs: true));
        }
    }

    /// <summary>Every node, one for a path: where two would have it, ours.</summary>
    public IReadOnlyDictionary<string, MergedNode> Nodes => _byPath;

    /// <summary>Pairs of nodes that would have one path; one of them at least is ours.</summary>
    public List<(MergedNode Ours, MergedNode Theirs)> Collisions { get; } = [];

    /// <summary>The path at which a node of the tip would be.</summary>
    public string PathOf(Node node)
    {
        if (_changes.Moves.TryGetValue(node.Id, out var moved))
        {
            return moved;
        }

        // What is known here stays, unless the changes say otherwise; what others made stays with the group that they made it in.
        var path = node.Path;
        return path == NodePath.Root || _upstream.Base.FindNode(node.Id) is not null || _upstream.Tip.FindNode(NodePath.Parent(path)) is not { } parent
            ? path
            : Join(PathOf(parent), NodePath.Name(path));
    }

    /// <summary>What would be directly above a path; null where there would be no node. The root counts as a group even without a document.</summary>
    public Icechunk.NodeKind? KindAbove(string path)
    {
        var parent = NodePath.Parent(path);
        return _byPath.TryGetValue(parent, out var node) ? node.Kind : parent == NodePath.Root ? Icechunk.NodeKind.Group : null;
    }

    private static string Join(string parent, string name) => parent == NodePath.Root ? "/" + name : parent + "/" + name;

    private void Add(in MergedNode node)
    {
        if (_byPath.TryAdd(node.Path, node))
        {
            return;
        }

        var other = _byPath[node.Path];
        Collisions.Add(node.IsOurs ? (node, other) : (other, node));
        if (node.IsOurs)
        {
            _byPath[node.Path] = node;
        }
    }
}
