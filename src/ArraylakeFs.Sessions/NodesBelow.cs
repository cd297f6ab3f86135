using ArraylakeFs.Repository;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

/// <summary>The documents of all nodes below a directory, as the session or a snapshot has them.</summary>
internal static class NodesBelow
{
    /// <summary>By path relative to the directory, <c>a</c> and <c>a/b</c>, the bytes of each valid <c>zarr.json</c>.</summary>
    public static async Task<List<(string Path, ReadOnlyMemory<byte> Document)>> ListAsync(SessionTree tree, SessionDirectory directory)
    {
        var nodes = new List<(string, ReadOnlyMemory<byte>)>();
        await AddAsync(tree, directory, "", nodes);
        return nodes;
    }

    /// <inheritdoc cref="ListAsync"/>
    public static List<(string Path, ReadOnlyMemory<byte> Document)> List(SnapshotView snapshot, string path)
    {
        var nodes = new List<(string, ReadOnlyMemory<byte>)>();
        AddChildren(snapshot, path, "", _ => true, nodes);
        return nodes;
    }

    private static async Task AddAsync(
        SessionTree tree, SessionDirectory directory, string path, List<(string Path, ReadOnlyMemory<byte> Document)> nodes)
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
                nodes.Add((child, found));
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
        SnapshotView snapshot, string path, string shown, Func<string, bool> isShown, List<(string Path, ReadOnlyMemory<byte> Document)> nodes)
    {
        foreach (string name in snapshot.ChildNames(path).Where(isShown))
        {
            string below = SnapshotTree.Join(path, name), child = Join(shown, name);
            if (snapshot.FindNode(below) is { } node && NodeDocument.TryParse(node.Document.Span, out _, out _, DocumentRules.Stored))
            {
                nodes.Add((child, node.Document));
            }

            AddChildren(snapshot, below, child, _ => true, nodes);
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}/{name}";
}
