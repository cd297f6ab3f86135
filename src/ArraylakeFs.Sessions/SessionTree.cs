using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;

namespace ArraylakeFs.Sessions;

/// <summary>
/// The writable tree: what a session changed, over an immutable snapshot. It is an ordinary file system tree: names, files,
/// directories, and knows nothing of Zarr; what the files mean is decided when somebody asks (<see cref="ChangeCollector"/>).
/// <para>
/// Directories are merged by name: an entry of <see cref="SessionDirectory.Upper"/> hides what the snapshot has under that name, a
/// null entry says that the name is gone. Moving a directory moves its <see cref="SessionDirectory.Origin"/>, so it costs the
/// same whatever is below.
/// </para>
/// <para>
/// Invariants: a node with <see cref="SessionNode.InJournal"/> is reachable through Upper entries from <see cref="Top"/>; a change of a
/// name is in the journal before it is in memory, and memory changes under the lock; no lock is held while the repository is read. What a snapshot says of a name
/// never changes, so an answer obtained outside the lock stays right as long as the directory's origin is the same object.
/// </para>
/// </summary>
public sealed partial class SessionTree : IDisposable
{
    private const uint DirectoryMode = 0b111_101_101, FileMode = 0b110_100_100;

    private readonly Lock _lock = new();
    private readonly FreezeGate _gate;
    private readonly Journal _journal;
    private readonly StagingArea _staging;
    private readonly ZarrRepository _repository;
    private readonly Dictionary<ObjectId12, SnapshotTree> _trees = [];
    private readonly HashSet<ulong> _movedNumbers = []; // numbers that something took along from the place they belong to
    private Dictionary<ulong, KeptRow> _kept = [];
    private ulong _nextInode = InodeNumbers.FirstOfSession;
    private long _shownSinceNs;
    private int _replacements; // counts what may make names show through again: discards and other snapshots below

    internal SessionTree(Journal journal, StagingArea staging, ZarrRepository repository)
    {
        (_journal, _staging, _repository, _gate) = (journal, staging, repository, new FreezeGate(DeleteUnneeded));
        Top = new SessionDirectory(InodeNumbers.Top, DirectoryMode, 0, null);
        V2 = new V2Documents(this);
        Consolidated = new ConsolidatedMetadata(this);
    }

    /// <summary>The directory above the root; its only possible entry is <see cref="SnapshotTree.RootName"/>.</summary>
    public SessionDirectory Top { get; }

    /// <summary>The documents that Zarr v2 tools see and write.</summary>
    public V2Documents V2 { get; }

    /// <summary>The copies of documents in other documents.</summary>
    public ConsolidatedMetadata Consolidated { get; }

    /// <summary>The snapshot below.</summary>
    public SnapshotTree Base { get; private set; } = null!;

    /// <summary>Why nothing can be changed (EROFS); null where changes are welcome.</summary>
    public string? ReadOnlyReason { get; internal set; }

    /// <summary>
    /// Set while the outcome of a commit is not known: finds it out, or throws. Until then staged files may be chunk objects already, so
    /// nothing may be changed.
    /// </summary>
    internal Func<Task>? Settle { get; set; }

    /// <summary>Finds a name; null if there is none.</summary>
    public async ValueTask<SessionNode?> FindAsync(SessionDirectory directory, string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            var origin = directory.Origin;
            if (TryFindKnown(directory, name, out var known))
            {
                return known;
            }

            var lower = origin is null ? null : await origin.Tree.FindAsync(origin, name, cancellationToken);
            lock (_lock)
            {
                if (ReferenceEquals(directory.Origin, origin))
                {
                    return Current(directory, name, lower);
                }
            }
        }
    }

    /// <summary>Finds a name without I/O and without allocation; false if only the snapshot below can tell.</summary>
    public bool TryFindKnown(SessionDirectory directory, ReadOnlySpan<char> name, out SessionNode? node)
    {
        lock (_lock)
        {
            return directory.Upper.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out node)
                || directory.Seen.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out node)
                || directory.Origin is null;
        }
    }

    /// <summary>
    /// All names of a directory with inode number and kind, in no promised order. They are those of this moment, whenever they are gone through
    /// and however often: what the session changed was copied, and what is below never changes and is read one by one.
    /// </summary>
    public async ValueTask<IEnumerable<(string Name, ulong InodeNumber, bool IsDirectory)>> ListAsync(
        SessionDirectory directory, CancellationToken cancellationToken)
    {
        while (true)
        {
            var origin = directory.Origin;
            var lower = origin is null ? [] : await origin.Tree.ListAsync(origin, cancellationToken);
            lock (_lock)
            {
                if (ReferenceEquals(directory.Origin, origin))
                {
                    return List(new(directory.Upper), lower);
                }
            }
        }
    }

    private IEnumerable<(string Name, ulong InodeNumber, bool IsDirectory)> List(Dictionary<string, SessionNode?> upper, IEnumerable<LowerItem> lower)
    {
        foreach (var (name, node) in upper)
        {
            if (node is not null)
            {
                yield return (name, node.InodeNumber, node is SessionDirectory);
            }
        }

        foreach (var item in lower)
        {
            if (upper.Count > 0 && upper.ContainsKey(item.Name))
            {
                continue;
            }

            ulong number;
            lock (_lock)
            {
                number = NumberOf(item);
            }

            yield return (item.Name, number, item.Kind == LowerKind.Directory);
        }
    }

    /// <summary>Attributes of a node.</summary>
    public NodeStatus Status(SessionNode node)
    {
        if (node is SessionDirectory directory)
        {
            return new(node.InodeNumber, true, node.Mode, 1, 0, directory.ModifiedNs);
        }

        var file = (SessionFile)node;
        lock (_lock)
        {
            var (size, modified) = file.Content switch
            {
                StagedContent when file.Reader is StagedFile open => open.Status,
                StagedContent staged => file.AtRest ??= _staging.Stat(staged.Id) ?? (0, file.ModifiedNs),
                SharedContent shared => (shared.Length, file.ModifiedNs),
                DocumentContent document => (document.Bytes.Length, file.ModifiedNs),
                ChunkContent chunk => (chunk.Chunk.Length, file.ModifiedNs),
                ObjectContent o => (o.Length, file.ModifiedNs),
                _ => throw new InvalidOperationException(),
            };
            return new(file.InodeNumber, false, file.Mode, (uint)file.Links, size, modified);
        }
    }

    /// <summary>What a file is as a chunk; null for one that can be none.</summary>
    public ChunkFacts? FactsOf(SessionFile file) => file.Content.StagedId is { } staged
        ? new ChunkFacts("staged", staged, Status(file).Size, null)
        : ChunkFacts.Of(file.Content);

    /// <summary>Whether a file's bytes are outside the repository, where anybody may change them at any time.</summary>
    public static bool IsOutside(SessionFile file) => file.Content.IsOutside;

    /// <summary>The tree of a snapshot; one object for each.</summary>
    internal async ValueTask<SnapshotTree> TreeAsync(ObjectId12 snapshot)
    {
        lock (_lock)
        {
            if (_trees.TryGetValue(snapshot, out var known))
            {
                return known;
            }
        }

        var view = await _repository.SnapshotAsync(snapshot, CancellationToken.None);
        lock (_lock)
        {
            if (!_trees.TryGetValue(snapshot, out var tree))
            {
                _trees[snapshot] = tree = new SnapshotTree(view);
            }

            return tree;
        }
    }

    /// <summary>The tree of a snapshot that may never be shown: it is not kept.</summary>
    internal async ValueTask<SnapshotTree> LookAtAsync(ObjectId12 snapshot)
    {
        var view = await _repository.SnapshotAsync(snapshot, CancellationToken.None);
        lock (_lock)
        {
            return _trees.GetValueOrDefault(snapshot) ?? new SnapshotTree(view);
        }
    }

    /// <summary>The names that the session changed in a directory.</summary>
    internal List<KeyValuePair<string, SessionNode?>> Changed(SessionDirectory directory)
    {
        lock (_lock)
        {
            return [.. directory.Upper];
        }
    }

    /// <summary>Every change begins here: EROFS, and EIO while the outcome of a commit cannot be found out.</summary>
    private ValueTask PrepareChangeAsync() => ReadOnlyReason is { } reason ? throw new SessionException(Errno.ReadOnly, reason)
        : Settle is { } settle ? new ValueTask(settle()) : default;

    /// <summary>
    /// Waits while the tree is frozen, and looks afterwards whether changes are still welcome: what it waited for may have been a
    /// checkout, or a commit whose outcome is not known. <see cref="FreezeGate.ExitChange"/> ends the change.
    /// </summary>
    private async ValueTask EnterChangeAsync()
    {
        while (true)
        {
            await PrepareChangeAsync();
            LetGoOfSuperseded();
            await _gate.EnterChangeAsync();
            if (ReadOnlyReason is null && Settle is null)
            {
                return;
            }

            _gate.ExitChange();
        }
    }

    /// <summary>Whether the session has changed a name, so that the snapshot's does not show through.</summary>
    internal bool IsHidden(SessionDirectory directory, string name)
    {
        lock (_lock)
        {
            return directory.Upper.ContainsKey(name);
        }
    }

    private static void CheckNotStale(SessionNode node)
    {
        if (node.IsStale)
        {
            throw new SessionException(Errno.Stale, "it belongs to what a checkout or a discard has replaced");
        }
    }

    /// <summary>The node a name stands for now, given what the directory's origin has under it. Called under the lock.</summary>
    private SessionNode? Current(SessionDirectory directory, string name, LowerItem? lower)
    {
        if (directory.Upper.TryGetValue(name, out var node) || directory.Seen.TryGetValue(name, out node))
        {
            return node;
        }

        if (lower is not { } item)
        {
            return null;
        }

        node = FromLower(item);
        (node.Parent, node.Name) = (directory, name);
        directory.Seen.Add(name, node);
        return node;
    }

    private SessionNode FromLower(in LowerItem item)
    {
        ulong number = NumberOf(item);
        long modified = _shownSinceNs;
        uint mode = item.Kind == LowerKind.Directory ? DirectoryMode : FileMode;
        if (_kept.TryGetValue(item.InodeNumber, out var kept))
        {
            mode = kept.Mode;
            modified = kept.Tag == KeptRow.TagOf(item.Content, _shownSinceNs) ? kept.MtimeNs : modified;
        }

        return item.Content is { } content
            ? new SessionFile(number, mode, modified, content) { LowerNumber = item.InodeNumber }
            : new SessionDirectory(number, mode, modified, item.Directory) { LowerNumber = item.InodeNumber };
    }

    /// <summary>
    /// The number of something in the snapshot: the one it had in this session, or that of its place, unless something else took that
    /// along when it was moved. No two files may have one number: the journal knows them by it.
    /// </summary>
    private ulong NumberOf(in LowerItem item)
    {
        ulong number = item.InodeNumber;
        if (_kept.TryGetValue(number, out var kept))
        {
            return kept.Ino;
        }

        if (!_movedNumbers.Contains(number))
        {
            return number;
        }

        ulong tag = KeptRow.TagOf(item.Content, _shownSinceNs);
        var row = new KeptRow(_nextInode++, _shownSinceNs, tag, item.Content is null ? DirectoryMode : FileMode);
        _kept[number] = row;
        _unrecordedKept.Add(number);
        return row.Ino;
    }
}
