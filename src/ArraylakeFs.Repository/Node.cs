using ArraylakeFs.Icechunk;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Repository;

/// <summary>A group or array of one snapshot. Immutable, thread-safe.</summary>
public sealed class Node
{
    private readonly SnapshotNode _source;
    private readonly Lazy<NodeData> _data;
    private readonly Lazy<(ArrayMetadata? Array, string? Error)> _parsed;

    internal Node(SnapshotNode source)
    {
        _source = source;
        Id = source.Id;
        Path = source.Path;
        _data = new(() => _source.ToData());
        _parsed = new(Parse);
    }

    /// <summary>Stays the same when the node is moved or its document changes.</summary>
    public ObjectId8 Id { get; }

    /// <summary>Absolute: <c>/</c>, <c>/a/b</c>. Other writers may have stored paths that are no file paths (<c>/a//b</c>).</summary>
    public string Path { get; }

    /// <summary>Group or array.</summary>
    public NodeKind Kind => _source.Kind == Icechunk.NodeKind.Array ? NodeKind.Array : NodeKind.Group;

    /// <summary>The bytes of <c>zarr.json</c>, exactly as they were written.</summary>
    public ReadOnlyMemory<byte> Document => _source.Document;

    /// <summary>An array's parsed metadata; null for a group, and where the document cannot be understood.</summary>
    public ArrayMetadata? Array => _parsed.Value.Array;

    /// <summary>What is wrong with the document; null when nothing is.</summary>
    public string? DocumentError => _parsed.Value.Error;

    /// <summary>An array's length in elements and chunks along each dimension, as the snapshot has it.</summary>
    public IReadOnlyList<DimensionShape> Shape => _data.Value.Shape;

    /// <summary>The manifests that hold an array's chunk references.</summary>
    public IReadOnlyList<ManifestReference> Manifests => _data.Value.Manifests;

    internal NodeData Data => _data.Value;

    /// <summary>The chunk references while someone uses them; see <see cref="SnapshotView.ChunksAsync"/>.</summary>
    internal WeakReference<ArrayChunks>? Chunks { get; set; }

    private (ArrayMetadata?, string?) Parse()
    {
        if (!NodeDocument.TryParse(Document.Span, out var document, out var error, DocumentRules.Stored))
        {
            return (null, error);
        }

        return document.Kind == Kind ? (document.Array, null) : (null, "the document's node_type is not what the snapshot says");
    }
}
