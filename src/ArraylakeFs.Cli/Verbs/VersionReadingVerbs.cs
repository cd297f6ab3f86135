using System.CommandLine;
using ArraylakeFs.FileSystem.Reports;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli.Verbs;

/// <summary><c>log</c></summary>
internal static class LogVerb
{
    public static Command Command()
    {
        var json = Options.Json();
        var target = new Target();
        var operations = LogOperations.Option();
        return new Command("log", "shows the commits that led to a version") { target.Where, target.Ref, operations, json }.Does(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(operations))
            {
                await using var logged = await (target.MountOf(parsed)?.Repository.OpenAsync(cancellationToken) ?? target.OpenAsync(parsed, cancellationToken));
                await LogOperations.WriteAsync(logged, parsed.GetValue(json), cancellationToken);
                return;
            }

            if (target.MountOf(parsed) is { } mount)
            {
                await Console.Out.WriteAsync(await mount.ReadAsync(parsed.GetValue(json) ? "log.json" : "log", cancellationToken));
                return;
            }

            await using var repository = await target.OpenAsync(parsed, cancellationToken);
            var references = await repository.ReferencesAsync(cancellationToken);
            var id = target.Resolve(parsed, references);
            await Console.Out.WriteAsync(parsed.GetValue(json) ? LogText.Json(references, id) : LogText.Text(references, id));
        });
    }
}

/// <summary><c>tree</c></summary>
internal static class TreeVerb
{
    public static Command Command()
    {
        var json = Options.Json();
        var target = new Target();
        return new Command("tree", "shows the groups and arrays of a version") { target.Where, target.Ref, json }.Does(async (parsed, cancellationToken) =>
        {
            if (target.MountOf(parsed) is { } mount)
            {
                await Console.Out.WriteAsync(await mount.ReadAsync(parsed.GetValue(json) ? "tree.json" : "tree", cancellationToken));
                return;
            }

            await using var repository = await target.OpenAsync(parsed, cancellationToken);
            var snapshot = await repository.SnapshotAsync(target.Resolve(parsed, await repository.ReferencesAsync(cancellationToken)), cancellationToken);
            Task<IReadOnlyList<HierarchyNode>> ChildrenOf(string path) => Task.FromResult(SnapshotHierarchy.Children(snapshot, path));
            await Console.Out.WriteAsync(await (parsed.GetValue(json) ? TreeText.JsonAsync(ChildrenOf) : TreeText.TextAsync(ChildrenOf)));
        });
    }
}

/// <summary><c>info</c></summary>
internal static class InfoVerb
{
    public static Command Command()
    {
        var path = new Argument<string>("path") { Description = "the node: / or atlantic/temperature" };
        var json = Options.Json();
        var target = new Target();
        return new Command("info", "shows the facts about a group or array") { path, target.Where, target.Ref, json }.Does(async (parsed, cancellationToken) =>
        {
            string node = "/" + parsed.GetRequiredValue(path).Trim('/');
            if (target.MountOf(parsed) is { } mount)
            {
                await Console.Out.WriteAsync(await ReadInfoAsync(mount, node, parsed.GetValue(json), cancellationToken));
                return;
            }

            await using var repository = await target.OpenAsync(parsed, cancellationToken);
            var snapshot = await repository.SnapshotAsync(target.Resolve(parsed, await repository.ReferencesAsync(cancellationToken)), cancellationToken);
            var facts = await SnapshotHierarchy.DescribeAsync(snapshot, node, cancellationToken) ?? throw new CliException($"there is no node at {node}");
            await Console.Out.WriteAsync(parsed.GetValue(json) ? InfoText.Json(facts, readOnly: true) : InfoText.Text(facts, readOnly: true));
        });
    }

    private static Task<string> ReadInfoAsync(MountLocation mount, string node, bool json, CancellationToken cancellationToken)
    {
        string file = mount.IsDirectory("info" + node) ? $"info{node.TrimEnd('/')}/.info" : "info" + node; // a group is a directory
        return mount.Has(file)
            ? mount.ReadAsync(json ? file + ".json" : file, cancellationToken)
            : throw new CliException($"there is no group or array {node}: `arraylakefs tree` shows what there is");
    }
}

/// <summary>What a reading verb looks at: a mount, or a version of a repository.</summary>
internal sealed class Target
{
    public Argument<string?> Where { get; } = new("target")
    {
        Description = "a repository, or a place in a mount (default: the current directory)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public Option<string?> Ref { get; } = new("--ref") { Description = "a branch, tag or commit id of a repository (default: main)" };

    /// <summary>The mount, if the target lies in one.</summary>
    public MountLocation? MountOf(ParseResult parsed)
    {
        string? where = parsed.GetValue(Where);
        var mount = MountLocation.Find(where);
        if (mount is not null && parsed.GetValue(Ref) is not null)
        {
            throw new CliException("--ref goes with a repository: a mount shows what it has checked out");
        }

        return mount ?? (where is null ? MountLocation.Of(null) : null);
    }

    public Task<ZarrRepository> OpenAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        RepositoryLocation.Of(parsed.GetValue(Where)!, parsed).OpenAsync(cancellationToken);

    public ObjectId12 Resolve(ParseResult parsed, References references) =>
        Session.Resolve(references, parsed.GetValue(Ref) ?? "main").Snapshot;
}
