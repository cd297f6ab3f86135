using System.Diagnostics;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Crash.Tests;

/// <summary>A mount ends, in each of the ways that mounts end, and a new one at the same place goes on where it was.</summary>
public sealed class ResumeTests : IDisposable
{
    private const string Array = """
        {"zarr_format":3,"node_type":"array","shape":[8],"data_type":"uint8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
        "chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}],"attributes":{}}
        """;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly World _world = new();

    public ResumeTests() => _world.Run("create", "org/repo").Succeed();

    public void Dispose() => _world.Dispose();

    [MountTheory]
    [InlineData("umount")]
    [InlineData("SIGTERM")]
    [InlineData("SIGKILL")]
    public void Uncommitted_work_is_there_in_the_next_mount(string ending)
    {
        var mount = _world.Mount("org/repo");
        Work(mount);
        var (files, status) = (Sums(mount), Status(mount));
        Assert.Contains("paths modified", status, StringComparison.Ordinal);
        End(mount, ending);
        var again = _world.Mount("org/repo");
        Assert.Equal(files, Sums(again));
        Assert.Equal(status, Status(again));
        var commit = again.Commit("after the break");
        Assert.Equal(files.Where(line => !line.EndsWith("loose.txt", StringComparison.Ordinal)), Sums(again, $"commits/{commit}/root.zarr"));
    }

    [MountFact]
    public void What_is_open_for_writing_when_the_daemon_is_told_to_end_keeps_its_bytes()
    {
        var mount = _world.Mount("org/repo");
        Work(mount);

        // The shell holds the file open beyond the daemon's SIGTERM: the mount goes away lazily, the daemon stays until the last close.
        const string Hold = "exec 3> \"$1\"; printf first >&3; echo open; read; printf second >&3; exec 3>&-; echo closed";
        using var holder = Command.Start("bash", ["-c", Hold, "bash", mount["root.zarr/a/c/5"]]);
        Assert.Equal("open", Line(holder));
        Command.Run("kill", ["-TERM", mount.ProcessId.ToString()]).Succeed();
        WaitUntil(() => MountTable.At(mount.Path) is null);

        holder.StandardInput.WriteLine();
        Assert.Equal("closed", Line(holder));
        WaitUntil(() => !mount.IsAlive);
        Assert.Equal("firstsecond", _world.Mount("org/repo").Read("root.zarr/a/c/5"));
    }

    [MountFact]
    public void A_dead_mount_is_taken_over_and_others_stay()
    {
        var other = _world.Mount("org/repo", "other");
        var mount = _world.Mount("org/repo");
        Work(mount);
        var files = Sums(mount);
        for (var i = 0; i < 3; i++)
        {
            mount.Kill();
            Assert.Equal("ENOTCONN", Command.Run("cat", [mount["status"]]).Errno);
            mount = _world.Mount("org/repo");
            Assert.Single(MountTable.Below(mount.Path));
            Assert.Equal(files, Sums(mount));
        }

        Assert.True(other.IsAlive);
        Assert.Contains("No changes", other.Read("status"), StringComparison.Ordinal);
    }

    [MountFact]
    public void A_mount_that_is_alive_is_not_taken_over()
    {
        var mount = _world.Mount("org/repo");
        Work(mount);
        var files = Sums(mount);
        var refused = _world.Run("mount", "org/repo", mount.Path);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"process {mount.ProcessId}", refused.Error, StringComparison.Ordinal);
        var asAnother = _world.Run("mount", "org/repo", mount.Path, "--session", "another");
        Assert.Equal(1, asAnother.ExitCode);
        Assert.Contains($"{mount.Path} is a mount already", asAnother.Error, StringComparison.Ordinal);
        Assert.Equal(files, Sums(mount));
        Assert.Single(MountTable.Below(mount.Path));
    }

    [MountFact]
    public void One_session_is_never_open_in_two_daemons()
    {
        var mount = _world.Mount("org/repo", "mnt", "--session", "mine");
        var elsewhere = _world.NewPath("elsewhere");
        Directory.CreateDirectory(elsewhere);
        var refused = _world.Run("mount", "org/repo", elsewhere, "--session", "mine");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"process {mount.ProcessId}", refused.Error, StringComparison.Ordinal);
        Assert.Null(MountTable.At(elsewhere));

        // The kernel gives the lock of a killed daemon back, so nobody has to mend anything.
        Work(mount);
        var files = Sums(mount);
        mount.Kill();
        Assert.Equal(files, Sums(_world.Mount("org/repo", "third", "--session", "mine")));
    }

    /// <summary>Changes of every kind, over a commit: new, changed, deleted and moved nodes and chunks, a loose file.</summary>
    private static void Work(MountedRepository mount)
    {
        mount.Shell("""
            set -e
            cd root.zarr
            echo '{"zarr_format":3,"node_type":"group","attributes":{}}' > zarr.json
            mkdir -p a/c b/c
            echo "$1" | tee a/zarr.json > b/zarr.json
            for i in 0 1 2 3; do head -c 100000 /dev/urandom > a/c/$i; printf $i > b/c/$i; done
            echo base > ../commit
            rm a/c/0 b/c/0
            head -c 3000 /dev/urandom > a/c/1
            mv a/c/2 a/c/7
            mv b moved
            printf more >> moved/c/1
            echo loose > loose.txt
            """, Array).Succeed();
    }

    private static string? Line(Process process)
    {
        var line = process.StandardOutput.ReadLineAsync();
        Assert.True(line.Wait(_patience), "the client hangs");
        return line.Result;
    }

    private static void WaitUntil(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, _patience), "it does not come");

    private static void End(MountedRepository mount, string ending)
    {
        switch (ending)
        {
            case "umount":
                Assert.Equal(0, mount.Unmount());
                break;
            case "SIGTERM":
                Assert.Equal(0, mount.Terminate());
                break;
            default:
                mount.Kill();
                break;
        }
    }

    private static string[] Sums(MountedRepository mount, string tree = "root.zarr") =>
        mount.Shell("cd \"$1\" && find . -type f -exec sha256sum {} + | sort -k2", tree).Succeed().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>That it is the same session with the same changes.</summary>
    private static string Status(MountedRepository mount) => mount.Read("status");
}
