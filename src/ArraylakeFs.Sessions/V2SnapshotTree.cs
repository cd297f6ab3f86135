using ArraylakeFs.Repository;
using ArraylakeFs.Zarr;
using ArraylakeFs.Zarr.V2;

namespace ArraylakeFs.Sessions;

/// <summary>
/// One immutable snapshot as a Zarr v2 store: <c>.zarray</c>, <c>.zgroup</c> and <c>.zattrs</c> in the place of <c>zarr.json</c>, and the chunks
/// under the names that v2 has for them. A node that v2 cannot express is shown as the v3 files that it is.
/// </summary>
public sealed class V2SnapshotTree(SnapshotView snapshot) : SnapshotTree(snapshot)
{
    private byte[]? _consolidated;

    /// <inheritdoc/>
    public override async ValueTask<LowerItem?> FindAsync(LowerDirectory directory, string name, CancellationToken cancellationToken)
    {
        if (directory.IsTop)
        {
            return name == V2Names.RootName ? new LowerItem(name, Root) : null;
        }

        if (directory.IsChunks || Read(directory) is not { Node: not null } reading)
        {
            return await base.FindAsync(directory, name, cancellationToken);
        }

        if (reading.DocumentNamed(name) is not null)
        {
            return Document(directory, name, (await ShownAsync(directory, reading)).DocumentNamed(name)!.Value);
        }

        if (name == V2Node.ConsolidatedFileName && await ConsolidatedAsync(directory, reading) is { } consolidated)
        {
            return Document(directory, name, consolidated);
        }

        if (name == NodeDocument.FileName)
        {
            return null;
        }

        if (reading.Keys is not { } keys)
        {
            return await base.FindAsync(directory, name, cancellationToken);
        }

        if (keys.PlacesOf(name) is not var (place, _)) // nothing is loose in a snapshot
        {
            return null;
        }

        var item = await base.FindAsync(place.IsAmongChunks ? PrefixDirectory(directory) : directory, place.Name, cancellationToken);
        return item is { } found ? found with { Name = name } : null;
    }

    /// <inheritdoc/>
    public override async ValueTask<IEnumerable<LowerItem>> ListAsync(LowerDirectory directory, CancellationToken cancellationToken)
    {
        if (directory.IsTop)
        {
            return [new LowerItem(V2Names.RootName, Root)];
        }

        var items = await base.ListAsync(directory, cancellationToken);
        if (directory.IsChunks || Read(directory) is not { Node: not null } reading)
        {
            return items;
        }

        reading = await ShownAsync(directory, reading);
        var documents = V2Names.Derived.Where(name => reading.DocumentNamed(name) is not null)
            .Select(name => Document(directory, name, reading.DocumentNamed(name)!.Value));
        if (await ConsolidatedAsync(directory, reading) is { } consolidated)
        {
            documents = documents.Append(Document(directory, V2Node.ConsolidatedFileName, consolidated));
        }

        items = items.Where(item => item.Kind != LowerKind.Document);
        if (reading.Keys is { HasPrefixDirectory: true })
        {
            var chunks = directory.Node is null ? [] : await base.ListAsync(PrefixDirectory(directory), cancellationToken);
            items = items.Where(item => item is not { Kind: LowerKind.Directory, Directory.IsChunks: true }).Concat(chunks);
        }
        else if (reading.Keys is { } keys)
        {
            items = items.Select(item => item with { Name = keys.ToV2(item.Name)! });
        }

        return documents.Concat(items);
    }

    /// <summary>The <c>.zmetadata</c> of the root group: nothing here changes, so it cannot become wrong.</summary>
    private async ValueTask<byte[]?> ConsolidatedAsync(LowerDirectory directory, V2Reading reading) =>
        directory.Path == "/" && reading.Node is { Kind: NodeKind.Group } group && Snapshot.Nodes.Count <= Limits.MaxConsolidatedNodes
            ? _consolidated ??= ConsolidatedV2.Write(await V2Documents.InV2Async(group, NodesBelow.List(Snapshot, "/")))
            : null;

    private async ValueTask<V2Reading> ShownAsync(LowerDirectory directory, V2Reading reading) =>
        reading.DependsOnChunksOf is not null && await Snapshot.HasAllChunksAsync(directory.Node!, CancellationToken.None) ? reading.IfComplete : reading;

    /// <summary>What the directory's document says: read once for as long as somebody holds the directory, and not for each name in it.</summary>
    private static V2Reading? Read(LowerDirectory directory) =>
        directory.Node is { } node ? directory.Reading ??= V2Reading.Of(node, 0, node.Document) : null;

    private static LowerItem Document(LowerDirectory directory, string name, ReadOnlyMemory<byte> bytes) =>
        new(name, directory, bytes, 1 + V2Names.Derived.TakeWhile(other => other != name).Count()); // .zmetadata is behind the others

    private LowerDirectory PrefixDirectory(LowerDirectory directory) => ChunkDirectory(directory.Node!, 1, []);
}
