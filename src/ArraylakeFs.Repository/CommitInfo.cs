using System.Text.Json;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>One commit, as <c>repo</c> knows it: enough for a log without opening its snapshot.</summary>
/// <param name="Id">The snapshot's id.</param>
/// <param name="Parent">The commit before; null at the root.</param>
/// <param name="Time">When it was made, to the microsecond, in UTC.</param>
/// <param name="Message">Its message.</param>
/// <param name="Metadata">Its metadata: any JSON values by name. This copy belongs to the caller.</param>
public sealed record CommitInfo(ObjectId12 Id, ObjectId12? Parent, DateTimeOffset Time, string Message, JsonObject Metadata)
{
    /// <summary>Metadata member with the author's name. Icechunk itself knows no authors.</summary>
    public const string AuthorNameKey = "author_name";

    /// <summary>Metadata member with the author's e-mail address.</summary>
    public const string AuthorEmailKey = "author_email";

    // What the official documentation's examples use: "Name" or "Name <e-mail>".
    private const string AuthorKey = "author";

    /// <summary>The author's name, from <c>author_name</c> or else <c>author</c>; null where the commit has none.</summary>
    public string? AuthorName => TextOf(AuthorNameKey) ?? SplitAuthor().Name;

    /// <summary>The author's e-mail address, from <c>author_email</c> or else <c>author</c>; null where the commit has none.</summary>
    public string? AuthorEmail => TextOf(AuthorEmailKey) ?? SplitAuthor().Email;

    private (string? Name, string? Email) SplitAuthor()
    {
        var author = TextOf(AuthorKey)?.Trim();
        if (author is null || !author.EndsWith('>') || author.LastIndexOf('<') is var open && open < 0)
        {
            return (author, null);
        }

        var name = author[..open].Trim();
        return (name.Length > 0 ? name : null, author[(open + 1)..^1].Trim());
    }

    private string? TextOf(string key) =>
        Metadata.TryGetPropertyValue(key, out var node) && node?.GetValueKind() == JsonValueKind.String && node.GetValue<string>() is { Length: > 0 } text
            ? text
            : null;
}
