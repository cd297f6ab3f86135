using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// EIO: the storage below fails while a repository is mounted. The call says so, <c>error</c> names the file, and when the storage is
/// back the session is as it was and works on.
/// </summary>
public sealed class StorageFailureTests : IDisposable
{
    private const string Array = """
        {"zarr_format":3,"node_type":"array","shape":[100],"data_type":"uint8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
        "chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}],"attributes":{}}
        """;

    private readonly World _world = new();

    private string Repository => _world.RepositoryFolder("org/repo");

    public void Dispose() => _world.Dispose();

    [MountTheory]
    [InlineData("rm -- \"$1\"", "")]
    [InlineData("truncate -s 9999 -- \"$1\"", "shorter")]
    [InlineData("rm -- \"$1\" && mkdir -- \"$1\"", "")]
    public void A_chunk_that_cannot_be_read_is_named(string damage, string word)
    {
        Commit(Mount("first"));
        var chunk = Assert.Single(Directory.GetFiles(Path.Combine(Repository, "chunks")));
        Command.Shell(damage, chunk).Succeed();
        var mount = _world.Mount("org/repo", "second");
        var answer = mount.TryRead("root.zarr/a/c/0");
        Assert.Equal("EIO", answer.Errno);
        var text = mount.Read("error");
        Assert.Contains($"chunks/{Path.GetFileName(chunk)}", text, StringComparison.Ordinal);
        Assert.Contains(word, text, StringComparison.OrdinalIgnoreCase);

        // The rest is there, and the broken chunk can be replaced: that is how it is mended.
        Assert.Equal("small", mount.Read("root.zarr/a/c/1"));
        mount.Shell("printf mended > root.zarr/a/c/0").Succeed();
        Assert.Equal("mended", mount.Read("root.zarr/a/c/0"));
        Works(mount);
        Assert.Equal("mended", _world.Mount("org/repo", "third").Read("root.zarr/a/c/0"));
    }

    [MountTheory]
    [InlineData("chunks")]
    [InlineData("manifests")]
    [InlineData("snapshots")]
    [InlineData("transactions")]
    [InlineData("overwritten")]
    public void A_commit_that_cannot_be_stored_leaves_the_session_as_it_was(string folder)
    {
        var mount = Mount("mnt");
        Commit(mount);
        mount.Shell("head -c 20000 /dev/urandom > root.zarr/a/c/3; rm root.zarr/a/c/1").Succeed();
        var before = State(mount);
        var (place, away) = (Path.Combine(Repository, folder), Path.Combine(Repository, "away#1"));
        Directory.Move(place, away);
        File.WriteAllText(place, "in the way");
        for (var i = 0; i < 3; i++)
        {
            var answer = mount.Write("commit", "message\n");
            Assert.Equal("EIO", answer.Errno);
            Assert.Contains(folder, mount.Read("error"), StringComparison.Ordinal);
            Assert.Equal("20000", mount.Shell("wc -c < root.zarr/a/c/3").Succeed().Trim());
        }

        File.Delete(place);
        Directory.Move(away, place);
        Assert.Equal(before, State(mount));
        Works(mount);
    }

    [MountFact]
    public void A_repository_that_is_gone_for_a_while_loses_nothing()
    {
        var mount = Mount("mnt");
        Commit(mount);
        mount.Shell("head -c 20000 /dev/urandom > root.zarr/a/c/3").Succeed();
        var before = State(mount);
        var away = _world.NewPath("away");
        Directory.Move(Repository, away);
        Assert.Equal("EIO", mount.Write("commit", "message\n").Errno);
        Assert.NotEqual("", mount.Read("error"));
        Assert.Equal("EIO", mount.Write("checkout", "main\n").Errno);
        Assert.NotNull(mount.Shell("printf more > root.zarr/a/c/4").Errno);
        Assert.True(mount.IsAlive);
        Directory.Move(away, Repository);
        Assert.Equal(before, State(mount));
        Works(mount);
    }

    [MountFact]
    public void A_damaged_repo_file_stops_commands_until_it_is_back()
    {
        var mount = Mount("mnt");
        Commit(mount);
        mount.Shell("head -c 20000 /dev/urandom > root.zarr/a/c/3").Succeed();
        var before = State(mount);
        var (repo, copy) = (Path.Combine(Repository, "repo"), _world.NewPath("copy"));
        Command.Shell("mv \"$1\" \"$2\" && head -c 3000 /dev/urandom > \"$1\"", repo, copy).Succeed();
        foreach (var (file, command) in new[] { ("commit", "message"), ("checkout", "main") })
        {
            Assert.Equal("EIO", mount.Write(file, command).Errno);
            Assert.Contains("repo", mount.Read("error"), StringComparison.Ordinal);
        }

        Assert.Equal("EIO", mount.TryRead("log").Errno);
        Assert.Equal("small", mount.Read("root.zarr/a/c/1"));
        var refused = _world.Run("mount", "org/repo", _world.NewPath("other"));
        Assert.Equal(1, refused.ExitCode);
        Command.Run("mv", [copy, repo]).Succeed();
        Assert.Equal(before, State(mount));
        Works(mount);
    }

    [MountOnTmpfsFact]
    public void A_full_disk_refuses_and_goes_on_when_there_is_space()
    {
        var disk = Path.GetDirectoryName(Repository)!;
        Directory.CreateDirectory(disk);
        Command.Run("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", disk]).Succeed();
        try
        {
            var mount = Mount("mnt");
            Commit(mount);
            var answer = mount.Shell("for i in $(seq 10 60); do head -c 100000 /dev/urandom > root.zarr/a/c/$i || exit 1; done");
            Assert.Equal(1, answer.ExitCode);
            Assert.Contains("No space left on device", answer.Error, StringComparison.Ordinal);
            if (!mount.Read("metrics").Contains("\narraylakefs_passthrough 1\n", StringComparison.Ordinal))
            {
                Assert.Contains("space", mount.Read("error"), StringComparison.OrdinalIgnoreCase); // else the kernel has refused by itself
            }

            // Not even a commit's metadata fits.
            Command.Shell("cat /dev/zero > \"$1\"", Path.Combine(disk, "filler"));
            mount.Shell("find root.zarr -size -98 -path '*/c/*' -name '[1-6]?' -delete").Succeed();
            Command.Shell("cat /dev/zero >> \"$1\"", Path.Combine(disk, "filler"));
            var before = State(mount);
            Assert.Contains(mount.Write("commit", "message\n").Errno, new[] { "EIO", "ENOSPC" });
            Assert.Contains("space", mount.Read("error"), StringComparison.OrdinalIgnoreCase);
            Assert.Equal(before, State(mount));
            File.Delete(Path.Combine(disk, "filler"));
            mount.Shell("rm root.zarr/a/c/1?").Succeed();
            Works(mount);
            mount.Unmount();
        }
        finally
        {
            Command.Run("umount", ["--lazy", disk]);
        }
    }

    private MountedRepository Mount(string name)
    {
        _world.Run("create", "org/repo").Succeed();
        return _world.Mount("org/repo", name);
    }

    private static void Commit(MountedRepository mount)
    {
        mount.Shell("""
            set -e
            echo '{"zarr_format":3,"node_type":"group"}' > root.zarr/zarr.json
            mkdir -p root.zarr/a/c
            echo "$1" > root.zarr/a/zarr.json
            head -c 10000 /dev/urandom > root.zarr/a/c/0
            printf small > root.zarr/a/c/1
            """, Array).Succeed();
        mount.Commit("first");
    }

    private static string State(MountedRepository mount) =>
        mount.Shell("cat status checkout commit log && find root.zarr -type f -exec sha256sum {} + | sort").Succeed();

    private static void Works(MountedRepository mount)
    {
        mount.Shell("head -c 3000 /dev/urandom > root.zarr/a/c/7").Succeed();
        var commit = mount.Commit("it works on");
        var (live, committed) = ("root.zarr", $"commits/{commit}/root.zarr");
        mount.Shell("diff -r \"$1\" \"$2\"", live, committed).Succeed();
        Assert.DoesNotContain("paths modified", mount.Read("status"), StringComparison.Ordinal);
    }
}

/// <summary>A test that mounts a small disk of its own, and a repository on it.</summary>
public sealed class MountOnTmpfsFactAttribute : FactAttribute
{
    /// <summary>Skips where that is not allowed.</summary>
    public MountOnTmpfsFactAttribute() =>
        Skip = Missing.Mounting ?? (Environment.IsPrivilegedProcess ? null : "mounting a small disk (tmpfs) needs root");
}
