using System.Buffers.Binary;
using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// A file below <c>snapshots/</c>: all nodes of one version (icechunk-format.md 2.4). A view over the file's body; nodes are found by
/// binary search. Immutable, thread-safe.
/// </summary>
public sealed class Snapshot
{
    private const int ManifestFileInfoSize = 32; // the struct of spec 1: id, size at 16, count at 24
    private readonly FlatBuffer _buffer;
    private readonly FlatVector _nodes;
    private readonly ManifestFile[] _manifestFiles;

    private Snapshot(FlatTable root, byte specVersion)
    {
        _buffer = root.Buffer;
        Id = root.Id12(Slots.Snapshot.Id);
        Parent = root.TryStruct(Slots.Snapshot.ParentId, ObjectId12.Size, out var parent) ? new ObjectId12(parent) : null;
        FlushedAt = root.Time(Slots.Snapshot.FlushedAt);
        Message = root.Text(Slots.Snapshot.Message);
        Metadata = MetadataList.Read(root.Vector(Slots.Snapshot.Metadata, 4), specVersion);
        Extra = root.OptionalBytes(Slots.Snapshot.Extra);
        _nodes = root.Vector(Slots.Snapshot.Nodes, 4);
        _manifestFiles = ReadManifestFiles(root);
        for (var i = 1; i < _manifestFiles.Length; i++)
        {
            if (_manifestFiles[i].Id <= _manifestFiles[i - 1].Id)
            {
                throw _buffer.Fail("its manifest files are not in the order of their ids");
            }
        }
    }

    /// <summary>Reads a file, checking all of it: what was decoded once does not fail later.</summary>
    /// <exception cref="IcechunkFormatException">
    /// The file is corrupt or of another version; <paramref name="name"/> is in the message.
    /// </exception>
    public static Snapshot Decode(string name, ReadOnlyMemory<byte> file)
    {
        var snapshot = DecodeWithoutNodes(name, file);
        snapshot.CheckNodes();
        snapshot._buffer.EndCheck();
        return snapshot;
    }

    /// <summary>
    /// Reads what spec version 1 keeps of a commit in its snapshot's file, and not in <c>repo</c>. Nothing of the file stays in memory.
    /// </summary>
    /// <exception cref="IcechunkFormatException">As <see cref="Decode"/>; but the nodes are not looked at.</exception>
    public static SnapshotInfo DecodeInfo(string name, ReadOnlyMemory<byte> file)
    {
        var snapshot = DecodeWithoutNodes(name, file);
        try
        {
            var metadata = MetadataItem.FromJson(MetadataItem.ToJson(name, snapshot.Metadata));
            return new SnapshotInfo(snapshot.Id, snapshot.Parent, snapshot.FlushedAt, snapshot.Message, metadata, []);
        }
        catch (ArgumentException e)
        {
            throw new IcechunkFormatException(name, $"its metadata cannot be kept: {e.Message}", inner: e);
        }
    }

    /// <summary>The snapshot's id.</summary>
    public ObjectId12 Id { get; }

    /// <summary>
    /// In a file of spec version 1, the commit before; null at the root. Expiration changes it in place. In a file of spec version 2 it
    /// is null, because <c>repo</c> says it.
    /// </summary>
    public ObjectId12? Parent { get; }

    /// <summary>When it was written.</summary>
    public Timestamp FlushedAt { get; }

    /// <summary>The commit message.</summary>
    public string Message { get; }

    /// <summary>The commit's metadata.</summary>
    public IReadOnlyList<MetadataItem> Metadata { get; }

    /// <summary>Number of nodes.</summary>
    public int NodeCount => _nodes.Count;

    /// <summary>The manifests that nodes of this snapshot refer to, in id order.</summary>
    public IReadOnlyList<ManifestFile> ManifestFiles => _manifestFiles;

    /// <summary>Bytes of the file's body, which this snapshot holds in memory.</summary>
    public int SizeInMemory => _buffer.Length;

    /// <summary>Bytes of extensions unknown here; empty when there are none.</summary>
    public ReadOnlyMemory<byte> Extra { get; }

    /// <summary>A node, in the byte order of the whole paths (so <c>/a-b</c> stands between <c>/a</c> and <c>/a/b</c>).</summary>
    public SnapshotNode NodeAt(int position) => new(_nodes.Table(position));

    /// <summary>Finds a node by its path.</summary>
    public bool TryFindNode(string path, out SnapshotNode node)
    {
        var utf8 = StrictUtf8.GetBytes(path);
        var (low, high) = (0, NodeCount);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            node = NodeAt(middle);
            var order = node.PathUtf8.Span.SequenceCompareTo(utf8);
            if (order == 0)
            {
                return true;
            }
            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        node = default;
        return false;
    }

    /// <summary>Finds a manifest by its id.</summary>
    public bool TryFindManifestFile(ObjectId12 id, out ManifestFile file)
    {
        var (low, high) = (0, _manifestFiles.Length);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            file = _manifestFiles[middle];
            if (file.Id == id)
            {
                return true;
            }
            if (file.Id < id)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        file = default;
        return false;
    }

    private static Snapshot DecodeWithoutNodes(string name, ReadOnlyMemory<byte> file)
    {
        var body = IcechunkFile.Decode(name, file, FileType.Snapshot, out var specVersion);
        return new Snapshot(new FlatBuffer(name, body).Root(), specVersion);
    }

    private static ManifestFile[] ReadManifestFiles(FlatTable root)
    {
        if (!root.Has(Slots.Snapshot.ManifestFilesV2))
        {
            return ReadManifestFilesOfSpec1(root.Vector(Slots.Snapshot.ManifestFiles, ManifestFileInfoSize));
        }
        var infos = root.Vector(Slots.Snapshot.ManifestFilesV2, 4);
        var files = new ManifestFile[infos.Count];
        for (var i = 0; i < files.Length; i++)
        {
            var info = infos.Table(i);
            files[i] = new ManifestFile(
                info.Id12(Slots.ManifestFileInfoV2.Id),
                info.UInt64(Slots.ManifestFileInfoV2.SizeBytes),
                info.UInt32(Slots.ManifestFileInfoV2.NumChunkRefs),
                info.OptionalBytes(Slots.ManifestFileInfoV2.Extra));
        }
        return files;
    }

    private static ManifestFile[] ReadManifestFilesOfSpec1(FlatVector infos)
    {
        var files = new ManifestFile[infos.Count];
        for (var i = 0; i < files.Length; i++)
        {
            var info = infos[i];
            files[i] = new ManifestFile(
                new ObjectId12(info[..ObjectId12.Size]),
                BinaryPrimitives.ReadUInt64LittleEndian(info[16..]),
                BinaryPrimitives.ReadUInt32LittleEndian(info[24..]));
        }
        Array.Sort(files, static (a, b) => a.Id.CompareTo(b.Id)); // nobody promised an order then
        return files;
    }

    private void CheckNodes()
    {
        ReadOnlyMemory<byte> previous = default;
        for (var i = 0; i < NodeCount; i++)
        {
            var node = NodeAt(i);
            var path = node.PathUtf8;
            if (i > 0 && path.Span.SequenceCompareTo(previous.Span) <= 0)
            {
                throw _buffer.Fail("its nodes are not in the order of their paths");
            }
            previous = path;
            node.ToData();
        }
    }
}
