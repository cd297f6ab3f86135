using System.Text.Json.Nodes;
using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// Walks a tool's scenario on a plain directory and on a mount: every step that succeeds there succeeds here, and what is in the tree in the
/// end is the same, for the tool itself and for others, before the commit and after it. Between the scenario's turns lies another commit.
/// </summary>
internal sealed class ToolRun : IDisposable
{
    private const string Repository = "tools/repo";

    private readonly World _world = new();
    private readonly ToolScenario _scenario;
    private readonly ITestOutputHelper _output;
    private readonly string _disk;
    private readonly string _mounted;
    private readonly MountedRepository _mount;
    private readonly SortedSet<string> _faults = new(StringComparer.Ordinal);

    public ToolRun(ToolScenario scenario, ITestOutputHelper output)
    {
        (_scenario, _output) = (scenario, output);
        (_disk, _mounted) = ($"disk/{scenario.Tree}", $"mounts/mnt/{scenario.Tree}");
        Directory.CreateDirectory(Path.Combine(_world.Folder, _disk)); // it is there, as it is on a mount
        _world.Run("create", Repository).Succeed();
        _mount = _world.Mount(Repository);
    }

    public void Dispose() => _world.Dispose();

    /// <summary>The whole of it.</summary>
    public void Check()
    {
        var first = Walk(1);
        var firstCommit = Commit($"{_scenario.Name}, first turn");
        var second = Walk(2);
        var commit = Commit($"{_scenario.Name}, second turn");
        CheckReaders(second, _scenario.Readers, tree =>
        [
            .. tree == _scenario.Tree ? [_disk] : (string[])[], $"mounts/mnt/{tree}", $"mounts/mnt/commits/{commit}/{tree}",
        ]);
        CheckOfficialClient((first, firstCommit), (second, commit));
        CheckTheWayBack((firstCommit, firstCommit), ("main", commit));
        Assert.Equal(_scenario.Faults.Keys.Order(StringComparer.Ordinal), _faults);
        foreach (var step in _faults)
        {
            var isOvercome = _scenario.Overcome.Contains(step) ? " (not on a mount)" : "";
            _output.WriteLine($"tool fault: {_scenario.Name}, on a plain directory: {step}: {_scenario.Faults[step]}{isOvercome}");
        }
    }

    /// <summary>One turn, in both places; what the tool then finds.</summary>
    private JsonObject Walk(int turn)
    {
        var onDisk = ToolAnswer.Of(_scenario.Run(turn, _world.Folder, _disk));
        string[] faults = [.. _scenario.Faults.Keys.Where(onDisk.Steps.ContainsKey)];
        _faults.UnionWith(faults);
        CheckFaults("a plain directory", onDisk, faults);
        var onMount = ToolAnswer.Of(_scenario.Run(turn, _world.Folder, _mounted));
        CheckFaults("a mount", onMount, faults.Except(_scenario.Overcome));

        ToolComparison.AssertNone(ToolComparison.Differences(onDisk.Found, onMount.Found));
        var early = _scenario.Readers.GroupBy(reader => reader.Tree).Select(readers => readers.First());
        CheckReaders(onDisk.Found, early, tree => [.. tree == _scenario.Tree ? [_disk] : (string[])[], $"mounts/mnt/{tree}"]);
        CheckStatus();
        return onDisk.Found;
    }

    /// <summary>As in the tutorial: what is checked out is what the commit was, for a tool, too, and a commit cannot be changed.</summary>
    private void CheckTheWayBack(params (string Version, string Commit)[] versions)
    {
        var reader = _scenario.Readers.First(reader => reader.Tree is null);
        _mount.Write("discard", "all\n").Succeed(); // what cannot be committed would be lost
        foreach (var (version, commit) in versions)
        {
            _mount.Write("checkout", $"{version}\n").Succeed();
            string[] paths = [$"mounts/mnt/commits/{commit}/{_scenario.Tree}", $"mounts/mnt/{_scenario.Tree}"];
            var found = Read(reader.Program, [reader.Tool], paths)[reader.Tool]!;
            JsonNode[] views = [.. paths.Select(path => found[Shown(reader.Program, path)]!)];
            Assert.NotEmpty(views[0].AsObject());
            Assert.True(JsonNode.DeepEquals(views[0], views[1]), $"{version}:\n{views[0]}\n{views[1]}");
            Assert.Equal(version == commit ? "EROFS" : null, _mount.Write($"{_scenario.Tree}/new", "x").Errno);
        }
    }

    /// <summary>These steps fail as it was told, and no others.</summary>
    private void CheckFaults(string place, ToolAnswer answer, IEnumerable<string> faults) => ToolComparison.AssertNone(
        from step in answer.Steps
        let expected = faults.Contains(step.Key) ? _scenario.Faults[step.Key] : null
        where expected is null ? step.Value is not null : step.Value?.Contains(expected, StringComparison.Ordinal) is not true
        select $"{step.Key} on {place} should {(expected is null ? "succeed" : $"fail with \"{expected}\"")}: {step.Value ?? "it has succeeded"}");

    private string Commit(string message)
    {
        var commit = _mount.Commit(message);
        CheckStatus();
        Assert.Empty(StatusFile.Of(_mount).Modified);
        return commit;
    }

    /// <summary>What the tool left is what it says that it leaves, and nothing that the repository refuses.</summary>
    private void CheckStatus()
    {
        var status = JsonNode.Parse(_mount.Read("status.json"))!;
        Assert.Equal("[]", status["invalid"]!.ToJsonString());
        Assert.Equal(_scenario.Loose, status["loose"]!.AsArray().Select(file => file!["path"]!.GetValue<string>()));
    }

    /// <summary>The first place is a plain directory, if the tree is the one that was written.</summary>
    private void CheckReaders(JsonObject expected, IEnumerable<ToolReader> readers, Func<string, string[]> places)
    {
        var differences = new List<string>();
        foreach (var group in readers.GroupBy(reader => (reader.Program, Tree: reader.Tree ?? _scenario.Tree)))
        {
            var paths = places(group.Key.Tree);
            var answer = Read(group.Key.Program, [.. group.Select(reader => reader.Tool)], paths);
            foreach (var (reader, path) in from reader in @group from path in paths select (reader, path))
            {
                JsonObject Found(string place) => answer[reader.Tool]![Shown(reader.Program, place)]!.AsObject();
                var onDisk = group.Key.Tree == _scenario.Tree && path != paths[0] ? Found(paths[0]) : null;
                differences.AddRange(ToolComparison.Differences(expected, Found(path), reader, onDisk)
                    .Select(difference => $"{reader.Tool} of {reader.Program} in {path}: {difference}"));
            }
        }

        ToolComparison.AssertNone(differences);
    }

    private JsonObject Read(ToolProgram program, string[] tools, string[] paths)
    {
        string[] shown = [.. paths.Select(path => Shown(program, path))];
        string[] command = ["python3", "/srv/tools/read.py", string.Join(',', tools), .. shown];
        return ToolAnswer.Parse(program switch
        {
            ToolProgram.Node => ReadWithNode(shown),
            ToolProgram.Forky => Chroot.Forky.Run(_world.Folder, command),
            _ => Chroot.Bookworm.Run(_world.Folder, command),
        });
    }

    private string Shown(ToolProgram program, string path) =>
        Path.Combine(program == ToolProgram.Node ? _world.Folder : "/mnt", path);

    private static CommandResult ReadWithNode(params string[] places) =>
        OfficialClient.Node(Path.Combine(TestCache.Tests, "mount", "tools", "read.mjs"), places);

    /// <summary>The values of the commits, read through the official client, without a mount.</summary>
    private void CheckOfficialClient(params (JsonObject Expected, string Id)[] commits)
    {
        string[] places = [.. commits.Select(commit => $"{_world.RepositoryFolder(Repository)}@{commit.Id}")];
        var found = ToolAnswer.Parse(ReadWithNode(places))["zarrita"]!;
        ToolComparison.AssertNone(commits.Zip(places).SelectMany(pair =>
            ToolComparison.Differences(pair.First.Expected, found[pair.Second]!.AsObject(), _scenario.Official)));
    }
}
