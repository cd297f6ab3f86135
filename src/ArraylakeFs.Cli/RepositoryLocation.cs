using System.CommandLine;
using ArraylakeFs.Fuse;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Cli;

/// <summary>A repository as the user names it: a path, a <c>file://</c> URL, or <c>org/name</c> below the root.</summary>
internal sealed record RepositoryLocation(string Name, string Folder)
{
    /// <summary>The argument that names a repository.</summary>
    public static Argument<string> Argument() => new("repository") { Description = "org/name, a path (./x, /x) or a file:// URL" };

    /// <summary>Where the repository of that name is, whether or not it exists.</summary>
    public static RepositoryLocation Of(string name, ParseResult parsed)
    {
        if (name.Contains("://", StringComparison.Ordinal))
        {
            return Uri.TryCreate(name, UriKind.Absolute, out var url) && url is { IsFile: true, Host: "" or "localhost" }
                ? At(name, Uri.UnescapeDataString(url.AbsolutePath))
                : throw new CliException($"'{name}' cannot be opened: only file:// URLs of this machine, paths and org/name are known so far");
        }

        if (Path.IsPathRooted(name) || name.StartsWith('.'))
        {
            return At(name, name);
        }

        return name.Split('/') is [{ Length: > 0 } org, { Length: > 0 } repository] && !repository.StartsWith('.')
            ? At(name, Path.Combine(Settings.Root(parsed), org, repository))
            : throw new CliException($"'{name}' names no repository: write org/name, or a path that begins with / or .");
    }

    /// <summary>Whether <c>org/name</c> is the name of a folder below the root.</summary>
    public static bool IsThere(string name, ParseResult parsed) => name.Contains('/') && Directory.Exists(Of(name, parsed).Folder);

    private static RepositoryLocation At(string name, string folder) => new(name, CanonicalPath.Of(folder));

    /// <summary>Its objects.</summary>
    public LocalObjectStore Store() => new(Folder);

    /// <summary>Opens it.</summary>
    public Task<ZarrRepository> OpenAsync(CancellationToken cancellationToken) =>
        OpenAsync(VirtualAccess.None, ZarrRepository.DefaultCacheBytes, cancellationToken);

    /// <summary>
    /// Opens it; its virtual chunks can be read where <paramref name="access"/> says, and that many bytes of what was read are kept in memory.
    /// </summary>
    public async Task<ZarrRepository> OpenAsync(VirtualAccess access, long cacheBytes, CancellationToken cancellationToken)
    {
        try
        {
            return await ZarrRepository.OpenAsync(Store(), access, cacheBytes, cancellationToken);
        }
        catch (RepositoryException e) when (e.Kind == RepositoryErrorKind.NotFound)
        {
            throw new CliException($"there is no repository {Name} at {Folder}: `arraylakefs create {Name}` makes one, `arraylakefs list` shows what there is");
        }
    }
}
