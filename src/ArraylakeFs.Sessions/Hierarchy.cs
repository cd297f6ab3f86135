using ArraylakeFs.Repository;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

/// <summary>A node as the session has it now.</summary>
/// <param name="Path"><c>/</c>, <c>/a/b</c>.</param>
/// <param name="Kind">Group or array.</param>
/// <param name="Array">The array's metadata; null for a group.</param>
public sealed record HierarchyNode(string Path, NodeKind Kind, ArrayMetadata? Array)
{
    /// <summary>The last part of the path; empty for the root.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];
}

/// <summary>What is to be told about one node.</summary>
/// <param name="Node">The node.</param>
/// <param name="Chunks">Chunks that an array has.</param>
/// <param name="StoredBytes">Their bytes.</param>
/// <param name="Children">The nodes directly below a group.</param>
public sealed record NodeFacts(HierarchyNode Node, long Chunks, long StoredBytes, IReadOnlyList<HierarchyNode> Children);

/// <summary>The session's tree read as a Zarr hierarchy, uncommitted changes included.</summary>
public static class Hierarchy
{
    /// <summary>The node at <paramref name="path"/>; null if there is none, or none that can be read.</summary>
    public static async Task<HierarchyNode?> FindAsync(SessionTree tree, string path, CancellationToken cancellationToken)
    {
        using var held = await DirectoryAsync(tree, path, cancellationToken);
        if (held is not { Directory: var directory })
        {
            return null;
        }

        return await NodeOfAsync(tree, directory, path, cancellationToken);
    }

    /// <summary>The nodes directly below a path, by name.</summary>
    public static async Task<IReadOnlyList<HierarchyNode>> ChildrenAsync(SessionTree tree, string path, CancellationToken cancellationToken)
    {
        var children = new List<HierarchyNode>();
        using var held = await DirectoryAsync(tree, path, cancellationToken);
        if (held is not { Directory: var directory })
        {
            return children;
        }

        foreach (var (name, node) in tree.Changed(directory))
        {
            if (node is SessionDirectory below && await NodeOfAsync(tree, below, SnapshotTree.Join(path, name), cancellationToken) is { } child)
            {
                children.Add(child);
            }
        }

        if (directory.Origin is { IsChunks: false } origin)
        {
            foreach (string name in origin.Tree.Snapshot.ChildNames(origin.Path))
            {
                if (!tree.IsHidden(directory, name) && SnapshotHierarchy.Find(origin.Tree.Snapshot, SnapshotTree.Join(origin.Path, name), SnapshotTree.Join(path, name)) is { } child)
                {
                    children.Add(child);
                }
            }
        }

        return [.. children.OrderBy(c => c.Path, StringComparer.Ordinal)];
    }

    /// <summary>Everything about the node at a path; null if there is none.</summary>
    public static async Task<NodeFacts?> DescribeAsync(SessionTree tree, string path, CancellationToken cancellationToken)
    {
        using var held = await DirectoryAsync(tree, path, cancellationToken);
        if (held is not { Directory: var directory })
        {
            return null;
        }

        if (await NodeOfAsync(tree, directory, path, cancellationToken) is not { } node)
        {
            return null;
        }

        if (node.Array is null)
        {
            return new NodeFacts(node, 0, 0, await ChildrenAsync(tree, path, cancellationToken));
        }

        var (chunks, bytes) = await CountChunksAsync(tree, directory, node.Array, cancellationToken);
        return new NodeFacts(node, chunks, bytes, []);
    }

    private static async Task<(long Chunks, long Bytes)> CountChunksAsync(
        SessionTree tree, SessionDirectory directory, ArrayMetadata array, CancellationToken cancellationToken)
    {
        using var frozen = await tree.FreezeAsync();
        var changes = await ChangeCollector.CollectAsync(tree, cancellationToken);
        var node = directory.Origin is { IsChunks: false, Node.Array: not null } origin && ReferenceEquals(origin.Tree, tree.Base) ? origin.Node : null;
        var before = node is null ? null : await tree.Base.Snapshot.ChunksAsync(node, cancellationToken);
        var id = node is null ? directory.NewNode : node.Id;
        var (count, bytes) = (0L, 0L);
        foreach (var (coordinates, chunk) in before?.All() ?? [])
        {
            if (array.Contains(coordinates))
            {
                Add(1, chunk.Length);
            }
        }

        // Of the chunks, which may be millions, only those that changed are kept in memory; null for one that is deleted.
        var changed = new Dictionary<string, (uint[] Coordinates, long? Size)>();
        foreach (var change in id is { } known && changes.Set.Chunks.TryGetValue(known, out var list) ? list : [])
        {
            Change(change.Coordinates, (change.Payload as ChunkPayload.Existing)?.Reference.Length);
        }

        foreach (var chunk in changes.Chunks.Where(c => c.Array == id))
        {
            Change(chunk.Coordinates, tree.Status(chunk.File).Size);
        }

        foreach (var (coordinates, size) in changed.Values)
        {
            if (before is not null && before.TryFind(coordinates, out var former) && array.Contains(coordinates))
            {
                Add(-1, -former.Length);
            }

            if (size is { } now)
            {
                Add(1, now);
            }
        }

        return (count, bytes);

        void Change(uint[] coordinates, long? size) => changed[string.Join('/', coordinates)] = (coordinates, size);

        void Add(int chunks, long size) => (count, bytes) = (count + chunks, bytes + size);
    }

    private static async Task<HeldDirectory?> DirectoryAsync(SessionTree tree, string path, CancellationToken cancellationToken)
    {
        var held = await tree.HoldDirectoryAsync(tree.Top, SnapshotTree.RootName, cancellationToken);
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            using var above = held;
            held = above is null ? null : await tree.HoldDirectoryAsync(above.Directory, name, cancellationToken);
        }

        return held;
    }

    private static ValueTask<HierarchyNode?> NodeOfAsync(SessionTree tree, SessionDirectory directory, string path, CancellationToken cancellationToken) =>
        SessionTree.FindAndReadAsync(directory, async () =>
            await tree.FindAsync(directory, NodeDocument.FileName, cancellationToken) is SessionFile file
                ? NodeOf(await tree.ReadAllAsync(file, Limits.MaxDocumentBytes, cancellationToken), path) : null);

    internal static HierarchyNode? NodeOf(ReadOnlyMemory<byte> bytes, string path) =>
        NodeDocument.TryParse(bytes.Span, out var document, out _, DocumentRules.Stored)
            ? new HierarchyNode(path, document.Kind, document.Array)
            : null;
}
