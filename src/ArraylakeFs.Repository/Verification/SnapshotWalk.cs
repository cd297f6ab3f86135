using System.Text.Json;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;
using ArraylakeFs.Zarr;
using ArraylakeFs.Zarr.Decoding;

namespace ArraylakeFs.Repository.Verification;

/// <summary>Reads snapshots and their transaction logs, one after the other, and notes which arrays use which manifests.</summary>
internal sealed class SnapshotWalk(IObjectStore store, References references, bool isDeep, VerificationReport report)
{
    private readonly ManifestCache _manifestCache = new(store, ZarrRepository.DefaultCacheBytes / 2);
    private readonly Dictionary<string, ChunkDecoder> _decoders = [];
    private readonly HashSet<ObjectId12> _logs = [];

    /// <summary>The manifests of all snapshots visited.</summary>
    public Dictionary<ObjectId12, UsedManifest> Manifests { get; } = [];

    /// <summary>Reads a snapshot.</summary>
    public async Task VisitAsync(ObjectId12 id, CancellationToken cancellationToken)
    {
        await VisitLogsAsync(id, cancellationToken);
        var key = IcechunkPaths.Snapshot(id);
        try
        {
            var (snapshot, _) = await MetadataFiles.GetAsync(store, key, Snapshot.Decode, cancellationToken);
            report.Snapshots++;
            if (snapshot.Id != id)
            {
                Error(key, $"the file says that it is the snapshot {snapshot.Id}.", id);
                return;
            }

            Visit(key, new SnapshotView(key, snapshot, _manifestCache));
        }
        catch (Exception failure) when (failure is RepositoryException or StorageException)
        {
            Error(key, RepositoryVerification.Problem(key, failure) + NamesOf(id), id);
        }
    }

    private void Visit(string key, SnapshotView snapshot)
    {
        var used = new HashSet<ObjectId12>();
        foreach (var node in snapshot.Nodes)
        {
            CheckNode(key, snapshot.Id, node);
            var ofNode = new HashSet<ObjectId12>();
            foreach (var reference in node.Manifests)
            {
                if (!ofNode.Add(reference.Manifest))
                {
                    Error(key, $"the array has the manifest {reference.Manifest} twice.", snapshot.Id, node.Path);
                    continue;
                }

                if (!Manifests.TryGetValue(reference.Manifest, out var manifest))
                {
                    Manifests.Add(reference.Manifest, manifest = new UsedManifest());
                }

                uint[] grid = [.. node.Shape.Select(dimension => dimension.ChunkCount)];
                manifest.Use(new ManifestUse(node.Id, node.Path, grid, reference.Extents, DecoderOf(node), snapshot.Id));
                if (snapshot.Snapshot.TryFindManifestFile(reference.Manifest, out var file))
                {
                    manifest.Describe(file, snapshot.Id);
                }
                else
                {
                    Error(key, $"the manifest {reference.Manifest} is missing in the list of manifests.", snapshot.Id, node.Path);
                }
            }

            used.UnionWith(ofNode);
        }

        foreach (var file in snapshot.Snapshot.ManifestFiles.Where(file => !used.Contains(file.Id)))
        {
            Warn(key, $"the list of manifests has {file.Id}, which no array uses.", snapshot.Id);
        }
    }

    private void CheckNode(string key, ObjectId12 commit, Node node)
    {
        if (NodePath.Problem(node.Path) is { } problem)
        {
            Warn(key, $"the node is shown nowhere: {problem}.", commit, node.Path);
        }

        if (node.DocumentError is { } error)
        {
            Warn(key, $"the document is not understood: {error}.", commit, node.Path);
        }
        else if (node.Array is { } array && !Agrees(array, node.Shape))
        {
            Warn(key, "the snapshot has another shape than the document.", commit, node.Path);
        }
    }

    private static bool Agrees(ArrayMetadata array, IReadOnlyList<DimensionShape> shape) =>
        array.Rank == shape.Count
        && array.Shape.Zip(shape).All(pair => pair.First == pair.Second.ArrayLength)
        && array.Grid.ChunkCounts.Zip(shape).All(pair => pair.First == pair.Second.ChunkCount);

    /// <summary>One decoder for all arrays that are alike in what concerns their chunks.</summary>
    private ChunkDecoder? DecoderOf(Node node)
    {
        if (!isDeep || node.Array is not { } array)
        {
            return null;
        }

        var codecs = array.Codecs.Select(codec =>
            codec.Configuration.ValueKind == JsonValueKind.Undefined ? codec.Name : $"{codec.Name} {codec.Configuration.GetRawText()}");
        var chunkShape = array.Grid.ChunkShape is { } shape ? string.Join(',', shape) : "?";
        var likeness = $"{array.DataTypeName} {array.ItemSizeBytes} {chunkShape} {string.Join('\n', codecs)}";
        if (!_decoders.TryGetValue(likeness, out var decoder))
        {
            _decoders.Add(likeness, decoder = ChunkDecoder.For(array));
        }

        return decoder;
    }

    /// <summary>The logs that a commit's changes, and those of commits that have expired before it, are read from.</summary>
    private async Task VisitLogsAsync(ObjectId12 id, CancellationToken cancellationToken)
    {
        var info = references.Repo.SnapshotAt(references.Repo.FindSnapshot(id));
        foreach (var log in ((ObjectId12[])[id, .. info.PrunedAncestors]).Where(_logs.Add))
        {
            var key = IcechunkPaths.TransactionLog(log);
            try
            {
                if (info.Parent is null && await store.StatAsync(key, cancellationToken) is null)
                {
                    continue; // the first commit changed nothing, and early libraries wrote no log of it
                }

                var (decoded, _) = await MetadataFiles.GetAsync(store, key, TransactionLog.Decode, cancellationToken);
                report.TransactionLogs++;
                if (decoded.Id != log)
                {
                    Error(key, $"the file says that it is the log of {decoded.Id}.", id);
                }
            }
            catch (Exception failure) when (failure is RepositoryException or StorageException)
            {
                Error(key, $"{RepositoryVerification.Problem(key, failure)} Nothing can be compared or rebased over this commit.", id);
            }
        }
    }

    /// <summary>The branches and tags that name a commit, as a sentence.</summary>
    private string NamesOf(ObjectId12 id)
    {
        var names = references.Branches.Where(branch => branch.Snapshot == id).Select(branch => $"the branch '{branch.Name}'")
            .Concat(references.Tags.Where(tag => tag.Snapshot == id).Select(tag => $"the tag '{tag.Name}'"))
            .Concat(references.Commits.Where(commit => commit.Parent == id).Select(commit => $"the commit {commit.Id}"))
            .ToList();
        return names.Count == 0 ? "" : $" It is named by {string.Join(", ", names)}.";
    }

    private void Error(string key, string problem, ObjectId12 commit, string? path = null) =>
        report.Add(new Finding(Severity.Error, key, problem) { Commit = commit, Commits = 1, Path = path });

    private void Warn(string key, string problem, ObjectId12 commit, string? path = null) =>
        report.Add(new Finding(Severity.Warning, key, problem) { Commit = commit, Commits = 1, Path = path });
}
