using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ArraylakeFs.Repository;
using ArraylakeFs.Repository.Transfer;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli.Verbs;

/// <summary><c>import</c></summary>
internal static class ImportVerb
{
    private const int ShownSkipped = 5;

    public static Command Command()
    {
        var directory = new Argument<string>("directory") { Description = "a Zarr directory, v2 or v3" };
        var repository = RepositoryLocation.Argument();
        var path = new Argument<string>("path") { Description = "where in the repository its root goes", DefaultValueFactory = _ => "/" };
        var branch = new Option<string>("--branch") { Description = "the branch to commit on", DefaultValueFactory = _ => "main" };
        var message = new Option<string?>("--message", "-m") { Description = "the commit message (default: Import DIRECTORY)" };
        var json = Options.Json();
        return new Command("import", "takes a Zarr directory into a repository as one commit") { directory, repository, path, branch, message, json }
            .Does(async (parsed, _) =>
            {
                string folder = parsed.GetRequiredValue(directory);
                if (!Directory.Exists(folder))
                {
                    throw new CliException($"there is no directory {folder}");
                }

                var location = RepositoryLocation.Of(parsed.GetRequiredValue(repository), parsed);
                var request = new ImportRequest(
                    Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)),
                    "/" + parsed.GetRequiredValue(path).Trim('/'),
                    parsed.GetRequiredValue(branch),
                    parsed.GetValue(message) ?? $"Import {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))}",
                    Settings.Author().Value.ToMetadata());
                var summary = await LongWork.RunAsync("importing", async (progress, cancellationToken) =>
                {
                    await using var opened = await location.OpenAsync(cancellationToken);
                    return await DirectoryImport.RunAsync(opened, request, TransferVerbs.Chunks(progress), cancellationToken);
                });
                await Console.Out.WriteAsync(parsed.GetValue(json) ? Json(summary) : Text(summary));
            });
    }

    private static string Text(ImportSummary summary) =>
        $"imported {TransferVerbs.Text(summary.Groups, summary.Arrays, summary.Chunks, summary.Bytes)} as commit {summary.Commit}\n"
        + (summary.SkippedCount == 0
            ? ""
            : $"{summary.SkippedCount} file(s) that are no part of the hierarchy skipped: {string.Join(", ", summary.Skipped.Take(ShownSkipped))}"
                + (summary.SkippedCount > ShownSkipped ? ", …\n" : "\n"));

    private static string Json(ImportSummary summary) => TransferVerbs.Json(new JsonObject
    {
        ["commit"] = summary.Commit.ToString(),
        ["groups"] = summary.Groups,
        ["arrays"] = summary.Arrays,
        ["chunks"] = summary.Chunks,
        ["bytes"] = summary.Bytes,
        ["skipped_count"] = summary.SkippedCount,
        ["skipped"] = new JsonArray([.. summary.Skipped.Select(name => JsonValue.Create(name))]),
    });
}

/// <summary><c>export</c></summary>
internal static class ExportVerb
{
    public static Command Command()
    {
        var words = new Argument<string[]>("words")
        {
            Description = "[REPOSITORY] VERSION DIRECTORY: the version is a branch, tag or commit id; in a mount, its repository needs no naming",
            Arity = new ArgumentArity(2, 3),
        };
        var path = new Option<string>("--path") { Description = "the group or array to export", DefaultValueFactory = _ => "/" };
        var format = new Option<int>("--zarr-format") { Description = "2 or 3", DefaultValueFactory = _ => 3 };
        var json = Options.Json();
        var allowVirtual = new Option<string[]>("--allow-virtual") { Description = "as for mount: a folder that virtual chunks may be read from" };
        var command = new Command("export", "writes a version as an ordinary Zarr directory") { words, path, format, allowVirtual, json };
        command.Validators.Add(result =>
        {
            if (result.GetResult(format) is { } given && !given.Errors.Any() && result.GetValue(format) is not (2 or 3))
            {
                result.AddError("--zarr-format is 2 or 3");
            }
        });
        return command.Does(async (parsed, _) =>
        {
            string[] given = parsed.GetRequiredValue(words);
            var location = given.Length == 3 ? RepositoryLocation.Of(given[0], parsed) : RepositoryLocation.Of(MountLocation.Of(null).Repository, parsed);
            var request = new ExportRequest("/" + parsed.GetRequiredValue(path).Trim('/'), given[^1], parsed.GetValue(format));
            var access = Settings.VirtualAccess(parsed.GetValue(allowVirtual) ?? []);
            var summary = await LongWork.RunAsync("exporting", async (progress, cancellationToken) =>
            {
                await using var opened = await location.OpenAsync(access, ZarrRepository.DefaultCacheBytes, cancellationToken);
                var id = Session.Resolve(await opened.ReferencesAsync(cancellationToken), given[^2]).Snapshot;
                var snapshot = await opened.SnapshotAsync(id, cancellationToken);
                return (id, Done: await DirectoryExport.RunAsync(opened, snapshot, request, TransferVerbs.Chunks(progress), cancellationToken));
            });
            await Console.Out.WriteAsync(parsed.GetValue(json)
                ? TransferVerbs.Json(new JsonObject
                {
                    ["commit"] = summary.id.ToString(),
                    ["groups"] = summary.Done.Groups,
                    ["arrays"] = summary.Done.Arrays,
                    ["chunks"] = summary.Done.Chunks,
                    ["bytes"] = summary.Done.Bytes,
                })
                : $"exported {TransferVerbs.Text(summary.Done.Groups, summary.Done.Arrays, summary.Done.Chunks, summary.Done.Bytes)} "
                    + $"of commit {summary.id}\n");
        });
    }
}

/// <summary>What import and export share.</summary>
internal static class TransferVerbs
{
    private static readonly JsonSerializerOptions _relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IProgress<TransferProgress> Chunks(IProgress<WorkDone> progress) =>
        new ProgressOf<TransferProgress>(progress, done => new WorkDone(done.Chunks, done.TotalChunks, done.Bytes));

    public static string Text(int groups, int arrays, long chunks, long bytes) =>
        $"{groups} group(s) and {arrays} array(s) with {chunks} chunk(s), {bytes} bytes,";

    public static string Json(JsonObject summary) => summary.ToJsonString(_relaxed) + "\n";
}
