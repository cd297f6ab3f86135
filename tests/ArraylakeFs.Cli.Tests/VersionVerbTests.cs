using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Cli.Tests;

/// <summary>
/// <c>log</c> and <c>diff</c> of versions, outside of a mount and in one. The history: <c>first</c> (tag v1) and <c>second</c> on main, and
/// <c>elsewhere</c> on feature/one, which parts from main at <c>first</c>.
/// </summary>
public sealed class VersionVerbTests : IAsyncLifetime, IDisposable
{
    private const string Name = "earthmover/ocean";

    private readonly World _world = new();
    private readonly Dictionary<string, string> _commits = [];
    private readonly ObjectId8 _array = ObjectId8.New();

    public async Task InitializeAsync()
    {
        await using var store = new LocalObjectStore(_world.RepositoryFolder(Name));
        await using var repository = await ZarrRepository.CreateAsync(store, default);
        await CommitAsync(repository, "main", "first", changes =>
        {
            changes.NewNodes.Add(new NewNode(ObjectId8.New(), "/g", Zarr.NodeKind.Group, """{"zarr_format":3,"node_type":"group"}"""u8.ToArray()));
            changes.NewNodes.Add(new NewNode(_array, "/g/x", Zarr.NodeKind.Array, Document(20)));
        });
        await repository.CreateTagAsync("v1", ObjectId12.Parse(_commits["first"]), default);
        await repository.CreateBranchAsync("feature/one", ObjectId12.Parse(_commits["first"]), default);
        await CommitAsync(repository, "main", "second", changes =>
        {
            changes.Documents[_array] = Document(25);
            changes.Chunks[_array] = [new ChunkChange([2], new ChunkPayload.Inline("12345"u8.ToArray()))];
        });
        await CommitAsync(repository, "feature/one", "elsewhere", changes =>
            changes.NewNodes.Add(new NewNode(ObjectId8.New(), "/h", Zarr.NodeKind.Group, """{"zarr_format":3,"node_type":"group"}"""u8.ToArray())));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Two_versions_are_compared_by_branch_tag_and_commit()
    {
        const string Appended = "~ /g/x (array): appended 5 elements along axis 0 (time), shape (20,) → (25,), 1 chunk written at [20:25]\n";
        Assert.Equal(Appended, _world.Run("diff", Name, "v1", "main").Succeed());
        Assert.Equal("- /h (group)\n", _world.Run("diff", "file://" + _world.RepositoryFolder(Name), "feature/one", _commits["first"]).Succeed());
        Assert.Equal(Appended, _world.Run("diff", Name, "feature/one", "main", "g/x").Succeed());
        var node = Assert.Single(JsonNode.Parse(_world.Run("diff", Name, "v1", "main", "--json").Succeed())!.AsArray());
        Assert.Equal(("/g/x", "time"), ((string)node!["path"]!, (string)node["append"]!["dimension_name"]!));
        Fails("'v2'", "diff", Name, "v1", "v2");
        Fails("/g/y, neither in v1 nor in main", "diff", Name, "v1", "main", "/g/y");
        Fails("FROM TO", "diff", Name, "v1");
    }

    [Fact]
    public void The_log_begins_at_any_version_and_ends_where_one_likes()
    {
        Assert.Equal(["second", "first"], Messages("log", Name));
        Assert.Equal(["first"], Messages("log", Name, "--ref", "v1"));
        Assert.Equal(["elsewhere", "second", "first"], Messages("log", Name, "feature/one", "main", "-n", "4"));
        var all = JsonNode.Parse(_world.Run("log", Name, "--all", "--json").Succeed())!.AsArray();
        Assert.Equal(["elsewhere", "second", "first"], all.Select(commit => (string)commit!["message"]!));
        Assert.Equal("""["feature/one"] [] [] ["v1"]""", string.Join(' ', new[] { all[0], all[2] }.SelectMany(c => new[] { c!["branches"]!.ToJsonString(), c["tags"]!.ToJsonString() })));
        Fails("'v2'", "log", Name, "v2");
        Assert.Equal(2, _world.Run("log", Name, "-n", "0").ExitCode);
        Assert.Equal(2, _world.Run("log", Name, "-n", "many").ExitCode);
        Assert.Contains("give one of them", _world.Run("log", Name, "--graph", "--json").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_graph_shows_how_branches_part()
    {
        Assert.Equal($"""
            * {_commits["elsewhere"]} (feature/one) elsewhere
            | * {_commits["second"]} (main) second
            |/
            * {_commits["first"]} (tag: v1) first
            * 1CECHNKREP0F1RSTCMT0 Repository initialized

            """, _world.Run("log", Name, "--graph").Succeed());
        Assert.Equal($"* {_commits["second"]} (main) second\n", _world.Run("log", Name, "main", "--graph", "-n", "1").Succeed());
    }

    [MountFact]
    public void In_a_mount_versions_are_those_of_its_repository()
    {
        _world.Run("create", "feature/two").Succeed();
        using var mount = _world.Mount(Name);
        Assert.StartsWith("~ /g/x (array): appended", Alfs(mount, "diff v1 main").Succeed(), StringComparison.Ordinal);
        Assert.Equal("", Alfs(mount, "diff").Succeed());
        Assert.Equal("", Alfs(mount, "diff root.zarr").Succeed());
        Assert.Equal("", Alfs(mount, "log feature/two").Succeed()); // no branch, but a repository
        Assert.Contains("    elsewhere", Alfs(mount, "log feature/one").Succeed(), StringComparison.Ordinal);
        Assert.Contains("'feature/three'", Alfs(mount, "log feature/three").Error, StringComparison.Ordinal);
        mount.Shell("echo v1 > checkout").Succeed();
        Assert.Equal(["first"], MessagesOf(Alfs(mount, "log -n 5").Succeed()));
        Assert.Equal(3, MessagesOf(Alfs(mount, "log . --all").Succeed()).Length);
        Assert.Equal($"~ /g/x (array): appended 5 elements along axis 0 (time), shape (20,) → (25,), 1 chunk written at [20:25]\n", mount.Read($"commits/{_commits["second"]}/changes"));
    }

    private static CommandResult Alfs(MountedRepository mount, string arguments) => mount.Shell($"dotnet exec {World.Program} {arguments}");

    private string[] Messages(params string[] arguments) => MessagesOf(_world.Run(arguments).Succeed());

    private static string[] MessagesOf(string log) =>
        [.. log.Split('\n').Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line.Trim())];

    private void Fails(string reason, params string[] arguments)
    {
        var answer = _world.Run(arguments);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains(reason, answer.Error, StringComparison.Ordinal);
    }

    private async Task CommitAsync(ZarrRepository repository, string branch, string message, Action<ChangeSet> change)
    {
        (await repository.ReferencesAsync(default)).TryGetBranch(branch, out var tip);
        var changes = new ChangeSet();
        change(changes);
        var id = ObjectId12.New();
        await repository.CommitAsync(new CommitRequest(branch, tip, id, message, [], changes), default);
        _commits[message] = id.ToString();
    }

    private static byte[] Document(int length) => Encoding.UTF8.GetBytes(
        $$$"""
        {"zarr_format":3,"node_type":"array","shape":[{{{length}}}],"data_type":"int8","fill_value":0,"codecs":[{"name":"bytes"}],"dimension_names":["time"],
        "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[10]}},"chunk_key_encoding":{"name":"default"}}
        """);
}
