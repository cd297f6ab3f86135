using System.Security.Cryptography;
using System.Text.Json;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Virtual chunks that the official client laid into local files, through a mount.</summary>
public sealed class VirtualChunkTests : IDisposable
{
    private const string Repository = "official/virtual", ReadMany = """
        import sys, zarr
        sys.stdout.buffer.write(zarr.open_array("/mnt/root.zarr/many", mode="r")[:].tobytes())
        """;

    private readonly World _world = new();
    private readonly string _data;
    private readonly byte[] _big = new byte[120_000];

    public VirtualChunkTests()
    {
        _data = _world.NewPath("data");
        Directory.CreateDirectory(Path.Combine(_data, "below"));
        new Random(1).NextBytes(_big);
        File.WriteAllBytes(Big, _big);
        File.WriteAllText(Path.Combine(_data, "below/small.bin"), new string('s', 100));
        File.WriteAllText(Path.Combine(_data, "below/an odd#name?%.bin"), new string('o', 100));
        File.CreateSymbolicLink(Path.Combine(_data, "small-link.bin"), "below/small.bin");
    }

    private string Big => Path.Combine(_data, "big.bin");

    private string Prefix => $"file://{_data}/";

    public void Dispose() => _world.Dispose();

    [MountWithOfficialClientFact]
    public void Virtual_chunks_are_denied_until_the_user_allows_their_folder_and_then_read_as_the_official_client_does()
    {
        MakeRepository();
        var mount = _world.Mount(Repository);
        Assert.Equal("50", mount.Shell("stat -c %s root.zarr/kinds/c/0").Succeed().Trim());
        Assert.Equal("EACCES", mount.TryRead("root.zarr/kinds/c/0").Errno);
        Assert.Contains($"--allow-virtual {Prefix}", mount.Read("error"), StringComparison.Ordinal);
        Assert.Equal("EIO", mount.TryRead("root.zarr/kinds/c/3").Errno); // its container has no name
        mount.Unmount();

        mount = _world.Mount(Repository, "mnt", "--allow-virtual", "file:///nowhere/", "--allow-virtual", Prefix);
        var official = JsonSerializer.Deserialize<Dictionary<string, string>>(
            OfficialClient.RunScript("virtual.mjs", "read", _world.RepositoryFolder(Repository), _data).Succeed())!;
        foreach (var key in official.Keys.Where(key => key.StartsWith("kinds", StringComparison.Ordinal) && key != "kinds/c/3"))
        {
            Assert.Equal(official[key], mount.Sha256($"root.zarr/{key}"));
        }

        Assert.Equal(_big, AllOfMany(mount));

        // Whoever opens a file without a checksum sees it as it is now, whatever the kernel had of it; with a checksum nobody does.
        File.WriteAllBytes(Big, [.. _big.Reverse()]);
        File.SetLastWriteTimeUtc(Big, DateTime.UtcNow.AddHours(1));
        Assert.Equal(_big.Reverse(), AllOfMany(mount));
        Assert.Equal("EIO", mount.TryRead("root.zarr/kinds/c/1").Errno);
        Assert.Contains("changed", mount.Read("error"), StringComparison.Ordinal);
        Assert.Equal("EIO", mount.TryRead("root.zarr/kinds/c/2").Errno);
        File.Delete(Big);
        Assert.Equal("EIO", mount.TryRead("root.zarr/kinds/c/0").Errno);
        Assert.Equal("50", mount.Shell("stat -c %s root.zarr/kinds/c/0").Succeed().Trim());
    }

    [ChrootFact("forky")]
    public void A_Zarr_tool_fails_on_chunks_that_are_denied_or_lost_and_fills_nothing_in()
    {
        MakeRepository();
        var mount = _world.Mount(Repository);
        var denied = mount.Forky("python3", "-c", ReadMany);
        Assert.NotEqual(0, denied.ExitCode);
        Assert.Contains("PermissionError", denied.Error, StringComparison.Ordinal);
        mount.Unmount();

        // The config file says it too, and one folder above is as good.
        var config = Path.Combine(_world.Environment["XDG_CONFIG_HOME"], "arraylakefs");
        Directory.CreateDirectory(config);
        File.WriteAllText(Path.Combine(config, "config.json"), $$"""{ "allow_virtual": ["file://{{_world.Folder}}"] }""");
        mount = _world.Mount(Repository);
        Assert.Equal(_big, AllOfMany(mount));
        mount.Forky("python3", "-c", ReadMany).Succeed();
        using (var file = new FileStream(Big, FileMode.Open))
        {
            file.SetLength(_big.Length - 1);
        }

        var lost = mount.Forky("python3", "-c", ReadMany);
        Assert.NotEqual(0, lost.ExitCode);
        Assert.Contains("Errno 5", lost.Error, StringComparison.Ordinal);
    }

    [MountWithOfficialClientFact]
    public void A_chunk_that_leads_back_into_a_mount_is_denied_and_waits_for_nothing()
    {
        var own = Path.Combine(_world.Folder, "mounts", "mnt", "root.zarr", "kinds", "c");
        MakeRepository($"file://{own}/7");
        var mount = _world.Mount(Repository, "mnt", "--allow-virtual", "file:///");
        Assert.Equal("50", mount.Shell("stat -c %s root.zarr/kinds/c/0").Succeed().Trim());
        for (var i = 0; i < 20; i++) // more than there are threads
        {
            Assert.Equal("EACCES", mount.TryRead("root.zarr/kinds/c/7").Errno);
        }

        Assert.Contains("in a mounted repository", mount.Read("error"), StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(_big.AsSpan(0, 50))), mount.Sha256("root.zarr/kinds/c/0"));
    }

    private void MakeRepository(params string[] location)
    {
        var folder = _world.RepositoryFolder(Repository);
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        OfficialClient.RunScript("virtual.mjs", ["make", folder, _data, .. location]).Succeed();
    }

    /// <summary>The bytes of all chunks in their order.</summary>
    private static byte[] AllOfMany(MountedRepository mount) =>
        Convert.FromBase64String(mount.Shell("cd root.zarr/many/c && ls | sort -n | xargs cat | base64 -w 0").Succeed());
}
