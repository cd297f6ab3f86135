using System.Globalization;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>A file that is replaced all the time, and those who open it: their lookups and opens come in between.</summary>
public sealed class ReplacingTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [MountWithPythonTheory]
    [InlineData("root.zarr")]
    [InlineData("root.v2.zarr")]
    public void Whoever_opens_a_file_that_others_replace_gets_one_of_its_versions(string face)
    {
        _world.Run("create", "org/repo").Succeed();
        var mount = _world.Mount("org/repo");
        string read = Python.Run("mount/replacing.py", mount[face], "0", "3000").Succeed();
        Assert.True(int.Parse(read, CultureInfo.InvariantCulture) > 3, read);
    }

    [MountWithPythonFact]
    public void Attributes_that_a_v2_tool_writes_while_others_commit_are_there_when_it_has_written_them()
    {
        _world.Run("create", "org/repo").Succeed();
        var mount = _world.Mount("org/repo");
        mount.Shell("""
            printf '{"zarr_format": 2}' > root.v2.zarr/.zgroup; mkdir root.v2.zarr/x
            printf '{"zarr_format": 2}' > root.v2.zarr/x/.zgroup
            """).Succeed();
        Python.Run("mount/attributes.py", mount.Path, "300").Succeed();
        Assert.True(mount.List("commits").Count > 3);
        Assert.Contains("\"n\": 299", mount.Read("root.zarr/x/zarr.json"), StringComparison.Ordinal);
    }
}
