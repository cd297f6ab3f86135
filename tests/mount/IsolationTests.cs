using System.Diagnostics;
using System.Text.Json;
using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>A second mount of a repository shows a commit of the first when it is asked to, whole, and not before.</summary>
public sealed class IsolationTests : IDisposable
{
    private const string Repository = "org/repo";

    // Version N has chunks N % 3 … N % 3 + 4, each the number again and again, of a length that changes with every version.
    private const string WriteVersion = """
        set -e
        version=$1
        mkdir -p root.zarr/a/c
        rm -f root.zarr/a/c/*
        for i in $(seq $((version % 3)) $((version % 3 + 4))); do
            yes $version | head -n $((version % 2 == 0 ? 20000 + i : 3 + i)) > root.zarr/a/c/$i
        done
        printf '{"zarr_format":3,"node_type":"array","shape":[10],"data_type":"uint8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
        "chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}],"attributes":{"version":%s}}' $version > root.zarr/a/zarr.json
        """;

    private readonly ITestOutputHelper _output;
    private readonly World _world = new();
    private readonly MountedRepository _writer;

    public IsolationTests(ITestOutputHelper output)
    {
        _output = output;
        _world.Run("create", Repository).Succeed();
        _writer = _world.Mount(Repository, "writer");
        _writer.Write("root.zarr/zarr.json", """{"zarr_format":3,"node_type":"group"}""").Succeed();
        Commit(0);
    }

    public void Dispose() => _world.Dispose();

    [MountWithPythonFact]
    public void Another_mount_sees_nothing_of_a_commit_until_it_checks_it_out()
    {
        var mount = _world.Mount(Repository, "reader");
        var before = Sums(mount);
        using var reader = new Reader(_world, mount);
        for (var version = 1; version <= 6; version++)
        {
            Commit(version);
            Assert.Equal(before, Sums(mount));
        }

        Assert.Contains("moved on by 6 commits", mount.Read("status"), StringComparison.Ordinal);
        Assert.Equal([0], reader.End().Seen);
        mount.Write("checkout", "main\n").Succeed();
        Assert.Equal(Sums(_writer), Sums(mount));
    }

    [MountWithPythonFact]
    public void A_reader_meets_no_mix_of_two_versions_while_its_mount_follows_the_branch()
    {
        const int Versions = 25;
        var mount = _world.Mount(Repository, "reader");
        using var reader = new Reader(_world, mount);
        for (var version = 1; version <= Versions; version++)
        {
            Commit(version);
            mount.Write("checkout", "main\n").Succeed();
        }

        var (seen, met) = reader.End();
        _output.WriteLine($"versions seen: {string.Join(' ', seen)}; {met} rounds met a change");
        Assert.Equal(seen.Order().Distinct(), seen);
        Assert.Equal(Versions, seen[^1]);
        Assert.True(seen.Count > 3, "the reader saw almost no version");
    }

    [MountWithPythonFact]
    public void A_reader_meets_no_mix_of_two_versions_while_its_mount_goes_back_and_forth()
    {
        const int Turns = 60;
        var commits = Enumerable.Range(1, 3).Select(Commit).ToList();
        var mount = _world.Mount(Repository, "reader");
        using var reader = new Reader(_world, mount);
        for (var i = 0; i < Turns; i++)
        {
            reader.Turn();
            mount.Write("checkout", commits[i % commits.Count]).Succeed();
            if (i % 7 == 0)
            {
                Assert.Equal(Sums(mount, $"commits/{commits[i % commits.Count]}/root.zarr"), Sums(mount));
            }
        }

        var (seen, met) = reader.End();
        _output.WriteLine($"{seen.Count} changes seen, {met} rounds met one");
        Assert.True(seen.Count > 3, "the reader saw almost no version");
    }

    /// <summary>Writes a version through the first mount, chunk by chunk, and commits it.</summary>
    private string Commit(int version)
    {
        _writer.Shell(WriteVersion, version.ToString()).Succeed();
        return _writer.Commit($"version {version}");
    }

    private static string Sums(MountedRepository mount, string tree = "root.zarr") =>
        mount.Shell("cd \"$1\" && find . -type f -exec sha256sum {} + | sort -k2", tree).Succeed();

    private sealed class Reader : IDisposable
    {
        private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

        private readonly string _stop;
        private readonly string _turns;
        private readonly Process _process;

        public Reader(World world, MountedRepository mount)
        {
            _stop = world.NewPath("stop");
            _turns = world.NewPath("turns");
            File.WriteAllText(_turns, "");
            _process = Python.Start("mount/reader.py", mount["root.zarr/a"], _stop, _turns);
        }

        /// <summary>To be called before each checkout of a series that may come back to the same version.</summary>
        public void Turn() => File.AppendAllText(_turns, ".");

        public (IReadOnlyList<int> Seen, int Met) End()
        {
            File.WriteAllText(_stop, "");
            var (output, error) = (_process.StandardOutput.ReadToEndAsync(), _process.StandardError.ReadToEndAsync());
            Assert.True(_process.WaitForExit(_patience), "the reader hangs");
            Assert.True(_process.ExitCode == 0, error.Result);
            using var answer = JsonDocument.Parse(output.Result);
            return ([.. answer.RootElement.GetProperty("seen").EnumerateArray().Select(number => number.GetInt32())],
                answer.RootElement.GetProperty("met").GetInt32());
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }

            _process.Dispose();
        }
    }
}
