using System.Text.Json.Nodes;
using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// Random arrays of every data type, fill value, codec chain, order and separator that both formats have: written by zarr-python as v2 and as
/// v3, read through the other face by zarr-python 3.4 and 2.13. <c>ARRAYLAKEFS_SEED</c> repeats one case.
/// </summary>
public sealed class MappingTests(ITestOutputHelper output) : IDisposable
{
    private const string Script = "/srv/tools/mapping.py";
    private const int Arrays = 60;

    private static readonly string[] _groups = ["two", "three"];

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [ChrootFact("forky", "bookworm")]
    public void Arrays_written_as_one_format_have_the_same_values_and_attributes_in_the_other()
    {
        var seed = Environment.GetEnvironmentVariable("ARRAYLAKEFS_SEED") is { Length: > 0 } given ? given : Random.Shared.Next().ToString();
        output.WriteLine($"ARRAYLAKEFS_SEED={seed}");
        _world.Run("create", "org/mapping").Succeed();
        var mount = _world.Mount("org/mapping");
        Chroot.Forky.Run(mount.Path, "python3", Script, "write", seed, $"{Arrays}", "/mnt/root.v2.zarr/two", "/mnt/root.zarr/three").Succeed();
        Assert.DoesNotContain("files ", mount.Read("status"), StringComparison.Ordinal); // that stop a commit, or are not in it
        Compare(Chroot.Forky, mount, "/mnt/root.v2.zarr", "/mnt/root.zarr");
        var id = mount.Commit("two formats");
        Compare(Chroot.Forky, mount, "/mnt/root.v2.zarr", "/mnt/root.zarr", $"/mnt/commits/{id}/root.zarr", $"/mnt/commits/{id}/root.v2.zarr");
        foreach (var group in _groups)
        {
            var expected = Digests(Chroot.Forky, mount, group, "/mnt/root.zarr");
            AssertSame(expected, Digests(Chroot.Bookworm, mount, group, "/mnt/root.v2.zarr"), "root.v2.zarr with zarr-python 2");
            AssertSame(expected, Digests(Chroot.Bookworm, mount, group, $"/mnt/commits/{id}/root.v2.zarr"), "the commit with zarr-python 2");
        }
    }

    private static void Compare(Chroot chroot, MountedRepository mount, params string[] roots)
    {
        foreach (var group in _groups)
        {
            var expected = Digests(chroot, mount, group, roots[0]);
            Assert.Equal(Arrays, expected.Count);
            foreach (var root in roots[1..])
            {
                AssertSame(expected, Digests(chroot, mount, group, root), root);
            }
        }
    }

    private static void AssertSame(SortedDictionary<string, string> expected, SortedDictionary<string, string> found, string where)
    {
        Assert.Equal(expected.Keys, found.Keys);
        var different = expected.Where(array => found[array.Key] != array.Value).Select(array => $"{array.Key}: {array.Value} is {found[array.Key]}");
        Assert.True(!different.Any(), $"{where}: {string.Join(" ;; ", different.Take(5))}");
    }

    /// <summary>By the name of the array, what a tool reads of it.</summary>
    private static SortedDictionary<string, string> Digests(Chroot chroot, MountedRepository mount, string group, string root)
    {
        var path = $"{root}/{group}";
        var arrays = JsonNode.Parse(chroot.Run(mount.Path, "python3", Script, "digest", path).Succeed())!.AsObject();
        return new(arrays.ToDictionary(array => array.Key, array => array.Value![path]!.ToJsonString()), StringComparer.Ordinal);
    }
}
