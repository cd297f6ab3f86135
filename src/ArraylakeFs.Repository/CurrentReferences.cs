using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>A state of <c>repo</c>, the version of the object it was read from, and whether another program wrote that.</summary>
internal sealed record CurrentReferences(References Value, ETag ETag, bool IsForeign)
{
    /// <summary>Reads <c>repo</c>.</summary>
    /// <exception cref="RepositoryException">There is no repository, or one of another version.</exception>
    public static async Task<CurrentReferences> GetAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(IcechunkPaths.Repo, Limits.MaxFileBytes, cancellationToken) is { } file)
        {
            var references = new References(MetadataFiles.Decode(IcechunkPaths.Repo, file, RepoInfo.Decode));
            return new(references, file.ETag, IcechunkFile.IsForeign(file.Content.Span));
        }

        throw await store.StatAsync(IcechunkPaths.Version1MainBranch, cancellationToken) is null
            ? new RepositoryException(RepositoryErrorKind.NotFound, $"There is no Icechunk repository at {store.DisplayName}.")
            : new RepositoryException(
                RepositoryErrorKind.Unsupported, $"The repository at {store.DisplayName} is of Icechunk spec version 1, which cannot be read yet.");
    }
}
