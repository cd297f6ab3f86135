using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli.Verbs;

/// <summary><c>gc</c></summary>
internal static class GcVerb
{
    private static readonly TimeSpan ShortestAge = TimeSpan.FromHours(1);

    public static Command Command()
    {
        var target = Housekeeping.Target();
        var olderThan = Cutoff.Option("removes what is older", "7d");
        var delete = new Option<bool>("--delete") { Description = "delete; without it, nothing is changed" };
        var force = new Option<bool>("--force") { Description = "also where things less than an hour old are deleted: no other program is writing" };
        var json = Options.Json();
        return new Command("gc", "finds, and deletes, what no branch, tag or session needs") { target, olderThan, delete, force, json }.Does(
            async (parsed, cancellationToken) =>
            {
                var cutoff = parsed.GetValue(olderThan);
                bool deletes = parsed.GetValue(delete);
                if (deletes && !parsed.GetValue(force) && DateTimeOffset.UtcNow - cutoff < ShortestAge)
                {
                    throw new CliException("another program that is writing to the repository, such as an official client, would lose what it has stored since "
                        + $"{Housekeeping.Text(cutoff)} and not committed: name an age of an hour or more, or add --force if there is none");
                }

                await using var repository = await Housekeeping.OpenAsync(parsed.GetValue(target), parsed, cancellationToken);
                var report = await StepBars.RunAsync(progress => repository.CollectGarbageAsync(
                    new GarbageRequest(cutoff) { IsDryRun = !deletes, InUse = Housekeeping.InUse(repository), Progress = progress }, cancellationToken));
                await Console.Out.WriteAsync(parsed.GetValue(json) ? Json(report, cutoff, deletes) : Text(report, cutoff, deletes));
            });
    }

    private static string Text(GarbageReport report, DateTimeOffset cutoff, bool deleted)
    {
        string lines = string.Concat(report.Kinds.Select(kind => Line(kind.Kind, kind.Count, kind.Bytes)));
        return $"{(deleted ? "deleted" : "garbage")} from before {Housekeeping.Text(cutoff)}: {report.Commits} commit(s) that nothing leads to, and\n"
            + lines + Line("together", report.Count, report.Bytes)
            + (deleted || report is { Count: 0, Commits: 0 } ? "" : "nothing was changed: --delete deletes it\n");
    }

    private static string Line(string kind, long count, long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind,-12} {count,12} files {bytes,18} bytes\n");

    private static string Json(GarbageReport report, DateTimeOffset cutoff, bool deleted)
    {
        var json = new JsonObject { ["older_than"] = Housekeeping.Text(cutoff), ["deleted"] = deleted, ["commits"] = report.Commits };
        foreach (var kind in report.Kinds)
        {
            json[kind.Kind] = new JsonObject { ["count"] = kind.Count, ["bytes"] = kind.Bytes };
        }

        (json["count"], json["bytes"]) = (report.Count, report.Bytes);
        return json.ToJsonString() + "\n";
    }
}

/// <summary><c>expire</c></summary>
internal static class ExpireVerb
{
    public static Command Command()
    {
        var target = Housekeeping.Target();
        var olderThan = Cutoff.Option("takes commits out of the histories that are older", null);
        var branches = new Option<bool>("--delete-expired-branches") { Description = "delete branches, other than main, whose newest commit is as old" };
        var tags = new Option<bool>("--delete-expired-tags") { Description = "delete tags of commits as old, for ever" };
        var dryRun = new Option<bool>("--dry-run") { Description = "change nothing" };
        var json = Options.Json();
        return new Command("expire", "shortens histories; `gc` then removes what only they needed") { target, olderThan, branches, tags, dryRun, json }.Does(
            async (parsed, cancellationToken) =>
            {
                var request = new ExpirationRequest(parsed.GetValue(olderThan))
                {
                    DeletesBranches = parsed.GetValue(branches),
                    DeletesTags = parsed.GetValue(tags),
                    IsDryRun = parsed.GetValue(dryRun),
                };
                await using var repository = await Housekeeping.OpenAsync(parsed.GetValue(target), parsed, cancellationToken);
                request = request with { InUse = Housekeeping.InUse(repository) };
                var report = await StepBars.RunAsync(async progress =>
                {
                    progress?.Report(new("shortening histories", 0, null));
                    return await repository.ExpireAsync(request, cancellationToken);
                });
                await Console.Out.WriteAsync(parsed.GetValue(json) ? Json(report, request) : Text(report, request));
            });
    }

    private static string Text(ExpirationReport report, ExpirationRequest request) =>
        $"{report.Released.Count} commit(s) from before {Housekeeping.Text(request.Cutoff)} {(request.IsDryRun ? "would expire" : "expired")}, "
        + $"{report.Shortened} later commit(s) {(request.IsDryRun ? "would have" : "have")} an older parent\n"
        + string.Concat(report.Branches.Select(name => $"- branch {name}\n")) + string.Concat(report.Tags.Select(name => $"- tag {name}\n"))
        + (request.IsDryRun ? "nothing was changed\n" : "");

    private static string Json(ExpirationReport report, ExpirationRequest request) => new JsonObject
    {
        ["older_than"] = Housekeeping.Text(request.Cutoff),
        ["changed"] = !request.IsDryRun,
        ["expired"] = Housekeeping.List(report.Released.Order().Select(id => id.ToString())),
        ["shortened"] = report.Shortened,
        ["branches"] = Housekeeping.List(report.Branches),
        ["tags"] = Housekeeping.List(report.Tags),
    }.ToJsonString() + "\n";
}

/// <summary>What the two have in common.</summary>
internal static class Housekeeping
{
    public static Argument<string?> Target() => new("repository")
    {
        Description = "org/name, a path (./x, /x), a file:// URL, or a place in a mount (default: the current directory)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Task<ZarrRepository> OpenAsync(string? target, ParseResult parsed, CancellationToken cancellationToken)
    {
        var mount = MountLocation.Find(target) ?? (target is null ? MountLocation.Of(null) : null);
        return RepositoryLocation.Of(mount?.Repository ?? target!, parsed).OpenAsync(cancellationToken);
    }

    public static InUseAsync InUse(ZarrRepository repository) => _ => new(SessionClaims.Read(repository.Store.Local));

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
