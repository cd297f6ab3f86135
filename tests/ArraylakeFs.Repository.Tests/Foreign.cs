using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Commits that this program would not make, as other writers may.</summary>
internal static class Foreign
{
    /// <summary>A commit on <c>main</c> of whatever is added to the snapshot.</summary>
    public static async Task<ObjectId12> CommitAsync(Lake lake, Action<SnapshotWriter> write, ObjectId12? writtenAs = null, Timestamp? time = null)
    {
        var id = ObjectId12.New();
        var parent = await lake.TipAsync();
        var info = new SnapshotInfo(id, parent, time ?? Timestamp.Now, "foreign", [], []);
        var writer = new SnapshotWriter(writtenAs ?? id, info.FlushedAt, info.Message, info.Metadata);
        write(writer);
        await lake.Store.PutAsync(IcechunkPaths.Snapshot(id), writer.Finish(), default);
        await lake.Store.PutAsync(IcechunkPaths.TransactionLog(id), new TransactionLogWriter(id).Finish(), default);
        await lake.EditAsync(builder => builder.Commit("main", info));
        return id;
    }

    /// <summary>Stores a manifest of inline chunks along one dimension, each with a text and its coordinate for its bytes.</summary>
    public static Task<ManifestFile> PutManifestAsync(Lake lake, ObjectId8 node, string text, params uint[] coordinates) =>
        PutManifestAsync(lake, node, writer =>
        {
            foreach (var coordinate in coordinates)
            {
                writer.AddInline([coordinate], System.Text.Encoding.UTF8.GetBytes($"{text}{coordinate}"));
            }
        });

    /// <summary>Stores a manifest with whatever references are written.</summary>
    public static async Task<ManifestFile> PutManifestAsync(Lake lake, ObjectId8 node, Action<ManifestWriter> write)
    {
        var writer = new ManifestWriter(ObjectId12.New());
        writer.BeginArray(node);
        write(writer);
        var count = (uint)writer.RefCount;
        var file = writer.Finish();
        await lake.Store.PutAsync(IcechunkPaths.Manifest(writer.Id), file, default);
        return new ManifestFile(writer.Id, (ulong)file.Length, count);
    }

    /// <summary>An array with chunks of length 1 and whatever references are written.</summary>
    public static async Task<ObjectId8> CommitArrayAsync(Lake lake, string path, int[] shape, Action<ManifestWriter> write)
    {
        var node = ObjectId8.New();
        var manifest = new ManifestWriter(ObjectId12.New());
        manifest.BeginArray(node);
        write(manifest);
        var extents = manifest.Extents;
        var refs = (uint)manifest.RefCount;
        var file = manifest.Finish();
        await lake.Store.PutAsync(IcechunkPaths.Manifest(manifest.Id), file, default);
        await CommitAsync(lake, writer =>
        {
            writer.AddManifestFile(new ManifestFile(manifest.Id, (ulong)file.Length, refs));
            writer.AddNode(new NodeData(node, path, Icechunk.NodeKind.Array, Documents.Array(shape, [.. shape.Select(_ => 1)]))
            {
                Shape = [.. shape.Select(length => new DimensionShape((ulong)length, (uint)length))],
                Manifests = [new ManifestReference(manifest.Id, extents)],
            });
        });
        return node;
    }
}
