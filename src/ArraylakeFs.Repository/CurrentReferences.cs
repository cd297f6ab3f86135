using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>A state of <c>repo</c>, the version of the object it was read from, and whether another program wrote that.</summary>
internal sealed record CurrentReferences(References Value, ETag ETag, bool IsForeign)
{
    /// <summary>Where the state of a repository of spec version 1 comes from, which has no <c>repo</c>; null for others.</summary>
    public Version1History? Version1 { get; init; }

    /// <summary>Reads <c>repo</c>. Where it is, the repository is of spec version 2, also if a migration has left the files of version 1.</summary>
    /// <exception cref="RepositoryException">There is no repository, or it is damaged.</exception>
    public static async Task<CurrentReferences> GetAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(IcechunkPaths.Repo, Limits.MaxFileBytes, cancellationToken) is { } file)
        {
            var references = new References(MetadataFiles.Decode(IcechunkPaths.Repo, file, RepoInfo.Decode));
            return new(references, file.ETag, IcechunkFile.IsForeign(file.Content.Span));
        }

        if (await store.StatAsync(IcechunkPaths.Version1MainBranch, cancellationToken) is null)
        {
            throw new RepositoryException(RepositoryErrorKind.NotFound, $"There is no Icechunk repository at {store.DisplayName}.");
        }

        var history = new Version1History(store);
        return new(await history.GetAsync(cancellationToken), default, false) { Version1 = history };
    }
}
