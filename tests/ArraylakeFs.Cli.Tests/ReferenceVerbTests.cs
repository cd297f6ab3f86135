using System.Text.Json;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Cli.Tests;

/// <summary><c>branch</c>, <c>tag</c>, <c>reset</c>, <c>checkout -b</c> and <c>log --ops</c>, on a repository and in a mount.</summary>
public sealed class ReferenceVerbTests : IDisposable
{
    private const string Initial = "1CECHNKREP0F1RSTCMT0";

    private readonly World _world = new();

    public ReferenceVerbTests() => _world.Run("create", "earthmover/ocean").Succeed();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Branches_and_tags_of_a_repository_are_made_listed_and_deleted()
    {
        Do("branch", "dev");
        Do("branch", "feature/one", Initial);
        Do("tag", "v1", "dev");
        Assert.Equal($"{Initial} dev\n{Initial} feature/one\n{Initial} main\n", Do("branch"));
        Assert.Equal($"{Initial} v1\n", Do("tag"));
        using var json = JsonDocument.Parse(Do("branch", "--json"));
        Assert.Equal(["dev", "feature/one", "main"], json.RootElement.EnumerateArray().Select(b => b.GetProperty("name").GetString()));
        Assert.All(json.RootElement.EnumerateArray(), b => Assert.Equal(Initial, b.GetProperty("commit").GetString()));
        Do("branch", "-d", "feature/one");
        Do("tag", "v1", "--delete");
        Assert.Equal($"{Initial} dev\n{Initial} main\n", Do("branch"));
        Assert.Equal("[]\n", Do("tag", "--json"));
    }

    [Fact]
    public void What_cannot_be_done_is_said_and_changes_nothing()
    {
        foreach (string[] words in (string[][])
        [
            ["already", "branch", "main"], ["named 'none'", "branch", "new", "none"], ["no branch 'none'", "branch", "-d", "none"],
            ["'main' cannot be deleted", "branch", "-d", "main"], ["no tag 'none'", "tag", "-d", "none"], ["no branch 'none'", "reset", "none", "main"],
            ["named 'none'", "reset", "main", "none"], ["BRANCH VERSION", "reset", "main"], ["-d NAME", "branch", "-d"],
        ])
        {
            var answer = _world.Run([words[1], "earthmover/ocean", .. words[2..]]);
            Assert.Equal(1, answer.ExitCode);
            Assert.Contains(words[0], answer.Error, StringComparison.Ordinal);
        }

        Assert.Single(Do("log", "--ops").TrimEnd().Split('\n'));
    }

    [Fact]
    public void Outside_a_mount_the_repository_is_named()
    {
        foreach (string verb in (string[])["branch", "tag", "reset"])
        {
            var answer = _world.Run(verb);
            Assert.Equal(1, answer.ExitCode);
            Assert.Contains("not in a mount", answer.Error, StringComparison.Ordinal);
        }

        Assert.Contains("'dev' names no repository", _world.Run("branch", "dev").Error, StringComparison.Ordinal);
        Assert.Equal(2, _world.Run("checkout").ExitCode);
    }

    [Fact]
    public void The_operations_of_a_repository_are_shown_newest_first()
    {
        Do("branch", "dev");
        Do("tag", "v1");
        Do("branch", "-d", "dev");
        string[] lines = Do("log", "--ops").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.Matches($@"^\d{{4}}-\d\d-\d\dT[\d:.]+Z +branch deleted +dev  \(was {Initial}\)$", lines[0]);
        Assert.Contains("tag created", lines[1], StringComparison.Ordinal);
        Assert.Matches("branch created +dev$", lines[2]);
        Assert.EndsWith("repo initialized", lines[3], StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Do("log", "--ops", "--json"));
        var newest = json.RootElement[0];
        Assert.Equal(("branch_deleted", "dev", null, Initial),
            (Text(newest, "kind"), Text(newest, "name"), Text(newest, "commit"), Text(newest, "previous")));
        Assert.Matches("Z$", Text(newest, "time"));
        Assert.Equal(4, json.RootElement.GetArrayLength());
    }

    [MountFact]
    public void In_a_mount_nothing_needs_naming()
    {
        var mount = _world.Mount("earthmover/ocean");
        mount.Write("root.zarr/zarr.json", """{"zarr_format":3,"node_type":"group"}""").Succeed();
        string first = mount.Commit("first");
        In(mount, "branch dev").Succeed();
        In(mount, $"branch feature/one {Initial}").Succeed();
        In(mount, "tag v1 feature/one").Succeed();
        In(mount, "tag v/2").Succeed();
        Assert.Equal($"{first} dev\n{Initial} feature/one\n{first} main\n", In(mount, "branch").Succeed());
        Assert.Equal($"{first} v/2\n{Initial} v1\n", In(mount, "tag", "root.zarr").Succeed());
        Assert.Equal($"{first} v/2\n{Initial} v1\n", _world.Run("tag", mount.Path).Succeed());
        In(mount, "reset dev v1").Succeed();
        In(mount, $"reset feature/one {first}").Succeed();
        In(mount, "tag -d v/2").Succeed();
        Assert.Equal($"{Initial} dev\n{first} feature/one\n{first} main\n", Do("branch"));
        using var operations = JsonDocument.Parse(In(mount, "log --ops --json").Succeed());
        Assert.Equal(
            ["tag_deleted", "branch_reset", "branch_reset", "tag_created", "tag_created", "branch_created", "branch_created", "new_commit", "repo_initialized"],
            operations.RootElement.EnumerateArray().Select(o => Text(o, "kind")));
        Assert.Equal(first, Text(operations.RootElement[7], "commit"));
        Assert.Equal(("feature/one", Initial), (Text(operations.RootElement[1], "name"), Text(operations.RootElement[1], "previous")));

        foreach (var (words, sentence) in ((string, string)[])
        [
            ("branch main", "'main' already"), ("branch -d none", "no branch 'none'"), ("branch -d main", "cannot be deleted"), ("branch new none", "named 'none'"),
            ("tag v/2", "never used again"), ("reset none main", "no branch 'none'"), ("branch a main c", "too many names"),
        ])
        {
            var answer = In(mount, words);
            Assert.Equal(1, answer.ExitCode);
            Assert.Contains(sentence, answer.Error, StringComparison.Ordinal);
        }

        In(mount, "branch -d dev").Succeed();
        Assert.Equal($"{first} feature/one\n{first} main\n", In(mount, "branch").Succeed());
    }

    [MountFact]
    public void Checkout_makes_a_branch_and_takes_the_changes_along()
    {
        var mount = _world.Mount("earthmover/ocean");
        mount.Write("root.zarr/zarr.json", """{"zarr_format":3,"node_type":"group"}""").Succeed();
        string first = mount.Commit("first");
        mount.Shell("mkdir root.zarr/g; cp root.zarr/zarr.json root.zarr/g/").Succeed();
        In(mount, "checkout -b feature/g").Succeed();
        Assert.Contains("On branch feature/g", mount.Read("status"), StringComparison.Ordinal);
        Assert.Contains("g/zarr.json", mount.Read("status"), StringComparison.Ordinal);

        // Where changes would be lost, nothing is made.
        var refused = In(mount, $"checkout -b old {Initial}");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("uncommitted", refused.Error, StringComparison.Ordinal);
        Assert.Equal("feature/g\n", mount.Read("checkout"));
        string second = mount.Commit("second");
        Assert.Equal($"{second} feature/g\n{first} main\n", Do("branch"));
        _world.Run("checkout", "-b", "old", mount.Path).Succeed();
        _world.Run("checkout", "-b", "older", Initial, mount.Path).Succeed();
        Assert.Equal("older\n", mount.Read("checkout"));
        Assert.Empty(mount.List("root.zarr"));
        Assert.Equal($"{second} feature/g\n{first} main\n{second} old\n{Initial} older\n", Do("branch"));
        In(mount, "checkout feature/g").Succeed();
        Assert.Equal(["g", "zarr.json"], mount.List("root.zarr"));
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    /// <summary>Runs a verb on the repository.</summary>
    private string Do(string verb, params string[] words) => _world.Run([verb, "earthmover/ocean", .. words]).Succeed();

    /// <summary>Runs a command line from a folder of a mount.</summary>
    private static CommandResult In(MountedRepository mount, string words, string folder = ".") =>
        mount.Shell($"cd {folder} && dotnet exec {World.Program} {words}");
}
