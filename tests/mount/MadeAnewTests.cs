using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>An array at the root, which tools that name its chunks otherwise make anew in the same place.</summary>
public sealed class MadeAnewTests : IDisposable
{
    private const string Script = "/srv/tools/anew.py";

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [ChrootTheory("forky", "bookworm")]
    [InlineData("DirectoryStore", "NestedDirectoryStore")]
    [InlineData("NestedDirectoryStore", "DirectoryStore")]
    [InlineData("FSStore", "NestedDirectoryStore")]
    public void An_array_that_zarr_python_2_makes_anew_is_read_in_both_faces_and_committed(string store, string other)
    {
        _world.Run("create", "org/anew").Succeed();
        var mount = _world.Mount("org/anew");
        mount.Forky("python3", Script, "v3", "/mnt/root.zarr", "1").Succeed();
        int value = 1;
        foreach (string next in new[] { store, other, store })
        {
            mount.Commit("what was there before");
            Chroot.Bookworm.Run(mount.Path, "python3", Script, next, "/mnt/root.v2.zarr", $"{++value}").Succeed();
            AssertIs(value, mount, "root.zarr", "root.v2.zarr");
        }

        string commit = $"commits/{mount.Commit("the last one")}";
        AssertIs(value, mount, "root.zarr", "root.v2.zarr", $"{commit}/root.zarr", $"{commit}/root.v2.zarr");
    }

    private static void AssertIs(int value, MountedRepository mount, params string[] trees)
    {
        var found = ToolAnswer.Parse(mount.Forky(["python3", Script, "read", .. trees.Select(tree => $"/mnt/{tree}")]));
        Assert.Equal(trees.Length, found.Count);
        Assert.All(found, tree => Assert.Equal(Enumerable.Repeat(value, 16), tree.Value!.AsArray().Select(v => (int)v!)));
        Assert.DoesNotContain("no chunk of its array", mount.Read("status"), StringComparison.Ordinal);
    }
}
