using ArraylakeFs.Icechunk;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Repository;

/// <summary>A group or array of one snapshot. Immutable, thread-safe.</summary>
public sealed class Node
{
    private readonly SnapshotNode _source;
    // Made when asked for, by each of those who ask at once: a snapshot may have a hundred thousand nodes, and most are never looked at.
    private NodeData? _data;
    private Meaning? _meaning;

    internal Node(SnapshotNode source)
    {
        _source = source;
        Id = source.Id;
        Path = source.Path;
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
    public ArrayMetadata? Array => Parsed.Array;

    /// <summary>What is wrong with the document; null when nothing is.</summary>
    public string? DocumentError => Parsed.Error;

    /// <summary>An array's length in elements and chunks along each dimension, as the snapshot has it.</summary>
    public IReadOnlyList<DimensionShape> Shape => Kind == NodeKind.Array ? Data.Shape : [];

    /// <summary>The manifests that hold an array's chunk references.</summary>
    public IReadOnlyList<ManifestReference> Manifests => Kind == NodeKind.Array ? Data.Manifests : [];

    /// <summary>
    /// Takes over what was understood of the document of <paramref name="other"/>, if this one has the same: parsing takes longer than comparing.
    /// </summary>
    public void ShareMeaningOf(Node other)
    {
        if (_meaning is null && other._meaning is { } meaning && Kind == other.Kind && Document.Span.SequenceEqual(other.Document.Span))
        {
            _meaning = meaning;
        }
    }

    internal NodeData Data => _data ??= _source.ToData();

    /// <summary>The chunk references while someone uses them; see <see cref="SnapshotView.ChunksAsync"/>.</summary>
    internal WeakReference<ArrayChunks>? Chunks { get; set; }

    /// <summary>What finds chunks of an array of several manifests while nobody needs them all; see <see cref="SnapshotView.FindChunkAsync"/>.</summary>
    internal WeakReference<ChunkFinder>? Finder { get; set; }

    private Meaning Parsed => _meaning ??= Parse();

    private Meaning Parse()
    {
        if (!NodeDocument.TryParse(Document.Span, out var document, out var error, DocumentRules.Stored))
        {
            return new(null, error);
        }

        return document.Kind == Kind ? new(document.Array, null) : new(null, "the document's node_type is not what the snapshot says");
    }

    private sealed record Meaning(ArrayMetadata? Array, string? Error);
}
