using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;

namespace ArraylakeFs.FileSystem.Reports;

/// <summary>
/// The <c>log</c> file: the commits that led to the one checked out, newest first. The empty commit that every repository begins with is
/// nobody's work and not shown; <c>commits/</c> has it.
/// </summary>
public static class LogText
{
    /// <summary>For people.</summary>
    public static string Text(References references, ObjectId12 from)
    {
        var text = new StringBuilder();
        foreach (var commit in Commits(references, from))
        {
            text.Append($"Commit ID {commit.Id}\n");
            text.Append($"Author    {Author(commit)}".TrimEnd()).Append('\n');
            text.Append($"Date      {Date(commit.Time)}\n\n");
            foreach (string line in commit.Message.TrimEnd().Split('\n'))
            {
                text.Append($"    {line}".TrimEnd()).Append('\n');
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>For programs: an array, newest first.</summary>
    public static string Json(References references, ObjectId12 from) =>
        JsonText.Of(new JsonArray([.. Commits(references, from).Select(c => (JsonNode)new JsonObject
        {
            ["id"] = c.Id.ToString(),
            ["parent"] = c.Parent?.ToString(),
            ["author_name"] = c.AuthorName,
            ["author_email"] = c.AuthorEmail,
            ["date"] = Date(c.Time),
            ["message"] = c.Message,
            ["metadata"] = c.Metadata.DeepClone(),
        })]));

    /// <summary><c>Ryan Abernathey &lt;ryan@earthmover.io&gt;</c>, as far as it is known.</summary>
    public static string Author(CommitInfo commit) => (commit.AuthorName, commit.AuthorEmail) switch
    {
        (null, null) => "",
        (var name, null) => name,
        (null, var email) => $"<{email}>",
        var (name, email) => $"{name} <{email}>",
    };

    /// <summary>UTC, to the microsecond where there are any.</summary>
    public static string Date(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture) + "Z";

    private static IEnumerable<CommitInfo> Commits(References references, ObjectId12 from) =>
        references.Ancestry(from).Where(c => c.Parent is not null);
}
