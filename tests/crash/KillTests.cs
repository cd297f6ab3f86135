using System.Text.Json;
using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Crash.Tests;

/// <summary>
/// The daemon is killed with SIGKILL at random moments, while several writers change the tree and one commits, and while it recovers. After
/// each time everything that a system call has acknowledged is there, and the official client reads what was committed.
/// Another seed finds other moments: ARRAYLAKEFS_SEED=number.
/// </summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const string Repository = "org/repo";

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    private sealed record Findings(
        IReadOnlyList<string> Wrong, int Files, int AtRisk, int UnderWay, int Commits, int CommitsUnderWay, int CommitsUnderWayMade,
        int FilesOfCommits);

    private sealed record Tip(string Commit, IReadOnlyDictionary<string, string> Files);

    private static int Rounds => Environment.GetEnvironmentVariable("ARRAYLAKEFS_SOAK") == "1" ? 1000 : 60;

    private static int Seed => int.TryParse(Environment.GetEnvironmentVariable("ARRAYLAKEFS_SEED"), out var seed) ? seed : Random.Shared.Next();

    [MountWithPythonFact(officialClient: true)]
    public void Nothing_that_was_acknowledged_is_lost_and_no_commit_is_made_by_halves()
    {
        var seed = Seed;
        var random = new Random(seed);
        var ledger = Path.Combine(_world.Folder, "ledger");
        _world.Run("create", Repository).Succeed();
        var mount = _world.Mount(Repository);
        var all = new List<Findings>();
        for (var round = 0; round < Rounds; round++)
        {
            var where = $"seed {seed}, round {round}";
            var moment = round % 2 == 0 ? "committing" : "writing";
            Python.Run("crash/kill.py", "work", mount.Path, ledger, $"{mount.ProcessId}", $"{seed}-{round}", moment).Succeed();
            mount.Kill();
            if (random.Next(3) == 0)
            {
                KillWhileItRecovers(mount.Path, random.Next(100, 800));
            }

            mount = _world.Mount(Repository);
            var found = JsonSerializer.Deserialize<Findings>(
                Python.Run("crash/kill.py", "check", mount.Path, ledger).Succeed(), JsonSerializerOptions.Web)!;
            Assert.True(found.Wrong.Count == 0, $"{where}:\n{string.Join('\n', found.Wrong)}");
            CheckWithOfficialClient(mount, where);
            all.Add(found);
        }

        output.WriteLine(
            $"seed {seed}: {all.Count} times killed; {all.Sum(f => f.AtRisk)} acknowledged files were not committed yet, {all.Sum(f => f.UnderWay)} "
            + $"changes and {all.Sum(f => f.CommitsUnderWay)} commits were under way, {all.Sum(f => f.CommitsUnderWayMade)} of which were made; "
            + $"{all.Sum(f => f.Commits)} commits were acknowledged, {all.Sum(f => f.FilesOfCommits)} of their files compared");

        // If nothing was ever at risk, nothing is proved.
        Assert.True(all.Count(f => f.AtRisk > 0) > Rounds / 2, "hardly a file was at risk");
        Assert.True(all.Sum(f => f.UnderWay) > Rounds, "hardly a change was under way");
        Assert.True(all.Sum(f => f.CommitsUnderWay) > Rounds / 10, "hardly a commit was under way");
        Assert.True(all.Sum(f => f.FilesOfCommits) > 0, "no commit was compared");
    }

    /// <summary>The dead mount is taken over and the journal read by a daemon that does not live long itself.</summary>
    private void KillWhileItRecovers(string path, int afterMs)
    {
        using var daemon = Command.Start(
            "dotnet", ["exec", World.Program, "mount", Repository, path, "--foreground"], _world.Environment, _world.Folder, redirectInput: false);
        Thread.Sleep(afterMs);
        daemon.Kill();
        daemon.WaitForExit();
    }

    private void CheckWithOfficialClient(MountedRepository mount, string where)
    {
        var tip = JsonSerializer.Deserialize<Tip>(
            OfficialClient.RunScript("tip.mjs", _world.RepositoryFolder(Repository)).Succeed(), JsonSerializerOptions.Web)!;
        var official = tip.Files.Select(file => $"{file.Value}  ./{file.Key}").Order(StringComparer.Ordinal);
        var ours = mount.Shell("cd \"$1\" && find . -type f -exec sha256sum {} +", $"commits/{tip.Commit}/root.zarr").Succeed();
        Assert.True(
            official.SequenceEqual(ours.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)),
            $"{where}: the official client reads another commit {tip.Commit} than is shown");
    }
}
