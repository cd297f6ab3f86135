using System.Runtime.CompilerServices;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

// Branches, tags and the operations log. Every change is made as a whole or not at all, and is durable when the call returns.
public sealed partial class ZarrRepository
{
    /// <summary>Makes a branch at a commit. Any text but the empty one can be a name.</summary>
    /// <exception cref="RepositoryException">Exists, NotFound (no such commit), Invalid, ReadOnly.</exception>
    public Task CreateBranchAsync(string name, ObjectId12 snapshot, CancellationToken cancellationToken) =>
        UpdateAsync(new ReferenceChange.CreateBranch(name, snapshot), cancellationToken);

    /// <summary>
    /// Sets a branch to another commit, if it is still at <paramref name="expected"/>; null takes it wherever it is. Commits that no branch or
    /// tag holds any more stay, reachable by their ids, until garbage is collected.
    /// </summary>
    /// <exception cref="BranchMovedException">It is elsewhere.</exception>
    /// <exception cref="RepositoryException">NotFound (no such branch or commit), ReadOnly.</exception>
    public Task ResetBranchAsync(string name, ObjectId12 snapshot, ObjectId12? expected, CancellationToken cancellationToken) =>
        UpdateAsync(new ReferenceChange.ResetBranch(name, snapshot, expected), cancellationToken);

    /// <summary>Deletes a branch other than <c>main</c>, if it is still at <paramref name="expected"/> (null: wherever it is); its commits stay.</summary>
    /// <exception cref="BranchMovedException">It is elsewhere.</exception>
    /// <exception cref="RepositoryException">NotFound, Invalid (<c>main</c>), ReadOnly.</exception>
    public Task DeleteBranchAsync(string name, ObjectId12? expected, CancellationToken cancellationToken) =>
        UpdateAsync(new ReferenceChange.DeleteBranch(name, expected), cancellationToken);

    /// <summary>Makes a tag, which is never moved; the name of a deleted one is never used again.</summary>
    /// <exception cref="RepositoryException">Exists, NotFound (no such commit), Invalid, ReadOnly.</exception>
    public Task CreateTagAsync(string name, ObjectId12 snapshot, CancellationToken cancellationToken) =>
        UpdateAsync(new ReferenceChange.CreateTag(name, snapshot), cancellationToken);

    /// <summary>Deletes a tag for ever.</summary>
    /// <exception cref="RepositoryException">NotFound, Invalid (the repository forbids it), ReadOnly.</exception>
    public Task DeleteTagAsync(string name, CancellationToken cancellationToken) => UpdateAsync(new ReferenceChange.DeleteTag(name), cancellationToken);

    /// <summary>
    /// The operations log, newest first. It goes on in former versions of <c>repo</c>; where one of those is missing, the log ends, as it does
    /// for the official client.
    /// </summary>
    /// <exception cref="RepositoryException">A former version is damaged.</exception>
    public async IAsyncEnumerable<Operation> OperationsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var repo = (await ReferencesAsync(cancellationToken)).Repo;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            for (var i = 0; i < repo.UpdateCount; i++)
            {
                yield return Operation.Of(repo.UpdateAt(i));
            }

            // A file that names itself, or one before it, would go on for ever.
            if (repo.RepoBeforeUpdates is not { } name || name.Contains('/') || !seen.Add(name)
                || await Store.GetAsync(IcechunkPaths.Overwritten + name, Limits.MaxFileBytes, cancellationToken) is not { } file)
            {
                yield break;
            }

            repo = MetadataFiles.Decode(IcechunkPaths.Overwritten + name, file, RepoInfo.Decode);
        }
    }

    private Task UpdateAsync(RepoChange change, CancellationToken cancellationToken) => new RepoUpdate(Store, change).RunAsync(cancellationToken);
}
