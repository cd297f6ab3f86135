using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>The harness itself: it limits time, tells errors apart, and its tools start.</summary>
public sealed class HarnessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_program_that_hangs_is_killed_with_its_children()
    {
        var marker = _folder["child"];
        var script = "(sleep 300 & echo $! > \"$1\"; wait)";
        Assert.Throws<CommandException>(() => Command.Run("bash", ["-c", script, "bash", marker], timeout: TimeSpan.FromSeconds(2)));

        // Gone, or a dead entry that nobody has collected yet: that one has no command line.
        var child = $"/proc/{File.ReadAllText(marker).Trim()}/cmdline";
        Assert.True(!File.Exists(child) || File.ReadAllText(child).Length == 0);
    }

    [Fact]
    public void The_errno_of_a_shells_redirection_is_recognised()
    {
        Directory.CreateDirectory(_folder["directory"]);
        Assert.Equal("ENOENT", Command.Shell("cat > \"$1\"", _folder["no/such"]).Errno);
        Assert.Equal("EISDIR", Command.Shell("cat > \"$1\"", _folder["directory"]).Errno);
        Assert.Equal("ENOSPC", Command.Run("bash", ["-c", "cat > /dev/full"], input: "x").Errno);
        Assert.Null(Command.Shell("true").Errno);
    }

    [Fact]
    public void Input_arrives_and_output_comes_back_unchanged()
    {
        const string Text = "🧊 line\nsecond\n";
        Assert.Equal(Text, Command.Run("cat", [], input: Text).Succeed());
    }

    [Fact]
    public void The_mount_table_names_what_is_mounted()
    {
        Assert.Equal("proc", MountTable.At("/proc")!.Type);
        Assert.Null(MountTable.At(_folder.Path));
        Assert.Contains(MountTable.Below("/proc"), entry => entry.Path == "/proc");
    }

    [ForkyFact(mounts: false)]
    public void The_Debian_forky_chroot_has_the_current_Zarr_tools_and_sees_the_tests_folder()
    {
        File.WriteAllText(_folder["note"], "seen\n");
        Assert.Equal("seen\n", Forky.Run(_folder.Path, "cat", "/mnt/note").Succeed());
        var versions = Forky.Run(_folder.Path, "python3", "-c", "import zarr, xarray; print(zarr.__version__, xarray.__version__)").Succeed();
        Assert.Matches(@"^3\.[4-9]\S* 20\d\d\.", versions);
        Assert.Contains("GDAL 3.", Forky.Run(_folder.Path, "gdalinfo", "--version").Succeed(), StringComparison.Ordinal);
        Assert.Null(MountTable.At(Path.Combine(TestCache.Forky!, "mnt")));
    }
}
