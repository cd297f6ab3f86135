using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>Writes the immutable files of a commit: manifests, then the snapshot and its transaction log. Until <c>repo</c> knows them, they mean nothing.</summary>
internal sealed class CommitWriter(
    IObjectStore store, RepositorySettings settings, SnapshotView @base, CommitRequest request, TransactionLog? amended = null)
{
    private readonly Dictionary<ObjectId12, ManifestFile> _newManifests = [];
    private readonly HashSet<ObjectId12> _manifests = [];

    /// <summary>The manifests of the base that the new snapshot does not have, once it is written.</summary>
    public IEnumerable<ObjectId12> Superseded => @base.Snapshot.ManifestFiles.Select(file => file.Id).Where(id => !_manifests.Contains(id));

    /// <summary>Writes the files and returns what <c>repo</c> is to say of the snapshot.</summary>
    public async Task<SnapshotInfo> WriteAsync(CancellationToken cancellationToken)
    {
        var flushedAt = NextTime();
        var tree = ChangedTree.Apply(@base, request.Changes);
        foreach (var node in tree.Nodes.Values)
        {
            if (node.Data.Kind == Icechunk.NodeKind.Array && (node.HasNewDocument || node.Chunks.Length > 0))
            {
                node.Data = node.Data with { Manifests = await RewriteManifestsAsync(node, cancellationToken) };
            }
        }

        var metadata = MetadataFiles.Make(() => MetadataItem.FromJson(request.Metadata));
        var info = new SnapshotInfo(request.NewSnapshot, request.Base, flushedAt, request.Message, metadata, []);
        await store.PutAsync(IcechunkPaths.Snapshot(info.Id), MetadataFiles.Make(() => MakeSnapshot(tree, info)), cancellationToken);
        await store.PutAsync(IcechunkPaths.TransactionLog(info.Id), MetadataFiles.Make(() => MakeTransactionLog(tree)), cancellationToken);
        await request.Placing;
        request.Flushing?.Invoke();
        await store.FlushAsync(cancellationToken);
        return info;
    }

    /// <summary>The official client refuses a snapshot that is not younger than its base. After the last moment there is no younger one.</summary>
    private Timestamp NextTime() => @base.Snapshot.FlushedAt < Timestamp.Last
        ? new Timestamp(Math.Max(Timestamp.Now.Microseconds, @base.Snapshot.FlushedAt.Microseconds + 1))
        : throw new RepositoryException(
            RepositoryErrorKind.Corrupt, $"{IcechunkPaths.Snapshot(@base.Id)}: its time is after the year 9999, and no commit can be later.");

    private async Task<IReadOnlyList<ManifestReference>> RewriteManifestsAsync(ChangedNode node, CancellationToken cancellationToken)
    {
        var former = node.Old is null ? ArrayChunks.None : await @base.ChunksAsync(node.Old, cancellationToken);
        var cells = ManifestCells.Of(node.Data, settings.SplitSizes);
        var rewriter = new ManifestRewriter(node.Data.Id, former.WithGridOf(node.Data), cells, settings.CompressionLevel);
        return await rewriter.RunAsync(node.Chunks, async (description, content, manifest) =>
        {
            var key = IcechunkPaths.Manifest(description.Id);
            await store.PutAsync(key, content, cancellationToken);
            _newManifests.Add(description.Id, description);
            if (await store.StatAsync(key, cancellationToken) is { } file)
            {
                @base.ManifestCache.Add(new LoadedManifest(manifest, file.LastModified));
            }
        });
    }

    private byte[] MakeSnapshot(ChangedTree tree, SnapshotInfo info)
    {
        var writer = new SnapshotWriter(info.Id, info.FlushedAt, info.Message, info.Metadata, @base.Snapshot.Extra);
        foreach (var node in tree.Nodes.Values)
        {
            writer.AddNode(node.Data);
            foreach (var manifest in node.Data.Manifests)
            {
                if (_manifests.Add(manifest.Manifest))
                {
                    writer.AddManifestFile(Describe(manifest.Manifest));
                }
            }
        }

        return writer.Finish(settings.CompressionLevel);
    }

    private ManifestFile Describe(ObjectId12 manifest)
    {
        if (_newManifests.TryGetValue(manifest, out var description) || @base.Snapshot.TryFindManifestFile(manifest, out description))
        {
            return description;
        }

        throw new RepositoryException(
            RepositoryErrorKind.Corrupt, $"{IcechunkPaths.Snapshot(@base.Id)}: the manifest {manifest} is missing in the list of manifests.");
    }

    private byte[] MakeTransactionLog(ChangedTree tree)
    {
        var changes = new TransactionChanges();
        if (amended is not null)
        {
            changes.Add(amended);
        }

        foreach (var id in request.Changes.Deletions)
        {
            changes.AddDeleted(id, @base.FindNode(id)!.Data.Kind);
        }

        foreach (var node in tree.Nodes.Values)
        {
            if (node.Old is null)
            {
                changes.AddNew(node.Data.Id, node.Data.Kind);
            }
            else if (node.HasNewDocument)
            {
                changes.AddUpdated(node.Data.Id, node.Data.Kind);
            }

            if (node.IsMoved)
            {
                changes.AddMoved(new MovedNode(node.Data.Id, node.Data.Kind, node.Old!.Path, node.Data.Path));
            }

            if (node.Chunks.Length > 0)
            {
                changes.AddChunks(node.Data.Id, node.Chunks);
            }
        }

        return changes.Encode(request.NewSnapshot, settings.CompressionLevel);
    }
}
