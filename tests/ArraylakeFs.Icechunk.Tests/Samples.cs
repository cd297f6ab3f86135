using System.Text.Json.Nodes;

namespace ArraylakeFs.Icechunk.Tests;

/// <summary>The sample repositories beside the test assembly; Samples/README.md says where they come from.</summary>
internal static class Samples
{
    internal static readonly string[] Repositories = ["split-repo-v1", "test-repo-v1", "test-repo-v2", "made-by-2.2.2", "virtual-by-2.2.2"];

    internal static string Root { get; } = Path.Combine(AppContext.BaseDirectory, "Samples");

    internal static JsonObject Expected(string repository) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Root, repository, "expected.json")))!.AsObject();

    /// <summary>Those that have a file <c>repo</c>.</summary>
    internal static IEnumerable<string> RepositoriesOfSpec2 => Repositories.Where(name => !name.EndsWith("-v1", StringComparison.Ordinal));

    /// <summary>Every metadata file: repository, path in it, type.</summary>
    internal static IEnumerable<(string Repository, string Path, FileType Type)> Files =>
        from repository in Repositories
        from file in Expected(repository)
        select (repository, file.Key, TypeOf(file.Key));

    internal static byte[] Read(string repository, string path) =>
        OfficialReleases.Of(repository).TryGetValue(path, out var file) ? [.. file] : File.ReadAllBytes(Path.Combine(Root, repository, path));

    private static FileType TypeOf(string path) => path.Split('/')[0] switch
    {
        "snapshots" => FileType.Snapshot,
        "manifests" => FileType.Manifest,
        "transactions" => FileType.TransactionLog,
        _ => FileType.RepoInfo,
    };
}
