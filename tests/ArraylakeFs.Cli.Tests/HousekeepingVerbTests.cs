using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Cli.Tests;

/// <summary><c>gc</c> and <c>expire</c>.</summary>
public sealed class HousekeepingVerbTests : IDisposable
{
    private const string Name = "earthmover/ocean";

    private readonly World _world = new();

    private string Folder => _world.RepositoryFolder(Name);

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Gc_tells_what_is_garbage_and_deletes_it_only_when_told_to()
    {
        var (ids, chunk) = await MakeAsync();
        string[] files = AllFiles();
        var told = _world.Run("gc", Name, "--older-than", "0s", "--json");
        Assert.Equal("", told.Error); // no bar where nobody looks
        var json = JsonNode.Parse(told.Succeed())!;
        Assert.False((bool)json["deleted"]!);
        Assert.Equal((2, 2, 2, 1, 100), ((int)json["commits"]!, (int)json["snapshots"]!["count"]!, (int)json["transactions"]!["count"]!,
            (int)json["chunks"]!["count"]!, (int)json["chunks"]!["bytes"]!));
        Assert.Contains("--delete", _world.Run("gc", Name, "--older-than", "0s").Succeed(), StringComparison.Ordinal);
        Assert.Equal(0, (int)JsonNode.Parse(_world.Run("gc", Name, "--delete", "--json").Succeed())!["count"]!); // none is a week old
        var refused = _world.Run("gc", Name, "--older-than", "59m", "--delete");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.Equal(files, AllFiles());

        var done = JsonNode.Parse(_world.Run("gc", Name, "--older-than", "0s", "--delete", "--force", "--json").Succeed())!;
        Assert.True((bool)done["deleted"]!);
        Assert.Equal((int)json["count"]!, (int)done["count"]!);
        Assert.False(File.Exists(Path.Combine(Folder, "chunks", chunk)));
        Assert.False(File.Exists(Path.Combine(Folder, "snapshots", ids[2])));
        Assert.True(File.Exists(Path.Combine(Folder, "snapshots", ids[1])));
        Assert.Contains(ids[1], _world.Run("log", Name).Succeed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expire_shortens_histories_and_a_dry_run_does_not()
    {
        var (ids, _) = await MakeAsync(resets: false);
        byte[] repo = File.ReadAllBytes(Path.Combine(Folder, "repo"));
        var told = JsonNode.Parse(_world.Run("expire", Name, "--older-than", "0s", "--dry-run", "--json").Succeed())!;
        Assert.Equal(ids[1..3].Order(StringComparer.Ordinal), told["expired"]!.AsArray().Select(id => (string)id!).Order(StringComparer.Ordinal));
        Assert.False((bool)told["changed"]!);
        Assert.Equal(repo, File.ReadAllBytes(Path.Combine(Folder, "repo")));

        _world.Run("expire", Name, "--older-than", "30d").Succeed();
        Assert.Equal(repo, File.ReadAllBytes(Path.Combine(Folder, "repo")));
        Assert.StartsWith("2 commit(s) from before ", _world.Run("expire", Name, "--older-than", "0s").Succeed(), StringComparison.Ordinal);
        string log = _world.Run("log", Name).Succeed();
        Assert.Contains(ids[3], log, StringComparison.Ordinal);
        Assert.DoesNotContain(ids[2], log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expire_deletes_branches_and_tags_where_it_is_told_to()
    {
        var (ids, _) = await MakeAsync(resets: false);
        await using (var repository = await ZarrRepository.OpenAsync(new LocalObjectStore(Folder), default))
        {
            await repository.CreateBranchAsync("dev", ObjectId12.Parse(ids[1]), default);
            await repository.CreateTagAsync("v1", ObjectId12.Parse(ids[2]), default);
        }

        var done = JsonNode.Parse(_world.Run("expire", Name, "--older-than", "0s", "--delete-expired-branches", "--delete-expired-tags", "--json").Succeed())!;
        Assert.Equal(("dev", "v1"), ((string)done["branches"]![0]!, (string)done["tags"]![0]!));
    }

    [Fact]
    public void What_cannot_be_cleaned_up_is_refused_with_a_sentence()
    {
        Assert.Equal(2, _world.Run("expire", Name).ExitCode); // it must be told how old
        var noAge = _world.Run("gc", Name, "--older-than", "tomorrow");
        Assert.Equal(2, noAge.ExitCode);
        Assert.Contains("'tomorrow'", noAge.Error, StringComparison.Ordinal);
        Assert.Contains("not in a mount", _world.Run("gc").Error, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(Folder, "refs/branch.main"));
        File.WriteAllText(Path.Combine(Folder, "refs/branch.main/ref.json"), """{"snapshot":"1CECHNKREP0F1RSTCMT0"}""");
        foreach (string[] verb in (string[][])[["gc", Name, "--delete"], ["expire", Name, "--older-than", "1d"]])
        {
            var refused = _world.Run(verb);
            Assert.Equal(1, refused.ExitCode);
            Assert.Single(refused.Error.TrimEnd().Split('\n'));
        }
    }

    [Fact]
    public async Task A_terminal_gets_a_bar_on_standard_error()
    {
        await MakeAsync();
        var environment = new Dictionary<string, string>(_world.Environment) { ["TERM"] = "xterm" };
        string command = $"dotnet exec '{World.Program}' gc {Name} --json 2>&1 >/dev/null";
        var answer = Command.Run("script", ["-qefc", command, "/dev/null"], environment, folder: _world.Folder);
        Assert.Contains("\e[?25l", answer.Succeed(), StringComparison.Ordinal); // a bar hides the cursor
    }

    /// <summary>Four commits, one after the other, of which <c>main</c> has only two unless told otherwise, and a chunk that none needs.</summary>
    private async Task<(string[] Ids, string Chunk)> MakeAsync(bool resets = true)
    {
        await using var repository = await ZarrRepository.CreateAsync(new LocalObjectStore(Folder), default);
        var ids = new List<ObjectId12> { ObjectId12.InitialSnapshot };
        while (ids.Count < 4)
        {
            var changes = new ChangeSet();
            changes.NewNodes.Add(new NewNode(
                ObjectId8.New(), $"/{ids.Count}", ArraylakeFs.Zarr.NodeKind.Group, """{"zarr_format":3,"node_type":"group","attributes":{}}"""u8.ToArray()));
            var request = new CommitRequest("main", ids[^1], ObjectId12.New(), $"commit {ids.Count}", [], changes);
            await repository.CommitAsync(request, default);
            ids.Add(request.NewSnapshot);
        }

        if (resets)
        {
            await repository.ResetBranchAsync("main", ids[1], null, default);
        }

        var chunk = ObjectId12.New();
        await repository.Store.PutAsync(IcechunkPaths.Chunk(chunk), new byte[100], default);
        return ([.. ids.Select(id => id.ToString())], chunk.ToString());
    }

    private string[] AllFiles() => [.. Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).Where(file => !file.Contains(".arraylakefs")).Order(StringComparer.Ordinal)];
}
