using System.Numerics;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>
/// All nodes of one snapshot. Manifests are read when an array's chunks are asked for. Immutable, thread-safe.
/// </summary>
public sealed class SnapshotView
{
    /// <summary>What is made of a node in the end, besides its bytes in the file: some when it is read, the rest when it is looked at.</summary>
    private const long BytesPerGroup = 500, BytesPerArray = 1100;

    private readonly Dictionary<string, Node> _byPath;
    private readonly Dictionary<ObjectId8, Node> _byId;
    private readonly Lazy<Dictionary<string, List<string>>> _children;
    private readonly Lazy<IReadOnlyList<Node>> _hidden;

    internal SnapshotView(string fileName, Snapshot snapshot, ManifestCache manifests)
    {
        ManifestCache = manifests;
        Snapshot = snapshot;
        Message = snapshot.Message;
        FlushedAt = snapshot.FlushedAt.ToDateTimeOffset();
        var nodes = new Node[snapshot.NodeCount];
        _byPath = new(nodes.Length, StringComparer.Ordinal);
        _byId = new(nodes.Length);
        for (var i = 0; i < nodes.Length; i++)
        {
            var node = nodes[i] = new Node(snapshot.NodeAt(i));
            if (!_byPath.TryAdd(node.Path, node) || !_byId.TryAdd(node.Id, node))
            {
                throw new RepositoryException(RepositoryErrorKind.Corrupt, $"{fileName}: two nodes have the path '{node.Path}' or the id {node.Id}.");
            }
        }

        Nodes = nodes;
        SizeInMemory = snapshot.SizeInMemory + nodes.Sum(node => node.Kind == NodeKind.Array ? BytesPerArray : BytesPerGroup);
        if (CountImpliedCharacters() > Limits.MaxImpliedPathCharacters)
        {
            throw new RepositoryException(RepositoryErrorKind.Corrupt, $"{fileName}: its nodes stand below too many groups that are no nodes.");
        }

        _children = new(FindChildren);
        _hidden = new(() => [.. nodes.Where(node => NodePath.Problem(node.Path) is not null)]);
    }

    /// <summary>The snapshot's id.</summary>
    public ObjectId12 Id => Snapshot.Id;

    /// <summary>When it was written.</summary>
    public DateTimeOffset FlushedAt { get; }

    /// <summary>The commit message.</summary>
    public string Message { get; }

    /// <summary>Every node, in the byte order of the whole paths (so <c>/a-b</c> stands between <c>/a</c> and <c>/a/b</c>).</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>
    /// The nodes whose path no file can have, such as <c>/a//b</c> or <c>/zarr.json</c>. Official clients write them; they are among no
    /// <see cref="ChildNames"/>, and a commit keeps them.
    /// </summary>
    public IReadOnlyList<Node> HiddenNodes => _hidden.Value;

    internal Snapshot Snapshot { get; }

    internal ManifestCache ManifestCache { get; }

    /// <summary>How many chunk references are in manifests of this snapshot that <paramref name="other"/> does not have.</summary>
    public long CountReferencesNotIn(SnapshotView other) =>
        Snapshot.ManifestFiles.Where(file => !other.Snapshot.TryFindManifestFile(file.Id, out _)).Sum(file => (long)file.ChunkRefCount);

    /// <summary>Bytes of memory that this view holds, roughly: a file of few nodes may have documents of many megabytes.</summary>
    internal long SizeInMemory { get; }

    /// <summary>The node at a path such as <c>/</c> or <c>/a/b</c>, or null.</summary>
    public Node? FindNode(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>The node of an id, or null.</summary>
    public Node? FindNode(ObjectId8 id) => _byId.GetValueOrDefault(id);

    /// <summary>
    /// The names directly below a path, in ordinal order: nodes, and parts of paths that are no nodes themselves (the node <c>/p/q</c>
    /// makes <c>p</c> a child of <c>/</c> even when there is no node <c>/p</c>). Nodes whose path is no file path are left out.
    /// </summary>
    public IReadOnlyList<string> ChildNames(string path) => _children.Value.TryGetValue(path, out var names) ? names : [];

    /// <summary>
    /// Finds a chunk of an array of this snapshot, if what was read so far is enough to tell; <paramref name="chunk"/> is null if there is none.
    /// Allocates nothing.
    /// </summary>
    public static bool TryFindChunk(Node array, ReadOnlySpan<uint> coordinates, out ChunkReference? chunk)
    {
        var chunks = KnownChunks(array);
        var isKnown = chunks is not null || (KnownFinder(array)?.TryGetRead(coordinates, out chunks) ?? false);
        chunk = isKnown && chunks!.TryFind(coordinates, out var found) ? found : null;
        return isKnown;
    }

    /// <summary>Finds a chunk of an array of this snapshot, or null; reads the one manifest that answers for it, unless it is in memory.</summary>
    /// <exception cref="RepositoryException">A manifest is missing or damaged.</exception>
    public async ValueTask<ChunkReference?> FindChunkAsync(Node array, uint[] coordinates, CancellationToken cancellationToken)
    {
        var chunks = array.Manifests.Count > 1 && Finder(array) is { } finder
            ? await finder.GetAsync(coordinates, cancellationToken) : await ChunksAsync(array, cancellationToken);
        return chunks.TryFind(coordinates, out var chunk) ? chunk : null;
    }

    /// <summary>
    /// Whether an array has a chunk whose coordinates begin with <paramref name="prefix"/>; an empty one asks for any chunk. Reads as few
    /// manifests as can tell, often none.
    /// </summary>
    /// <exception cref="RepositoryException">A manifest is missing or damaged.</exception>
    public async ValueTask<bool> AnyChunkUnderAsync(Node array, uint[] prefix, CancellationToken cancellationToken) => Finder(array) is { } finder
        ? await finder.AnyUnderAsync(prefix, cancellationToken) : (await ChunksAsync(array, cancellationToken)).AnyUnder(prefix);

    /// <summary>
    /// At least those of an array's chunk references whose coordinates begin with <paramref name="prefix"/>; reads the manifests that may have such,
    /// unless they are in memory.
    /// </summary>
    /// <exception cref="RepositoryException">A manifest is missing or damaged.</exception>
    public ValueTask<ArrayChunks> ChunksUnderAsync(Node array, uint[] prefix, CancellationToken cancellationToken) =>
        prefix.Length > 0 && array.Manifests.Count > 1 && Finder(array)?.ManifestsUnder(prefix) is { } some && some.Length < array.Manifests.Count
            ? ChunksInAsync(array, some, cancellationToken) : ChunksAsync(array, cancellationToken);

    /// <summary>The chunk references of an array of this snapshot; reads its manifests unless they are in memory.</summary>
    /// <exception cref="RepositoryException">A manifest is missing or damaged.</exception>
    public async ValueTask<ArrayChunks> ChunksAsync(Node array, CancellationToken cancellationToken)
    {
        if (KnownChunks(array) is { } known)
        {
            return known;
        }

        var chunks = await ChunksInAsync(array, ManifestsOf(array), cancellationToken);
        array.Chunks = new WeakReference<ArrayChunks>(chunks);
        array.Finder = null; // it has the same again
        return chunks;
    }

    /// <summary>Whether an array has a chunk at each place of its grid, so that its fill value stands for none of them.</summary>
    public async ValueTask<bool> HasAllChunksAsync(Node array, CancellationToken cancellationToken)
    {
        var cells = array.Array?.Grid.ChunkCounts.Aggregate(BigInteger.One, (product, count) => product * count);
        return cells is not null && (await ChunksAsync(array, cancellationToken)).Count == cells;
    }

    /// <summary>
    /// Those of an array's chunk references that are in some of its manifests. They are the array's own as long as no other manifest of its
    /// lies over these.
    /// </summary>
    internal async ValueTask<ArrayChunks> ChunksInAsync(
        Node array, IReadOnlyCollection<ManifestReference> manifests, CancellationToken cancellationToken)
    {
        var parts = new List<ArrayChunks.Part>(manifests.Count);
        foreach (var reference in manifests)
        {
            var manifest = await ManifestCache.GetAsync(reference.Manifest, cancellationToken);
            if (manifest.Value.TryFindArray(array.Id, out var refs))
            {
                parts.Add(new ArrayChunks.Part(reference, refs, manifest.Time));
            }
        }

        var chunks = new ArrayChunks([.. parts], [.. array.Shape.Select(dimension => dimension.ChunkCount)]);
        CheckOverlap(array, chunks.LargestOverlap);
        return chunks;
    }

    /// <summary>Each of the manifests that lie over one another is looked into for each reference of the others.</summary>
    internal void CheckOverlap(Node array, int largest)
    {
        if (largest > Limits.MaxOverlappingManifests)
        {
            throw Corrupt($"{largest} manifests of the array '{array.Path}' lie over one another.");
        }
    }

    /// <summary>An array's manifests, each of which is there once: a repetition would be another walk over the same references.</summary>
    internal IReadOnlyList<ManifestReference> ManifestsOf(Node array)
    {
        var seen = new HashSet<ObjectId12>();
        return array.Manifests.FirstOrDefault(reference => !seen.Add(reference.Manifest)) is { } twice
            ? throw Corrupt($"the array '{array.Path}' has the manifest {twice.Manifest} twice.")
            : array.Manifests;
    }

    /// <summary>Reads manifests, so that they are in memory when somebody asks.</summary>
    internal async Task LoadAsync(IEnumerable<ObjectId12> manifests, CancellationToken cancellationToken)
    {
        foreach (var manifest in manifests)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await ManifestCache.GetAsync(manifest, cancellationToken);
        }
    }

    private static ArrayChunks? KnownChunks(Node array) => array.Chunks is { } known && known.TryGetTarget(out var chunks) ? chunks : null;

    private static ChunkFinder? KnownFinder(Node array) => array.Finder is { } known && known.TryGetTarget(out var finder) ? finder : null;

    /// <summary>What finds the chunks of an array one by one; null where all of them are at hand.</summary>
    private ChunkFinder? Finder(Node array)
    {
        if (KnownChunks(array) is not null)
        {
            return null;
        }

        if (KnownFinder(array) is { } known)
        {
            return known;
        }

        var finder = new ChunkFinder(this, array);
        array.Finder = new WeakReference<ChunkFinder>(finder);
        return finder;
    }

    private RepositoryException Corrupt(string problem) => new(RepositoryErrorKind.Corrupt, $"{IcechunkPaths.Snapshot(Id)}: {problem}");

    /// <summary>
    /// Characters of the paths that <see cref="FindChildren"/> makes up. What is below one path stands together in the nodes' order, so
    /// what a path shares with the one before was counted there.
    /// </summary>
    private long CountImpliedCharacters()
    {
        var nodes = _byPath.GetAlternateLookup<ReadOnlySpan<char>>();
        var count = 0L;
        var previous = "";
        foreach (var node in Nodes.Where(node => NodePath.Problem(node.Path) is null))
        {
            var path = node.Path;
            var shared = path.AsSpan().CommonPrefixLength(previous);
            for (var slash = path.IndexOf('/', Math.Max(1, shared)); slash > 0; slash = path.IndexOf('/', slash + 1))
            {
                count += nodes.ContainsKey(path.AsSpan(0, slash)) ? 0 : slash;
            }

            previous = path;
        }

        return count;
    }

    private Dictionary<string, List<string>> FindChildren()
    {
        var children = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var known = new HashSet<string>(StringComparer.Ordinal) { NodePath.Root };
        foreach (var node in Nodes)
        {
            if (NodePath.Problem(node.Path) is not null)
            {
                continue;
            }

            for (var path = node.Path; known.Add(path);)
            {
                var parent = NodePath.Parent(path);
                if (!children.TryGetValue(parent, out var names))
                {
                    children.Add(parent, names = []);
                }

                names.Add(NodePath.Name(path));
                path = parent;
            }
        }

        foreach (var names in children.Values)
        {
            names.Sort(StringComparer.Ordinal);
        }

        return children;
    }
}
