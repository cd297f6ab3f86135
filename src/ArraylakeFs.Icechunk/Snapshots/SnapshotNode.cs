using System.Buffers.Binary;
using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>A node of a <see cref="Snapshot"/>, read from its buffer when asked.</summary>
public readonly struct SnapshotNode
{
    private const int DimensionShapeSize = 16; // the struct of spec 1: array length, chunk length
    private readonly FlatTable _table;

    internal SnapshotNode(FlatTable table) => _table = table;

    /// <summary>The node's id.</summary>
    public ObjectId8 Id => _table.Id8(Slots.NodeSnapshot.Id);

    /// <summary>Absolute path.</summary>
    public string Path => _table.Text(Slots.NodeSnapshot.Path);

    /// <summary>The path's bytes.</summary>
    public ReadOnlyMemory<byte> PathUtf8 => _table.Bytes(Slots.NodeSnapshot.Path);

    /// <summary>The exact bytes of <c>zarr.json</c>, a slice of the snapshot's buffer.</summary>
    public ReadOnlyMemory<byte> Document => _table.Bytes(Slots.NodeSnapshot.UserData);

    /// <summary>Array or group.</summary>
    public NodeKind Kind
    {
        get
        {
            var kind = (NodeKind)_table.UInt8(Slots.NodeSnapshot.NodeDataType);
            return kind is NodeKind.Array or NodeKind.Group
                ? kind
                : throw new IcechunkFormatException(
                    _table.Buffer.FileName, $"a node is of unknown kind {(byte)kind}.", isUnsupported: true);
        }
    }

    /// <summary>The manifests of an array, whatever its path may be; none of a group.</summary>
    public IEnumerable<ObjectId12> ManifestIds => Kind == NodeKind.Group
        ? [] : ReadManifests(_table.Table(Slots.NodeSnapshot.NodeData)).Select(reference => reference.Manifest);

    /// <summary>The node with all of its parts.</summary>
    public NodeData ToData()
    {
        var path = Path;
        if (NodePath.Problem(path) is { } problem)
        {
            throw _table.Buffer.Fail($"\"{path}\" is no path of a node: {problem}");
        }
        var data = _table.Table(Slots.NodeSnapshot.NodeData);
        var node = new NodeData(Id, path, Kind, Document) { Extra = _table.OptionalBytes(Slots.NodeSnapshot.Extra) };
        return node.Kind == NodeKind.Group ? node : node with
        {
            Shape = ReadShape(data),
            DimensionNames = data.Has(Slots.ArrayNodeData.DimensionNames) ? ReadDimensionNames(data) : null,
            Manifests = ReadManifests(data),
        };
    }

    private static DimensionShape[] ReadShape(FlatTable array)
    {
        if (!array.Has(Slots.ArrayNodeData.ShapeV2))
        {
            return ReadShapeOfSpec1(array);
        }
        var dimensions = array.Vector(Slots.ArrayNodeData.ShapeV2, 4);
        var shape = new DimensionShape[dimensions.Count];
        for (var i = 0; i < shape.Length; i++)
        {
            var dimension = dimensions.Table(i);
            shape[i] = new DimensionShape(
                dimension.UInt64(Slots.DimensionShapeV2.ArrayLength), dimension.UInt32(Slots.DimensionShapeV2.NumChunks));
        }
        return shape;
    }

    private static DimensionShape[] ReadShapeOfSpec1(FlatTable array)
    {
        var dimensions = array.Vector(Slots.ArrayNodeData.Shape, DimensionShapeSize);
        var shape = new DimensionShape[dimensions.Count];
        for (var i = 0; i < shape.Length; i++)
        {
            var arrayLength = BinaryPrimitives.ReadUInt64LittleEndian(dimensions[i]);
            var chunkLength = BinaryPrimitives.ReadUInt64LittleEndian(dimensions[i][8..]);
            if (arrayLength != 0 && chunkLength == 0)
            {
                throw array.Buffer.Fail("an array has chunks of length 0");
            }
            var chunks = arrayLength == 0 ? 0 : (arrayLength - 1) / chunkLength + 1;
            if (chunks > uint.MaxValue)
            {
                throw array.Buffer.Fail($"an array has {chunks} chunks along one dimension");
            }
            shape[i] = new DimensionShape(arrayLength, (uint)chunks);
        }
        return shape;
    }

    private static string?[] ReadDimensionNames(FlatTable array)
    {
        var items = array.Vector(Slots.ArrayNodeData.DimensionNames, 4);
        var names = new string?[items.Count];
        for (var i = 0; i < names.Length; i++)
        {
            // The official client reads an empty name as "unnamed".
            var name = items.Table(i).OptionalText(Slots.DimensionName.Name);
            names[i] = name is { Length: > 0 } ? name : null;
        }
        return names;
    }

    private static ManifestReference[] ReadManifests(FlatTable array)
    {
        var items = array.Vector(Slots.ArrayNodeData.Manifests, 4);
        var manifests = new ManifestReference[items.Count];
        for (var i = 0; i < manifests.Length; i++)
        {
            var item = items.Table(i);
            var ranges = item.Vector(Slots.ManifestRef.Extents, 8);
            var extents = new ChunkIndexRange[ranges.Count];
            for (var d = 0; d < extents.Length; d++)
            {
                extents[d] = new ChunkIndexRange(
                    BinaryPrimitives.ReadUInt32LittleEndian(ranges[d]), BinaryPrimitives.ReadUInt32LittleEndian(ranges[d][4..]));
            }
            manifests[i] = new ManifestReference(item.Id12(Slots.ManifestRef.ObjectId), extents);
        }
        return manifests;
    }
}
