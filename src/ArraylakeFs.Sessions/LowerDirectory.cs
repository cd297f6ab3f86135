using ArraylakeFs.Repository;

namespace ArraylakeFs.Sessions;

/// <summary>
/// A directory of a <see cref="SnapshotTree"/>: a place in one immutable snapshot. It is either the directory of a node (or of a
/// group that has no document), or, where the array's chunk keys have several parts, a directory of chunks below one.
/// </summary>
public sealed record LowerDirectory
{
    private readonly uint[] _prefix;
    private readonly int _hash;

    internal LowerDirectory(SnapshotTree tree, string path, Node? node, int keyParts, uint[] prefix)
    {
        (Tree, Path, Node, KeyParts, _prefix) = (tree, path, node, keyParts, prefix);
        _hash = HashCode.Combine(path, keyParts, prefix.Length > 0 ? prefix[^1] : 0u);
    }

    /// <summary>The version it belongs to.</summary>
    public SnapshotTree Tree { get; }

    /// <summary>The node path of the directory or, for a directory of chunks, of its array: <c>/</c>, <c>/a/b</c>. Empty above the root.</summary>
    public string Path { get; }

    /// <summary>The node at <see cref="Path"/>; null for a group without a document.</summary>
    public Node? Node { get; }

    /// <summary>How many parts of a chunk key lead here from the node's directory: 0 for the node's directory itself.</summary>
    public int KeyParts { get; }

    /// <summary>The chunk coordinates that those parts fix; may be shorter than <see cref="KeyParts"/> (<c>c</c> fixes none).</summary>
    public IReadOnlyList<uint> Prefix => _prefix;

    /// <summary>Whether this is a directory of chunks.</summary>
    public bool IsChunks => KeyParts > 0;

    /// <summary>Whether this is the directory above the root, whose only entry is <c>root.zarr</c>.</summary>
    public bool IsTop => Path.Length == 0;

    /// <summary>The inode number: the same wherever and whenever this place of this node is shown.</summary>
    public ulong InodeNumber => IsTop ? InodeNumbers.Top
        : Path == "/" && !IsChunks ? InodeNumbers.Root
        : Node is null ? InodeNumbers.OfPath(Path)
        : InodeNumbers.OfPlace(Node.Id, PlaceKind.Directory, (uint)KeyParts, Prefix);

    /// <summary>What the document of <see cref="Node"/> says, read as Zarr v2: only a cache.</summary>
    internal V2Reading? Reading { get; set; }

    /// <summary>Whether this is <paramref name="other"/>, or lies below it.</summary>
    public bool IsWithin(LowerDirectory other) => ReferenceEquals(Tree, other.Tree) && (
        Path == other.Path ? KeyParts >= other.KeyParts && Prefix.Take(other.Prefix.Count).SequenceEqual(other.Prefix)
        : !other.IsChunks && Path.StartsWith(SnapshotTree.Join(other.Path, ""), StringComparison.Ordinal));

    /// <inheritdoc/>
    public bool Equals(LowerDirectory? other) => ReferenceEquals(this, other) || (
        other is not null && _hash == other._hash && ReferenceEquals(Tree, other.Tree) && Path == other.Path && KeyParts == other.KeyParts
        && _prefix.AsSpan().SequenceEqual(other._prefix));

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <summary>Copies <see cref="Prefix"/> to the start of <paramref name="coordinates"/>.</summary>
    internal void CopyPrefix(Span<uint> coordinates) => _prefix.CopyTo(coordinates);
}

/// <summary>What a name in a <see cref="LowerDirectory"/> stands for.</summary>
public enum LowerKind
{
    /// <summary>A directory.</summary>
    Directory,
    /// <summary>A node's <c>zarr.json</c>, or what is derived from it.</summary>
    Document,
    /// <summary>A chunk.</summary>
    Chunk,
}

/// <summary>A name in a <see cref="LowerDirectory"/>, resolved.</summary>
public readonly record struct LowerItem
{
    private readonly LowerDirectory _directory; // itself if a directory, else the one that holds it
    private readonly FileContent? _document;
    private readonly uint[]? _coordinates;
    private readonly ChunkReference _chunk;
    private readonly uint _derived; // which of the documents that are derived from the node's; 0: its own

    internal LowerItem(string name, LowerDirectory directory) => (Name, Kind, _directory) = (name, LowerKind.Directory, directory);

    internal LowerItem(string name, LowerDirectory holder, Node node)
    {
        (Name, Kind, _directory) = (name, LowerKind.Document, holder);
        _document = new DocumentContent(node.Document);
    }

    internal LowerItem(string name, LowerDirectory holder, ReadOnlyMemory<byte> derived, int which)
    {
        (Name, Kind, _directory, _derived) = (name, LowerKind.Document, holder, (uint)which);
        _document = new DocumentContent(derived);
    }

    internal LowerItem(string name, LowerDirectory holder, uint[] coordinates, in ChunkReference chunk) =>
        (Name, Kind, _directory, _coordinates, _chunk) = (name, LowerKind.Chunk, holder, coordinates, chunk);

    /// <summary>The file name.</summary>
    public string Name { get; internal init; }

    /// <summary>What it is.</summary>
    public LowerKind Kind { get; }

    /// <summary>The bytes of a document or chunk; null for a directory.</summary>
    public FileContent? Content => Kind == LowerKind.Chunk ? new ChunkContent(_chunk) { Place = (_directory, _coordinates!) } : _document;

    /// <summary>The directory, where it is one.</summary>
    public LowerDirectory Directory => Kind == LowerKind.Directory ? _directory : throw new InvalidOperationException($"{Name} is a file");

    /// <summary>Bytes; 0 for a directory.</summary>
    public long Size => Kind == LowerKind.Chunk ? _chunk.Length : _document is DocumentContent document ? document.Bytes.Length : 0;

    /// <summary>The chunk's coordinates.</summary>
    public IReadOnlyList<uint> Coordinates => _coordinates ?? [];

    /// <summary>The inode number: the same wherever and whenever this place of this node is shown.</summary>
    public ulong InodeNumber => Kind switch
    {
        LowerKind.Directory => _directory.InodeNumber,
        LowerKind.Document => InodeNumbers.OfPlace(_directory.Node!.Id, PlaceKind.Document, _derived, []),
        _ => InodeNumbers.OfPlace(_directory.Node!.Id, PlaceKind.Chunk, 0, Coordinates),
    };

    /// <summary>
    /// Nanoseconds since the epoch: for a chunk, when the manifest that lists it was written; for anything else, when the
    /// snapshot was.
    /// </summary>
    public long ModifiedNs => UnixTime.Nanoseconds(
        Kind == LowerKind.Chunk ? _chunk.ManifestTime : _directory.Tree.Snapshot.FlushedAt);
}
