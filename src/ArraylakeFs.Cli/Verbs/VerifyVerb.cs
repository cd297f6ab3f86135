using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository.Verification;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli.Verbs;

/// <summary><c>verify</c></summary>
internal static class VerifyVerb
{
    private const int ShownFindings = 100;

    public static Command Command()
    {
        var where = new Argument<string?>("target")
        {
            Description = "a repository, or a place in a mount (default: the current directory)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var refs = new Option<string[]>("--ref") { Description = "only this branch, tag or commit and what led to it (may be given again)" };
        var deep = new Option<bool>("--deep") { Description = "read and decode every chunk" };
        var json = Options.Json();
        return new Command("verify", "looks whether all that a repository leads to is there and sound") { where, refs, deep, json }.Does(async (parsed, _) =>
        {
            var location = MountLocation.Find(parsed.GetValue(where)) is { } mount ? RepositoryLocation.Of(mount.Repository, parsed)
                : parsed.GetValue(where) is { } name ? RepositoryLocation.Of(name, parsed)
                : RepositoryLocation.Of(MountLocation.Of(null).Repository, parsed);
            var report = await LongWork.RunAsync("verifying", async (progress, cancellationToken) =>
            {
                var from = await ResolveAsync(location, parsed.GetValue(refs) ?? [], cancellationToken);
                var options = new VerificationOptions(from, parsed.GetValue(deep));
                var told = new ProgressOf<VerificationProgress>(progress, done => new WorkDone(done.Done, done.Total, done.Bytes));
                return await RepositoryVerification.RunAsync(location.Store(), options, told, cancellationToken);
            });
            await Console.Out.WriteAsync(parsed.GetValue(json) ? Json(report) : Text(report));
            if (report.Errors > 0)
            {
                throw new CliException($"{location.Name} is damaged: {report.Errors} error(s)");
            }
        });
    }

    private static async Task<IReadOnlyList<ObjectId12>?> ResolveAsync(
        RepositoryLocation location, string[] refs, CancellationToken cancellationToken)
    {
        if (refs.Length == 0)
        {
            return null;
        }

        await using var repository = await location.OpenAsync(cancellationToken);
        var references = await repository.ReferencesAsync(cancellationToken);
        return [.. refs.Select(name => Session.Resolve(references, name).Snapshot)];
    }

    private static string Text(VerificationReport report)
    {
        var text = new StringBuilder();
        foreach (var finding in report.Findings.Take(ShownFindings))
        {
            text.Append(finding.Severity == Severity.Error ? "error: " : "warning: ").Append(finding.Object).Append(": ").Append(finding.Problem);
            if (finding.Path is { } path)
            {
                text.Append($" [{path}{(finding.Chunk is { } chunk ? $" chunk {string.Join('/', chunk)}" : "")}]");
            }

            if (finding.Commit is { } commit)
            {
                text.Append(finding.Commits > 1 ? $" [{finding.Commits} commits, the newest {commit}]" : $" [commit {commit}]");
            }

            text.Append('\n');
        }

        if (report.Errors + report.Warnings > ShownFindings)
        {
            text.Append($"… and {report.Errors + report.Warnings - ShownFindings} more; --json tells all\n");
        }

        text.Append($"{report.Snapshots} snapshot(s), {report.TransactionLogs} log(s), {report.Manifests} manifest(s), ");
        text.Append($"{report.NativeChunks} chunk(s) in files, {report.InlineChunks} in manifests, {report.VirtualChunks} virtual (not read)\n");
        if (report.DecodedChunks > 0)
        {
            text.Append($"{report.DecodedChunks} chunk(s) decoded\n");
        }

        foreach (var (reason, count) in report.NotChecked)
        {
            text.Append($"{count} chunk(s) not checked: {reason}\n");
        }

        var isGood = report.Errors == 0 && report.Warnings == 0;
        return text.Append(isGood ? "nothing is wrong\n" : $"{report.Errors} error(s), {report.Warnings} warning(s)\n").ToString();
    }

    private static string Json(VerificationReport report)
    {
        var findings = report.Findings.Select(finding => new JsonObject
        {
            ["severity"] = finding.Severity == Severity.Error ? "error" : "warning",
            ["object"] = finding.Object,
            ["problem"] = finding.Problem,
            ["path"] = finding.Path,
            ["chunk"] = finding.Chunk is { } chunk ? new JsonArray([.. chunk.Select(coordinate => JsonValue.Create(coordinate))]) : null,
            ["commit"] = finding.Commit?.ToString(),
            ["commits"] = finding.Commits,
        });
        return TransferVerbs.Json(new JsonObject
        {
            ["errors"] = report.Errors,
            ["warnings"] = report.Warnings,
            ["findings"] = new JsonArray([.. findings]),
            ["snapshots"] = report.Snapshots,
            ["transaction_logs"] = report.TransactionLogs,
            ["manifests"] = report.Manifests,
            ["native_chunks"] = report.NativeChunks,
            ["inline_chunks"] = report.InlineChunks,
            ["virtual_chunks"] = report.VirtualChunks,
            ["decoded_chunks"] = report.DecodedChunks,
            ["not_checked"] = new JsonObject(report.NotChecked.Select(reason => KeyValuePair.Create(reason.Key, (JsonNode?)reason.Value))),
        });
    }
}
