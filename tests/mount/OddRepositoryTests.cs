using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// Repositories that hold what this version cannot read, or what nobody should have put there: shown as far as it goes, and neither lost
/// nor followed out of the repository.
/// </summary>
public sealed class OddRepositoryTests : IDisposable
{
    private const string Array = """
        {"zarr_format":3,"node_type":"array","shape":[8],"data_type":"uint8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
        "chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}],"attributes":{}}
        """;

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [MountFact]
    public void Virtual_chunks_are_listed_and_sized_and_fail_when_they_are_read()
    {
        var mount = MountSample("virtual-by-2.2.2");
        Assert.Equal(["1", "2"], mount.List("root.zarr/few/c"));
        Assert.Equal("6", mount.Shell("stat -c %s root.zarr/few/c/1").Succeed().Trim());
        Assert.Equal("EIO", mount.TryRead("root.zarr/few/c/1").Errno);
        Assert.Contains("virtual", mount.Read("error"), StringComparison.OrdinalIgnoreCase);

        // Moving the array copies nothing, and a commit keeps them.
        mount.Shell("mv root.zarr/few root.zarr/moved").Succeed();
        mount.Commit("moved");
        Assert.Equal(["1", "2"], mount.List("root.zarr/moved/c"));
        Assert.Equal("EIO", mount.TryRead("root.zarr/moved/c/2").Errno);
    }

    [MountFact]
    public void An_array_with_virtual_chunks_can_be_made_shorter()
    {
        var mount = MountSample("virtual-by-2.2.2");
        mount.Shell("ls root.zarr/few/c && sed 's/\"shape\":\\[4\\]/\"shape\":[2]/' root.zarr/few/zarr.json > root.zarr/few/zarr.json.partial").Succeed();
        mount.Shell("mv root.zarr/few/zarr.json.partial root.zarr/few/zarr.json").Succeed();
        var commit = mount.Commit("shorter");
        Assert.Equal(["1"], mount.List($"commits/{commit}/root.zarr/few/c"));
        Assert.Equal(["1", "2"], mount.List("root.zarr/few/c")); // what is outside now stays, as other chunks do
        mount.Shell("printf more > root.zarr/few/c/0").Succeed();
        mount.Commit("it works on");
    }

    [MountWithOfficialClientFact]
    public void An_array_whose_document_is_not_understood_moves_like_any_other()
    {
        var folder = _world.RepositoryFolder("official/odd");
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        OfficialClient.RunScript("make.mjs", folder, "odd").Succeed();
        var mount = _world.Mount("official/odd");
        var document = mount.Read("root.zarr/g/odd/zarr.json");
        mount.Shell("mv root.zarr/g/odd root.zarr/moved").Succeed();
        Assert.Contains(StatusFile.Of(mount).Modified, path => path == "moved/zarr.json");
        var moved = mount.Commit("moved");
        mount.Shell("mv root.zarr/g root.zarr/h").Succeed();
        var group = mount.Commit("its former group too");
        Assert.Equal(document, mount.Read($"commits/{group}/root.zarr/moved/zarr.json"));
        var official = OfficialClient.Dump(folder);
        Assert.Equal(["/", "/g", "/moved"], official.Commits[moved].Nodes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["/", "/h", "/moved"], official.Commits[group].Nodes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["0", "1"], official.Commits[group].Nodes["/moved"].Chunks.Keys.Order(StringComparer.Ordinal));
    }

    [MountTheory]
    [InlineData("ln -sf \"$2\" \"$1\"")]
    [InlineData("rm \"$1\" && mkfifo \"$1\"")]
    [InlineData("rm \"$1\" && mkdir \"$1\"")]
    public void A_chunk_object_that_is_no_file_is_refused_and_not_followed(string replace)
    {
        _world.Run("create", "org/repo").Succeed();
        var mount = _world.Mount("org/repo");
        mount.Shell("""
            set -e
            cd root.zarr
            echo '{"zarr_format":3,"node_type":"group"}' > zarr.json
            mkdir -p a/c
            echo "$1" > a/zarr.json
            head -c 10000 /dev/zero > a/c/0
            """, Array).Succeed();
        mount.Commit("first");
        mount.Unmount();
        var secret = _world.NewPath("secret");
        File.WriteAllText(secret, new string('s', 10000));
        var chunk = Assert.Single(Directory.GetFiles(Path.Combine(_world.RepositoryFolder("org/repo"), "chunks")));
        Command.Shell(replace, chunk, secret).Succeed();
        mount = _world.Mount("org/repo");
        Assert.Equal("EIO", mount.TryRead("root.zarr/a/c/0").Errno);
        Assert.Contains($"chunks/{Path.GetFileName(chunk)}", mount.Read("error"), StringComparison.Ordinal);
        Assert.Equal(Array.Trim(), mount.Read("root.zarr/a/zarr.json").Trim());
    }

    private MountedRepository MountSample(string sample)
    {
        Directory.CreateDirectory(_world.RepositoryFolder("official"));
        var source = Path.Combine(TestCache.Tests, "ArraylakeFs.Icechunk.Tests", "Samples", sample);
        Command.Run("cp", ["-r", source, _world.RepositoryFolder("official/sample")]).Succeed();
        return _world.Mount("official/sample");
    }
}
