using System.CommandLine;

namespace ArraylakeFs.Cli.Verbs;

/// <summary>Options that several verbs have.</summary>
internal static class Options
{
    public static Option<bool> Json() => new("--json") { Description = "for programs" };
}
