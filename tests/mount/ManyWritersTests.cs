using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Several processes, each with a mount and so a session of its own, commit to one branch of one local repository.</summary>
public sealed class ManyWritersTests(ITestOutputHelper output) : IDisposable
{
    private const string Repository = "org/repo";
    private const string Group = """{"zarr_format":3,"node_type":"group"}""";

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [MountWithPythonFact(officialClient: true)]
    public void Four_writers_with_a_hundred_commits_lose_none()
    {
        const int Writers = 4, Count = 25;
        string[] arrays = [.. Enumerable.Range(0, Writers).Select(i => $"array{i}")];
        var first = CreateWithRoot();
        var writers = arrays.Select(array => Write(_world.Mount(Repository, array), array, Count)).ToList();
        Task.WaitAll([.. writers]);
        var results = writers.ConvertAll(writer => writer.Result);
        output.WriteLine($"{results.Sum(result => result.Refusals.Count)} times the branch had moved");
        Assert.True(results.Sum(result => result.Refusals.Count) > 0, "the writers never met");

        // The log of a new session has every commit once, each with the one before it as its parent.
        var mount = _world.Mount(Repository, "later");
        using var log = JsonDocument.Parse(mount.Read("log.json"));
        var entries = log.RootElement.EnumerateArray().ToList();
        Assert.Equal(1 + (Writers * Count), entries.Count);
        Assert.Equal(first, Text(entries[^1], "id"));
        Assert.Equal(results.SelectMany(result => result.Commits).Order(), entries.SkipLast(1).Select(entry => Text(entry, "id")).Order());
        foreach (var (newer, older) in entries.Zip(entries.Skip(1)))
        {
            Assert.Equal(Text(older, "id"), Text(newer, "parent"));
        }

        CheckChunks(mount, arrays.SelectMany(array => Enumerable.Range(0, Count).Select(i => (array, i))));
        CheckWithOfficialClient([.. entries.SkipLast(1).Reverse().Select(entry => (Text(entry, "id"), Text(entry, "message")))]);
    }

    /// <summary>
    /// The official client replaces the repository's state without looking (icechunk-format.md 4.1), so nobody can promise that no update
    /// is lost. What we promise is that a commit of ours is not lost silently.
    /// </summary>
    [MountWithPythonFact(officialClient: true)]
    public void Beside_an_official_writer_no_commit_of_ours_is_lost_silently()
    {
        const int Count = 20, Tags = 100;
        CreateWithRoot();
        var mount = _world.Mount(Repository, "array0");
        var theirs = Task.Run(() => OfficialClient.RunScript("tag_again_and_again.mjs", _world.RepositoryFolder(Repository), "theirs", $"{Tags}"));
        var ours = Write(mount, "array0", Count).Result;
        theirs.Result.Succeed();
        var seen = OfficialClient.Dump(_world.RepositoryFolder(Repository));
        var lost = ours.Commits.Where(commit => !seen.Commits.ContainsKey(commit)).ToList();
        output.WriteLine($"lost: {lost.Count} of our {Count} commits, {Tags - seen.Tags.Count} of their {Tags} tags");
        var said = string.Join('\n', [.. ours.Refusals, mount.Read("status")]);
        foreach (var commit in lost)
        {
            Assert.Contains(commit, said, StringComparison.Ordinal);
        }

        var kept = Enumerable.Range(0, Count).Where(i => !lost.Contains(ours.Commits[i]));
        CheckChunks(_world.Mount(Repository, "later"), kept.Select(i => ("array0", i)));
    }

    private sealed record Outcome(IReadOnlyList<string> Commits, IReadOnlyList<string> Refusals);

    private static Task<Outcome> Write(MountedRepository mount, string array, int count) => Task.Factory.StartNew(
        () => JsonSerializer.Deserialize<Outcome>(
            Python.Run("mount/many_writers.py", mount.Path, array, count.ToString()).Succeed(), JsonSerializerOptions.Web)!,
        TaskCreationOptions.LongRunning);

    private static string Chunk(string array, int number) => string.Concat(Enumerable.Repeat($"{array} {number} ", number % 3 == 0 ? 1 : 400));

    private static string Text(JsonElement entry, string property) => entry.GetProperty(property).GetString()!;

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private string CreateWithRoot()
    {
        _world.Run("create", Repository).Succeed();
        var mount = _world.Mount(Repository, "first");
        mount.Write("root.zarr/zarr.json", Group).Succeed();
        var commit = mount.Commit("first");
        mount.Unmount();
        return commit;
    }

    private static void CheckChunks(MountedRepository mount, IEnumerable<(string Array, int Number)> chunks)
    {
        var sums = mount.Shell("cd root.zarr && sha256sum */c/*").Succeed().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(chunks.Select(chunk => $"{Sha256(Chunk(chunk.Array, chunk.Number))}  {chunk.Array}/c/{chunk.Number}").Order(), sums.Order());
    }

    /// <summary>Each commit has what the one before it had and its own chunk.</summary>
    private void CheckWithOfficialClient(IReadOnlyList<(string Id, string Message)> commits)
    {
        var seen = OfficialClient.Dump(_world.RepositoryFolder(Repository));
        Assert.Equal(commits[^1].Id, seen.Branches["main"]);
        var expected = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (id, message) in commits)
        {
            var (array, number) = (message.Trim().Split(' ')[0], int.Parse(message.Trim().Split(' ')[1]));
            Assert.True(expected.Add($"/{array}/c/{number} {Sha256(Chunk(array, number))}"));
            Assert.Equal(
                expected,
                seen.Commits[id].Nodes.SelectMany(node => node.Value.Chunks.Select(chunk => $"{node.Key}/c/{chunk.Key} {chunk.Value.Sha256}"))
                    .Order(StringComparer.Ordinal));
            using var document = JsonDocument.Parse(seen.Commits[id].Nodes[$"/{array}"].DocumentBytes);
            Assert.Equal(number, document.RootElement.GetProperty("attributes").GetProperty("newest").GetInt32());
        }
    }
}
