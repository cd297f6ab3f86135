using System.Text.Json.Nodes;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Contract;

/// <summary>A mount's control files, read and written.</summary>
internal static class ControlFiles
{
    /// <summary>Writes a message to <c>commit</c>; the id of the new commit.</summary>
    public static string Commit(this IFiles files, string message = "test")
    {
        var errno = files.Command("commit", message);
        Assert.True(errno == Errno.None, $"commit: {errno}: {files.Error()}");
        return files.ReadText("commit").TrimEnd('\n');
    }

    public static string Error(this IFiles files) => files.ReadText("error").TrimEnd('\n');

    public static JsonNode Status(this IFiles files) => JsonNode.Parse(files.ReadText("status.json"))!;

    /// <summary>The lines of <c>status</c> about paths, such as <c>📝 zarr.json</c>.</summary>
    public static string[] StatusPaths(this IFiles files) =>
        [.. files.ReadText("status").Split('\n').Where(l => l.StartsWith("- ", StringComparison.Ordinal)).Select(l => l[2..])];

    public static string[] Loose(this IFiles files) => files.PathsOf("loose");

    public static string[] Invalid(this IFiles files) => files.PathsOf("invalid");

    private static string[] PathsOf(this IFiles files, string list) => [.. files.Status()[list]!.AsArray().Select(f => (string)f!["path"]!)];
}
