using ArraylakeFs.Repository;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

/// <summary>A node below a directory.</summary>
/// <param name="Path">Relative to the directory: <c>a</c>, <c>a/b</c>.</param>
/// <param name="Document">The bytes of its <c>zarr.json</c>, which is valid.</param>
/// <param name="HasAllChunks">Whether it has all its chunks, if it is an array.</param>
internal readonly record struct NodeBelow(string Path, ReadOnlyMemory<byte> Document, Func<ArrayMetadata, ValueTask<bool>> HasAllChunks);

/// <summary>All nodes below a directory, as the session or a snapshot has them.</summary>
internal static class NodesBelow
{
    /// <summary>The nodes, those of a group before those below.</summary>
    public static async Task<List<NodeBelow>> ListAsync(SessionTree tree, SessionDirectory directory)
    {
        var nodes = new List<NodeBelow>();
        await AddAsync(tree, directory, "", nodes);
        return nodes;
    }

    /// <inheritdoc cref="ListAsync"/>
    public static List<NodeBelow> List(SnapshotView snapshot, string path)
    {
        var nodes = new List<NodeBelow>();
        AddChildren(snapshot, path, "", _ => true, nodes);
        return nodes;
    }

    private static async Task AddAsync(SessionTree tree, SessionDirectory directory, string path, List<NodeBelow> nodes)
    {
        foreach (var (name, node) in tree.Changed(directory))
        {
            if (node is not SessionDirectory below)
            {
                continue;
            }

            string child = Join(path, name);
            var bytes = await tree.ReadDocumentAsync(below);
            NodeDocument? document = null;
            if (bytes is { } found && NodeDocument.TryParse(found.Span, out document, out _, DocumentRules.Stored))
            {
                nodes.Add(new(child, found, array => ChunkCount.IsCompleteAsync(tree, below, array)));
            }

            if (document?.Array is null)
            {
                await AddAsync(tree, below, child, nodes);
            }
        }

        if (directory.Origin is { IsChunks: false } origin)
        {
            AddChildren(origin.Tree.Snapshot, origin.Path, path, name => !tree.IsHidden(directory, name), nodes);
        }
    }

    private static void AddChildren(
        SnapshotView snapshot, string path, string shown, Func<string, bool> isShown, List<NodeBelow> nodes)
    {
        foreach (string name in snapshot.ChildNames(path).Where(isShown))
        {
            string below = SnapshotTree.Join(path, name), child = Join(shown, name);
            if (snapshot.FindNode(below) is { } node && NodeDocument.TryParse(node.Document.Span, out _, out _, DocumentRules.Stored))
            {
                nodes.Add(new(child, node.Document, _ => snapshot.HasAllChunksAsync(node, CancellationToken.None)));
            }

            AddChildren(snapshot, below, child, _ => true, nodes);
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}/{name}";
}
