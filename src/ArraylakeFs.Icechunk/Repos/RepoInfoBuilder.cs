namespace ArraylakeFs.Icechunk;

/// <summary>
/// Makes the next version of <c>repo</c>: the former version and one change (icechunk-format.md 5.2). Everything else is kept:
/// configuration, metadata and extensions byte for byte. The methods throw <see cref="InvalidOperationException"/> with a sentence when the
/// change is not possible on that version.
/// </summary>
public sealed class RepoInfoBuilder
{
    private const string MainBranch = "main";
    private readonly RepoInfo _previous;
    private readonly SortedDictionary<string, ObjectId12> _branches;
    private readonly SortedDictionary<string, ObjectId12> _tags;
    private readonly SortedSet<string> _deletedTags;
    private SnapshotInfo? _added;
    private IReadOnlySet<ObjectId12> _removed = new HashSet<ObjectId12>();
    private RepoUpdate? _update;

    /// <summary>Starts from a version that was read.</summary>
    public RepoInfoBuilder(RepoInfo previous)
    {
        _previous = previous;
        _branches = new SortedDictionary<string, ObjectId12>(Utf8Order.Instance);
        _tags = new SortedDictionary<string, ObjectId12>(Utf8Order.Instance);
        _deletedTags = new SortedSet<string>(previous.DeletedTags, Utf8Order.Instance);
        for (var i = 0; i < previous.BranchCount; i++)
        {
            var branch = previous.BranchAt(i);
            _branches.Add(branch.Name, branch.Snapshot);
        }
        for (var i = 0; i < previous.TagCount; i++)
        {
            var tag = previous.TagAt(i);
            _tags.Add(tag.Name, tag.Snapshot);
        }
    }

    /// <summary>The version that was read.</summary>
    public RepoInfo Previous => _previous;

    /// <summary>
    /// The first version of a new repository: <c>main</c> at <paramref name="initial"/>, with a configuration (a FlexBuffers map; empty: all
    /// defaults).
    /// </summary>
    public static byte[] CreateRepository(SnapshotInfo initial, Timestamp now, ReadOnlyMemory<byte> config = default) => new RepoInfoWriter
    {
        Previous = null,
        FirstConfig = config,
        First = [initial],
        Branches = [new RepoRef(MainBranch, initial.Id)],
        Tags = [],
        DeletedTags = [],
        Updates = [new RepoUpdate(RepoUpdateKind.RepoInitialized, now)],
        RepoBeforeUpdates = null,
        Status = new RepoStatus(RepoAvailability.Online, now, Reason: null),
    }.Write();

    /// <summary>Adds a snapshot and moves <paramref name="branch"/>, which must be at the snapshot's parent, to it.</summary>
    public void Commit(string branch, SnapshotInfo snapshot)
    {
        var tip = Tip(branch);
        if (snapshot.Parent != tip)
        {
            throw new InvalidOperationException($"Branch {branch} is at {tip}, not at the parent of the new snapshot.");
        }
        if (_previous.FindSnapshot(snapshot.Id) >= 0)
        {
            throw new InvalidOperationException($"Snapshot {snapshot.Id} exists.");
        }
        Record(new RepoUpdate(RepoUpdateKind.NewCommit, default) { Name = branch, NewSnapshot = snapshot.Id });
        _added = snapshot;
        _branches[branch] = snapshot.Id;
    }

    /// <summary>
    /// Adds a snapshot in place of <paramref name="replaced"/>, the tip of <paramref name="branch"/>: it has the same parent and the same pruned
    /// ancestors. The replaced one stays, reachable by its id.
    /// </summary>
    public void Amend(string branch, ObjectId12 replaced, SnapshotInfo snapshot)
    {
        var tip = Tip(branch);
        if (replaced != tip)
        {
            throw new InvalidOperationException($"Branch {branch} is at {tip}, not at {replaced}.");
        }
        var former = _previous.SnapshotAt(_previous.FindSnapshot(replaced));
        if (former.Parent is null)
        {
            throw new InvalidOperationException("The first commit of a repository cannot be replaced.");
        }
        if (snapshot.Parent != former.Parent)
        {
            throw new InvalidOperationException($"The new snapshot has another parent than {replaced}.");
        }
        if (_previous.FindSnapshot(snapshot.Id) >= 0)
        {
            throw new InvalidOperationException($"Snapshot {snapshot.Id} exists.");
        }
        Record(new RepoUpdate(RepoUpdateKind.CommitAmended, default) { Name = branch, PreviousSnapshot = replaced, NewSnapshot = snapshot.Id });
        _added = snapshot with { PrunedAncestors = former.PrunedAncestors };
        _branches[branch] = snapshot.Id;
    }

    /// <summary>Adds a snapshot that no branch holds; its parent is known.</summary>
    public void AddDetached(SnapshotInfo snapshot)
    {
        if (snapshot.Parent is { } parent)
        {
            RequireSnapshot(parent);
        }
        if (_previous.FindSnapshot(snapshot.Id) >= 0)
        {
            throw new InvalidOperationException($"Snapshot {snapshot.Id} exists.");
        }
        Record(new RepoUpdate(RepoUpdateKind.NewDetachedSnapshot, default) { NewSnapshot = snapshot.Id });
        _added = snapshot;
    }

    /// <summary>Adds a branch at a known snapshot.</summary>
    public void CreateBranch(string name, ObjectId12 snapshot)
    {
        RequireSnapshot(snapshot);
        if (_branches.ContainsKey(name))
        {
            throw new InvalidOperationException($"Branch {name} exists.");
        }
        Record(new RepoUpdate(RepoUpdateKind.BranchCreated, default) { Name = name });
        _branches.Add(name, snapshot);
    }

    /// <summary>Sets a branch to another known snapshot.</summary>
    public void ResetBranch(string name, ObjectId12 snapshot)
    {
        RequireSnapshot(snapshot);
        Record(new RepoUpdate(RepoUpdateKind.BranchReset, default) { Name = name, PreviousSnapshot = Tip(name) });
        _branches[name] = snapshot;
    }

    /// <summary>Removes a branch, other than <c>main</c>; its snapshots stay.</summary>
    public void DeleteBranch(string name)
    {
        if (name == MainBranch)
        {
            throw new InvalidOperationException("Branch main cannot be deleted.");
        }
        Record(new RepoUpdate(RepoUpdateKind.BranchDeleted, default) { Name = name, PreviousSnapshot = Tip(name) });
        _branches.Remove(name);
    }

    /// <summary>Adds a tag at a known snapshot; the name of a deleted tag cannot be used again.</summary>
    public void CreateTag(string name, ObjectId12 snapshot)
    {
        RequireSnapshot(snapshot);
        RequireFeature(FeatureFlag.CreateTag, "creating tags");
        if (_tags.ContainsKey(name))
        {
            throw new InvalidOperationException($"Tag {name} exists.");
        }
        if (_deletedTags.Contains(name))
        {
            throw new InvalidOperationException($"Tag {name} was deleted; its name cannot be used again.");
        }
        Record(new RepoUpdate(RepoUpdateKind.TagCreated, default) { Name = name });
        _tags.Add(name, snapshot);
    }

    /// <summary>Removes a tag and remembers its name.</summary>
    public void DeleteTag(string name)
    {
        RequireFeature(FeatureFlag.DeleteTag, "deleting tags");
        if (!_tags.TryGetValue(name, out var snapshot))
        {
            throw new InvalidOperationException($"There is no tag {name}.");
        }
        Record(new RepoUpdate(RepoUpdateKind.TagDeleted, default) { Name = name, PreviousSnapshot = snapshot });
        _tags.Remove(name);
        _deletedTags.Add(name);
    }

    /// <summary>Takes out snapshots that neither a branch nor a tag needs. Whoever loses its parent gets the nearest ancestor that is left.</summary>
    public void CollectGarbage(IReadOnlySet<ObjectId12> removed)
    {
        Record(new RepoUpdate(RepoUpdateKind.GCRan, default));
        Remove(removed);
    }

    /// <summary>
    /// Deletes branches other than <c>main</c> and tags, and takes snapshots out of the histories of all others, as <see cref="CollectGarbage"/>
    /// does. The tips that are left cannot be taken out.
    /// </summary>
    public void Expire(IReadOnlySet<ObjectId12> removed, IReadOnlyCollection<string> branches, IReadOnlyCollection<string> tags)
    {
        Record(new RepoUpdate(RepoUpdateKind.ExpirationRan, default));
        if (branches.Contains(MainBranch))
        {
            throw new InvalidOperationException("Branch main cannot be deleted.");
        }
        if (tags.Count > 0)
        {
            RequireFeature(FeatureFlag.DeleteTag, "deleting tags");
        }
        foreach (var branch in branches)
        {
            _branches.Remove(branch);
        }
        foreach (var tag in tags.Where(_tags.Remove))
        {
            _deletedTags.Add(tag);
        }
        Remove(removed);
    }

    /// <summary>
    /// The file. <paramref name="backupName"/> is the name (<see cref="IcechunkPaths.NewBackupName"/>) under which the caller keeps the
    /// former version. The new entry's time is <paramref name="now"/>, or a microsecond after the former entry when the clock is behind.
    /// </summary>
    /// <exception cref="InvalidOperationException">No change was made.</exception>
    /// <exception cref="IcechunkFormatException">The operations log has an entry that only a newer program can keep.</exception>
    public byte[] Build(Timestamp now, string backupName, int maxUpdates = Limits.MaxUpdatesInRepo)
    {
        if (_update is null)
        {
            throw new InvalidOperationException("No change was made.");
        }
        var (updates, repoBeforeUpdates) = NextLog(_update, now, backupName, maxUpdates);
        return new RepoInfoWriter
        {
            Previous = _previous,
            Added = _added,
            Removed = _removed,
            Branches = _branches.Select(b => new RepoRef(b.Key, b.Value)).ToArray(),
            Tags = _tags.Select(t => new RepoRef(t.Key, t.Value)).ToArray(),
            DeletedTags = _deletedTags,
            Updates = updates,
            RepoBeforeUpdates = repoBeforeUpdates,
            Status = _previous.Status,
        }.Write();
    }

    /// <summary>
    /// The new entry and the former ones, as many as belong into the file. The log is cut at an entry whose backup holds it and all older
    /// ones: when there are enough, or where an entry is of a kind that cannot be written here, so that nothing is lost.
    /// </summary>
    private (List<RepoUpdate> Updates, string? RepoBeforeUpdates) NextLog(
        RepoUpdate update, Timestamp now, string backupName, int maxUpdates)
    {
        var newest = _previous.UpdateAt(0).UpdatedAt;
        if (newest.Microseconds == long.MaxValue)
        {
            throw new IcechunkFormatException(_previous.FileName, "the newest entry of the operations log is at the end of time.");
        }
        var time = now > newest ? now : new Timestamp(newest.Microseconds + 1);
        var updates = new List<RepoUpdate> { update with { UpdatedAt = time } };
        for (var i = 0; i < _previous.UpdateCount; i++)
        {
            var entry = i == 0 ? _previous.UpdateAt(0) with { BackupPath = backupName } : _previous.UpdateAt(i);
            if (entry.BackupPath is not null && (updates.Count >= maxUpdates || !entry.IsKnown))
            {
                return (updates, entry.BackupPath);
            }
            if (!entry.IsKnown)
            {
                throw new IcechunkFormatException(
                    _previous.FileName,
                    $"the operations log has an entry of unknown kind {(byte)entry.Kind}; a newer program must write here.",
                    isUnsupported: true);
            }
            updates.Add(entry);
        }
        return (updates, _previous.RepoBeforeUpdates);
    }

    private ObjectId12 Tip(string branch) =>
        _branches.TryGetValue(branch, out var tip) ? tip : throw new InvalidOperationException($"There is no branch {branch}.");

    private void Remove(IReadOnlySet<ObjectId12> removed)
    {
        if (_branches.Concat(_tags).FirstOrDefault(reference => removed.Contains(reference.Value)) is { Key: { } name } held)
        {
            throw new InvalidOperationException($"Snapshot {held.Value} cannot be removed: '{name}' is at it.");
        }
        _removed = removed;
    }

    private void RequireSnapshot(ObjectId12 snapshot)
    {
        if (_previous.FindSnapshot(snapshot) < 0)
        {
            throw new InvalidOperationException($"There is no snapshot {snapshot}.");
        }
    }

    private void RequireFeature(FeatureFlag flag, string what)
    {
        if (!_previous.IsEnabled(flag))
        {
            throw new InvalidOperationException($"This repository forbids {what}.");
        }
    }

    private void Record(RepoUpdate update) =>
        _update = _update is null ? update : throw new InvalidOperationException("One version of a repository makes one change.");
}
