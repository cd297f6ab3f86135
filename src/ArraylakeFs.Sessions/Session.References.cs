using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Sessions;

// Branches and tags belong to the repository: a change of them is there at once and for everybody. The session stays on its commit and
// branch, with all its changes, whatever becomes of them.
public sealed partial class Session
{
    private const string MainBranch = "main";
    private const int MaxMoveAttempts = 10;

    /// <summary>EROFS where this session may change no branch or tag.</summary>
    public void CheckReferencesCanChange(References references)
    {
        if (WhyReadOnly(references) is { } reason)
        {
            throw new SessionException(Errno.ReadOnly, reason);
        }
    }

    /// <summary>Makes a branch. EEXIST, ENOENT (no such commit), EINVAL (no name), EROFS.</summary>
    public Task CreateBranchAsync(string name, ObjectId12 commit, CancellationToken cancellationToken) =>
        ChangeAsync(Errno.Invalid, r => r.CreateBranchAsync(name, commit, cancellationToken));

    /// <summary>Makes a branch, or resets the one that is there, wherever it is by then. ENOENT (no such commit), EINVAL (no name), EROFS.</summary>
    public Task SetBranchAsync(string name, ObjectId12 commit, CancellationToken cancellationToken) =>
        ChangeAsync(Errno.Invalid, r => SetBranchAsync(r, name, commit, cancellationToken));

    /// <summary>
    /// Gives a branch another name. If <paramref name="replaces"/>, a branch of that name is reset to its commit, else that is EEXIST. These
    /// are two steps, and a commit that others make between them is taken along. ENOENT (no such branch), EINVAL (no name), EPERM
    /// (<c>main</c> stays), EROFS, EAGAIN.
    /// </summary>
    public Task MoveBranchAsync(string name, string newName, bool replaces, CancellationToken cancellationToken) => ChangeAsync(Errno.Invalid, async repository =>
    {
        CheckIsNotMain(name, "renamed");
        for (int attempt = 0; attempt < MaxMoveAttempts; attempt++)
        {
            var references = await repository.ReferencesAsync(cancellationToken);
            if (!references.TryGetBranch(name, out var tip))
            {
                throw NoBranch(name);
            }

            await (replaces || attempt > 0 ? SetBranchAsync(repository, newName, tip, cancellationToken)
                : repository.CreateBranchAsync(newName, tip, cancellationToken));
            try
            {
                await repository.DeleteBranchAsync(name, tip, cancellationToken);
                return;
            }
            catch (BranchMovedException)
            {
                // again, with the new tip
            }
        }

        throw new SessionException(Errno.TryAgain, $"the branch '{name}' got commits all the time: there is a branch '{newName}' now, and '{name}' stays");
    });

    /// <summary>Deletes a branch, wherever it is by then; its commits stay. ENOENT, EPERM (<c>main</c> stays), EROFS.</summary>
    public Task DeleteBranchAsync(string name, CancellationToken cancellationToken) => ChangeAsync(Errno.NotPermitted, repository =>
    {
        CheckIsNotMain(name, "deleted");
        return repository.DeleteBranchAsync(name, null, cancellationToken);
    });

    /// <summary>Makes a tag. EEXIST, also if there was one of that name, ENOENT (no such commit), EINVAL, EROFS.</summary>
    public Task CreateTagAsync(string name, ObjectId12 commit, CancellationToken cancellationToken) =>
        ChangeAsync(Errno.Invalid, r => r.CreateTagAsync(name, commit, cancellationToken));

    /// <summary>Deletes a tag for ever. ENOENT, EPERM (the repository forbids it), EROFS.</summary>
    public Task DeleteTagAsync(string name, CancellationToken cancellationToken) =>
        ChangeAsync(Errno.NotPermitted, r => r.DeleteTagAsync(name, cancellationToken));

    private static async Task SetBranchAsync(ZarrRepository repository, string name, ObjectId12 commit, CancellationToken cancellationToken)
    {
        if (!(await repository.ReferencesAsync(cancellationToken)).TryGetBranch(name, out var tip))
        {
            await repository.CreateBranchAsync(name, commit, cancellationToken);
        }
        else if (tip != commit)
        {
            await repository.ResetBranchAsync(name, commit, null, cancellationToken);
        }
    }

    private static void CheckIsNotMain(string name, string what)
    {
        if (name == MainBranch)
        {
            throw new SessionException(Errno.NotPermitted, $"the branch '{MainBranch}' cannot be {what}: every repository has it");
        }
    }

    private async Task ChangeAsync(Errno whenInvalid, Func<ZarrRepository, Task> change)
    {
        try
        {
            CheckReferencesCanChange(await Repository.ReferencesAsync(CancellationToken.None));
            await change(Repository);
        }
        catch (RepositoryException e)
        {
            throw new SessionException(
                e.Kind switch
                {
                    RepositoryErrorKind.NotFound => Errno.NoEntry,
                    RepositoryErrorKind.Exists => Errno.Exists,
                    RepositoryErrorKind.Invalid => whenInvalid,
                    RepositoryErrorKind.ReadOnly => Errno.ReadOnly,
                    RepositoryErrorKind.Busy => Errno.TryAgain,
                    _ => Errno.InputOutput,
                },
                e.Message, e);
        }
        catch (StorageException e)
        {
            throw new SessionException(Errno.InputOutput, e.Message, e);
        }
    }
}
