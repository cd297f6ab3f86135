using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>
/// Brings a change into <c>repo</c>. The object is replaced only if it is the version that the new one was made from; when others were
/// faster, everything is considered again on their version, so that changes which do not concern each other never conflict.
/// </summary>
internal sealed class RepoUpdate(IObjectStore store, RepoChange change)
{
    private const int MaxAttempts = 100;
    private const int ImmediateAttempts = 5;
    private const int MaxPauseMs = 1000;

    /// <summary>An official client needs a few milliseconds from reading <c>repo</c> to replacing it.</summary>
    private const int SecondLookMs = 50;

    /// <summary>Entries of the operations log that were or may have been written: what is found there was done, whatever others did since.</summary>
    private readonly List<Icechunk.RepoUpdate> _tried = [];

    /// <summary>How to wait; tests need not.</summary>
    public Func<int, CancellationToken, Task> Pause { get; init; } = Task.Delay;

    /// <summary>Returns when <c>repo</c> has the change.</summary>
    /// <exception cref="BranchMovedException">The branch is not where the change expects it.</exception>
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
            if (HasHappened(current.Value))
            {
                await ConfirmAsync(store, change);
                return;
            }

            change.Check(current.Value);
            areForeignersAbout |= current.IsForeign;
            if (await TryPutAsync(current, cancellationToken) && await HasStayedAsync(areForeignersAbout))
            {
                return;
            }
        }

        throw new RepositoryException(
            RepositoryErrorKind.Busy, $"'{IcechunkPaths.Repo}' was changed by others {MaxAttempts} times in a row: there was no gap. Nothing was changed.");
    }

    /// <summary>
    /// To be called when a change is found to have been made although no put said so: the put may have failed between the change and the
    /// flush. A store whose flush has failed once fails here again.
    /// </summary>
    /// <exception cref="RepositoryException">The change was made, but the storage cannot make it durable.</exception>
    public static async Task ConfirmAsync(IObjectStore store, RepoChange change)
    {
        try
        {
            await store.FlushAsync(CancellationToken.None);
        }
        catch (StorageException failure)
        {
            throw new RepositoryException(
                RepositoryErrorKind.NotDurable, $"{change.Done}, but it may not survive a power cut: {failure.Message}", failure);
        }
    }

    /// <summary>Whether this very change is in a version.</summary>
    private bool HasHappened(References references) =>
        change.IsInPlace(references) ? change.IsUnmistakable || _tried.Count > 0 : IsInLog(references);

    private bool IsInLog(References references) => _tried.Count > 0 && Enumerable.Range(0, references.Repo.UpdateCount).Select(references.Repo.UpdateAt)
        .Any(entry => _tried.Any(tried => tried == entry with { BackupPath = null }));

    /// <summary>
    /// An official client that had read the former version does not look before it writes: see whether ours is still there. Where a
    /// version of theirs was found during this update, one of them may still be between the two, so look again a little later. Our own
    /// processes hold a lock, and other kinds of stores replace conditionally for everyone: they cost no second look.
    /// </summary>
    private async Task<bool> HasStayedAsync(bool areForeignersAbout)
    {
        if (await LookAsync() == false)
        {
            return false;
        }

        if (!areForeignersAbout || store.Local is null)
        {
            return true;
        }

        await Pause(SecondLookMs, CancellationToken.None);
        return await LookAsync() != false;
    }

    private async Task<bool> TryPutAsync(CurrentReferences current, CancellationToken cancellationToken)
    {
        var now = Timestamp.Now;
        var backupName = IcechunkPaths.NewBackupName(now);
        var content = MetadataFiles.Make(() =>
        {
            var builder = new RepoInfoBuilder(current.Value.Repo);
            change.Apply(builder);
            return builder.Build(now, backupName, current.Value.Settings.MaxUpdates);
        });
        _tried.Add(Reread(content).UpdateAt(0));
        try
        {
            if (await store.PutIfMatchAsync(IcechunkPaths.Repo, content, current.ETag, IcechunkPaths.Overwritten + backupName, cancellationToken) is not null)
            {
                return true;
            }

            _tried.RemoveAt(_tried.Count - 1); // others were faster: this one was not made, and what looks like it is theirs
            return false;
        }
        catch (StorageException failure)
        {
            // It may have happened all the same. If even looking fails, the caller hears of the first failure and can repeat the change.
            if (await LookAsync() == true)
            {
                await ConfirmAsync(store, change);
                return failure.KeptPath is null ? true : throw new RepositoryException(
                    RepositoryErrorKind.NotDurable, $"{change.Done}, perhaps over one of others: {failure.Message}", failure);
            }

            throw;
        }
    }

    /// <summary>Whatever mistake made a file that cannot be read, it must not become the repository's only entrance.</summary>
    private static RepoInfo Reread(byte[] content)
    {
        try
        {
            return RepoInfo.Decode(IcechunkPaths.Repo, content);
        }
        catch (IcechunkFormatException failure)
        {
            throw new RepositoryException(
                RepositoryErrorKind.Invalid, $"Nothing was changed, for the repository could not be read any more: {failure.Message}", failure);
        }
    }

    /// <summary>Whether the change is in the present version; null if that cannot be read.</summary>
    private async Task<bool?> LookAsync()
    {
        try
        {
            return HasHappened((await CurrentReferences.GetAsync(store, CancellationToken.None)).Value);
        }
        catch (Exception failure) when (failure is StorageException or RepositoryException)
        {
            return null;
        }
    }
}
