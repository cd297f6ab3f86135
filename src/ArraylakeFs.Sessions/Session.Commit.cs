using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Sessions;

// Committing. The order that makes it safe at every point: the journal notes the new commit's id and is flushed; staged files become
// chunk objects; the repository announces the commit; the tree absorbs it. Whoever finds the note after a crash asks the repository whether
// that id is there, and goes on from the answer.
public sealed partial class Session
{
    private const int OutcomeAttempts = 3;

    /// <summary>How often a commit looks at what others were faster to commit, before it gives up.</summary>
    private const int MaxRebases = 100;

    /// <summary>
    /// Commits all changes. Where the branch has moved, they are made on its new tip if nothing conflicts. Errors: EROFS, EINVAL (no message, or
    /// an invalid document), ENODATA (nothing to commit), ESTALE (the branch moved, and conflicts), EIO (the storage failed). After an error the
    /// session has all that it had.
    /// </summary>
    public Task<ObjectId12> CommitAsync(string message, CancellationToken cancellationToken) => CommitAsync(message, amends: false, cancellationToken);

    /// <summary>
    /// Puts a commit with the changes of both in the place of the one below, which must be the tip of the branch and not its first commit. Where
    /// nothing has changed, it gets another message. An empty message keeps the one it has. Errors as for a commit.
    /// </summary>
    public Task<ObjectId12> AmendAsync(string message, CancellationToken cancellationToken) => CommitAsync(message, amends: true, cancellationToken);

    private async Task<ObjectId12> CommitAsync(string message, bool amends, CancellationToken cancellationToken)
    {
        await TryPublishAllAgainAsync();
        var id = await CommitChangesAsync(message, amends, cancellationToken);
        try
        {
            await Tree.V2.DropSpellingsAsync(); // what they say is committed
        }
        catch (Exception e) when (e is SessionException or RepositoryException or StorageException or IOException or UnauthorizedAccessException)
        {
            // The commit was made all the same, and they say nothing else than it: the next one lets them go.
        }

        return id;
    }

    private async Task<ObjectId12> CommitChangesAsync(string message, bool amends, CancellationToken cancellationToken)
    {
        await _command.WaitAsync(cancellationToken);
        var progress = _committing = new CommitProgress();
        try
        {
            if (Tree.ReadOnlyReason is { } reason)
            {
                throw new SessionException(Errno.ReadOnly, reason);
            }

            if (string.IsNullOrWhiteSpace(message) && !amends)
            {
                throw new SessionException(Errno.Invalid, "a commit needs a message: echo \"what changed\" > commit");
            }

            if (message.Contains('\0'))
            {
                throw new SessionException(Errno.Invalid, "a commit message cannot hold a NUL byte");
            }

            using var frozen = await Tree.FreezeAsync();
            using var heldOff = await Repository.HoldOffHousekeepingAsync(cancellationToken); // chunk objects come before what refers to them
            for (int attempt = 1; ; attempt++)
            {
                var references = await Repository.ReferencesAsync(cancellationToken);
                await SettlePendingAsync(references);
                references = await RestoreLostAsync(references, cancellationToken);
                try
                {
                    if (!amends)
                    {
                        await FollowBranchAsync(references, cancellationToken);
                    }

                    return await CommitFrozenAsync(references, message, amends, progress, cancellationToken);
                }
                catch (SessionException e) when (e is { Errno: Errno.Stale, InnerException: BranchMovedException } && !amends && attempt < MaxRebases)
                {
                    // Others committed in the meantime: their commit is looked at in the next round.
                }
            }
        }
        catch (Exception e) when (e is RepositoryException or StorageException)
        {
            throw new SessionException(Errno.InputOutput, e.Message, e);
        }
        finally
        {
            _committing = null;
            _command.Release();
            await RaiseIfReplacedAsync();
        }
    }

    /// <summary>Before a commit: where the branch has moved, its new tip goes below the changes.</summary>
    private async Task FollowBranchAsync(References references, CancellationToken cancellationToken)
    {
        if (!references.TryGetBranch(Branch!, out var tip))
        {
            throw Moved(references, null);
        }

        if (tip != Base)
        {
            CheckCommittable(await ChangeCollector.CollectAsync(Tree, cancellationToken));
            await RebaseFrozenAsync(tip, RebasePolicy.Fail, cancellationToken);
        }
    }

    private static void CheckCommittable(SessionChanges changes)
    {
        if (changes.Invalid is [var first, ..])
        {
            throw new SessionException(Errno.Invalid,
                changes.Invalid.Count == 1
                    ? $"nothing was committed, because of one file: {first.Path}: {first.Reason}. Mend or remove it, or discard it"
                    : $"nothing was committed, because of {changes.Invalid.Count} files, such as {first.Path}: {first.Reason}. `status` lists all: mend, remove or discard them");
        }

        if (changes.IsEmpty)
        {
            throw new SessionException(Errno.NoData, changes.Loose.Count == 0
                ? "there is nothing to commit"
                : $"there is nothing to commit: {changes.Loose.Count} file(s) are not part of the hierarchy, such as {changes.Loose[0].Path} ({changes.Loose[0].Reason})");
        }
    }

    private async Task<ObjectId12> CommitFrozenAsync(
        References references, string message, bool amends, CommitProgress progress, CancellationToken cancellationToken)
    {
        progress.Step = CommitStep.Collecting;
        if (!references.TryGetBranch(Branch!, out var tip) || tip != Base)
        {
            throw Moved(references, null);
        }

        var changes = await ChangeCollector.CollectToCommitAsync(Tree, cancellationToken);
        if (!amends || changes.Invalid.Count > 0)
        {
            CheckCommittable(changes);
        }

        var id = ObjectId12.New();
        var metadata = Metadata();
        if (amends && references.TryGetCommit(Base, out var replaced))
        {
            message = string.IsNullOrWhiteSpace(message) ? replaced.Message : message;
            metadata = Amended(replaced, metadata);
        }

        var parent = amends && references.TryGetCommit(Base, out var former) ? former.Parent : Base;
        NotePending(id);
        SessionException? warning = null;
        var placing = Task.CompletedTask;
        try
        {
            var staged = await DescribeChunksAsync(changes, references.InlineThresholdBytes, cancellationToken);
            progress.BeginPlacing(staged.Count);
            placing = _staging.PublishAsync(staged, progress.AddPlaced, CancellationToken.None);
            if (!_staging.MovesFiles)
            {
                await placing; // only renames go on beside the rest
            }

            var request = new CommitRequest(Branch!, Base, id, message, metadata, changes.Set)
            {
                Amends = amends, Placing = placing, Flushing = () => progress.Step = CommitStep.Flushing,
            };
            await Repository.CommitAsync(request, CancellationToken.None);
        }
        catch (Exception e)
        {
            await placing.ContinueWith(static _ => { }, TaskScheduler.Default); // what it is still placing could not be taken back
            warning = await SettleFailureAsync(e);
        }

        LastCommit = id;
        progress.Step = CommitStep.Following;
        try
        {
            await FinishAsync(id, parent);
        }
        catch (Exception e) when (e is SessionException or RepositoryException or IOException or UnauthorizedAccessException)
        {
            // The commit was made and everybody sees it. The session catches up with it before anything else happens.
        }

        return warning is null ? id : throw warning;
    }

    /// <summary>The replaced commit's metadata with the author of the new one.</summary>
    private static JsonObject Amended(CommitInfo replaced, JsonObject own)
    {
        var metadata = replaced.Metadata;
        metadata.Remove("__icechunk"); // what the official client says there is of that very commit
        foreach (var (key, value) in own)
        {
            metadata[key] = value?.DeepClone();
        }

        return metadata;
    }

    /// <summary>
    /// After a failure: if the commit happened all the same, what is to be said of it (null: nothing); else puts everything back and throws.
    /// </summary>
    private async Task<SessionException?> SettleFailureAsync(Exception failure)
    {
        var id = _pending!.Value;
        References? references = null;
        for (int i = 0; i < OutcomeAttempts && references is null; i++)
        {
            try
            {
                references = await Repository.ReferencesAsync(CancellationToken.None);
            }
            catch (Exception e) when (e is RepositoryException or StorageException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50 << i));
            }
        }

        if (references is null)
        {
            throw new SessionException(Errno.InputOutput,
                $"the storage failed, and whether commit {id} was made cannot be told yet; the next commit finds out. ({failure.Message})", failure);
        }

        if (references.Contains(id))
        {
            return await WhyNotDurableAsync(id, failure);
        }

        try
        {
            TakeBack();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SessionException)
        {
            throw new SessionException(Errno.InputOutput, $"nothing was committed, and the session is to be mended first: {e.Message}", failure);
        }

        throw failure switch
        {
            BranchMovedException => Moved(references, failure),
            SessionException => failure,
            RepositoryException { Kind: RepositoryErrorKind.Invalid } => new SessionException(Errno.Invalid, failure.Message, failure),
            RepositoryException { Kind: RepositoryErrorKind.ReadOnly } => new SessionException(Errno.ReadOnly, failure.Message, failure),
            RepositoryException { Kind: RepositoryErrorKind.NotDurable } => new SessionException(Errno.InputOutput,
                $"commit {id} was made, and another program replaced the repository's state without looking: it is gone. All changes are still here; commit again",
                failure),
            RepositoryException or StorageException or IOException =>
                new SessionException(Errno.InputOutput, $"nothing was committed and nothing is lost: {failure.Message}", failure),
            _ => failure,
        };
    }

    /// <summary>A commit that everybody sees may still be lost in a power cut, and then whoever made it is told; null if it is safe.</summary>
    private async Task<SessionException?> WhyNotDurableAsync(ObjectId12 id, Exception failure)
    {
        if (failure is RepositoryException { Kind: RepositoryErrorKind.NotDurable })
        {
            return new SessionException(Errno.InputOutput, failure.Message, failure);
        }

        try
        {
            await Repository.Store.FlushAsync(CancellationToken.None);
            return null;
        }
        catch (StorageException e)
        {
            return new SessionException(Errno.InputOutput, $"commit {id} was made, but may not survive a power cut: {e.Message}", e);
        }
    }

    /// <summary>
    /// If the outcome of a commit was not known, or the session could not follow it: finishes it or puts everything back. The tree must be
    /// frozen. EIO if it still cannot be done.
    /// </summary>
    private async Task SettlePendingAsync(References? known)
    {
        if (_isRebaseUnrecorded)
        {
            await RecordWithoutWrongCopiesAsync();
        }

        if (_pending is not { } id)
        {
            return;
        }

        try
        {
            var references = known ?? await Repository.ReferencesAsync(CancellationToken.None);
            if (_isAbsorbed)
            {
                await FinishAsync(id, _lastParent);
            }
            else if (references.TryGetCommit(id, out var made))
            {
                await FinishAsync(id, made.Parent);
            }
            else
            {
                TakeBack();
            }
        }
        catch (Exception e) when (e is RepositoryException or IOException or UnauthorizedAccessException or SessionException)
        {
            throw new SessionException(Errno.InputOutput,
                $"nothing can be changed until it is known whether commit {id} was made, and the session has followed it: {e.Message}", e);
        }
    }

    private async Task SettleAsync()
    {
        await _command.WaitAsync();
        try
        {
            using var frozen = await Tree.FreezeAsync();
            await SettlePendingAsync(null);
        }
        finally
        {
            _command.Release();
            await RaiseIfReplacedAsync();
        }
    }

    private async Task FinishAsync(ObjectId12 id, ObjectId12? parent)
    {
        if (!_isAbsorbed)
        {
            _isReplaced |= await Tree.Consolidated.CutCommittedAsync();
            await Tree.AbsorbAsync(id, isNext: parent == Base);
            (Base, LastCommit, _lastParent, _isAbsorbed) = (id, id, parent, true);
        }

        Tree.RecordAll(j =>
        {
            PutPosition(j, Branch, id, CheckedOut);
            j.PutValue(LastCommitKey, id.ToString());
            j.PutValue(LastParentKey, _lastParent?.ToString());
            j.PutValue(PendingKey, null);
        });
        SetPending(null);
    }

    private void NotePending(ObjectId12 id)
    {
        _journal.Record(j => j.PutValue(PendingKey, id.ToString()));
        SetPending(id);
        _journal.Sync(); // before any staged file leaves its folder: the note must not be what a power cut takes
    }

    private void TakeBack()
    {
        foreach (var id in Tree.StagedIds())
        {
            _staging.TakeBack(id);
        }

        _journal.Record(j => j.PutValue(PendingKey, null));
        SetPending(null);
    }

    private void SetPending(ObjectId12? id)
    {
        (_pending, _isAbsorbed) = (id, false);
        Tree.Settle = id is null ? null : SettleAsync;
    }

    /// <summary>
    /// Says in the change set what the written chunks consist of; the staged files among that, which are to become chunk objects.
    /// </summary>
    private async Task<List<ObjectId12>> DescribeChunksAsync(SessionChanges changes, int inlineThresholdBytes, CancellationToken cancellationToken)
    {
        var (staged, known) = (new List<ObjectId12>(), new HashSet<ObjectId12>());
        foreach (var (array, coordinates, file) in changes.Chunks)
        {
            ChunkPayload payload;
            if (file.Content is ObjectContent o)
            {
                payload = new ChunkPayload.Native(o.ChunkId, o.Length);
            }
            else if (file.Content is ChunkContent chunk)
            {
                payload = new ChunkPayload.Existing(chunk.Chunk);
            }
            else if (file.Content.StagedId is { } id && Tree.Status(file).Size is var size && size > inlineThresholdBytes)
            {
                payload = new ChunkPayload.Native(id, size);
                if (known.Add(id))
                {
                    staged.Add(id);
                }
            }
            else
            {
                payload = new ChunkPayload.Inline(await Tree.ReadAllAsync(file, int.MaxValue, cancellationToken));
            }

            if (!changes.Set.Chunks.TryGetValue(array, out var list))
            {
                changes.Set.Chunks[array] = list = [];
            }

            list.Add(new ChunkChange(coordinates, payload));
        }

        return staged;
    }

    private JsonObject Metadata() => _settings.Author?.Value.ToMetadata() ?? [];

    private SessionException Moved(References references, Exception? inner) => new(Errno.Stale, references.TryGetBranch(Branch!, out var tip)
        ? $"branch {Branch} has moved from {Base} to {tip} since this session started, so nothing was committed: write \"fail\" to `rebase` to put the changes on the new tip"
        : $"branch {Branch} has been deleted, so nothing was committed. To keep the changes: make a branch at their commit with `mkdir branches/NAME`, and write NAME to `checkout`", inner);
}
