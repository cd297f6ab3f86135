using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ArraylakeFs.FileSystem.Reports;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli.Verbs;

/// <summary><c>log</c></summary>
internal static class LogVerb
{
    private static readonly Option<string?> _ref = new("--ref") { Description = "a branch, tag or commit id, as among the words" };
    private static readonly Option<bool> _all = new("--all") { Description = "the commits of all branches and tags" };
    private static readonly Option<bool> _graph = new("--graph") { Description = "draw how branches part: all of them, unless versions are given" };
    private static readonly Option<bool> _json = Options.Json();
    private static readonly Option<bool> _operations = LogOperations.Option();
    private static readonly Option<int?> _count = new("--count", "-n") { Description = "show so many commits at most" };

    public static Command Command()
    {
        var words = VersionsTarget.Argument("versions (branches, tags or commit ids; default: what the mount shows, or main)");
        var command = new Command("log", "shows the commits that led to a version") { words, _ref, _all, _graph, _count, _operations, _json };
        command.Validators.Add(result =>
        {
            if (result.GetResult(_graph) is not null && result.GetResult(_json) is not null)
            {
                result.AddError("--graph is for people, --json for programs: give one of them");
            }

            if (result.GetResult(_count) is { Tokens: [var count] } && int.TryParse(count.Value, CultureInfo.InvariantCulture, out int n) && n < 1)
            {
                result.AddError("--count is a number of commits, at least 1");
            }
        });
        return command.Does(async (parsed, cancellationToken) =>
        {
            var target = await VersionsTarget.OfAsync(parsed.GetValue(words) ?? [], parsed, cancellationToken);
            if (parsed.GetValue(_operations))
            {
                await using var repository = await target.OpenAsync(cancellationToken);
                await LogOperations.WriteAsync(repository, parsed.GetValue(_json), cancellationToken);
                return;
            }

            string[] versions = parsed.GetValue(_ref) is { } version ? [.. target.Words, version] : target.Words;
            bool isPlain = versions.Length == 0 && !parsed.GetValue(_all) && !parsed.GetValue(_graph) && parsed.GetValue(_count) is null;
            await Console.Out.WriteAsync(isPlain && target.Mount is { } mount
                ? await mount.ReadAsync(parsed.GetValue(_json) ? "log.json" : "log", cancellationToken)
                : await ReadAsync(target, versions, parsed, cancellationToken));
        });
    }

    private static async Task<string> ReadAsync(VersionsTarget target, string[] versions, ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var repository = await target.OpenAsync(cancellationToken);
        var references = await repository.ReferencesAsync(cancellationToken);
        var commits = History.NewestFirst(references, await TipsAsync(target, references, versions, parsed, cancellationToken));
        bool graph = parsed.GetValue(_graph);
        commits = (graph ? commits : commits.Where(LogText.IsWork)).Take(parsed.GetValue(_count) ?? int.MaxValue);
        return graph ? LogGraph.Text(references, commits) : parsed.GetValue(_json) ? LogText.Json(references, commits) : LogText.Text(commits);
    }

    /// <summary>The commits to begin with.</summary>
    private static async Task<IReadOnlyList<ObjectId12>> TipsAsync(
        VersionsTarget target, References references, string[] versions, ParseResult parsed, CancellationToken cancellationToken)
    {
        var tips = versions.Select(version => Session.Resolve(references, version).Snapshot).ToList();
        if (parsed.GetValue(_all) || (tips.Count == 0 && parsed.GetValue(_graph)))
        {
            tips.AddRange(references.Branches.Concat(references.Tags).Select(reference => reference.Snapshot));
        }

        if (tips.Count == 0)
        {
            tips.Add(Session.Resolve(references, target.Mount is { } mount ? await ShownAsync(mount, cancellationToken) : "main").Snapshot);
        }

        return tips;
    }

    private static async Task<string> ShownAsync(MountLocation mount, CancellationToken cancellationToken) =>
        (string)JsonNode.Parse(await mount.ReadAsync("status.json", cancellationToken))!["commit"]!;
}
