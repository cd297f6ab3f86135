using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli.Verbs;

/// <summary><c>branch</c></summary>
internal static class BranchVerb
{
    public static Command Command() => ReferenceVerb.Command(
        ReferenceKind.Branch, "branch", "lists branches; with a name makes one, at a version or at the commit that the mount shows (else: main)",
        "deletes the branch; its commits stay");
}

/// <summary><c>tag</c></summary>
internal static class TagVerb
{
    public static Command Command() => ReferenceVerb.Command(
        ReferenceKind.Tag, "tag", "lists tags; with a name makes one, at a version or at the commit that the mount shows (else: main)",
        "deletes the tag; its name is never used again");
}

/// <summary><c>reset</c></summary>
internal static class ResetVerb
{
    public static Command Command()
    {
        var words = ReferenceTarget.Words("branch version", 2);
        var command = new Command("reset", "sets a branch to another version; mounts stay on their commits until they check it out") { words };
        return command.Does(async (parsed, cancellationToken) =>
        {
            var (branches, rest) = await ReferenceTarget.OpenAsync(ReferenceKind.Branch, parsed.GetValue(words) ?? [], parsed, cancellationToken);
            await using (branches)
            {
                await (rest is [var branch, var version] ? branches.ResetAsync(branch, version)
                    : throw new CliException("reset needs a branch and a version: `arraylakefs reset [REPOSITORY] BRANCH VERSION`"));
            }
        });
    }
}

/// <summary>What <c>branch</c> and <c>tag</c> have in common.</summary>
internal static class ReferenceVerb
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Command(ReferenceKind kind, string verb, string description, string deletion)
    {
        var words = ReferenceTarget.Words("name version", 2);
        var delete = new Option<bool>("--delete", "-d") { Description = deletion, Arity = ArgumentArity.Zero };
        var json = Options.Json();
        return new Command(verb, description) { words, delete, json }.Does(async (parsed, cancellationToken) =>
        {
            var (references, rest) = await ReferenceTarget.OpenAsync(kind, parsed.GetValue(words) ?? [], parsed, cancellationToken);
            await using (references)
            {
                await ((parsed.GetValue(delete), rest) switch
                {
                    (true, [var name]) => references.DeleteAsync(name),
                    (true, _) => throw new CliException($"to delete a {verb}, name it: `arraylakefs {verb} [REPOSITORY] -d NAME`"),
                    (_, []) => WriteAsync(await references.ListAsync(), parsed.GetValue(json)),
                    (_, [var name]) => references.CreateAsync(name, null),
                    (_, [var name, var version]) => references.CreateAsync(name, version),
                    _ => throw new CliException($"too many names: `arraylakefs {verb} [REPOSITORY] [NAME [VERSION]]`"),
                });
            }
        });
    }

    private static Task WriteAsync(IReadOnlyList<(string Name, string Commit)> references, bool json) => Console.Out.WriteAsync(json
        ? new JsonArray([.. references.Select(r => new JsonObject { ["name"] = r.Name, ["commit"] = r.Commit })]).ToJsonString(Json) + "\n"
        : string.Concat(references.Select(r => $"{r.Commit} {(r.Name.Any(char.IsControl) ? ReferenceName.Encode(r.Name) : r.Name)}\n")));
}
