namespace ArraylakeFs.Repository;

/// <summary>
/// Where the user lets a repository's virtual chunks read outside the repository. A repository from elsewhere can name any file of the
/// user's, so it never decides that itself.
/// </summary>
public sealed class VirtualAccess
{
    private readonly string[] _folders;

    private VirtualAccess(string[] folders) => _folders = folders;

    /// <summary>Nowhere.</summary>
    public static VirtualAccess None { get; } = new([]);

    /// <summary>
    /// The type in the mount table of our own mounts, which are no place for targets: a chunk that leads back into the mount that reads it
    /// would wait for itself for ever. Null where there are no mounts.
    /// </summary>
    public string? OwnMountType { get; private init; }

    /// <summary>
    /// Below the folders that <c>file://</c> URLs name; the slash at the end may be missing. <c>file:///</c> is everywhere.
    /// </summary>
    /// <exception cref="RepositoryException">One of them is no such URL; the message says which and why.</exception>
    public static VirtualAccess Of(IEnumerable<string> prefixes, string? ownMountType = null) =>
        new([.. prefixes.Select(Folder).Distinct().OrderByDescending(folder => folder.Length)]) { OwnMountType = ownMountType };

    /// <summary>The allowed folders that a path lies in, the innermost first. Each ends with a slash.</summary>
    internal IEnumerable<string> FoldersOf(string path) => _folders.Where(folder => path.StartsWith(folder, StringComparison.Ordinal));

    private static string Folder(string prefix)
    {
        if (!prefix.StartsWith(FileUrl.Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw new RepositoryException(
                RepositoryErrorKind.Unsupported, $"Virtual chunks can only be allowed below file:// URLs so far, such as file:///data/, not '{prefix}'.");
        }

        return FileUrl.TryParse(prefix, out var path, out var problem)
            ? path.TrimEnd('/') + "/"
            : throw new RepositoryException(RepositoryErrorKind.Invalid, $"Virtual chunks cannot be allowed below '{prefix}': {problem}.");
    }
}
