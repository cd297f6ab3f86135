using System.Buffers.Binary;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>Writes a snapshot file: nodes are added in any order, each path once.</summary>
public sealed class SnapshotWriter
{
    private readonly ObjectId12 _id;
    private readonly Timestamp _flushedAt;
    private readonly string _message;
    private readonly IReadOnlyList<MetadataItem> _metadata;
    private readonly ReadOnlyMemory<byte> _extra;
    private readonly List<(byte[] Path, NodeData Node)> _nodes = [];
    private readonly SortedDictionary<ObjectId12, ManifestFile> _manifestFiles = [];

    /// <summary>Starts a snapshot. <paramref name="extra"/> is what the former snapshot had of unknown extensions.</summary>
    public SnapshotWriter(
        ObjectId12 id, Timestamp flushedAt, string message, IReadOnlyList<MetadataItem> metadata, ReadOnlyMemory<byte> extra = default)
    {
        _id = id;
        _flushedAt = flushedAt;
        _message = message;
        _metadata = metadata;
        _extra = extra;
    }

    /// <summary>The initial snapshot of a new repository: well-known id, no nodes.</summary>
    public static byte[] InitialSnapshot(Timestamp flushedAt, out SnapshotInfo info)
    {
        const string message = "Repository initialized";
        var metadata = MetadataItem.FromJson(new JsonObject { ["__icechunk"] = new JsonObject { ["is_root"] = true } });
        info = new SnapshotInfo(ObjectId12.InitialSnapshot, Parent: null, flushedAt, message, metadata, []);
        return new SnapshotWriter(ObjectId12.InitialSnapshot, flushedAt, message, metadata).Finish();
    }

    /// <summary>Adds a node.</summary>
    /// <exception cref="ArgumentException">
    /// The path is no path of a node, or there are not as many dimension names as dimensions.
    /// </exception>
    public void AddNode(NodeData node)
    {
        if (NodePath.Problem(node.Path) is { } problem)
        {
            throw new ArgumentException($"\"{node.Path}\" is no path of a node: {problem}.", nameof(node));
        }
        if (node.DimensionNames is { } names && names.Count != node.Shape.Count)
        {
            throw new ArgumentException($"{node.Path} has {node.Shape.Count} dimensions but {names.Count} dimension names.", nameof(node));
        }
        _nodes.Add((StrictUtf8.GetBytes(node.Path), node));
    }

    /// <summary>Adds a manifest file. Exactly those that nodes refer to must be added; one that is added twice counts once.</summary>
    public void AddManifestFile(ManifestFile file) => _manifestFiles[file.Id] = file;

    /// <summary>The file.</summary>
    /// <exception cref="InvalidOperationException">
    /// Two nodes share a path, or the manifest files are not exactly those that nodes refer to.
    /// </exception>
    public byte[] Finish(int compressionLevel = 3)
    {
        _nodes.Sort(static (a, b) => a.Path.AsSpan().SequenceCompareTo(b.Path));
        CheckNodes();
        var builder = new FlatBuilder(1024 + 512 * _nodes.Count);
        var extra = _extra.Length > 0 ? builder.CreateBytes(_extra.Span) : 0;
        var manifestFiles = PutManifestFiles(builder);
        var manifestFilesOfSpec1 = builder.CreateVector([], elementSize: 32, alignment: 8);
        var metadata = MetadataList.Write(builder, _metadata);
        var message = builder.CreateString(_message);
        var offsets = new int[_nodes.Count];
        for (var i = offsets.Length - 1; i >= 0; i--)
        {
            offsets[i] = PutNode(builder, _nodes[i].Path, _nodes[i].Node);
        }
        var nodes = builder.CreateOffsetVector(offsets);

        builder.StartTable(Slots.Snapshot.Count);
        builder.Add(Slots.Snapshot.FlushedAt, _flushedAt.Microseconds);
        builder.Add(Slots.Snapshot.Id, _id);
        builder.AddOffset(Slots.Snapshot.Nodes, nodes);
        builder.AddOffset(Slots.Snapshot.Message, message);
        builder.AddOffset(Slots.Snapshot.Metadata, metadata);
        builder.AddOffset(Slots.Snapshot.ManifestFiles, manifestFilesOfSpec1);
        builder.AddOffset(Slots.Snapshot.ManifestFilesV2, manifestFiles);
        builder.AddOffset(Slots.Snapshot.Extra, extra);
        return IcechunkFile.Encode(FileType.Snapshot, builder.Finish(builder.EndTable()), compressionLevel);
    }

    private void CheckNodes()
    {
        for (var i = 1; i < _nodes.Count; i++)
        {
            if (_nodes[i].Path.AsSpan().SequenceEqual(_nodes[i - 1].Path))
            {
                throw new InvalidOperationException($"Two nodes have the path {_nodes[i].Node.Path}.");
            }
        }
        var referred = _nodes.SelectMany(n => n.Node.Manifests).Select(m => m.Manifest).ToHashSet();
        if (!referred.SetEquals(_manifestFiles.Keys))
        {
            throw new InvalidOperationException("The manifest files of a snapshot must be exactly those that its nodes refer to.");
        }
    }

    private int PutManifestFiles(FlatBuilder builder)
    {
        var offsets = new List<int>(_manifestFiles.Count);
        foreach (var file in _manifestFiles.Values)
        {
            var extra = file.Extra.Length > 0 ? builder.CreateBytes(file.Extra.Span) : 0;
            builder.StartTable(Slots.ManifestFileInfoV2.Count);
            builder.Add(Slots.ManifestFileInfoV2.SizeBytes, file.SizeBytes);
            builder.Add(Slots.ManifestFileInfoV2.Id, file.Id);
            builder.Add(Slots.ManifestFileInfoV2.NumChunkRefs, file.ChunkRefCount);
            builder.AddOffset(Slots.ManifestFileInfoV2.Extra, extra);
            offsets.Add(builder.EndTable());
        }
        return builder.CreateOffsetVector(offsets.ToArray());
    }

    private static int PutNode(FlatBuilder builder, byte[] path, NodeData node)
    {
        var extra = node.Extra.Length > 0 ? builder.CreateBytes(node.Extra.Span) : 0;
        var data = node.Kind == NodeKind.Array ? PutArray(builder, node) : PutGroup(builder);
        var document = builder.CreateBytes(node.Document.Span);
        var pathOffset = builder.CreateString(path);
        builder.StartTable(Slots.NodeSnapshot.Count);
        builder.Add(Slots.NodeSnapshot.Id, node.Id);
        builder.AddOffset(Slots.NodeSnapshot.Path, pathOffset);
        builder.AddOffset(Slots.NodeSnapshot.UserData, document);
        builder.AddOffset(Slots.NodeSnapshot.NodeData, data);
        builder.AddOffset(Slots.NodeSnapshot.Extra, extra);
        builder.Add(Slots.NodeSnapshot.NodeDataType, (byte)node.Kind);
        return builder.EndTable();
    }

    private static int PutGroup(FlatBuilder builder)
    {
        builder.StartTable(0);
        return builder.EndTable();
    }

    private static int PutArray(FlatBuilder builder, NodeData node)
    {
        var dimensionNames = node.DimensionNames is { } names
            ? builder.CreateOffsetVector(names.Select(n => PutDimensionName(builder, n)).ToArray())
            : 0;
        var manifests = builder.CreateOffsetVector(node.Manifests.Select(m => PutManifestReference(builder, m)).ToArray());
        var shape = builder.CreateOffsetVector(node.Shape.Select(d => PutDimension(builder, d)).ToArray());
        var shapeOfSpec1 = builder.CreateVector([], elementSize: 16, alignment: 8);
        builder.StartTable(Slots.ArrayNodeData.Count);
        builder.AddOffset(Slots.ArrayNodeData.Shape, shapeOfSpec1);
        builder.AddOffset(Slots.ArrayNodeData.DimensionNames, dimensionNames);
        builder.AddOffset(Slots.ArrayNodeData.Manifests, manifests);
        builder.AddOffset(Slots.ArrayNodeData.ShapeV2, shape);
        return builder.EndTable();
    }

    private static int PutDimension(FlatBuilder builder, DimensionShape dimension)
    {
        builder.StartTable(Slots.DimensionShapeV2.Count);
        builder.Add(Slots.DimensionShapeV2.ArrayLength, dimension.ArrayLength);
        builder.Add(Slots.DimensionShapeV2.NumChunks, dimension.ChunkCount);
        return builder.EndTable();
    }

    private static int PutDimensionName(FlatBuilder builder, string? name)
    {
        var offset = name is null ? 0 : builder.CreateString(name);
        builder.StartTable(Slots.DimensionName.Count);
        builder.AddOffset(Slots.DimensionName.Name, offset);
        return builder.EndTable();
    }

    private static int PutManifestReference(FlatBuilder builder, ManifestReference manifest)
    {
        var bytes = new byte[8 * manifest.Extents.Count];
        for (var i = 0; i < manifest.Extents.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8 * i), manifest.Extents[i].From);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8 * i + 4), manifest.Extents[i].To);
        }
        var extents = builder.CreateVector(bytes, elementSize: 8, alignment: 4);
        builder.StartTable(Slots.ManifestRef.Count);
        builder.Add(Slots.ManifestRef.ObjectId, manifest.Manifest);
        builder.AddOffset(Slots.ManifestRef.Extents, extents);
        return builder.EndTable();
    }
}
