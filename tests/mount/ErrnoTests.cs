using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// Every errno of DESIGN.md section 3, provoked from a shell and by single calls: the call's errno, the text of <c>error</c>, and a
/// session that is as it was and works on.
/// </summary>
public sealed class ErrnoTests : IDisposable
{
    private const string Group = """{"zarr_format":3,"node_type":"group","attributes":{}}""";

    private readonly World _world = new();

    public ErrnoTests() => _world.Run("create", "org/repo").Succeed();

    public void Dispose() => _world.Dispose();

    [MountWithPythonFact]
    public void EROFS_where_a_commit_is_checked_out()
    {
        var mount = MountWithArray();
        var commit = mount.Commit("first");
        mount.Write("checkout", commit).Succeed();
        foreach (var script in new[]
                 {
                     "echo x > root.zarr/zarr.json", "echo x > root.zarr/new", "echo x >> root.zarr/a/c/0", "truncate -s 0 root.zarr/a/c/0",
                     "mkdir root.zarr/new", "rm root.zarr/a/c/0", "mv root.zarr/a root.zarr/b",
                     "ln root.zarr/zarr.json root.zarr/copy", "echo message > commit",
                 })
        {
            Refused(mount, script, "EROFS", commit, "checkout");
        }

        Assert.Contains("not on a branch tip", mount.Read("status"), StringComparison.Ordinal);
        mount.Write("checkout", "main").Succeed();
        Works(mount);
    }

    [MountFact]
    public void EROFS_where_a_tag_is_checked_out()
    {
        Directory.CreateDirectory(_world.RepositoryFolder("official"));
        Command.Run("cp", ["-r", OfficialSample, _world.RepositoryFolder("official/sample")]).Succeed();
        var mount = _world.Mount("official/sample", "sample", "--ref", "v1");
        Refused(mount, "echo x > root.zarr/zarr.json", "EROFS", "v1", "checkout");
        Refused(mount, "echo message > commit", "EROFS", "v1");
        mount.Write("checkout", "main").Succeed();
        mount.Shell("echo \"$1\" > root.zarr/zarr.json", Group).Succeed();
        mount.Commit("on the branch");
    }

    [MountWithPythonFact]
    public void EROFS_where_the_repository_is_mounted_read_only()
    {
        MountWithArray().Commit("first");
        var mount = _world.Mount("org/repo", "readonly", "--read-only");
        Refused(mount, "echo x > root.zarr/zarr.json", "EROFS", "read-only");
        Refused(mount, "echo message > commit", "EROFS", "read-only");
        Assert.Equal("EROFS", Call("mkdir", mount["root.zarr/new"]));
        Assert.Equal("EROFS", Call("unlink", mount["root.zarr/a/c/0"]));
    }

    [MountWithPythonFact]
    public void EROFS_in_commits_and_EPERM_among_the_control_files()
    {
        var mount = MountWithArray();
        var commit = mount.Commit("first");
        foreach (var script in new[]
                 {
                     $"echo x > commits/{commit}/root.zarr/zarr.json", $"echo x > commits/{commit}/root.zarr/new", $"rm commits/{commit}/root.zarr/a/c/0",
                     $"mkdir commits/{commit}/root.zarr/new", $"mv commits/{commit}/root.zarr/a commits/{commit}/root.zarr/b",
                     $"rmdir commits/{commit}", "mkdir commits/new",
                 })
        {
            Refused(mount, script, "EROFS");
        }

        foreach (var script in new[] { "echo x > new", "mkdir new", "mv root.zarr other.zarr", "rm commit" })
        {
            Refused(mount, script, "EPERM", "root.zarr/");
        }

        foreach (var file in new[] { "status", "log", "diff", "error", "README", $"commits/{commit}/message" })
        {
            Assert.Contains(mount.Shell("echo x > \"$1\"", file).Errno, new[] { "EACCES", "EROFS" });
        }

        Works(mount);
    }

    [MountWithPythonFact]
    public void ENODATA_where_there_is_nothing_to_commit()
    {
        var mount = MountWithArray();
        mount.Commit("first");
        Refused(mount, "echo message > commit", "ENODATA", "nothing to commit");
        mount.Shell("echo hello > root.zarr/README.md").Succeed();
        Refused(mount, "echo message > commit", "ENODATA", "README.md");

        // Back where it was: writing the same bytes again is no change.
        mount.Shell("cp root.zarr/zarr.json /dev/shm/$$ && cat /dev/shm/$$ > root.zarr/zarr.json; rm /dev/shm/$$").Succeed();
        Refused(mount, "echo message > commit", "ENODATA");
        Works(mount);
    }

    [MountWithPythonFact]
    public void ESTALE_where_the_branch_has_moved()
    {
        var mount = MountWithArray();
        var first = mount.Commit("first");
        var other = _world.Mount("org/repo", "other");
        mount.Shell("printf mine > root.zarr/a/c/1; printf mine > root.zarr/a/c/2").Succeed();
        other.Shell("printf theirs > root.zarr/a/c/2").Succeed();
        var second = other.Commit("second");
        Refused(mount, "echo message > commit", "ESTALE", "main", first, second, "/a", "[2]", "rebase");
        Assert.Contains("moved on by 1 commit", mount.Read("status"), StringComparison.Ordinal);
        Assert.Contains(second, mount.Read("conflicts.json"), StringComparison.Ordinal);
        Assert.Equal("mine", mount.Read("root.zarr/a/c/2"));
        Assert.Equal("ESTALE", Call("write", mount["commit"], "message"));

        // The way out that the text names.
        mount.Write("rebase", "theirs\n").Succeed();
        Assert.Equal(("mine", "theirs"), (mount.Read("root.zarr/a/c/1"), mount.Read("root.zarr/a/c/2")));
        Works(mount);
    }

    [MountWithPythonFact]
    public void EBUSY_where_uncommitted_changes_stand_in_the_way_of_a_checkout()
    {
        var mount = MountWithArray();
        var first = mount.Commit("first");
        mount.Shell("printf more > root.zarr/a/c/1").Succeed();
        mount.Commit("second");
        mount.Shell("printf changed > root.zarr/a/c/0").Succeed();
        Refused(mount, $"echo {first} > checkout", "EBUSY", first, "a/c/0");
        Assert.Equal("EBUSY", Call("write", mount["checkout"], first));
        mount.Shell("echo loose > root.zarr/loose.txt").Succeed();
        mount.Write("discard", "a/c/0").Succeed();
        Refused(mount, $"echo {first} > checkout", "EBUSY", "loose.txt");
        mount.Shell("echo main > checkout").Succeed(); // nothing is to be done, so nothing is in the way
        Works(mount);
    }

    [MountWithPythonFact]
    public void ENOENT_for_names_that_are_unknown()
    {
        var mount = MountWithArray();
        mount.Commit("first");
        Refused(mount, "echo nowhere > checkout", "ENOENT", "'nowhere'");
        Refused(mount, "echo 0123456789ABCDEFGHJK > checkout", "ENOENT", "0123456789ABCDEFGHJK");
        Refused(mount, "echo ../../etc/passwd > checkout", "ENOENT", "../../etc/passwd");
        Refused(mount, "echo a/c/7 > discard", "ENOENT", "a/c/7");
        Refused(mount, "echo a/c/0 > discard", "ENOENT", "a/c/0"); // it is there, but not changed
        Assert.Equal("ENOENT", Call("write", mount["checkout"], "nowhere"));
        foreach (var path in new[] { "nothing", "root.zarr/nothing", "commits/0123456789ABCDEFGHJK", "branches/nothing", "tags/nothing", "info/nothing" })
        {
            Assert.Equal("ENOENT", Call("read", mount[path]));
        }

        Assert.Equal("ENOENT", Call("rename", mount["root.zarr/nothing"], mount["root.zarr/other"]));
        Works(mount);
    }

    [MountWithPythonFact]
    public void EEXIST_for_names_that_are_there()
    {
        var mount = MountWithArray();
        Assert.Equal("EEXIST", mount.Shell("mkdir root.zarr/a").Errno);
        Assert.Equal("EEXIST", mount.Shell("ln root.zarr/zarr.json root.zarr/a/zarr.json").Errno);
        Assert.Equal("EEXIST", mount.Shell("mkdir branches/main").Errno);
        foreach (var path in new[] { "root.zarr", "root.zarr/a", "root.zarr/zarr.json", "status", "commits" })
        {
            Assert.Equal("EEXIST", Call("mkdir", mount[path]));
            Assert.Equal("EEXIST", Call("create", mount[path]));
        }

        Works(mount);
    }

    [MountWithPythonFact]
    public void EINVAL_for_commands_that_cannot_be_understood()
    {
        var mount = MountWithArray();
        Refused(mount, "echo > commit", "EINVAL", "message");
        Refused(mount, "echo '   ' > commit", "EINVAL", "message");
        Refused(mount, "printf 'caf\\xe9' > commit", "EINVAL", "UTF-8");
        Refused(mount, "echo > discard", "EINVAL", "all");
        Assert.Equal("EINVAL", Call("write-hex", mount["commit"], "ff"));
        Assert.Equal("EINVAL", Call("write-hex", mount["commit"], "c3"));
        Assert.Equal("EINVAL", Call("write", mount["commit"], " \n\n"));
        Works(mount);
    }

    [MountWithPythonTheory]
    [InlineData(100_000)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 5)]
    [InlineData(3 << 20)]
    public void EINVAL_for_a_command_that_the_kernel_might_hand_over_in_pieces(int length)
    {
        var mount = MountWithArray();
        var before = State(mount);
        Assert.Equal("EINVAL", Call("write-long", mount["commit"], length.ToString()));
        Assert.Contains("bytes", mount.Read("error"), StringComparison.Ordinal);
        Assert.Equal(before, State(mount));
        Works(mount);
    }

    [MountTheory]
    [InlineData("{", "a/zarr.json")]
    [InlineData("""{"zarr_format":3}""", "a/zarr.json")]
    [InlineData("""{"zarr_format":3,"node_type":"array","shape":"long"}""", "a/zarr.json")]
    [InlineData("", "a/zarr.json")]
    public void EINVAL_for_a_commit_with_an_invalid_document(string document, string path)
    {
        var mount = MountWithArray();
        mount.Write($"root.zarr/{path}", document).Succeed();
        Refused(mount, "echo message > commit", "EINVAL", path);
        Assert.Contains(path, mount.Read("status"), StringComparison.Ordinal);
        mount.Write($"root.zarr/{path}", Array).Succeed();
        Works(mount);
    }

    [MountFact]
    public void The_text_of_error_is_that_of_the_last_failure_and_of_this_mount_alone()
    {
        var mount = MountWithArray();
        var other = _world.Mount("org/repo", "other");
        Assert.Equal("", mount.Read("error"));
        mount.Write("checkout", "nowhere");
        mount.Write("commit", "\n");
        Assert.Contains("message", mount.Read("error"), StringComparison.Ordinal);
        mount.Commit("well");
        Assert.Equal("", other.Read("error"));
        Assert.Equal("refused", mount.Shell("echo > commit || { grep -q message error && echo refused; }").Succeed().Trim());
    }

    private static string OfficialSample => Path.Combine(TestCache.Tests, "ArraylakeFs.Icechunk.Tests", "Samples", "made-by-2.2.2");

    private const string Array = """
        {"zarr_format":3,"node_type":"array","shape":[8],"data_type":"uint8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
        "chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}],"attributes":{}}
        """;

    private MountedRepository MountWithArray()
    {
        var mount = _world.Mount("org/repo");
        mount.Shell("""
            set -e
            echo "$1" > root.zarr/zarr.json
            mkdir -p root.zarr/a/c
            echo "$2" > root.zarr/a/zarr.json
            head -c 10000 /dev/zero > root.zarr/a/c/0
            """, Group, Array).Succeed();
        return mount;
    }

    /// <summary>A shell's command fails with that errno, <c>error</c> says these words, and nothing else has changed.</summary>
    private static void Refused(MountedRepository mount, string script, string errno, params string[] words)
    {
        var before = State(mount);
        var answer = mount.Shell(script);
        Assert.True(answer.Errno == errno, $"{script}\nanswers {answer.Errno}, not {errno}: {answer.Error}");
        var text = mount.Read("error");
        foreach (var word in words)
        {
            Assert.True(text.Contains(word, StringComparison.Ordinal), $"{script}\nerror says: {text}but not: {word}");
        }

        Assert.Equal(before, State(mount));
    }

    private static string Call(params string[] call) => Python.Run("mount/command.py", call).Succeed().Trim();

    /// <summary>Everything that a failed command must leave as it is.</summary>
    private static string State(MountedRepository mount) =>
        mount.Shell("cat status checkout commit log && find root.zarr -type f -exec sha256sum {} + | sort && find root.zarr -type d | sort").Succeed();

    /// <summary>Changes are still taken and committed.</summary>
    private static void Works(MountedRepository mount)
    {
        mount.Shell("head -c 3000 /dev/urandom > root.zarr/a/c/7").Succeed();
        var commit = mount.Commit("it works on");
        Assert.Equal(mount.Sha256("root.zarr/a/c/7"), mount.Sha256($"commits/{commit}/root.zarr/a/c/7"));
        Assert.DoesNotContain("paths modified", mount.Read("status"), StringComparison.Ordinal);
    }
}
