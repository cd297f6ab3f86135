using System.Text.Json.Nodes;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Missing values of floating-point, integer and packed variables, as xarray decodes them by itself.</summary>
public sealed class XarrayMaskTests : IDisposable
{
    private const string Script = "/srv/tools/masks.py";

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [ChrootTheory("forky", "bookworm")]
    [InlineData(3, "root.zarr")]
    [InlineData(2, "root.v2.zarr")]
    public void What_xarray_writes_as_missing_through_one_face_it_finds_missing_through_the_other(int format, string tree)
    {
        _world.Run("create", "org/masks").Succeed();
        var mount = _world.Mount("org/masks");
        var written = ToolAnswer.Parse(Chroot.Forky.Run(mount.Path, "python3", Script, "write", $"{format}", $"/mnt/{tree}"));
        AssertSame(written, mount, Chroot.Forky, "root.zarr", "root.v2.zarr");
        AssertSame(written, mount, Chroot.Bookworm, "root.v2.zarr");

        var commit = $"commits/{mount.Commit("masks")}";
        AssertSame(written, mount, Chroot.Forky, "root.zarr", "root.v2.zarr", $"{commit}/root.zarr", $"{commit}/root.v2.zarr");
        AssertSame(written, mount, Chroot.Bookworm, "root.v2.zarr", $"{commit}/root.v2.zarr");
    }

    private static void AssertSame(JsonObject written, MountedRepository mount, Chroot chroot, params string[] trees)
    {
        var found = ToolAnswer.Parse(chroot.Run(mount.Path, ["python3", Script, "read", .. trees.Select(tree => $"/mnt/{tree}")]));
        Assert.Equal(trees.Length, found.Count);
        Assert.All(found, tree => Assert.Equal(written.ToJsonString(), tree.Value!.ToJsonString()));
    }
}
