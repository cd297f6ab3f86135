using System.Text.Json;
using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Several processes, each with a mount and so a session of its own, commit to one branch of one local repository.</summary>
public sealed class ManyWritersTests(ITestOutputHelper output) : IDisposable
{
    private const string Repository = "org/repo";
    private const int Count = 50;

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [MountWithPythonFact(officialClient: true)]
    public void Eight_writers_with_fifty_commits_each_lose_none_and_every_overlap_is_rebased_or_refused()
    {
        const int Writers = 8;
        var first = CreateWithArrays(Writers);
        var outcomes = WriteAll(Writers);
        using var official = new OfficialServer();
        var (files, log) = official.Dump(_world.RepositoryFolder(Repository));

        // Every acknowledged commit is in the history, once.
        Assert.Equal(outcomes.SelectMany(commits => commits).Select(commit => commit.Id).Append(first).Order(), log.SkipLast(1).Order());
        CheckOwnChunks(files, outcomes);
        int told = CheckOverlaps(outcomes, [.. log.Reverse()]);
        output.WriteLine($"{told} of {outcomes.Sum(commits => commits.Count)} commits met conflicts");
        Assert.True(told > 0, "the writers never met");

        // The chunks that all write are those of the newest commit that holds them.
        foreach (var group in InOrder(outcomes, log).Where(commit => commit.Key is not null).GroupBy(commit => commit.Key))
        {
            Assert.Equal(group.Last().Text, files[$"contended/c/{group.Key}"]);
        }

        var mount = _world.Mount(Repository, "later");
        Assert.All(files.Where(file => file.Key.Contains("/c/", StringComparison.Ordinal)), file => Assert.Equal(file.Value, mount.Read($"root.zarr/{file.Key}")));
    }

    /// <summary>
    /// The official client replaces the repository's state without looking (icechunk-format.md 4.1), so nobody can promise that no commit of
    /// its own is lost. What we promise is that a commit of ours is put back, or else is not lost silently.
    /// </summary>
    [MountWithPythonFact(officialClient: true)]
    public void Beside_an_official_writer_no_commit_of_ours_is_lost_silently()
    {
        const int Writers = 4;
        CreateWithArrays(Writers + 1);
        var folder = _world.RepositoryFolder(Repository);
        var writing = Task.Run(() => OfficialClient.RunScript("official_writer.mjs", folder, "shared", $"{Writers * Count}", $"{Count}"));
        var outcomes = WriteAll(Writers);
        var theirs = JsonSerializer.Deserialize<List<string>>(writing.Result.Succeed())!;
        using var official = new OfficialServer();
        var (files, log) = official.Dump(folder);
        var ours = outcomes.SelectMany(commits => commits).ToList();
        output.WriteLine($"lost: {theirs.Count(id => !log.Contains(id))} of their {theirs.Count} commits; {ours.Count(c => !log.Contains(c.Id))} of our {ours.Count}");

        // A commit that was put back on top of others has another id: what counts is what it holds. Where that is not there, a status says so.
        var said = string.Concat(_mounts.Select(mount => mount.Read("status") + mount.Read("error")));
        for (var writer = 0; writer < Writers; writer++)
        {
            for (var number = 0; number < Count; number++)
            {
                var isThere = files.GetValueOrDefault($"shared/c/{(writer * Count) + number}") == TextOf(writer, number);
                Assert.True(isThere || said.Contains(outcomes[writer][number].Id, StringComparison.Ordinal), $"chunk {number} of writer {writer} is lost");
            }
        }
    }

    private sealed record Commit(string Id, string? Key, string? Text, IReadOnlyList<string> Told);

    private readonly List<MountedRepository> _mounts = [];

    private List<IReadOnlyList<Commit>> WriteAll(int writers)
    {
        _mounts.AddRange(Enumerable.Range(0, writers).Select(i => _world.Mount(Repository, $"writer{i}")));
        var running = _mounts.Select((mount, i) => Task.Factory.StartNew(
            () => JsonSerializer.Deserialize<List<Commit>>(
                Python.Run("mount/many_writers.py", mount.Path, $"{i}", $"{Count}").Succeed(), JsonSerializerOptions.Web)!,
            TaskCreationOptions.LongRunning)).ToList();
        Task.WaitAll([.. running]);
        return [.. running.Select(task => task.Result)];
    }

    private static IEnumerable<Commit> InOrder(List<IReadOnlyList<Commit>> outcomes, IReadOnlyList<string> newestFirst)
    {
        var byId = outcomes.SelectMany(commits => commits).ToDictionary(commit => commit.Id);
        return newestFirst.Reverse().Where(byId.ContainsKey).Select(id => byId[id]);
    }

    /// <summary>Whoever wrote a chunk that another had written since was refused, and told of a conflict. How many were.</summary>
    private static int CheckOverlaps(List<IReadOnlyList<Commit>> outcomes, List<string> oldestFirst)
    {
        var all = outcomes.SelectMany(commits => commits).ToDictionary(commit => commit.Id);
        foreach (var commits in outcomes)
        {
            foreach (var (before, commit) in commits.Zip(commits.Skip(1)).Where(pair => pair.Second.Key is not null))
            {
                var between = oldestFirst.Skip(oldestFirst.IndexOf(before.Id) + 1).TakeWhile(id => id != commit.Id);
                if (between.Any(id => all[id].Key == commit.Key))
                {
                    Assert.NotEmpty(commit.Told); // perhaps not of the last one: others may commit between the look and the rebase
                }
            }
        }

        return all.Values.Count(commit => commit.Told.Count > 0);
    }

    private static void CheckOwnChunks(IReadOnlyDictionary<string, string> files, List<IReadOnlyList<Commit>> outcomes)
    {
        for (var writer = 0; writer < outcomes.Count; writer++)
        {
            for (var number = 0; number < Count; number++)
            {
                Assert.Equal(TextOf(writer, number), files[$"shared/c/{(writer * Count) + number}"]);
            }
        }
    }

    private static string TextOf(int writer, int number) => string.Concat(Enumerable.Repeat($"{writer} {number} ", number % 3 == 0 ? 1 : 400));

    private string CreateWithArrays(int writers)
    {
        _world.Run("create", Repository).Succeed();
        var mount = _world.Mount(Repository, "first");
        mount.Write("root.zarr/zarr.json", """{"zarr_format":3,"node_type":"group"}""").Succeed();
        foreach (var (array, length) in (ReadOnlySpan<(string, int)>)[("shared", writers * Count), ("contended", 4)])
        {
            mount.Shell($"mkdir root.zarr/{array}").Succeed();
            mount.Write($"root.zarr/{array}/zarr.json", $$$"""
                {"zarr_format":3,"node_type":"array","shape":[{{{length}}}],"data_type":"uint8","fill_value":0,
                 "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
                 "chunk_key_encoding":{"name":"default","configuration":{"separator":"/"}},
                 "codecs":[{"name":"bytes"},{"name":"gzip"}]}
                """).Succeed();
        }

        var commit = mount.Commit("first");
        mount.Unmount();
        return commit;
    }
}
