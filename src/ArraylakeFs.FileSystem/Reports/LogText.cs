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
    /// <summary>For people: the commits that led to one version.</summary>
    public static string Text(References references, ObjectId12 from) => Text(references.Ancestry(from));

    /// <summary>For people.</summary>
    public static string Text(IEnumerable<CommitInfo> commits)
    {
        var text = new StringBuilder();
        foreach (var commit in commits.Where(IsWork))
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

    /// <summary>For programs: the commits that led to one version, as an array, newest first.</summary>
    public static string Json(References references, ObjectId12 from) => Json(references, references.Ancestry(from));

    /// <summary>For programs.</summary>
    public static string Json(References references, IEnumerable<CommitInfo> commits)
    {
        var names = NamesAt(references);
        return JsonText.Of(new JsonArray([.. commits.Where(IsWork).Select(c => (JsonNode)new JsonObject
        {
            ["id"] = c.Id.ToString(),
            ["parent"] = c.Parent?.ToString(),
            ["author_name"] = c.AuthorName,
            ["author_email"] = c.AuthorEmail,
            ["date"] = Date(c.Time),
            ["message"] = c.Message,
            ["metadata"] = c.Metadata.DeepClone(),
            ["branches"] = new JsonArray([.. names[c.Id].Where(n => !n.IsTag).Select(n => (JsonNode)n.Name)]),
            ["tags"] = new JsonArray([.. names[c.Id].Where(n => n.IsTag).Select(n => (JsonNode)n.Name)]),
        })]));
    }

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

    /// <summary>Whether a commit is shown: all but the empty one that a repository begins with.</summary>
    public static bool IsWork(CommitInfo commit) => commit.Parent is not null;

    /// <summary>Branches, then tags, by the commit at which they are.</summary>
    internal static ILookup<ObjectId12, (bool IsTag, string Name)> NamesAt(References references) =>
        references.Branches.Select(b => (b.Snapshot, IsTag: false, b.Name)).Concat(references.Tags.Select(t => (t.Snapshot, IsTag: true, t.Name)))
            .ToLookup(name => name.Snapshot, name => (name.IsTag, name.Name));
}
