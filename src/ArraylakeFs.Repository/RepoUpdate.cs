using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>
/// Announces a written snapshot in <c>repo</c>. The object is replaced only if it is the version that the new one was made from; when
/// others were faster, everything is considered again on their version, so that changes which do not concern the branch never conflict.
/// </summary>
internal sealed class RepoUpdate(IObjectStore store, string branch, SnapshotInfo snapshot)
{
    private const int MaxAttempts = 100;
    private const int ImmediateAttempts = 5;
    private const int MaxPauseMs = 1000;

    /// <summary>An official client needs a few milliseconds from reading <c>repo</c> to replacing it.</summary>
    private const int SecondLookMs = 50;

    /// <summary>How to wait; tests need not.</summary>
    public Func<int, CancellationToken, Task> Pause { get; init; } = Task.Delay;

    /// <summary>Returns when <c>repo</c> has the snapshot.</summary>
    /// <exception cref="BranchMovedException">The branch is not at the snapshot's parent.</exception>
    /// <exception cref="RepositoryException">Nothing was changed, unless the kind is <see cref="RepositoryErrorKind.NotDurable"/>.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var areForeignersAbout = false;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (attempt >= ImmediateAttempts)
            {
                await Pause(Random.Shared.Next(1, Math.Min(MaxPauseMs, 10 << Math.Min(attempt - ImmediateAttempts, 10))), cancellationToken);
            }

            var current = await CurrentReferences.GetAsync(store, cancellationToken);
            if (HasHappened(current.Value, branch, snapshot.Id))
            {
                await ConfirmAsync(store, snapshot.Id);
                return;
            }

            CheckAllowed(current.Value, branch, snapshot.Parent!.Value);
            areForeignersAbout |= current.IsForeign;
            if (await TryPutAsync(current, cancellationToken) && await HasStayedAsync(areForeignersAbout))
            {
                return;
            }
        }

        throw new RepositoryException(
            RepositoryErrorKind.Busy, $"'{IcechunkPaths.Repo}' was changed by others {MaxAttempts} times in a row: the commit found no gap. Nothing was changed.");
    }

    /// <summary>Whether the branch has the snapshot: then the commit was made, even if nobody was told.</summary>
    public static bool HasHappened(References references, string branch, ObjectId12 snapshot) =>
        references.TryGetBranch(branch, out var tip) && references.IsAncestor(snapshot, tip);

    /// <summary>
    /// To be called when a commit is found to have been made although no put said so: the put may have failed between the change and the
    /// flush. A store whose flush has failed once fails here again.
    /// </summary>
    /// <exception cref="RepositoryException">The commit was made, but the storage cannot make it durable.</exception>
    public static async Task ConfirmAsync(IObjectStore store, ObjectId12 commit)
    {
        try
        {
            await store.FlushAsync(CancellationToken.None);
        }
        catch (StorageException failure)
        {
            throw new RepositoryException(
                RepositoryErrorKind.NotDurable, $"The commit {commit} was made, but it may not survive a power cut: {failure.Message}", failure);
        }
    }

    /// <summary>Whether a commit can be made on a branch.</summary>
    public static void CheckAllowed(References references, string branch, ObjectId12 @base)
    {
        if (references.IsReadOnly)
        {
            throw new RepositoryException(
                RepositoryErrorKind.ReadOnly, $"The repository is read-only{(references.ReadOnlyReason is { Length: > 0 } reason ? $": {reason}" : ".")}");
        }

        if (!references.TryGetBranch(branch, out var tip))
        {
            throw new RepositoryException(RepositoryErrorKind.NotFound, $"There is no branch '{branch}'.");
        }

        if (tip != @base)
        {
            throw new BranchMovedException(branch, @base, tip);
        }
    }

    /// <summary>
    /// An official client that had read the former version does not look before it writes: see whether ours is still there. Where a
    /// version of theirs was found during this update, one of them may still be between the two, so look again a little later. Our own
    /// processes hold a lock, and other kinds of stores replace conditionally for everyone: they cost no second look.
    /// </summary>
    private async Task<bool> HasStayedAsync(bool areForeignersAbout)
    {
        if (await LookAsync(references => references.Contains(snapshot.Id)) == false)
        {
            return false;
        }

        if (!areForeignersAbout || store.Local is null)
        {
            return true;
        }

        await Pause(SecondLookMs, CancellationToken.None);
        return await LookAsync(references => references.Contains(snapshot.Id)) != false;
    }

    private async Task<bool> TryPutAsync(CurrentReferences current, CancellationToken cancellationToken)
    {
        var now = Timestamp.Now;
        var backupName = IcechunkPaths.NewBackupName(now);
        var content = MetadataFiles.Make(() =>
        {
            var builder = new RepoInfoBuilder(current.Value.Repo);
            builder.Commit(branch, snapshot);
            return builder.Build(now, backupName, current.Value.Settings.MaxUpdates);
        });
        CheckReadable(content);
        try
        {
            return await store.PutIfMatchAsync(IcechunkPaths.Repo, content, current.ETag, IcechunkPaths.Overwritten + backupName, cancellationToken) is not null;
        }
        catch (StorageException failure)
        {
            // It may have happened all the same. If even looking fails, the caller hears of the first failure and can repeat the commit.
            if (await LookAsync(references => HasHappened(references, branch, snapshot.Id)) == true)
            {
                await ConfirmAsync(store, snapshot.Id);
                return failure.KeptPath is null ? true : throw new RepositoryException(
                    RepositoryErrorKind.NotDurable, $"The commit {snapshot.Id} was made, perhaps over one of others: {failure.Message}", failure);
            }

            throw;
        }
    }

    /// <summary>Whatever mistake made a file that cannot be read, it must not become the repository's only entrance.</summary>
    private static void CheckReadable(byte[] content)
    {
        try
        {
            RepoInfo.Decode(IcechunkPaths.Repo, content);
        }
        catch (IcechunkFormatException failure)
        {
            throw new RepositoryException(
                RepositoryErrorKind.Invalid, $"Nothing was committed, for the repository could not be read any more: {failure.Message}", failure);
        }
    }

    /// <summary>What is true of the present state; null if it cannot be read.</summary>
    private async Task<bool?> LookAsync(Func<References, bool> what)
    {
        try
        {
            return what((await CurrentReferences.GetAsync(store, CancellationToken.None)).Value);
        }
        catch (Exception failure) when (failure is StorageException or RepositoryException)
        {
            return null;
        }
    }
}
