using System.CommandLine;

namespace ArraylakeFs.Cli;

/// <summary>
/// What <c>branch</c>, <c>tag</c> and <c>reset</c> work on. Inside a mount nothing needs naming. Elsewhere the first argument names a
/// repository or a place in a mount, and so it does inside a mount if it is written as a path or URL.
/// </summary>
internal static class ReferenceTarget
{
    /// <summary>All arguments in one: which is which depends on where the user stands.</summary>
    public static Argument<string[]> Words(string names, int most) => new(names)
    {
        Description = "outside a mount, first of all: a repository, or a place in a mount",
        Arity = new ArgumentArity(0, most + 1),
    };

    /// <summary>The branches or tags, and the arguments that do not name the place.</summary>
    public static async Task<(IReferences References, string[] Others)> OpenAsync(
        ReferenceKind kind, string[] words, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (words.Length == 0 || (!IsPlace(words[0]) && MountLocation.Find(null) is not null))
        {
            return (new MountReferences(MountLocation.Of(null), kind), words);
        }

        return MountLocation.Find(words[0]) is { } mount
            ? (new MountReferences(mount, kind), words[1..])
            : (new RepositoryReferences(await RepositoryLocation.Of(words[0], parsed).OpenAsync(cancellationToken), kind), words[1..]);
    }

    /// <summary>Whether a word is written as a path or URL.</summary>
    public static bool IsPlace(string word) => word.StartsWith('/') || word.StartsWith('.') || word.Contains("://", StringComparison.Ordinal);
}
