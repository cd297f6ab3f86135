using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Reports;

/// <summary>The file <c>conflicts.json</c>: what keeps the session from being committed on the branch as others have moved it.</summary>
internal static class ConflictsText
{
    /// <summary>For programs: every conflict with the commits of both sides.</summary>
    public static string Json(Session session, IReadOnlyList<Conflict> conflicts, References references) => JsonText.Of(new JsonObject
    {
        ["branch"] = session.Branch,
        ["tip"] = session.Branch is { } branch && references.TryGetBranch(branch, out var tip) ? tip.ToString() : null,
        ["ours"] = new JsonObject { ["session"] = session.Id, ["base"] = session.Base.ToString() },
        ["conflicts"] = new JsonArray([.. conflicts.Select(conflict => Json(conflict, references))]),
    });

    private static JsonObject Json(Conflict conflict, References references) => new()
    {
        ["path"] = conflict.Path,
        ["kind"] = NameOf(conflict.Kind),
        ["reason"] = conflict.Sentence,
        ["theirs"] = Commit(conflict.Theirs, references),
        ["chunks"] = new JsonArray([.. conflict.Chunks.Select(chunk => new JsonArray([.. chunk.Select(c => JsonValue.Create(c))]))]),
    };

    private static JsonObject Commit(ObjectId12 id, References references)
    {
        var json = new JsonObject { ["commit"] = id.ToString() };
        if (references.TryGetCommit(id, out var commit))
        {
            json["message"] = commit.Message;
            json["author"] = commit.AuthorName;
            json["time"] = LogText.Date(commit.Time);
        }

        return json;
    }

    /// <summary><c>ChunksChangedTwice</c> is <c>chunks_changed_twice</c>.</summary>
    private static string NameOf(ConflictKind kind) =>
        string.Concat(kind.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
