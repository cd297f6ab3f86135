using System.Text.Json.Nodes;
using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// Walks a tool's scenario on a plain directory and then on a mount: every step that succeeds there succeeds here, and what is in the tree
/// in the end is the same, for the tool itself and for others, before the commit and after it.
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
        var onDisk = ToolAnswer.Of(_scenario.Run(_world.Folder, _disk));
        CheckFaultsOnDisk(onDisk);
        var onMount = ToolAnswer.Of(_scenario.Run(_world.Folder, _mounted));
        ToolComparison.AssertNone(
            from step in onMount.Steps
            where step.Value is not null && (!_scenario.Faults.ContainsKey(step.Key) || _scenario.Overcome.Contains(step.Key))
            select $"{step.Key} fails on a mount: {step.Value}");
        foreach (var step in _scenario.Faults.Keys.Where(step => onMount.Steps.GetValueOrDefault(step) is null))
        {
            _output.WriteLine($"{_scenario.Name} does it on a mount: {step}");
        }

        ToolComparison.AssertNone(ToolComparison.Differences(onDisk.Found, onMount.Found));
        CheckReaders(onDisk.Found, [_scenario.Readers.First(reader => reader.Tree is null)], _ => [_disk, _mounted]);
        CheckStatus();

        var commit = _mount.Commit(_scenario.Name);
        CheckReaders(onDisk.Found, _scenario.Readers, tree =>
        [
            .. tree == _scenario.Tree ? [_disk] : (string[])[], $"mounts/mnt/{tree}", $"mounts/mnt/commits/{commit}/{tree}",
        ]);
        CheckOfficialClient(onDisk.Found, commit);
        CheckStatus();
        Assert.Empty(StatusFile.Of(_mount).Modified);
    }

    private void CheckFaultsOnDisk(ToolAnswer answer)
    {
        foreach (var (step, error) in answer.Steps.Where(step => step.Value is not null))
        {
            _output.WriteLine($"{_scenario.Name} fails on a plain directory, too: {step}: {error}");
        }

        Assert.Equal(
            _scenario.Faults.Keys.Order(StringComparer.Ordinal),
            answer.Steps.Where(step => step.Value is not null).Select(step => step.Key).Order(StringComparer.Ordinal));
        Assert.All(_scenario.Faults, fault => Assert.Contains(fault.Value, answer.Steps[fault.Key]!, StringComparison.Ordinal));
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

    /// <summary>The values of the commit, read through the official client, without a mount.</summary>
    private void CheckOfficialClient(JsonObject expected, string commit)
    {
        var place = $"{_world.RepositoryFolder(Repository)}@{commit}";
        var found = ToolAnswer.Parse(ReadWithNode(place))["zarrita"]![place]!.AsObject();
        ToolComparison.AssertNone(ToolComparison.Differences(expected, found, _scenario.Official));
    }
}
