using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

// The branch has moved: its new tip goes below the session's changes. What is planned is carried out in memory, and recorded in one
// transaction of the journal: after a crash the session is as it was before or as it is after.
public sealed partial class Session
{
    /// <summary>Giving a change up can bring to light another conflict behind it, but not for ever.</summary>
    private const int MaxRounds = 8;

    private const int MaxToldConflicts = 10;

    /// <summary>
    /// Puts the branch's new tip below the session's changes. ESTALE with the list of conflicts, unless <paramref name="policy"/> says what to do with
    /// them; EROFS where no branch is checked out; EINVAL while a document is invalid. After an error nothing of the session is lost.
    /// </summary>
    public async Task RebaseAsync(RebasePolicy policy, CancellationToken cancellationToken)
    {
        await _command.WaitAsync(cancellationToken);
        try
        {
            if (Tree.ReadOnlyReason is { } reason)
            {
                throw new SessionException(Errno.ReadOnly, reason);
            }

            using var frozen = await Tree.FreezeAsync();
            using var heldOff = await Repository.HoldOffHousekeepingAsync(cancellationToken);
            var references = await Repository.ReferencesAsync(cancellationToken);
            await SettlePendingAsync(references);
            references = await RestoreLostAsync(references, cancellationToken);
            if (!references.TryGetBranch(Branch!, out var tip))
            {
                throw Moved(references, null);
            }

            if (tip == Base)
            {
                return;
            }

            await RebaseFrozenAsync(tip, policy, cancellationToken);
        }
        catch (Exception e) when (e is RepositoryException or StorageException)
        {
            throw new SessionException(Errno.InputOutput, e.Message, e);
        }
        finally
        {
            _command.Release();
            await RaiseIfReplacedAsync();
        }
    }

    /// <summary>What would keep a commit from being made on the branch's tip as it is now; empty where nothing would.</summary>
    public async Task<IReadOnlyList<Conflict>> ConflictsAsync(CancellationToken cancellationToken)
    {
        await _command.WaitAsync(cancellationToken);
        try
        {
            using var frozen = await Tree.FreezeAsync();
            var references = await Repository.ReferencesAsync(cancellationToken);
            await SettlePendingAsync(references);
            return await ConflictsAsync(references, await ChangeCollector.CollectAsync(Tree, cancellationToken), cancellationToken);
        }
        finally
        {
            _command.Release();
        }
    }

    private async Task<IReadOnlyList<Conflict>> ConflictsAsync(References references, SessionChanges changes, CancellationToken cancellationToken) =>
        Branch is not null && references.TryGetBranch(Branch, out var tip) && tip != Base && !changes.IsClean
            ? (await PlanAsync(tip, changes, RebasePolicy.Fail, cancellationToken)).Conflicts : [];

    /// <summary>Tells, once nothing waits for it, that names stand for something else than before.</summary>
    private async ValueTask RaiseIfReplacedAsync()
    {
        if (Interlocked.Exchange(ref _isReplaced, false))
        {
            await RaiseAsync(TreeReplaced);
        }
    }

    private async Task RebaseFrozenAsync(ObjectId12 tip, RebasePolicy policy, CancellationToken cancellationToken)
    {
        for (int round = 1; ; round++)
        {
            var changes = await ChangeCollector.CollectAsync(Tree, cancellationToken);
            if (changes.Invalid is [var first, ..])
            {
                // What an invalid document is going to say, and whether that conflicts, nobody knows.
                throw new SessionException(Errno.Invalid, $"nothing can be rebased over {first.Path}: {first.Reason}. Mend or remove it, or discard it");
            }

            var (planner, plan, conflicts) = await PlanAsync(tip, changes, policy, cancellationToken);
            bool goesOn = policy switch
            {
                RebasePolicy.Fail => conflicts.Count == 0,
                RebasePolicy.Theirs => conflicts.All(c => c.Kind == ConflictKind.OthersMoved),
                _ => true,
            };
            if (goesOn)
            {
                _isReplaced = true;
                if (await Tree.DiscardUnchangedAsync())
                {
                    (planner, plan, _) = await PlanAsync(tip, changes, policy, cancellationToken);
                }

                await Tree.DiscardUnchangedSpellingsAsync(); // what the node says may be another from now on
                await Tree.RebaseAsync(plan, planner);
                Base = tip;
                await RecordWithoutWrongCopiesAsync();
                return;
            }

            if (policy == RebasePolicy.Fail || round == MaxRounds)
            {
                throw new SessionException(Errno.Stale, Tell(tip, conflicts));
            }

            await GiveUpAsync(conflicts, cancellationToken);
        }
    }

    private async Task<(RebasePlanner Planner, RebasePlan Plan, IReadOnlyList<Conflict> Conflicts)> PlanAsync(
        ObjectId12 tip, SessionChanges changes, RebasePolicy policy, CancellationToken cancellationToken)
    {
        var conflicts = await Repository.FindConflictsAsync(Base, tip, changes.ToCompare(), cancellationToken);
        var planner = new RebasePlanner(Tree, await Tree.LookAtAsync(tip), changes, conflicts, policy);
        var plan = await planner.PlanAsync();
        var more = plan.Conflicts.Where(c => !conflicts.Any(known => known.Path == c.Path || known.Path.StartsWith(c.Path + "/", StringComparison.Ordinal)));
        return (planner, plan, [.. conflicts, .. more]);
    }

    /// <summary>Writes the tree as it is now, without copies that have become wrong; while that cannot be done, nothing else is changed.</summary>
    private async Task RecordWithoutWrongCopiesAsync()
    {
        Tree.Settle = SettleAsync;
        _isRebaseUnrecorded = true;
        await Tree.Consolidated.CutWrongAsync();
        Tree.RecordAll(j =>
        {
            Tree.PutShownSince(j);
            PutPosition(j, Branch, Base, CheckedOut);
        });
        _isRebaseUnrecorded = false;
        SetPending(_pending);
    }

    private string Tell(ObjectId12 tip, IReadOnlyList<Conflict> conflicts)
    {
        var lines = conflicts.Take(MaxToldConflicts).Select(c => $"  {c.Path}: {c.Sentence} (commit {c.Theirs}){Chunks(c)}");
        string more = conflicts.Count > MaxToldConflicts ? $"\n  … and {conflicts.Count - MaxToldConflicts} more" : "";
        return $"branch {Branch} has moved from {Base} to {tip}, and {conflicts.Count} of its changes conflict with those of this session:\n"
            + string.Join('\n', lines) + more
            + "\nNothing was changed. conflicts.json has all of it. Write \"ours\" to `rebase` to keep what this session has there, \"theirs\" to give that up";

        static string Chunks(Conflict c) => c.Chunks.Count == 0 ? ""
            : $": chunks {string.Join(' ', c.Chunks.Take(3).Select(chunk => $"[{string.Join(", ", chunk)}]"))}{(c.Chunks.Count > 3 ? " …" : "")}";
    }

    /// <summary>Drops the session's changes where they conflict.</summary>
    private async Task GiveUpAsync(IReadOnlyList<Conflict> conflicts, CancellationToken cancellationToken)
    {
        foreach (var conflict in conflicts.OrderBy(c => c.Path, StringComparer.Ordinal))
        {
            switch (conflict.Kind)
            {
                case ConflictKind.OthersMoved:
                    break;
                case ConflictKind.DocumentChangedTwice or ConflictKind.DocumentOfDeletedNode or ConflictKind.DocumentUnderNewChunks:
                    await DiscardNearestAsync(SnapshotTree.Join(conflict.Path, NodeDocument.FileName), cancellationToken);
                    break;
                case ConflictKind.ChunksChangedTwice or ConflictKind.ChunksOfChangedArray or ConflictKind.ChunksOfReshapedArray or ConflictKind.ChunksOfDeletedArray:
                    DiscardChunks(conflict);
                    break;
                default:
                    await DiscardNearestAsync(conflict.Path, cancellationToken);
                    break;
            }
        }
    }

    private void DiscardChunks(Conflict conflict)
    {
        var encoding = Tree.Base.Snapshot.FindNode(conflict.Array!.Value)!.Array!.KeyEncoding;
        var files = new List<(SessionDirectory Directory, string Name)>();
        foreach (uint[] chunk in conflict.Chunks)
        {
            string path = SnapshotTree.Join(conflict.Path, encoding.Format(chunk));
            if (Nearest(path) is { } found && found.Directory.Upper[found.Name] is SessionFile or null)
            {
                files.Add(found);
            }
        }

        Tree.DiscardFiles([.. files.Distinct()]);
    }

    /// <summary>Drops the change of a path, or the removal of something above it.</summary>
    private async Task DiscardNearestAsync(string path, CancellationToken cancellationToken)
    {
        if (Nearest(path) is not { } found)
        {
            return;
        }

        // A directory that was moved goes back, and what has been put in its place has to give way.
        if (found.Directory.Upper[found.Name] is SessionDirectory moved && Tree.IsOfBase(moved.Origin) && Tree.InTheWayOf(moved) is { } other)
        {
            await Tree.DiscardAsync(other.Directory, other.Name, cancellationToken);
        }

        await Tree.DiscardAsync(found.Directory, found.Name, cancellationToken);
    }

    /// <summary>
    /// The changed name at a path, or the one above it that was removed or has been put over what was there; null where the session has changed neither.
    /// </summary>
    private (SessionDirectory Directory, string Name)? Nearest(string path)
    {
        string[] parts = [SnapshotTree.RootName, .. path.Split('/', StringSplitOptions.RemoveEmptyEntries)];
        (SessionDirectory, string)? hides = null;
        var directory = Tree.Top;
        for (int i = 0; directory is not null; i++)
        {
            if (!directory.Upper.TryGetValue(parts[i], out var node))
            {
                return hides;
            }

            if (node is null || i == parts.Length - 1)
            {
                return (directory, parts[i]);
            }

            hides = node is SessionDirectory { Origin: null } ? (directory, parts[i]) : hides;
            directory = node as SessionDirectory;
        }

        return hides;
    }
}
