using ArraylakeFs.Icechunk;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Repository;

/// <summary>One node of the tree that a commit makes.</summary>
internal sealed class ChangedNode(NodeData data, Node? old)
{
    /// <summary>The node as it will be stored; its manifests are those of the base until they are rewritten.</summary>
    public NodeData Data { get; set; } = data;

    /// <summary>The node in the base; null for a new one.</summary>
    public Node? Old { get; } = old;

    /// <summary>Whether the node has another document than in the base.</summary>
    public bool HasNewDocument { get; init; }

    /// <summary>Whether the node has another path than in the base.</summary>
    public bool IsMoved => Old is not null && Old.Path != Data.Path;

    /// <summary>Chunks written or deleted, in lexicographic order.</summary>
    public ChunkChange[] Chunks { get; set; } = [];
}

/// <summary>
/// The nodes after a change set has been applied to a base. Refuses what no repository may hold, naming the node. What others have
/// committed before and the change set does not touch is not judged.
/// </summary>
internal sealed class ChangedTree
{
    private readonly SnapshotView _base;
    private readonly ChangeSet _changes;
    private readonly Dictionary<ObjectId8, ChangedNode> _byId;
    private readonly Dictionary<string, ChangedNode> _byPath;

    private ChangedTree(SnapshotView @base, ChangeSet changes)
    {
        (_base, _changes) = (@base, changes);
        var most = @base.Nodes.Count + changes.NewNodes.Count;
        (_byId, _byPath) = (new(most), new(most, StringComparer.Ordinal));
    }

    /// <summary>Every node, by id.</summary>
    public IReadOnlyDictionary<ObjectId8, ChangedNode> Nodes => _byId;

    /// <summary>Applies the changes.</summary>
    /// <exception cref="RepositoryException">They cannot be applied.</exception>
    public static ChangedTree Apply(SnapshotView @base, ChangeSet changes)
    {
        var tree = new ChangedTree(@base, changes);
        tree.CheckTargets();
        foreach (var node in @base.Nodes)
        {
            if (!changes.Deletions.Contains(node.Id))
            {
                tree.Add(tree.Change(node));
            }
        }

        foreach (var node in changes.NewNodes)
        {
            tree.Add(tree.Create(node));
        }

        foreach (var node in tree._byId.Values)
        {
            tree.CheckParent(node);
        }

        foreach (var (id, chunks) in changes.Chunks)
        {
            tree._byId[id].Chunks = ChunkChanges.Check(tree._byId[id].Data, chunks);
        }

        return tree;
    }

    /// <summary>Everything that is changed must be there, and nothing is both changed and deleted.</summary>
    private void CheckTargets()
    {
        foreach (var id in _changes.Deletions.Concat(_changes.Moves.Keys).Concat(_changes.Documents.Keys))
        {
            if (_base.FindNode(id) is null)
            {
                throw Invalid($"the node {id}", $"it is not in the commit {_base.Id}");
            }
        }

        var created = _changes.NewNodes.Select(node => node.Id).ToHashSet();
        foreach (var id in _changes.Moves.Keys.Concat(_changes.Documents.Keys).Concat(_changes.Chunks.Keys))
        {
            if (_changes.Deletions.Contains(id))
            {
                throw Invalid(_base.FindNode(id)?.Path ?? id.ToString(), "it is changed and deleted at once");
            }

            if (_base.FindNode(id) is null && !created.Contains(id))
            {
                throw Invalid($"the node {id}", "chunks of it are changed, but there is no such node");
            }
        }
    }

    private ChangedNode Change(Node node)
    {
        var data = node.Data;
        if (_changes.Moves.TryGetValue(node.Id, out var path))
        {
            data = data with { Path = path };
        }

        if (!_changes.Documents.TryGetValue(node.Id, out var document) || document.Span.SequenceEqual(node.Document.Span))
        {
            return new ChangedNode(data, node);
        }

        return new ChangedNode(WithDocument(data, node.Kind, document), node) { HasNewDocument = true };
    }

    private ChangedNode Create(NewNode node)
    {
        if (_base.FindNode(node.Id) is not null || _byId.ContainsKey(node.Id))
        {
            throw Invalid(node.Path, $"the id {node.Id} is in use");
        }

        var kind = node.Kind == NodeKind.Array ? Icechunk.NodeKind.Array : Icechunk.NodeKind.Group;
        return new ChangedNode(WithDocument(new NodeData(node.Id, node.Path, kind, default), node.Kind, node.Document), null) { HasNewDocument = true };
    }

    private static NodeData WithDocument(NodeData data, NodeKind kind, ReadOnlyMemory<byte> bytes)
    {
        if (!NodeDocument.TryParse(bytes.Span, out var document, out var error))
        {
            throw Invalid(data.Path, $"its document is no Zarr v3 document: {error}");
        }

        if (document.Kind != kind)
        {
            throw Invalid(data.Path, $"its document is that of a {document.Kind}, and the node is a {kind}");
        }

        if (document.Array is not { } array)
        {
            return data with { Document = bytes };
        }

        return data with
        {
            Document = bytes,
            Shape = [.. array.Shape.Zip(array.Grid.ChunkCounts, (length, chunks) => new DimensionShape(length, chunks))],
            DimensionNames = array.DimensionNames is { } names ? [.. names] : null,
        };
    }

    private void Add(ChangedNode node)
    {
        if ((node.Old is null || (node.IsMoved && !IsHidden(node.Old))) && NodePath.Problem(node.Data.Path) is { } problem)
        {
            throw Invalid(node.Data.Path, problem);
        }

        if (!_byPath.TryAdd(node.Data.Path, node))
        {
            throw Invalid(node.Data.Path, "two nodes would have this path");
        }

        _byId.Add(node.Data.Id, node);
    }

    /// <summary>A node stands below a group. Only the root may be no node; and what stood otherwise before may stay as it was.</summary>
    private void CheckParent(ChangedNode node)
    {
        var path = node.Data.Path;
        if (path == NodePath.Root)
        {
            return;
        }

        var parent = NodePath.Parent(path);
        var kind = _byPath.GetValueOrDefault(parent)?.Data.Kind;
        if (kind == Icechunk.NodeKind.Group || (kind is null && parent == NodePath.Root)
            || (node.Old is { } old && (!node.IsMoved || IsHidden(old)) && KindInBase(NodePath.Parent(old.Path)) == kind))
        {
            return;
        }

        throw Invalid(path, kind is null ? $"there is no group '{parent}' above it" : $"'{parent}' above it is an array");
    }

    /// <summary>Whether no file can have the path of a node: it goes along with the group that it lies in, as it is.</summary>
    private static bool IsHidden(Node node) => NodePath.Problem(node.Path) is not null;

    private Icechunk.NodeKind? KindInBase(string path) => _base.FindNode(path)?.Data.Kind;

    private static RepositoryException Invalid(string path, string problem) =>
        new(RepositoryErrorKind.Invalid, $"{path} cannot be committed: {problem}.");
}
