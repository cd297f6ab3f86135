using System.CommandLine;
using ArraylakeFs.FileSystem.Reports;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli.Verbs;

/// <summary><c>diff</c></summary>
internal static class DiffVerb
{
    public static Command Command()
    {
        var words = VersionsTarget.Argument("two versions to compare (branches, tags or commit ids), and a node to look at alone");
        var json = Options.Json();
        return new Command("diff", "shows how two versions differ; without versions, what a mount's session changed") { words, json }.Does(
            async (parsed, cancellationToken) =>
            {
                var target = await VersionsTarget.OfAsync(parsed.GetValue(words) ?? [], parsed, cancellationToken);
                await Console.Out.WriteAsync(target switch
                {
                    { Words: [], Mount: { } mount } => await mount.ReadAsync(parsed.GetValue(json) ? "diff.json" : "diff", cancellationToken),
                    { Words: [var before, var after] } => await CompareAsync(target, before, after, null, parsed.GetValue(json), cancellationToken),
                    { Words: [var before, var after, var path] } =>
                        await CompareAsync(target, before, after, "/" + path.Trim('/'), parsed.GetValue(json), cancellationToken),
                    _ => throw new CliException(
                        "diff compares two versions: `arraylakefs diff [REPOSITORY] FROM TO [PATH]`; in a mount, without versions, it shows what the session changed"),
                });
            });
    }

    private static async Task<string> CompareAsync(
        VersionsTarget target, string before, string after, string? path, bool json, CancellationToken cancellationToken)
    {
        await using var repository = await target.OpenAsync(cancellationToken);
        var references = await repository.ReferencesAsync(cancellationToken);
        var old = await repository.SnapshotAsync(Session.Resolve(references, before).Snapshot, cancellationToken);
        var now = await repository.SnapshotAsync(Session.Resolve(references, after).Snapshot, cancellationToken);
        if (path is not null and not "/" && !Has(old, path) && !Has(now, path))
        {
            throw new CliException($"there is no group or array {path}, neither in {before} nor in {after}");
        }

        var diff = await VersionDiff.BetweenAsync(old, now, path, cancellationToken);
        return json ? DiffJson.Text(diff) : DiffText.Text(diff);
    }

    private static bool Has(SnapshotView snapshot, string path) => snapshot.FindNode(path) is not null || snapshot.ChildNames(path).Count > 0;
}
