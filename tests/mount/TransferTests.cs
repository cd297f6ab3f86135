using System.Text.Json.Nodes;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>What zarr-python wrote, goes through a repository and comes out, it reads with the same values.</summary>
public sealed class TransferTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [ChrootFact("forky", Mounts = false)]
    public void Arrays_of_v2_have_the_same_values_in_v3_and_in_v2_again()
    {
        Zarr("write2", "in.zarr");
        var before = Read("in.zarr");
        Assert.True(before.AsObject().Count > 20);
        Import("in.zarr");
        Export("v3.zarr", 3);
        Assert.True(File.Exists(Path.Combine(_world.Folder, "v3.zarr", "zarr.json")));
        AssertSame(before, Read("v3.zarr"));
        Export("v2.zarr", 2);
        Assert.True(File.Exists(Path.Combine(_world.Folder, "v2.zarr", ".zgroup")));
        AssertSame(before, Read("v2.zarr"));
    }

    [ChrootFact("forky", Mounts = false)]
    public void Arrays_of_v3_come_back_as_they_were_and_have_the_same_values_in_v2()
    {
        Zarr("write3", "in.zarr");
        var before = Read("in.zarr");
        Import("in.zarr");
        Export("v3.zarr", 3);
        Assert.Equal("", Command.Run("diff", ["-r", Path.Combine(_world.Folder, "in.zarr"), Path.Combine(_world.Folder, "v3.zarr")]).Succeed());

        var refused = _world.Run("export", "earthmover/ocean", "main", "v2.zarr", "--zarr-format", "2");
        Assert.Contains("/atlantic/sharded cannot be exported", refused.Error, StringComparison.Ordinal);
        Directory.Delete(Path.Combine(_world.Folder, "in.zarr", "atlantic", "sharded"), recursive: true);
        _world.Run("import", "in.zarr", "earthmover/ocean", "again").Succeed();
        Export("v2.zarr", 2, "again");
        before.AsObject().Remove("atlantic/sharded");
        AssertSame(before, Read("v2.zarr"));
    }

    private void Import(string folder)
    {
        _world.Run("create", "earthmover/ocean").Succeed();
        _world.Run("import", folder, "earthmover/ocean").Succeed();
        Assert.EndsWith("nothing is wrong\n", _world.Run("verify", "earthmover/ocean", "--deep").Succeed(), StringComparison.Ordinal);
    }

    private void Export(string folder, int format, string path = "/") =>
        _world.Run("export", "earthmover/ocean", "main", folder, "--zarr-format", $"{format}", "--path", path).Succeed();

    private string Zarr(string verb, string folder) =>
        Chroot.Forky.Run(_world.Folder, "python3", "/srv/transfer.py", verb, "/mnt/" + folder).Succeed();

    private JsonNode Read(string folder) => JsonNode.Parse(Zarr("read", folder).Replace("NaN", "\"NaN\"", StringComparison.Ordinal))!;

    private static void AssertSame(JsonNode expected, JsonNode actual)
    {
        Assert.Equal(expected.AsObject().Select(node => node.Key), actual.AsObject().Select(node => node.Key));
        foreach (var (path, node) in expected.AsObject())
        {
            Assert.True(JsonNode.DeepEquals(node, actual[path]), $"{path}: {node?.ToJsonString()} became {actual[path]?.ToJsonString()}");
        }
    }
}
