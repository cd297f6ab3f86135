using System.CommandLine;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli;

/// <summary>
/// What a verb looks at that takes versions: <c>[REPOSITORY or a place in a mount] [VERSION]...</c>. In a mount a first word that is a version of
/// its repository is one; everywhere else it names the repository, or a mount.
/// </summary>
internal sealed class VersionsTarget
{
    private readonly RepositoryLocation _location;

    private VersionsTarget(MountLocation? mount, RepositoryLocation location, string[] words) =>
        (Mount, _location, Words) = (mount, location, words);

    /// <summary>The mount; null if a repository is looked at.</summary>
    public MountLocation? Mount { get; }

    /// <summary>The words behind the repository or mount: versions, and what else the verb takes.</summary>
    public string[] Words { get; }

    /// <summary>The argument for all the words.</summary>
    public static Argument<string[]> Argument(string others) => new("words")
    {
        Description = $"a repository, or a place in a mount (default: the current directory), then {others}",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>Finds out what the words mean.</summary>
    public static async Task<VersionsTarget> OfAsync(string[] words, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (words.Length == 0)
        {
            return At(MountLocation.Of(null), words, parsed);
        }

        var mount = MountLocation.Find(words[0]);
        if (!IsPlace(words[0]) && MountLocation.Find(null) is { } here
            && await IsVersionAsync(At(here, words, parsed), mount, parsed, cancellationToken))
        {
            return At(here, words, parsed);
        }

        return mount is null ? new VersionsTarget(null, RepositoryLocation.Of(words[0], parsed), words[1..]) : At(mount, words[1..], parsed);
    }

    /// <summary>Opens the repository.</summary>
    public Task<ZarrRepository> OpenAsync(CancellationToken cancellationToken) => _location.OpenAsync(cancellationToken);

    private static VersionsTarget At(MountLocation mount, string[] words, ParseResult parsed) =>
        new(mount, RepositoryLocation.Of(mount.Repository, parsed), words);

    private static bool IsPlace(string word) =>
        word.Contains("://", StringComparison.Ordinal) || Path.IsPathRooted(word) || word.StartsWith('.');

    /// <summary>Whether the first word is a version of the mount that it was said in; an error if it is nothing else either.</summary>
    private static async Task<bool> IsVersionAsync(
        VersionsTarget here, MountLocation? other, ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var repository = await here.OpenAsync(cancellationToken);
        try
        {
            Session.Resolve(await repository.ReferencesAsync(cancellationToken), here.Words[0]);
            return true;
        }
        catch (SessionException) when (other is not null || RepositoryLocation.IsThere(here.Words[0], parsed))
        {
            return false;
        }
    }
}
