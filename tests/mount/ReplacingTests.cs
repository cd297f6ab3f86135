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
}
