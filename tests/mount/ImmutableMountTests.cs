using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary><c>mount --immutable</c>: one version, of which the kernel keeps what it has read and asks for nothing twice (decision 22).</summary>
public sealed class ImmutableMountTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [MountFact]
    public void A_version_mounted_alone_is_the_same_to_the_byte_as_below_commits()
    {
        string sample = Path.Combine(TestCache.Tests, "ArraylakeFs.Icechunk.Tests", "Samples", "made-by-2.2.2");
        Directory.CreateDirectory(_world.RepositoryFolder("official"));
        Command.Run("cp", ["-r", sample, _world.RepositoryFolder("official/sample")]).Succeed();
        var whole = _world.Mount("official/sample");
        string commit = whole.Shell("basename $(readlink tags/v1)").Succeed().Trim();
        foreach (string version in new[] { "v1", commit })
        {
            var alone = _world.Mount("official/sample", version, "--ref", version, "--immutable");
            Assert.Equal(["author", "date", "message", "parent", "root.v2.zarr", "root.zarr"], alone.List("."));
            foreach (string face in new[] { "root.zarr", "root.v2.zarr" })
            {
                Assert.Equal(FileTree.Of(whole, $"commits/{commit}/{face}"), FileTree.Of(alone, face));
                Assert.NotEmpty(FileTree.Of(alone, face));
            }

            Assert.Equal(whole.Read($"commits/{commit}/message"), alone.Read("message"));
            Assert.Equal(0, alone.Unmount());
        }
    }

    [MountFact]
    public void What_was_read_once_is_opened_and_read_again_without_a_message_to_the_daemon()
    {
        MakeArray().Commit("made");
        _world.Environment["ARRAYLAKEFS_FUSE_TRACE"] = "1";
        var alone = _world.Mount("org/repo", "alone", "--ref", "main", "--immutable");
        const string ReadAll = "echo $$; exec cat root.zarr/zarr.json root.zarr/a/zarr.json root.zarr/a/c/0 root.zarr/a/c/1 root.zarr/a/c/2 message";
        string[] first = alone.Shell(ReadAll).Succeed().Split('\n', 2), again = alone.Shell(ReadAll).Succeed().Split('\n', 2);
        Assert.Equal(first[1], again[1]);
        Assert.Contains("chunk 1", first[1], StringComparison.Ordinal);
        Assert.Equal(0, alone.Unmount());
        string trace = alone.DaemonText();
        Assert.Contains(" READ (15) node ", trace, StringComparison.Ordinal);
        Assert.Contains($" pid {first[0]},", trace, StringComparison.Ordinal);
        Assert.DoesNotContain($" pid {again[0]},", trace, StringComparison.Ordinal);
        Assert.Single(trace.Split('\n'), line => line.Contains(" OPEN (14) ", StringComparison.Ordinal));
    }

    [MountFact]
    public void Nothing_in_it_can_be_changed_and_what_changes_elsewhere_does_not_show()
    {
        var writable = MakeArray();
        string made = writable.Commit("made");
        var alone = _world.Mount("org/repo", "alone", "--ref", "main", "--immutable");
        writable.Write("root.zarr/a/c/1", "another").Succeed();
        writable.Commit("changed");
        Assert.Equal("chunk 1", alone.Read("root.zarr/a/c/1"));
        foreach (string script in new[]
                 {
                     "echo x > root.zarr/a/c/1", "echo x >> message", "touch root.zarr/new", "mkdir root.zarr/new", "rm root.zarr/a/c/1", "mv root.zarr/a root.zarr/b",
                     "truncate -s 0 root.zarr/a/c/1", "rm message",
                 })
        {
            Assert.Equal("EROFS", alone.Shell(script).Errno);
        }

        Assert.Equal("chunk 1", alone.Read("root.zarr/a/c/1"));
        var later = _world.Mount("org/repo", "later", "--ref", "main", "--immutable");
        Assert.Equal("another", later.Read("root.zarr/a/c/1"));
        Assert.Equal(made + "\n", later.Read("parent"));
    }

    [MountFact]
    public void A_chunk_that_was_taken_away_below_is_an_error_and_the_rest_goes_on()
    {
        var chunk = new string('c', 1000);
        var writable = MakeArray();
        writable.Write("root.zarr/a/c/1", chunk).Succeed();
        writable.Commit("made");
        writable.Unmount();
        string chunks = Path.Combine(_world.RepositoryFolder("org/repo"), "chunks");
        Directory.Move(chunks, chunks + ".away");
        Directory.CreateDirectory(chunks);
        var alone = _world.Mount("org/repo", "alone", "--ref", "main", "--immutable");
        Assert.Equal("EIO", alone.TryRead("root.zarr/a/c/1").Errno);
        Assert.Equal("chunk 2", alone.Read("root.zarr/a/c/2"));
        Directory.Delete(chunks);
        Directory.Move(chunks + ".away", chunks);
        Assert.Equal(chunk, alone.Read("root.zarr/a/c/1"));
        Assert.Equal(0, alone.Unmount());
        Assert.Contains("chunks/", alone.DaemonText(), StringComparison.Ordinal);
    }

    [MountFact]
    public void Detached_it_can_be_mounted_many_times_and_says_what_it_needs()
    {
        MakeArray().Commit("made");
        string[] places = [_world.NewPath("one"), _world.NewPath("two")];
        foreach (string place in places)
        {
            Directory.CreateDirectory(place);
            _world.Run("mount", "org/repo", place, "--immutable", "--ref", "main").Succeed();
            Assert.Equal("chunk 1", Command.Run("cat", [$"{place}/root.zarr/a/c/1"]).Succeed());
        }

        var twice = _world.Run("mount", "org/repo", places[0], "--immutable", "--ref", "main");
        Assert.Equal(1, twice.ExitCode);
        Assert.Contains($"{places[0]} is a mount already", twice.Error, StringComparison.Ordinal);
        Assert.All(places, place => _world.Run("umount", place).Succeed());
        var unknown = _world.Run("mount", "org/repo", places[0], "--immutable", "--ref", "v7");
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("v7", unknown.Error, StringComparison.Ordinal);
    }

    private MountedRepository MakeArray()
    {
        _world.Run("create", "org/repo").Succeed();
        var mount = _world.Mount("org/repo");
        mount.Shell("""
            mkdir -p root.zarr/a/c
            printf '{"zarr_format":3,"node_type":"group"}' > root.zarr/zarr.json
            printf '{"zarr_format":3,"node_type":"array","shape":[3],"data_type":"uint8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
            "chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}]}' > root.zarr/a/zarr.json
            for i in 0 1 2; do printf "chunk $i" > root.zarr/a/c/$i; done
            """).Succeed();
        return mount;
    }
}
