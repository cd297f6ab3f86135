using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;

namespace ArraylakeFs.Sessions;

// A commit of this session that another program has overwritten. The session knows of it: the commit is its base, and the repository does not have it.
public sealed partial class Session
{
    /// <summary>The parent of the newest commit made in this session, so that it can be put back.</summary>
    private ObjectId12? _lastParent;

    private bool IsLost(References references) => Base == LastCommit && _lastParent is not null && !references.Contains(Base);

    /// <summary>
    /// Puts the commit back that is gone, or its changes on top of what others have committed. The tree must be frozen. ESTALE where that
    /// conflicts: once, for then the commit is kept without a branch, and the session goes on from there as after any other change of the branch.
    /// </summary>
    private async Task<References> RestoreLostAsync(References references, CancellationToken cancellationToken)
    {
        if (Branch is null || !IsLost(references))
        {
            return references;
        }

        var lost = Base;
        if (await Repository.RestoreAsync(Branch, lost, _lastParent!.Value, cancellationToken) is not { } restored)
        {
            bool isKept = (await Repository.ReferencesAsync(cancellationToken)).Contains(lost);
            throw new SessionException(Errno.Stale, isKept
                ? $"another program replaced the repository's state without looking, and commit {lost} was gone from branch {Branch}. It conflicts with what was "
                    + $"committed since, so it is kept beside the branch: commits/{lost}. Write \"ours\" or \"theirs\" to `rebase` to go on with the uncommitted changes"
                : $"commit {lost}, which this session stands on, has been removed from the repository: copy what you need, then write \"all\" to `discard` and "
                    + $"{Branch} to `checkout`");
        }

        if (restored != lost)
        {
            await RebaseFrozenAsync(restored, RebasePolicy.Fail, cancellationToken);
            LastCommit = restored;
        }

        return await Repository.ReferencesAsync(cancellationToken);
    }
}
