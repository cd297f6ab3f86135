using System.Globalization;
using System.Text.RegularExpressions;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>The kernel reads chunks from the disk, and writes new ones to it, by itself, where it can; nothing else changes by that.</summary>
public sealed partial class PassthroughTests : IDisposable
{
    private const int ChunkBytes = 1_000_000;

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [PassthroughTheory]
    [InlineData(true, "")]
    [InlineData(false, "option")]
    [InlineData(false, "variable")]
    public void Committed_chunks_are_read_without_the_daemon_unless_that_is_switched_off(bool isOn, string switchedOffBy)
    {
        var mount = Committed();
        mount.Unmount();
        if (switchedOffBy == "variable")
        {
            _world.Environment["ARRAYLAKEFS_PASSTHROUGH"] = "off";
        }

        mount = _world.Mount("org/repo", options: switchedOffBy == "option" ? ["--no-passthrough"] : []);
        string chunk = mount.Sha256("root.zarr/a/c/0");
        Assert.Equal(chunk, mount.Sha256($"commits/{mount.Read("log")[10..30]}/root.zarr/a/c/0"));
        Assert.Equal(isOn ? 1 : 0, Metric(mount, "arraylakefs_passthrough"));
        Assert.Equal(isOn ? 2 : 0, Metric(mount, "arraylakefs_opens_total{data=\"passthrough\"}"));
        Assert.Equal(256L << 20, Metric(mount, "arraylakefs_cache_limit_bytes{cache=\"manifests\"}"));
        Assert.InRange(Metric(mount, "arraylakefs_cache_bytes{cache=\"manifests\"}"), 1, 100_000);
        Assert.Equal(isOn, Metric(mount, "arraylakefs_read_bytes_total") < ChunkBytes);
    }

    [MountWithPythonTheory]
    [InlineData("root.zarr/a/c", false)]
    [InlineData("root.zarr/a/c", true)]
    [InlineData("root.v2.zarr/a", false)]
    public void Chunks_that_are_read_can_be_changed_in_place_and_who_had_them_open_keeps_them_where_they_are_passed_through(string folder, bool isCold)
    {
        var mount = Committed();
        if (isCold)
        {
            mount.Unmount();
            mount = _world.Mount("org/repo");
        }

        string readers = Metric(mount, "arraylakefs_passthrough") == 1 ? "keeps" : "follows";
        Python.Run("mount/in_place.py", mount[folder], readers, "5").Succeed();
        mount.Commit("changed");
        Assert.Equal("5", mount.Shell($"stat -c %s {folder}/1").Succeed().Trim());
    }

    [PassthroughTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void New_chunks_are_written_without_the_daemon_unless_that_is_switched_off(bool isOn)
    {
        var mount = Committed();
        mount.Unmount();
        mount = _world.Mount("org/repo", options: isOn ? [] : ["--no-passthrough"]);
        mount.Shell("cd root.zarr/a; head -c 5000000 /dev/urandom > ../big; cat ../big ../big > c/0.partial; mv c/0.partial c/0; cat ../big ../big | cmp - c/0").Succeed();
        Assert.Equal(isOn, Metric(mount, "arraylakefs_written_bytes_total") < ChunkBytes);
        mount.Commit("changed");
        mount.Shell("cat root.zarr/big root.zarr/big | cmp - root.zarr/a/c/0; cmp root.zarr/a/c/0 branches/main/root.zarr/a/c/0").Succeed();
        Assert.Equal(isOn, Metric(mount, "arraylakefs_read_bytes_total") < ChunkBytes);
    }

    [MountWithPythonFact]
    public void A_commit_takes_what_was_closed_and_leaves_who_keeps_it_open_to_write_on()
    {
        var mount = Committed();
        mount.Shell("rm root.zarr/a/c/*").Succeed();
        string readers = Metric(mount, "arraylakefs_passthrough") == 1 ? "keeps" : "follows";
        Python.Run("mount/held_open.py", "commits", mount.Path, readers).Succeed();
    }

    /// <summary>The kernel lets it write on: the mount is gone, and the file is not.</summary>
    [PassthroughFact]
    public void A_program_that_outlives_its_mount_writes_to_no_committed_chunk()
    {
        var mount = Committed();
        mount.Shell("rm root.zarr/a/c/[01]").Succeed();
        using var writer = Python.Start("mount/held_open.py", "outlive", mount["root.zarr/a/c/0"]);
        Assert.Equal("written", writer.StandardOutput.ReadLine());
        mount.Kill();
        var again = _world.Mount("org/repo");
        again.Shell("cp root.zarr/a/c/0 root.zarr/a/c/1").Succeed();
        string id = again.Commit("after the crash");
        string committed = again.Sha256("root.zarr/a/c/0");
        writer.StandardInput.WriteLine();
        Assert.Equal("300000", writer.StandardOutput.ReadLine());
        Assert.Equal(committed, again.Sha256("root.zarr/a/c/0"));
        Assert.Equal(committed, again.Sha256($"commits/{id}/root.zarr/a/c/0"));
        Assert.Equal(committed, again.Sha256($"commits/{id}/root.zarr/a/c/1"));
        writer.StandardInput.WriteLine();
        writer.WaitForExit();
        Assert.Contains("No changes in current session", again.Read("status"), StringComparison.Ordinal);
    }

    private MountedRepository Committed()
    {
        _world.Run("create", "org/repo").Succeed();
        var mount = _world.Mount("org/repo");
        mount.Shell($$$"""
            mkdir -p root.zarr/a/c
            printf '{"zarr_format":3,"node_type":"group"}' > root.zarr/zarr.json
            printf '{"zarr_format":3,"node_type":"array","shape":[3],"data_type":"uint8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
            "chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}]}' > root.zarr/a/zarr.json
            for i in 0 1 2; do head -c {{{ChunkBytes}}} /dev/urandom > root.zarr/a/c/$i; done
            """).Succeed();
        mount.Commit("committed");
        return mount;
    }

    private static double Metric(MountedRepository mount, string name)
    {
        string metrics = mount.Read("metrics");
        Assert.Matches(PrometheusText(), metrics);
        string line = metrics.Split('\n').First(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return double.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\A(# HELP \w+ .+\n# TYPE \w+ (counter|gauge)\n(\w+(\{\w+=""\w+""\})? [0-9.E+]+\n)+)+\z")]
    private static partial Regex PrometheusText();
}
