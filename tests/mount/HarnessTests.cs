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

    [ChrootFact("forky", Mounts = false)]
    public void The_Debian_forky_chroot_has_the_current_Zarr_tools_and_sees_the_tests_folder() =>
        AssertTools(Chroot.Forky, @"^3\.[4-9]\S* 20\d\d\.", "GDAL 3.", "netcdf library version 4.10");

    [ChrootFact("bookworm", Mounts = false)]
    public void The_Debian_bookworm_chroot_has_the_Zarr_tools_of_v2_and_sees_the_tests_folder() =>
        AssertTools(Chroot.Bookworm, @"^2\.13\.\S* 999", "GDAL 3.6", "netcdf library version 4.9.0");

    private void AssertTools(Chroot chroot, string python, string gdal, string netcdf)
    {
        File.WriteAllText(_folder["note"], "seen\n");
        Assert.Equal("seen\n", chroot.Run(_folder.Path, "cat", "/mnt/note").Succeed());
        const string Versions = "import zarr, xarray, dask; print(zarr.__version__, xarray.__version__)";
        Assert.Matches(python, chroot.Run(_folder.Path, "python3", "-c", Versions).Succeed());
        Assert.Contains(gdal, chroot.Run(_folder.Path, "gdalinfo", "--version").Succeed(), StringComparison.Ordinal);
        Assert.Contains(netcdf, chroot.Run(_folder.Path, "ncdump").Error, StringComparison.Ordinal);
        Assert.Null(MountTable.At(Path.Combine(chroot.Folder!, "mnt")));
    }
}
