namespace ArraylakeFs.Repository.Transfer;

/// <summary>
/// A Zarr hierarchy in a directory, of v2 or v3, down to every chunk; no chunk has been read. What is no part of the hierarchy is listed as
/// skipped; what is part of it and cannot be taken over is an error.
/// </summary>
internal sealed class ZarrDirectory
{
    /// <summary>Names of skipped files that are kept; more are counted.</summary>
    private const int MaxSkippedNames = 1000;

    private readonly CancellationToken _cancellationToken;
    private readonly List<string> _skipped = [];

    private ZarrDirectory(string folder, CancellationToken cancellationToken) => (Folder, _cancellationToken) = (folder, cancellationToken);

    /// <summary>The directory.</summary>
    public string Folder { get; }

    /// <summary>Groups and arrays, each behind the group above it.</summary>
    public List<DirectoryNode> Nodes { get; } = [];

    /// <summary>The chunks of all arrays.</summary>
    public long ChunkCount => Nodes.Sum(node => (long)node.Chunks.Count);

    /// <summary>Files that are no part of the hierarchy.</summary>
    public long SkippedCount { get; private set; }

    /// <summary>The first of their names, with the path below the directory.</summary>
    public IReadOnlyList<string> Skipped => _skipped;

    /// <summary>Looks through a directory.</summary>
    /// <exception cref="RepositoryException">It is no hierarchy, or one that cannot be taken over; the sentence names the file.</exception>
    /// <exception cref="Storage.StorageException">Something in it cannot be read.</exception>
    public static ZarrDirectory Scan(string folder, CancellationToken cancellationToken)
    {
        var directory = new ZarrDirectory(folder, cancellationToken);
        var place = new Place("/", folder, [Path.GetFullPath(folder)]);
        if (NodeFiles.In(DirectoryListing.Of("/", folder)) is null)
        {
            throw new RepositoryException(RepositoryErrorKind.Invalid, $"{folder} is no Zarr directory: it has no zarr.json, .zgroup or .zarray.");
        }

        directory.ScanNode(place);
        return directory;
    }

    /// <summary>A directory on the way: its path below the root, where it is, and what the directories above really are.</summary>
    private sealed record Place(string Path, string Folder, IReadOnlyList<string> Above)
    {
        public Place Enter(DirectoryEntry entry)
        {
            var path = Join(entry.Name);
            var real = entry.Target ?? System.IO.Path.Combine(Above[^1], entry.Name);
            if (NodePath.Problem(path) is { } problem)
            {
                throw Refused(path, problem);
            }

            return entry.Target is not { } target || !Above.Any(above => IsWithin(above, target))
                ? new Place(path, System.IO.Path.Combine(Folder, entry.Name), [.. Above, real])
                : throw Refused(path, $"it is a link to {target}, in which it stands itself");
        }

        private static bool IsWithin(string path, string folder) =>
            path == folder || path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);

        public string Join(string name) => Path == "/" ? "/" + name : $"{Path}/{name}";
    }

    /// <summary>Scans a directory that is a node, or may hold some.</summary>
    private void ScanNode(Place place)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        var entries = DirectoryListing.Of(place.Path, place.Folder);
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        var documents = NodeFiles.In(entries);
        var node = documents?.Read(place.Path, place.Folder);
        if (node is not null)
        {
            Nodes.Add(node);
        }

        var own = Nodes.Count;
        foreach (var entry in entries.Where(entry => documents?.Consists(entry.Name) != true))
        {
            if (node?.Array is not null)
            {
                ScanChunks(node, place, entry, entry.Name);
            }
            else if (entry.IsDirectory)
            {
                ScanNode(place.Enter(entry));
            }
            else
            {
                Skip(place.Join(entry.Name));
            }
        }

        if (node is null && Nodes.Count > own)
        {
            // Older tools let a directory of nodes be a group without saying so.
            Nodes.Insert(own, new DirectoryNode(place.Path, NodeKind.Group, DirectoryNode.PlainGroup, null));
        }
    }

    /// <summary>A file below an array's directory is one of its chunks, or no part of the hierarchy.</summary>
    private void ScanChunks(DirectoryNode array, Place place, DirectoryEntry entry, string key)
    {
        if (entry.IsDirectory)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var below = place.Enter(entry);
            var entries = DirectoryListing.Of(below.Path, below.Folder);
            if (NodeFiles.In(entries) is not null)
            {
                throw Refused(below.Path, "it stands below an array, where Icechunk holds chunks only");
            }

            foreach (var inner in entries)
            {
                ScanChunks(array, below, inner, $"{key}/{inner.Name}");
            }

            return;
        }

        var metadata = array.Array!;
        var coordinates = new uint[metadata.Rank];
        if (!metadata.KeyEncoding.TryParse(key, metadata.Rank, coordinates) || !metadata.Contains(coordinates))
        {
            Skip(place.Join(entry.Name));
            return;
        }

        array.Chunks.Add(entry.Length > 0
            ? new DirectoryChunk(coordinates, entry.Length)
            : throw Refused(place.Join(entry.Name), "it has no bytes, so it is no chunk; remove it if the fill value is to be read there"));
    }

    private void Skip(string path)
    {
        SkippedCount++;
        if (_skipped.Count < MaxSkippedNames)
        {
            _skipped.Add(path[1..]);
        }
    }

    private static RepositoryException Refused(string path, string problem) =>
        new(RepositoryErrorKind.Invalid, $"{path} cannot be imported: {problem}.");
}
