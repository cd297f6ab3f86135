using System.Text.Json;

namespace ArraylakeFs.TestHarness;

/// <summary>The official Icechunk client: small node programs of <c>tests/interop</c>, run in processes of their own.</summary>
public static class OfficialClient
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web);

    /// <summary>
    /// Everything that the official client sees in a repository; <paramref name="more"/> are commits that no branch or tag reaches.
    /// </summary>
    public static OfficialRepository Dump(string repository, params IEnumerable<string> more) =>
        Parse<OfficialRepository>(RunScript("dump.mjs", [repository, .. more]).Succeed());

    /// <summary>Makes a repository; the answer names its commits. Shapes are described in <c>make.mjs</c>.</summary>
    public static IReadOnlyDictionary<string, string> Make(string repository, string shape = "everything") =>
        Parse<Dictionary<string, string>>(RunScript("make.mjs", repository, shape).Succeed());

    /// <summary>
    /// Makes a repository that has one feature of the format, as <c>features.mjs</c> describes them. Returns the commits that no branch or tag
    /// reaches.
    /// </summary>
    public static IReadOnlyList<string> MakeFeature(string repository, string feature) =>
        Parse<string[]>(RunScript("features.mjs", repository, feature).Succeed());

    /// <summary>
    /// Commits on a branch: changes the root group's attributes, adds the array <c>/official</c> with two chunks and, where
    /// <paramref name="chunkKey"/> is given, overwrites that chunk (<c>group/array/c/0</c>) with <paramref name="chunk"/>.
    /// Returns the commit's id.
    /// </summary>
    public static string Commit(string repository, string branch, string message, string? chunkKey = null, string? chunk = null)
    {
        string[] overwrite = chunkKey is null ? [] : [chunkKey, chunk ?? ""];
        return RunScript("commit.mjs", [repository, branch, message, .. overwrite]).Succeed().Trim();
    }

    /// <summary>Commits moves on a branch, given as pairs of paths from and to. Returns the commit's id.</summary>
    public static string Move(string repository, string branch, string message, params string[] paths) =>
        RunScript("move.mjs", [repository, branch, message, .. paths]).Succeed().Trim();

    /// <summary>What changed from one commit to another that descends from it, for each pair.</summary>
    public static IReadOnlyList<OfficialChanges> Diff(string repository, IEnumerable<(string From, string To)> pairs) =>
        Parse<List<OfficialChanges>>(RunScript("diff.mjs", [repository, .. pairs.SelectMany(pair => new[] { pair.From, pair.To })]).Succeed());

    /// <summary>Runs a node program of the tests, given by its path below <c>tests/interop</c>.</summary>
    public static CommandResult RunScript(string script, params string[] arguments) =>
        Node(Path.Combine(TestCache.Tests, "interop", script), arguments);

    /// <summary>Runs any node program; it finds the official packages through <c>$OFFICIAL_MODULES</c>.</summary>
    public static CommandResult Node(string script, params string[] arguments) =>
        Command.Run("node", [script, .. arguments], NodeEnvironment());

    /// <summary>What a node program needs in its environment.</summary>
    public static Dictionary<string, string> NodeEnvironment()
    {
        var environment = new Dictionary<string, string>
        {
            ["OFFICIAL_MODULES"] = TestCache.NodeModules ?? throw new InvalidOperationException(TestCache.ReasonFor("npm")),
        };
        if (TestCache.Preload is { } preload)
        {
            environment["LD_PRELOAD"] = preload;
        }

        return environment;
    }

    private static T Parse<T>(string json) => JsonSerializer.Deserialize<T>(json, _options)
        ?? throw new InvalidOperationException("the node program printed null");
}
