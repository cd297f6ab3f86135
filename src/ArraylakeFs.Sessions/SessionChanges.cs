using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;

namespace ArraylakeFs.Sessions;

/// <summary>What a session would commit, and what it would not.</summary>
public sealed class SessionChanges
{
    private readonly Lazy<IReadOnlyList<ChangedPath>> _paths;

    internal SessionChanges(Func<IReadOnlyList<ChangedPath>> paths) => _paths = new(paths);

    /// <summary>Changed files by path below the root directory, in order of the paths: made when somebody asks, which no commit does.</summary>
    public IReadOnlyList<ChangedPath> Paths => _paths.Value;

    /// <summary>Files that the repository cannot hold, or not yet. They stay in the session and stop no commit.</summary>
    public IReadOnlyList<UncommittedFile> Loose { get; internal set; } = [];

    /// <summary>Files that a commit would have to hold and cannot: while there are any, a commit is refused.</summary>
    public IReadOnlyList<UncommittedFile> Invalid { get; internal set; } = [];

    /// <summary>Whether there is nothing to commit.</summary>
    public bool IsEmpty => Set.IsEmpty && Chunks.Count == 0;

    /// <summary>Whether the session holds nothing that would be missed.</summary>
    public bool IsClean => IsEmpty && Loose.Count == 0 && Invalid.Count == 0;

    /// <summary>The changes but for <see cref="Chunks"/>, whose bytes are still to be put in their places.</summary>
    internal ChangeSet Set { get; } = new();

    /// <summary>Written chunks whose bytes are those of files.</summary>
    internal List<WrittenChunk> Chunks { get; } = [];

    /// <summary>Chunks that somebody is writing: no commit takes them yet, and the next one will.</summary>
    internal List<(ObjectId8 Array, uint[] Coordinates)> UnfinishedChunks { get; } = [];

    /// <summary>Nodes whose document somebody is writing.</summary>
    internal List<ObjectId8> UnfinishedDocuments { get; } = [];

    /// <summary>Everything that another commit could be in conflict with, unfinished files among it. Chunks have no bytes in it.</summary>
    internal ChangeSet ToCompare()
    {
        var all = new ChangeSet();
        all.NewNodes.AddRange(Set.NewNodes);
        all.Deletions.UnionWith(Set.Deletions);
        foreach (var (node, path) in Set.Moves)
        {
            all.Moves.Add(node, path);
        }

        foreach (var (node, document) in Set.Documents)
        {
            all.Documents.Add(node, document);
        }

        foreach (var node in UnfinishedDocuments)
        {
            all.Documents.TryAdd(node, default);
        }

        var chunks = Set.Chunks.SelectMany(array => array.Value.Select(change => (Array: array.Key, change.Coordinates)))
            .Concat(Chunks.Select(written => (written.Array, written.Coordinates))).Concat(UnfinishedChunks);
        foreach (var array in chunks.GroupBy(chunk => chunk.Array))
        {
            all.Chunks.Add(array.Key, [.. array.Select(chunk => new ChunkChange(chunk.Coordinates, null))]);
        }

        return all;
    }
}

/// <summary>A file that a commit would write, or delete.</summary>
public readonly record struct ChangedPath(string Path, bool IsDeleted);

/// <summary>A file that a commit would leave in the session, and why.</summary>
public readonly record struct UncommittedFile(string Path, string Reason);

/// <summary>A chunk that a commit takes from a file.</summary>
internal readonly record struct WrittenChunk(ObjectId8 Array, uint[] Coordinates, SessionFile File);
