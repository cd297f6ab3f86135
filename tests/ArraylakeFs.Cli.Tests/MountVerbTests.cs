using System.Text.Json;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Cli.Tests;

/// <summary>Mounting from the command line, and the verbs inside a mount.</summary>
public sealed class MountVerbTests : IDisposable
{
    private const string Group = """{"zarr_format":3,"node_type":"group"}""";

    private readonly World _world = new();
    private readonly string _place;

    public MountVerbTests()
    {
        _world.Run("create", "earthmover/ocean").Succeed();
        _place = _world.NewPath("mounts/background");
        Directory.CreateDirectory(_place);
    }

    public void Dispose()
    {
        _world.Run("umount", "--lazy", _place);
        _world.Dispose();
    }

    [MountFact]
    public void Mount_returns_once_the_mount_answers_and_leaves_no_pipe_open()
    {
        // Command substitution waits until every copy of the pipe is closed: a daemon that kept one would hang it.
        string script = $"answer=$(dotnet exec {World.Program} mount earthmover/ocean {_place} 2>&1) && cat {_place}/checkout";
        Assert.Equal("main\n", Command.Run("bash", ["-c", script], _world.Environment).Succeed());
        Assert.Equal("/\n", Command.Run("readlink", [$"/proc/{DaemonProcess}/cwd"]).Succeed());
        _world.Run("umount", _place).Succeed();
        Assert.Null(MountTable.At(_place));
    }

    [MountFact]
    public void The_verbs_find_the_mount_by_walking_up()
    {
        _world.Run("mount", "earthmover/ocean", _place).Succeed();
        InMount("root.zarr", $"printf '{Group}' > zarr.json").Succeed();
        Assert.Contains("- 📝 zarr.json", InMount("root.zarr", "$ALFS status").Succeed(), StringComparison.Ordinal);
        using var status = JsonDocument.Parse(InMount(".", "$ALFS status --json").Succeed());
        Assert.Equal("zarr.json", status.RootElement.GetProperty("changes")[0].GetProperty("path").GetString());
        Assert.Equal("+ / (group)\n", InMount(".", "$ALFS diff").Succeed());

        string id = InMount("root.zarr", "$ALFS commit -m 'first'").Succeed().Trim();
        Assert.Matches("^[0-9A-Z]{20}$", id);
        string log = InMount(".", "$ALFS log").Succeed();
        Assert.Contains($"Commit ID {id}", log, StringComparison.Ordinal);
        Assert.Contains($"Author    {World.AuthorName} <{World.AuthorEmail}>", log, StringComparison.Ordinal);
        Assert.Contains("    first", log, StringComparison.Ordinal);
        Assert.Contains("Type", InMount(".", "$ALFS info /").Succeed(), StringComparison.Ordinal);
        foreach (string verb in (string[])["log", "tree", "info /"])
        {
            foreach (string where in (string[])["", "earthmover/ocean"])
            {
                using var json = JsonDocument.Parse(InMount(".", $"$ALFS {verb} {where} --json").Succeed());
                Assert.NotEqual(JsonValueKind.Null, json.RootElement.ValueKind);
            }
        }

        InMount(".", $"$ALFS checkout {id}").Succeed();
        Assert.Contains($"At commit {id}", InMount(".", "$ALFS status").Succeed(), StringComparison.Ordinal);
        InMount(".", "$ALFS checkout main").Succeed();
        InMount("root.zarr", "touch left && $ALFS discard left && test ! -e left").Succeed();
    }

    [MountFact]
    public void Names_may_stand_behind_two_dashes()
    {
        _world.Run("mount", "--read-only", "--", "earthmover/ocean", _place).Succeed();
        Assert.Equal("EROFS", InMount("root.zarr", "touch x").Errno);
    }

    [MountFact]
    public void A_prefix_for_virtual_chunks_that_is_none_is_named_and_nothing_is_mounted()
    {
        foreach (var prefix in (string[])["/data/", "s3://bucket/", "file:///data/../"])
        {
            var refused = _world.Run("mount", "earthmover/ocean", _place, "--allow-virtual", prefix);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains($"'{prefix}'", refused.Error, StringComparison.Ordinal);
        }

        string folder = Path.Combine(_world.Environment["XDG_CONFIG_HOME"], "arraylakefs");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), """{ "allow_virtual": ["data"] }""");
        Assert.Contains("'data'", _world.Run("mount", "earthmover/ocean", _place).Error, StringComparison.Ordinal);
        Assert.Null(MountTable.At(_place));
    }

    [MountTheory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    public void A_signal_ends_a_mount_whole(string signal)
    {
        // What whoever started the tests ignores, the program would ignore too.
        string script = $"""
            env --default-signal $ALFS mount --foreground earthmover/ocean {_place} 2> /dev/null &
            until cat {_place}/checkout 2> /dev/null; do sleep 0.1; done
            kill -{signal} $! && wait $! && echo "ended whole"
            """;
        Assert.Equal("main\nended whole\n", Command.Run("bash", ["-c", script], Environment).Succeed());
        Assert.Null(MountTable.At(_place));
    }

    [MountFact]
    public void A_signal_in_the_middle_of_mounting_leaves_no_mount()
    {
        // While another process has the session, mounting waits.
        _world.Run("mount", "earthmover/ocean", _place, "--session", "mine").Succeed();
        string second = _world.NewPath("mounts/second");
        Directory.CreateDirectory(second);
        string script = $"""
            dotnet exec {World.Program} mount -f earthmover/ocean {second} --session mine &
            sleep 2; kill -TERM $!; wait $!
            """;
        var answer = Command.Run("bash", ["-c", script], Environment);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("canceled", answer.Error, StringComparison.Ordinal);
        Assert.Null(MountTable.At(second));
    }

    [MountFact]
    public void A_message_may_begin_with_an_at_sign()
    {
        _world.Run("mount", "earthmover/ocean", _place).Succeed();
        string id = InMount("root.zarr", $"printf '{Group}' > zarr.json; $ALFS commit -m '@ryan asked for it'").Succeed().Trim();
        Assert.Equal("@ryan asked for it\n", InMount(".", $"cat commits/{id}/message").Succeed());
    }

    [MountFact]
    public void A_repository_that_is_named_inside_a_mount_is_that_repository()
    {
        _world.Run("create", "other/repo").Succeed();
        _world.Run("mount", "earthmover/ocean", _place).Succeed();
        string groups = $"mkdir -p other/repo; for d in . other other/repo; do printf '{Group}' > $d/zarr.json; done";
        InMount("root.zarr", groups + "; $ALFS commit -m mine").Succeed();
        foreach (string name in (string[])["other/repo", "file://" + _world.RepositoryFolder("other/repo")])
        {
            Assert.Equal("", InMount(".", $"$ALFS log {name}").Succeed());
            Assert.Equal("/\n", InMount(".", $"$ALFS tree {name}").Succeed());
            Assert.Contains("no node at /other", InMount(".", $"$ALFS info other {name}").Error, StringComparison.Ordinal);
        }

        // Where there is a path of that name, it is the place; and a path that is written as one always is.
        Assert.Contains("mine", InMount("root.zarr", "$ALFS log other/repo").Succeed(), StringComparison.Ordinal);
        Assert.Contains("mine", InMount(".", "$ALFS log ./not/there").Succeed(), StringComparison.Ordinal);
        Assert.Contains("not in a mount", InMount(".", "$ALFS status other/repo").Error, StringComparison.Ordinal);
    }

    [MountFact]
    public void A_command_that_fails_tells_the_whole_reason()
    {
        _world.Run("mount", "earthmover/ocean", _place).Succeed();
        var commit = _world.Run("commit", _place, "-m", "nothing");
        Assert.Equal(1, commit.ExitCode);
        Assert.Contains("nothing to commit", commit.Error, StringComparison.Ordinal);
        var checkout = _world.Run("checkout", "no-such-branch", _place);
        Assert.Equal(1, checkout.ExitCode);
        Assert.Contains("'no-such-branch'", checkout.Error, StringComparison.Ordinal);
    }

    /// <summary>The first commit has the same id in every repository.</summary>
    [MountTheory]
    [InlineData("delete")]
    [InlineData("rm -r")]
    public void A_new_repository_of_an_old_name_has_nothing_of_the_old_one(string how)
    {
        _world.Run("create", "org/again").Succeed();
        var mount = _world.Mount("org/again");
        mount.Write("root.zarr/zarr.json", """{"zarr_format":3,"node_type":"group"}""").Succeed();
        if (how == "rm -r")
        {
            mount.Commit("old");
        }

        mount.Unmount();
        if (how == "delete")
        {
            _world.Run("delete", "org/again", "--imsure", "--imreallysure").Succeed();
        }
        else
        {
            Directory.Delete(_world.RepositoryFolder("org/again"), recursive: true);
        }

        _world.Run("create", "org/again").Succeed();
        mount = _world.Mount("org/again");
        Assert.Empty(mount.List("root.zarr"));
        Assert.Equal("", mount.Read("log"));
        Assert.EndsWith("No changes in current session\n", mount.Read("status"), StringComparison.Ordinal);
        mount.Write("root.zarr/zarr.json", """{"zarr_format":3,"node_type":"group"}""").Succeed();
        mount.Commit("new");
    }

    [MountFact]
    public void Of_two_who_mount_at_one_place_at_once_one_is_told()
    {
        _world.Run("create", "org/repo").Succeed();
        var place = _world.NewPath("place");
        Directory.CreateDirectory(place);
        for (var round = 0; round < 5; round++)
        {
            var answers = new CommandResult[2];
            Parallel.For(0, 2, i => answers[i] = _world.Run("mount", "org/repo", place, "--session", $"{round} {i}"));
            Assert.Single(answers, answer => answer.ExitCode == 0);
            Assert.Contains(answers, answer => answer.Error.Contains($"{place} is a mount already", StringComparison.Ordinal));
            Assert.Single(MountTable.Below(place));
            _world.Run("umount", place).Succeed();
        }
    }

    [MountFact]
    public void A_repository_that_is_mounted_is_not_deleted()
    {
        _world.Run("mount", "earthmover/ocean", _place).Succeed();
        var answer = _world.Run("delete", "earthmover/ocean", "--imsure", "--imreallysure");
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains($"umount {_place}", answer.Error, StringComparison.Ordinal);
        Assert.Equal("main\n", Command.Run("cat", [Path.Combine(_place, "checkout")]).Succeed());
    }

    [MountFact]
    public void What_prevents_a_mount_is_said_by_the_command_that_asked_for_it()
    {
        Fails("there is no repository", "mount", "earthmover/atlantis", _place);
        Fails("no-such-folder", "mount", "earthmover/ocean", Path.Combine(_place, "no-such-folder"));
        Fails("an empty path", "mount", "earthmover/ocean", "");
        Fails("no branch 'dev'", "mount", "earthmover/ocean", _place, "--branch", "dev");
        Fails("lie in one another", "mount", "earthmover/ocean", Path.Combine(_world.RepositoryFolder("earthmover/ocean"), "chunks"));
        Assert.Null(MountTable.At(_place));
    }

    [MountFact]
    public void However_a_place_is_spelled_it_is_the_same_place()
    {
        string repository = _world.RepositoryFolder("earthmover/ocean"), link = _world.NewPath("link"), lake = _world.NewPath("lake");
        Directory.CreateSymbolicLink(link, Path.GetDirectoryName(_place)!);
        Directory.CreateSymbolicLink(lake, repository);
        string linked = Path.Combine(link, Path.GetFileName(_place));
        _world.Run("mount", "earthmover/ocean", _place).Succeed();
        InMount("root.zarr", "echo mine > left").Succeed();
        foreach (string[] names in (string[][])[[repository + "/", _place + "/"], [lake, linked], ["file://" + lake + "/.", linked + "/."]])
        {
            _world.Run("umount", _place).Succeed();
            _world.Run(["mount", .. names]).Succeed();
            Assert.Equal("mine\n", InMount("root.zarr", "cat left").Succeed());
            Assert.Contains("left", _world.Run("status", Path.Combine(linked, "root.zarr/")).Succeed(), StringComparison.Ordinal);
            Fails($"umount {_place}", "delete", lake + "/", "--imsure", "--imreallysure");
        }

        Fails("lie in one another", "mount", lake + "/", Path.Combine(lake, "chunks/"));
        _world.Run("umount", linked + "/").Succeed();
        Assert.Null(MountTable.At(_place));
    }

    [MountFact]
    public void One_session_is_never_open_twice()
    {
        string second = _world.NewPath("mounts/second");
        Directory.CreateDirectory(second);
        _world.Run("mount", "earthmover/ocean", _place, "--session", "mine").Succeed();
        Fails("in use by process", "mount", "earthmover/ocean", second, "--session", "mine");

        InMount("root.zarr", $"printf '{Group}' > zarr.json").Succeed();
        _world.Run("umount", _place).Succeed();
        _world.Run("mount", "earthmover/ocean", second, "--session", "mine").Succeed();
        try
        {
            Assert.Equal(Group, Command.Run("cat", [Path.Combine(second, "root.zarr/zarr.json")]).Succeed());
        }
        finally
        {
            _world.Run("umount", "--lazy", second);
        }
    }

    [MountFact]
    public void Who_mounts_again_at_once_waits_for_the_daemon_that_still_ends()
    {
        _world.Run("mount", "earthmover/ocean", _place).Succeed();
        InMount("root.zarr", "echo mine > left").Succeed();
        string script = $"""
            kill -STOP {DaemonProcess}
            (sleep 2; kill -CONT {DaemonProcess}) > /dev/null 2>&1 &
            $ALFS umount {_place} && $ALFS mount earthmover/ocean {_place} && cat {_place}/root.zarr/left
            """;
        Assert.Equal("mine\n", Command.Run("bash", ["-c", script], Environment).Succeed());
    }

    [MountFact]
    public void A_log_that_cannot_be_written_stops_nothing()
    {
        _world.Run("mount", "earthmover/ocean", _place).Succeed();
        _world.Run("umount", _place).Succeed();
        File.Delete(Path.Combine(SessionFolder, "log"));
        File.CreateSymbolicLink(Path.Combine(SessionFolder, "log"), "/dev/full"); // every write there says ENOSPC
        _world.Run("mount", "earthmover/ocean", _place).Succeed();
        string daemon = DaemonProcess;

        string repo = Path.Combine(_world.RepositoryFolder("earthmover/ocean"), "repo"), kept = _world.NewPath("kept");
        File.Move(repo, kept);
        File.WriteAllText(repo, "damaged");
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal("EIO", InMount(".", "cat log").Errno); // a failure that is logged
        }

        File.Move(kept, repo, overwrite: true);
        Assert.Equal("main\n", InMount(".", "cat log > /dev/null; cat checkout").Succeed());
        _world.Run("umount", _place).Succeed();
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{daemon}"), 20_000), "the daemon does not end");
    }

    [MountFact]
    public void A_read_only_mount_and_one_of_a_commit_refuse_changes()
    {
        _world.Run("mount", "earthmover/ocean", _place, "--read-only").Succeed();
        Assert.Equal("EROFS", InMount("root.zarr", "touch x").Errno);
        Assert.Contains("mounted read-only", InMount(".", "$ALFS status").Succeed(), StringComparison.Ordinal);
        _world.Run("umount", _place).Succeed();

        _world.Run("mount", "earthmover/ocean", _place, "--ref", "1CECHNKREP0F1RSTCMT0").Succeed();
        Assert.Equal("EROFS", InMount("root.zarr", "touch x").Errno);
        Assert.Equal("1CECHNKREP0F1RSTCMT0\n", Command.Run("cat", [Path.Combine(_place, "checkout")]).Succeed());
    }

    /// <summary>That of the only session in this world.</summary>
    private string SessionFolder =>
        Assert.Single(Directory.GetDirectories(Path.Combine(_world.Environment["XDG_STATE_HOME"], "arraylakefs/sessions")));

    private string DaemonProcess => File.ReadAllText(Path.Combine(SessionFolder, "owner"));

    private void Fails(string reason, params string[] arguments)
    {
        var answer = _world.Run(arguments);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains(reason, answer.Error, StringComparison.Ordinal);
        Assert.StartsWith("arraylakefs: ", answer.Error, StringComparison.Ordinal);
    }

    private Dictionary<string, string> Environment => new(_world.Environment) { ["ALFS"] = $"dotnet exec {World.Program}" };

    private CommandResult InMount(string folder, string script) =>
        Command.Run("bash", ["-c", script], Environment, folder: Path.Combine(_place, folder));
}
