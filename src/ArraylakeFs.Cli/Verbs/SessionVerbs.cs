using System.CommandLine;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli.Verbs;

/// <summary><c>status</c></summary>
internal static class StatusVerb
{
    public static Command Command() => ControlFileVerb.Reading("status", "shows where a mount's session stands and what it changed");
}

/// <summary><c>commit</c></summary>
internal static class CommitVerb
{
    public static Command Command()
    {
        var mount = MountLocation.Argument();
        var message = new Option<string?>("--message", "-m") { Description = "what changed" };
        var amend = new Option<bool>("--amend") { Description = "puts the commit in the place of the newest one; without a message, it keeps that of the old" };
        var command = new Command("commit", "commits what a mount's session changed, and prints the new commit's id") { mount, message, amend };
        command.Validators.Add(result =>
        {
            if (result.GetValue(message) is null && !result.GetValue(amend))
            {
                result.AddError("a commit needs a message: -m \"what changed\"");
            }
        });
        return command.Does(
            async (parsed, cancellationToken) =>
            {
                var location = MountLocation.Of(parsed.GetValue(mount));
                bool amends = parsed.GetValue(amend);
                await location.WriteAsync(amends ? "amend" : "commit", parsed.GetValue(message) ?? "", cancellationToken);
                await Console.Out.WriteAsync(await location.ReadAsync("commit", cancellationToken));
            });
    }
}

/// <summary><c>rebase</c></summary>
internal static class RebaseVerb
{
    public static Command Command()
    {
        var mount = MountLocation.Argument();
        var ours = new Option<bool>("--ours") { Description = "where both sides changed something, keeps what this session has" };
        var theirs = new Option<bool>("--theirs") { Description = "where both sides changed something, gives up what this session has" };
        var command = new Command("rebase", "puts the changes of a mount's session on the branch as others have moved it, if nothing conflicts") { mount, ours, theirs };
        command.Validators.Add(result =>
        {
            if (result.GetValue(ours) && result.GetValue(theirs))
            {
                result.AddError("--ours and --theirs exclude each other");
            }
        });
        return command.Does((parsed, cancellationToken) => MountLocation.Of(parsed.GetValue(mount)).WriteAsync(
            "rebase", parsed.GetValue(ours) ? "ours" : parsed.GetValue(theirs) ? "theirs" : "fail", cancellationToken));
    }
}

/// <summary><c>checkout</c></summary>
internal static class CheckoutVerb
{
    public static Command Command()
    {
        var version = new Argument<string?>("version") { Description = "a branch, tag or commit id", Arity = ArgumentArity.ZeroOrOne };
        var mount = MountLocation.Argument();
        var branch = new Option<string?>("--branch", "-b")
        {
            Description = "makes this branch, at the version or at the commit that is shown, and goes on there; uncommitted changes come along",
        };
        var command = new Command("checkout", "shows another version in a mount") { version, mount, branch };
        command.Validators.Add(result =>
        {
            if (result.GetResult(branch) is null && result.GetValue(version) is null)
            {
                result.AddError("checkout needs a branch, tag or commit id, or -b and the name of a new branch");
            }
        });
        return command.Does((parsed, cancellationToken) => (parsed.GetValue(branch), parsed.GetValue(version), parsed.GetValue(mount)) switch
        {
            (null, var chosen, var place) => MountLocation.Of(place).WriteAsync("checkout", chosen!, cancellationToken),
            ({ } made, { } place, null) when ReferenceTarget.IsPlace(place) => BranchAsync(MountLocation.Of(place), made, null, cancellationToken),
            ({ } made, var chosen, var place) => BranchAsync(MountLocation.Of(place), made, chosen, cancellationToken),
        });
    }

    private static async Task BranchAsync(MountLocation mount, string name, string? version, CancellationToken cancellationToken)
    {
        await using var branches = new MountReferences(mount, ReferenceKind.Branch);
        await branches.CreateAsync(name, version);
        try
        {
            await mount.WriteAsync("checkout", ReferenceName.Encode(name), cancellationToken);
        }
        catch (CliException)
        {
            await branches.DeleteAsync(name); // as if nothing had been asked for
            throw;
        }
    }
}

/// <summary><c>discard</c></summary>
internal static class DiscardVerb
{
    public static Command Command()
    {
        var what = new Argument<string>("what") { Description = "\"all\", or the path of a change as status shows it" };
        var mount = MountLocation.Argument();
        return new Command("discard", "drops uncommitted changes") { what, mount }.Does((parsed, cancellationToken) =>
            MountLocation.Of(parsed.GetValue(mount)).WriteAsync("discard", parsed.GetRequiredValue(what), cancellationToken));
    }
}

/// <summary>Verbs that show a control file of a mount.</summary>
internal static class ControlFileVerb
{
    public static Command Reading(string name, string description)
    {
        var mount = MountLocation.Argument();
        var json = Options.Json();
        return new Command(name, description) { mount, json }.Does(async (parsed, cancellationToken) =>
            await Console.Out.WriteAsync(await MountLocation.Of(parsed.GetValue(mount))
                .ReadAsync(parsed.GetValue(json) ? name + ".json" : name, cancellationToken)));
    }
}
