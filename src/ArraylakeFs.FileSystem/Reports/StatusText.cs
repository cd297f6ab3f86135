using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Reports;

/// <summary>The <c>status</c> file: where the session stands and what it changed, as the tutorial shows it.</summary>
public static class StatusText
{
    /// <summary>Nodes that the text tells of; <c>diff</c> tells of all.</summary>
    private const int MaxNodes = 20;

    /// <summary>For people.</summary>
    public static string Text(SessionState state)
    {
        var text = new StringBuilder();
        text.Append($"🧊 Using repo {state.RepositoryName}\n");
        text.Append($"📟 Session {state.Id} started at {LogText.Date(WholeSeconds(state.StartedAt))}\n");
        text.Append(state.Branch is { } branch ? $"🌿 On branch {branch}\n" : $"📌 At {At(state)}\n");
        if (state.Branch is null)
        {
            text.Append("⚠️  You are not on a branch tip, so you can't commit changes.\n");
        }
        else if (state.ReadOnlyReason is { } reason)
        {
            text.Append($"⚠️  Nothing can be changed: {reason}.\n");
        }

        if (state.Committing is { } committing)
        {
            return text.Append($"⏳ committing: {committing}\n").ToString();
        }

        if (state.IsLost)
        {
            text.Append($"⚠️  Commit {state.Base} is no longer in the repository: another program replaced its state without looking. The next commit, or `rebase`, puts it back.\n");
        }
        else if (state.BranchIsGone)
        {
            text.Append($"⚠️  Branch {state.Branch} has been deleted: nothing can be committed to it.\n");
        }
        else if (state.CommitsBehind > 0)
        {
            text.Append($"⚠️  Branch {state.Branch} has moved on by {Count(state.CommitsBehind, "commit")} since: {WhatToDo(state)}\n");
            AppendConflicts(text, state.Conflicts);
        }

        var changes = state.Changes;
        text.Append(changes.Paths.Count > 0 ? "paths modified in session\n"
            : changes.IsClean ? "No changes in current session\n"
            : "Nothing to commit in current session\n");
        foreach (var path in changes.Paths)
        {
            text.Append(path.IsDeleted ? "- ❌ " : "- 📝 ").Append(path.Path).Append('\n');
        }

        AppendNodes(text, state.Diff);
        AppendFiles(text, "files that stop a commit", "🚫", changes.Invalid);
        AppendFiles(text, "chunks of which a part may have been lost", "⚠️ ", [.. state.LostUpdates.Select(lost => new UncommittedFile(lost.Path, Sentence(lost)))]);
        AppendFiles(text, "files kept in the session, not committed", "📎", changes.Loose);
        return text.ToString();
    }

    /// <summary>For programs. While a commit is being made it says how far that is, and nothing of changes.</summary>
    public static string Json(SessionState state)
    {
        var json = new JsonObject
        {
            ["repository"] = state.RepositoryName,
            ["session"] = state.Id,
            ["started_at"] = LogText.Date(state.StartedAt),
            ["branch"] = state.Branch,
            ["commit"] = state.Base.ToString(),
            ["checked_out"] = state.CheckedOut,
            ["writable"] = state.ReadOnlyReason is null,
            ["read_only_reason"] = state.ReadOnlyReason,
            ["committing"] = state.Committing is not { } committing ? null : new JsonObject
            {
                ["step"] = committing.Step.ToString().ToLowerInvariant(),
                ["chunks_placed"] = committing.Placed,
                ["chunks"] = committing.Chunks,
            },
        };
        foreach (var (name, value) in state.Committing is null ? ChangesJson(state) : [])
        {
            json.Add(name, value?.DeepClone());
        }

        return JsonText.Of(json);
    }

    private static JsonObject ChangesJson(SessionState state) => new()
    {
        ["commits_behind"] = state.CommitsBehind,
        ["branch_is_gone"] = state.BranchIsGone,
        ["conflicts"] = state.Conflicts.Count,
        ["changes"] = new JsonArray([.. state.Changes.Paths.Select(p => new JsonObject
        {
            ["path"] = p.Path,
            ["change"] = p.IsDeleted ? "deleted" : "modified",
        })]),
        ["nodes"] = DiffJson.Nodes(state.Diff),
        ["invalid"] = Files(state.Changes.Invalid),
        ["lost_updates"] = new JsonArray([.. state.LostUpdates.Select(lost => new JsonObject
        {
            ["path"] = lost.Path,
            ["reason"] = Sentence(lost),
            ["processes"] = new JsonArray(lost.Over, lost.Process),
        })]),
        ["loose"] = Files(state.Changes.Loose),
    };

    private static string Sentence(LostUpdate lost) =>
        $"process {lost.Process} wrote it from what it had read before process {lost.Over} wrote it";

    private static string WhatToDo(SessionState state) => state switch
    {
        { Conflicts.Count: > 0 } => $"{Count(state.Conflicts.Count, "change")} would conflict. Write \"ours\" or \"theirs\" to rebase.",
        { Changes.IsClean: true } => $"write {state.Branch} to checkout to see it.",
        _ => "a commit is made on top of that, for nothing conflicts.",
    };

    private static void AppendConflicts(StringBuilder text, IReadOnlyList<Conflict> conflicts)
    {
        foreach (var conflict in conflicts)
        {
            text.Append($"- ⚔️  {conflict.Path}: {conflict.Sentence} (commit {conflict.Theirs})\n");
        }
    }

    internal static string Count<T>(T number, string noun)
        where T : System.Numerics.INumber<T> => $"{number} {noun}{(number == T.One ? "" : "s")}";

    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));

    private static string At(SessionState state) =>
        state.CheckedOut == state.Base.ToString() ? $"commit {state.Base}" : $"{state.CheckedOut} (commit {state.Base})";

    /// <summary>What the paths alone do not tell: how much of an array, and where from.</summary>
    private static void AppendNodes(StringBuilder text, VersionDiff diff)
    {
        var lines = DiffText.DetailedLines(diff);
        text.Append(lines.Count > 0 ? "changes by node\n" : "");
        foreach (string line in lines.Take(MaxNodes))
        {
            text.Append($"  {line}\n");
        }

        if (lines.Count > MaxNodes)
        {
            text.Append($"  … and {Count(lines.Count - MaxNodes, "more node")}: `diff` has them all\n");
        }
    }

    private static void AppendFiles(StringBuilder text, string title, string sign, IReadOnlyList<UncommittedFile> files)
    {
        if (files.Count == 0)
        {
            return;
        }

        text.Append(title).Append('\n');
        foreach (var file in files)
        {
            text.Append($"- {sign} {file.Path} ({file.Reason})\n");
        }
    }

    private static JsonArray Files(IReadOnlyList<UncommittedFile> files) =>
        new([.. files.Select(f => new JsonObject { ["path"] = f.Path, ["reason"] = f.Reason })]);
}
