using System.Globalization;
using ArraylakeFs.Repository;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

/// <summary>
/// One immutable snapshot as the directory tree of a Zarr v3 store: a directory for each node, its <c>zarr.json</c>, and the
/// chunks under the names that the array's own <c>chunk_key_encoding</c> gives them. Nothing is built ahead: a listing reads
/// the snapshot's nodes and, only in an array's directories, its manifests.
/// </summary>
public class SnapshotTree
{
    /// <summary>The name of the root directory in a mount.</summary>
    public const string RootName = "root.zarr";

    /// <summary>A view of <paramref name="snapshot"/>.</summary>
    public SnapshotTree(SnapshotView snapshot)
    {
        Snapshot = snapshot;
        Root = NodeDirectory("/");
        Top = new LowerDirectory(this, "", null, 0, []);
    }

    /// <summary>The version shown.</summary>
    public SnapshotView Snapshot { get; }

    /// <summary>The directory of the root node; it is there even if the repository has no root group.</summary>
    public LowerDirectory Root { get; }

    /// <summary>The directory above, whose only entry is the root under the name <see cref="RootName"/>.</summary>
    public LowerDirectory Top { get; }

    /// <summary>The directory of the node at <paramref name="path"/>, which need not have a document.</summary>
    internal LowerDirectory NodeDirectory(string path) => new(this, path, Snapshot.FindNode(path), 0, []);

    /// <summary>The directory of chunks in the array <paramref name="node"/> behind some parts of a chunk key.</summary>
    internal LowerDirectory ChunkDirectory(Node node, int keyParts, uint[] prefix) => new(this, node.Path, node, keyParts, prefix);

    /// <summary>Finds a name; null if there is none. Reads a manifest only where the name can be that of a chunk, and no other than can tell.</summary>
    public virtual ValueTask<LowerItem?> FindAsync(LowerDirectory directory, string name, CancellationToken cancellationToken)
    {
        if (directory.IsTop)
        {
            return new(name == RootName ? new LowerItem(name, Root) : null);
        }

        if (!directory.IsChunks)
        {
            if (name == NodeDocument.FileName)
            {
                return new(directory.Node is { } node ? new LowerItem(name, directory, node) : null);
            }

            string path = Join(directory.Path, name);
            if (Snapshot.FindNode(path) is { } child)
            {
                return new(new LowerItem(name, new LowerDirectory(this, path, child, 0, [])));
            }

            if (Snapshot.ChildNames(path).Count > 0)
            {
                return new(new LowerItem(name, NodeDirectory(path)));
            }
        }

        return MayBeKeyPart(directory, name) ? FindChunkAsync(directory, name, cancellationToken) : new((LowerItem?)null);
    }

    /// <summary>
    /// Finds a name in a directory of chunks if that needs neither a manifest to be read nor a document; false where
    /// <see cref="FindAsync"/> has to be asked.
    /// </summary>
    public static bool TryFindChunk(LowerDirectory directory, ReadOnlySpan<char> name, out LowerItem? item)
    {
        item = null;
        if (!directory.IsChunks || directory.Node is not { Array: { } array } node
            || directory.KeyParts + 1 != array.KeyEncoding.KeyParts(array.Rank))
        {
            return false;
        }

        uint[] coordinates = new uint[array.Rank];
        directory.CopyPrefix(coordinates);
        if (!array.KeyEncoding.TryParsePart(directory.KeyParts, name, array.Rank, coordinates))
        {
            return true;
        }

        bool isKnown = SnapshotView.TryFindChunk(node, coordinates, out var found);
        item = found is { } chunk ? new LowerItem(name.ToString(), directory, coordinates, chunk) : null;
        return isKnown;
    }

    /// <summary>All names of a directory, in no promised order; whoever goes through them reads them from the manifests one by one.</summary>
    public virtual async ValueTask<IEnumerable<LowerItem>> ListAsync(LowerDirectory directory, CancellationToken cancellationToken)
    {
        if (directory.IsTop)
        {
            return [new LowerItem(RootName, Root)];
        }

        if (directory.Node is not { Array: { } array } node)
        {
            return List(directory, null);
        }

        int parts = directory.KeyParts + 1;
        bool isOnlyPrefix = parts < array.KeyEncoding.KeyParts(array.Rank) && array.KeyEncoding.CoordinatesFixedBy(parts, array.Rank) == 0;
        var chunks = isOnlyPrefix ? null : await Snapshot.ChunksUnderAsync(node, [.. directory.Prefix], cancellationToken);
        bool isAny = chunks?.AnyUnder([]) ?? await Snapshot.AnyChunkUnderAsync(node, [], cancellationToken);
        return List(directory, isAny ? ListChunks(directory, chunks) : null);
    }

    /// <summary>The path of a child: <c>/</c> and <c>a</c> give <c>/a</c>.</summary>
    internal static string Join(string path, string name) => path == "/" ? "/" + name : path + "/" + name;

    private IEnumerable<LowerItem> List(LowerDirectory directory, IEnumerable<LowerItem>? chunks)
    {
        if (!directory.IsChunks)
        {
            if (directory.Node is { } node)
            {
                yield return new LowerItem(NodeDocument.FileName, directory, node);
            }

            foreach (string name in Snapshot.ChildNames(directory.Path).Where(n => n != NodeDocument.FileName)) // a name for one thing
            {
                yield return new LowerItem(name, NodeDirectory(Join(directory.Path, name)));
            }
        }

        if (chunks is null)
        {
            yield break;
        }

        // A node below the array may have the name of a chunk; a name stands for one thing, and lookups find the node.
        IEnumerable<string> nodes = directory.IsChunks ? [] : Snapshot.ChildNames(directory.Path);
        foreach (var item in nodes.Any() ? chunks.ExceptBy(nodes, i => i.Name) : chunks)
        {
            yield return item;
        }
    }

    /// <summary>Null stands for the chunks of a directory whose only name fixes no coordinate.</summary>
    private IEnumerable<LowerItem> ListChunks(LowerDirectory directory, ArrayChunks? chunks)
    {
        var node = directory.Node!;
        var encoding = node.Array!.KeyEncoding;
        int rank = node.Array.Rank, part = directory.KeyParts;
        bool isLastPart = part + 1 == encoding.KeyParts(rank);
        int added = encoding.CoordinatesFixedBy(part + 1, rank) - directory.Prefix.Count;
        if (chunks is null)
        {
            yield return new LowerItem(encoding.Part(part, new uint[rank]), ChunkDirectory(node, part + 1, []));
        }
        else if (isLastPart && added != 1)
        {
            // The whole key is one name.
            foreach (var (coordinates, chunk) in chunks.All())
            {
                if (coordinates.Length == rank)
                {
                    yield return new LowerItem(encoding.Part(part, coordinates), directory, coordinates, chunk);
                }
            }
        }
        else
        {
            foreach (var item in isLastPart ? ListLastPart(directory, chunks) : ListDirectories(directory, chunks))
            {
                yield return item;
            }
        }
    }

    private IEnumerable<LowerItem> ListDirectories(LowerDirectory directory, ArrayChunks chunks)
    {
        uint[] prefix = [.. directory.Prefix];
        foreach (uint coordinate in chunks.ChildCoordinates(prefix))
        {
            var below = ChunkDirectory(directory.Node!, directory.KeyParts + 1, [.. prefix, coordinate]);
            yield return new LowerItem(coordinate.ToString(CultureInfo.InvariantCulture), below);
        }
    }

    private static IEnumerable<LowerItem> ListLastPart(LowerDirectory directory, ArrayChunks chunks)
    {
        uint[] prefix = [.. directory.Prefix];
        var encoding = directory.Node!.Array!.KeyEncoding;
        foreach (var (last, chunk) in chunks.ChildChunks(prefix))
        {
            uint[] coordinates = [.. prefix, last];
            yield return new LowerItem(encoding.Part(directory.KeyParts, coordinates), directory, coordinates, chunk);
        }
    }

    private static bool MayBeKeyPart(LowerDirectory directory, string name)
    {
        if (directory.Node?.Array is not { } array)
        {
            return false;
        }

        uint[] coordinates = new uint[array.Rank];
        return array.KeyEncoding.TryParsePart(directory.KeyParts, name, array.Rank, coordinates);
    }

    private async ValueTask<LowerItem?> FindChunkAsync(LowerDirectory directory, string name, CancellationToken cancellationToken)
    {
        var node = directory.Node!;
        var encoding = node.Array!.KeyEncoding;
        int rank = node.Array.Rank, parts = directory.KeyParts + 1;
        uint[] coordinates = new uint[rank];
        directory.Prefix.ToArray().CopyTo(coordinates, 0);
        encoding.TryParsePart(directory.KeyParts, name, rank, coordinates);
        if (parts == encoding.KeyParts(rank))
        {
            return await Snapshot.FindChunkAsync(node, coordinates, cancellationToken) is { } chunk
                ? new LowerItem(name, directory, coordinates, chunk) : null;
        }

        uint[] prefix = coordinates[..encoding.CoordinatesFixedBy(parts, rank)];
        return await Snapshot.AnyChunkUnderAsync(node, prefix, cancellationToken) ? new LowerItem(name, ChunkDirectory(node, parts, prefix)) : null;
    }
}
