using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>What a mount's <c>status</c> lists.</summary>
internal sealed record StatusFile(string Text, IReadOnlyList<string> Modified, IReadOnlyList<string> Deleted)
{
    public static StatusFile Of(MountedRepository mount)
    {
        var text = mount.Read("status");
        return new StatusFile(text, Paths(text, "- 📝 "), Paths(text, "- ❌ "));
    }

    private static IReadOnlyList<string> Paths(string text, string sign) =>
        [.. text.Split('\n').Where(line => line.StartsWith(sign, StringComparison.Ordinal)).Select(line => line[sign.Length..]).Order(StringComparer.Ordinal)];
}
