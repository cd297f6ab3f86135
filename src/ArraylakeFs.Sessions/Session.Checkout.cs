using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Sessions;

// Going to another version, or to another branch.
public sealed partial class Session
{
    /// <summary>
    /// Shows a branch, tag or commit. ENOENT for an unknown name, EBUSY while there are uncommitted changes. A branch that is at the commit
    /// below is an exception: the changes stay, and go to that branch from now on.
    /// </summary>
    public async Task CheckoutAsync(string name, CancellationToken cancellationToken)
    {
        await _command.WaitAsync(cancellationToken);
        try
        {
            using (await Tree.FreezeAsync())
            using (await SessionClaim.HoldOffHousekeepingAsync(Repository, _settings, cancellationToken))
            {
                var references = await Repository.ReferencesAsync(cancellationToken);
                await SettlePendingAsync(references);
                var (branch, snapshot) = Resolve(references, name);
                name = branch ?? (references.TryGetTag(name, out _) ? name : ReferenceName.Find(references.Tags, name)?.Name ?? name);
                if (snapshot == Base && branch == Branch)
                {
                    return;
                }

                if (snapshot == Base && branch is not null)
                {
                    GoOnIn(references, branch);
                    return;
                }

                await CheckNothingUncommittedAsync(references, name, cancellationToken);
                await ShowAsync(references, branch, snapshot, name);
            }
        }
        finally
        {
            _command.Release();
        }

        await RaiseAsync(TreeReplaced);
    }

    /// <summary>On opening: goes to the branch or version that was asked for, or, with nothing uncommitted, to the tip of the branch.</summary>
    private async Task MoveToWhatWasAskedAsync(References references, CancellationToken cancellationToken)
    {
        string name = _settings.Ref ?? _settings.Branch ?? CheckedOut;
        if (_settings.Ref is null && _settings.Branch is null && (Branch is null || !references.TryGetBranch(Branch, out _)))
        {
            return;
        }

        var (branch, snapshot) = Resolve(references, name);
        if (_settings.Ref is null && _settings.Branch is not null && branch is null)
        {
            throw NoBranch(name);
        }

        if (branch == Branch && snapshot == Base)
        {
            return;
        }

        if ((await ChangeCollector.CollectAsync(Tree, cancellationToken)).IsClean)
        {
            await ShowAsync(references, branch, snapshot, name);
        }
        else if (snapshot == Base && branch is not null)
        {
            GoOnIn(references, branch);
        }
        else if (branch != Branch || branch is null)
        {
            throw new SessionException(Errno.Busy,
                $"the session at this mountpoint has uncommitted changes on {CheckedOut}: mount without --branch and --ref, then commit or discard them");
        }
    }

    private async Task CheckNothingUncommittedAsync(References references, string name, CancellationToken cancellationToken)
    {
        var changes = await ChangeCollector.CollectAsync(Tree, cancellationToken);
        if (!changes.IsClean)
        {
            var all = changes.Paths.Select(p => p.Path).Concat(changes.Invalid.Concat(changes.Loose).Select(p => p.Path)).ToList();
            throw new SessionException(Errno.Busy, changes.Paths.Count > 0
                ? $"'{name}' cannot be checked out over {all.Count} uncommitted file(s), such as {all[0]}: {HowToKeep(references)}, or write \"all\" to `discard`"
                : $"'{name}' cannot be checked out over {all.Count} file(s) that a commit does not take, such as {all[0]}: remove them, or write \"all\" to `discard`");
        }
    }

    /// <summary>What makes a commit of the changes, or lets it be made.</summary>
    private string HowToKeep(References references) =>
        !references.TryGetBranch(Branch!, out var tip) ? $"branch {Branch} has been deleted: `mkdir branches/NAME` makes one for them, to be checked out"
        : tip != Base ? $"branch {Branch} has moved: write a message to `commit`, or, if they conflict, to `rebase` what is to become of them"
        : "write a message to `commit`";

    private async Task ShowAsync(References references, string? branch, ObjectId12 snapshot, string name)
    {
        try
        {
            await Tree.ResetAsync(snapshot, j => PutPosition(j, branch, snapshot, name));
        }
        catch (Exception e) when (e is RepositoryException or StorageException)
        {
            throw new SessionException(Errno.InputOutput, e.Message, e);
        }

        (Branch, Base, CheckedOut) = (branch, snapshot, name);
        SetReadOnlyReason(references);
    }

    /// <summary>Another branch at the same commit: the same files, and all changes to them.</summary>
    private void GoOnIn(References references, string branch)
    {
        _journal.Record(j => PutPosition(j, branch, Base, branch));
        (Branch, CheckedOut) = (branch, branch);
        SetReadOnlyReason(references);
    }

    private static void PutPosition(Journal journal, string? branch, ObjectId12 snapshot, string name)
    {
        journal.PutValue(BranchKey, branch);
        journal.PutValue(BaseKey, snapshot.ToString());
        journal.PutValue(ShownKey, name);
    }
}
