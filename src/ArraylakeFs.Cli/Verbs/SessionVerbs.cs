using System.CommandLine;

namespace ArraylakeFs.Cli.Verbs;

/// <summary><c>status</c></summary>
internal static class StatusVerb
{
    public static Command Command() => ControlFileVerb.Reading("status", "shows where a mount's session stands and what it changed");
}

/// <summary><c>diff</c></summary>
internal static class DiffVerb
{
    public static Command Command() => ControlFileVerb.Reading("diff", "shows what a mount's session changed, node by node");
}

/// <summary><c>commit</c></summary>
internal static class CommitVerb
{
    public static Command Command()
    {
        var mount = MountLocation.Argument();
        var message = new Option<string>("--message", "-m") { Description = "what changed", Required = true };
        return new Command("commit", "commits what a mount's session changed, and prints the new commit's id") { mount, message }.Does(
            async (parsed, cancellationToken) =>
            {
                var location = MountLocation.Of(parsed.GetValue(mount));
                await location.WriteAsync("commit", parsed.GetRequiredValue(message), cancellationToken);
                await Console.Out.WriteAsync(await location.ReadAsync("commit", cancellationToken));
            });
    }
}

/// <summary><c>checkout</c></summary>
internal static class CheckoutVerb
{
    public static Command Command()
    {
        var name = new Argument<string>("version") { Description = "a branch, tag or commit id" };
        var mount = MountLocation.Argument();
        return new Command("checkout", "shows another version in a mount") { name, mount }.Does((parsed, cancellationToken) =>
            MountLocation.Of(parsed.GetValue(mount)).WriteAsync("checkout", parsed.GetRequiredValue(name), cancellationToken));
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
