using System.Diagnostics.CodeAnalysis;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>A branch or tag and the snapshot it names.</summary>
public sealed record Reference(string Name, ObjectId12 Snapshot);

/// <summary>
/// One state of the repository's only mutable object, <c>repo</c>: branches, tags, commits and settings. Immutable, thread-safe. A repository
/// of spec version 1 has no such object: what it would say is gathered from other files (<see cref="Version1History"/>).
/// </summary>
public sealed class References
{
    private readonly Lazy<IReadOnlyList<Reference>> _branches;
    private readonly Lazy<IReadOnlyList<Reference>> _tags;

    internal References(RepoInfo repo)
    {
        Repo = repo;
        Settings = RepositorySettings.Read(repo);
        _branches = new(() => [.. Enumerable.Range(0, repo.BranchCount).Select(repo.BranchAt).Select(ToReference)]);
        _tags = new(() => [.. Enumerable.Range(0, repo.TagCount).Select(repo.TagAt).Select(ToReference)]);
    }

    /// <summary>The branches in byte order of their names; <c>main</c> is always among them. Any text can be a name.</summary>
    public IReadOnlyList<Reference> Branches => _branches.Value;

    /// <summary>The tags in byte order of their names.</summary>
    public IReadOnlyList<Reference> Tags => _tags.Value;

    /// <summary>
    /// The spec version of the repository, 1 or 2. One of version 1 is always read-only, knows only commits that a branch or tag reaches, and
    /// keeps no log of operations.
    /// </summary>
    public int SpecVersion { get; init; } = IcechunkFile.SpecVersion;

    /// <summary>Whether the repository's status, or its version, forbids every change.</summary>
    public bool IsReadOnly => Repo.Status.Availability == RepoAvailability.ReadOnly;

    /// <summary>Why it does, as the end of a sentence, if whoever set the status said so.</summary>
    public string? ReadOnlyReason => IsReadOnly ? Repo.Status.Reason : null;

    /// <summary>Chunks of up to this many bytes are stored inside manifests.</summary>
    public int InlineThresholdBytes => Settings.InlineThresholdBytes;

    /// <summary>
    /// Every commit that the repository knows, in no particular order, also those that no branch or tag holds. Of a repository of version 1,
    /// those whose files can be read.
    /// </summary>
    public IEnumerable<CommitInfo> Commits =>
        Enumerable.Range(0, Repo.SnapshotCount).Where(position => !Unreadable.ContainsKey(Repo.SnapshotIdAt(position))).Select(CommitAt);

    /// <summary>What is wrong with commits of a repository of version 1 whose own files cannot be read.</summary>
    internal IReadOnlyDictionary<ObjectId12, RepositoryException> Unreadable { get; init; } = new Dictionary<ObjectId12, RepositoryException>();

    internal RepoInfo Repo { get; }

    internal RepositorySettings Settings { get; }

    /// <summary>Finds a branch's tip.</summary>
    public bool TryGetBranch(string name, out ObjectId12 tip) => Repo.TryFindBranch(name, out tip);

    /// <summary>Finds a tag's snapshot.</summary>
    public bool TryGetTag(string name, out ObjectId12 snapshot) => Repo.TryFindTag(name, out snapshot);

    /// <summary>Whether a tag of this name was deleted, so that the name is never used again.</summary>
    public bool IsDeletedTag(string name) => Repo.DeletedTags.Contains(name, StringComparer.Ordinal);

    /// <summary>Finds a commit.</summary>
    /// <exception cref="RepositoryException">What the repository knows of it is damaged.</exception>
    public bool TryGetCommit(ObjectId12 id, [NotNullWhen(true)] out CommitInfo? info)
    {
        var position = Repo.FindSnapshot(id);
        info = position >= 0 ? CommitAt(position) : null;
        return info is not null;
    }

    /// <summary>Whether the repository knows a snapshot.</summary>
    public bool Contains(ObjectId12 id) => Repo.FindSnapshot(id) >= 0;

    /// <summary>The commit <paramref name="from"/> and all before it, newest first.</summary>
    /// <exception cref="RepositoryException">There is no such commit, or one is damaged.</exception>
    public IEnumerable<CommitInfo> Ancestry(ObjectId12 from) => PositionsFrom(from).Select(CommitAt);

    /// <summary>
    /// The transaction logs that lead to the commit <paramref name="from"/>, newest first, and the commit whose changes each belongs to now:
    /// the logs of ancestors that expired are those of the commit that followed them.
    /// </summary>
    internal IEnumerable<(ObjectId12 Log, ObjectId12 Commit)> AncestryWithPruned(ObjectId12 from)
    {
        foreach (var position in PositionsFrom(from))
        {
            var snapshot = Repo.SnapshotAt(position);
            yield return (snapshot.Id, snapshot.Id);
            for (var i = snapshot.PrunedAncestors.Count - 1; i >= 0; i--)
            {
                yield return (snapshot.PrunedAncestors[i], snapshot.Id);
            }
        }
    }

    /// <summary>Whether <paramref name="ancestor"/> is <paramref name="descendant"/> or a commit before it.</summary>
    internal bool IsAncestor(ObjectId12 ancestor, ObjectId12 descendant) =>
        Repo.FindSnapshot(ancestor) is var position && position >= 0 && PositionsFrom(descendant).Contains(position);

    private static Reference ToReference(RepoRef reference) => new(reference.Name, reference.Snapshot);

    private IEnumerable<int> PositionsFrom(ObjectId12 from)
    {
        var position = Repo.FindSnapshot(from);
        if (position < 0)
        {
            throw new RepositoryException(RepositoryErrorKind.NotFound, $"There is no commit {from}.");
        }

        // The chain ends: that was checked when the file was decoded.
        for (; position >= 0; position = Repo.ParentPositionAt(position))
        {
            yield return position;
        }
    }

    private CommitInfo CommitAt(int position)
    {
        var snapshot = Repo.SnapshotAt(position);
        if (Unreadable.TryGetValue(snapshot.Id, out var problem))
        {
            throw new RepositoryException(problem.Kind, problem.Message, problem);
        }

        try
        {
            var metadata = MetadataItem.ToJson(IcechunkPaths.Repo, snapshot.Metadata);
            return new CommitInfo(snapshot.Id, snapshot.Parent, snapshot.FlushedAt.ToDateTimeOffset(), snapshot.Message, metadata);
        }
        catch (IcechunkFormatException failure)
        {
            throw MetadataFiles.Failure(failure);
        }
    }
}
