using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>A repository made by the official client, mounted: every document and every chunk is there under its name, byte for byte.</summary>
public sealed class PeerRepositoryTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [MountWithOfficialClientFact]
    public void Every_commit_of_an_official_repository_shows_its_documents_and_chunks()
    {
        var folder = _world.RepositoryFolder("official/everything");
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        OfficialClient.Make(folder);
        var official = OfficialClient.Dump(folder);
        var mount = _world.Mount("official/everything");
        Assert.Equal(["dev", "feature%2Fone", "main"], mount.List("branches"));
        Assert.Equal(["release%2F2026", "v1"], mount.List("tags"));
        Assert.Superset(official.Commits.Keys.ToHashSet(), mount.List("commits").ToHashSet());
        foreach (var (id, commit) in official.Commits)
        {
            Assert.Equal(FileTree.Of(commit), FileTree.Of(mount, $"commits/{id}/root.zarr"));
            Assert.Equal(commit.Message.TrimEnd(), mount.Read($"commits/{id}/message").TrimEnd());
        }

        Assert.Equal(FileTree.Of(official.Commits[official.Branches["dev"]]), FileTree.Of(mount, "branches/dev/root.zarr"));
        Assert.Equal(FileTree.Of(official.Commits[official.Tags["release/2026"]]), FileTree.Of(mount, "tags/release%2F2026/root.zarr"));
        Assert.Equal(FileTree.Of(official.Commits[official.Branches["main"]]), FileTree.Of(mount, "root.zarr"));
        mount.Write("checkout", "feature/one\n").Succeed();
        Assert.Equal(FileTree.Of(official.Commits[official.Branches["feature/one"]]), FileTree.Of(mount, "root.zarr"));
    }

    [MountWithOfficialClientFact]
    public void An_array_whose_parents_were_never_written_is_reachable()
    {
        var folder = _world.RepositoryFolder("official/rootless");
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        OfficialClient.Make(folder, "rootless");
        var mount = _world.Mount("official/rootless");
        Assert.Equal(["p/q/r/c/1", "p/q/r/zarr.json"], mount.Files("root.zarr"));
    }

    [MountWithOfficialClientFact]
    public void What_is_written_with_plain_tools_is_what_the_official_client_finds_and_builds_on()
    {
        _world.Run("create", "ours/plain").Succeed();
        var mount = _world.Mount("ours/plain");
        var (root, array) = ("""{"zarr_format":3,"node_type":"group"}""", ArrayDocument("default", "/"));
        mount.Shell(
            """
            set -e
            cd root.zarr
            printf %s "$1" > zarr.json
            mkdir -p 'Ozean 🌊/x/c/0'
            printf %s "$1" > 'Ozean 🌊/zarr.json'
            printf %s "$2" > 'Ozean 🌊/x/zarr.json'
            head -c 5000 /dev/urandom > 'Ozean 🌊/x/c/0/1'
            printf inline > 'Ozean 🌊/x/c/0/0'
            mkdir dotted
            printf %s "$3" > dotted/zarr.json
            printf dotted > dotted/1.0
            """,
            root, array, ArrayDocument("v2", ".")).Succeed();
        var commit = mount.Commit("from the shell");
        var official = OfficialClient.Dump(_world.RepositoryFolder("ours/plain"));
        Assert.Equal(commit, official.Branches["main"]);
        Assert.Equal(FileTree.Of(official.Commits[commit]), FileTree.Of(mount, "root.zarr"));
        Assert.Equal(["0/0", "0/1"], official.Commits[commit].Nodes["/Ozean 🌊/x"].Chunks.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["1/0"], official.Commits[commit].Nodes["/dotted"].Chunks.Keys);

        var theirs = OfficialClient.Commit(_world.RepositoryFolder("ours/plain"), "main", "theirs on top", "Ozean 🌊/x/c/0/0", "theirs");
        mount.Write("checkout", "main\n").Succeed();
        Assert.Equal("theirs", mount.Read("root.zarr/Ozean 🌊/x/c/0/0"));
        Assert.Equal(
            FileTree.Of(OfficialClient.Dump(_world.RepositoryFolder("ours/plain")).Commits[theirs]), FileTree.Of(mount, $"commits/{theirs}/root.zarr"));
    }

    private static string ArrayDocument(string encoding, string separator) => $$$$"""
        {"zarr_format":3,"node_type":"array","shape":[4,4],"data_type":"uint8","fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}],
         "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[2,2]}},
         "chunk_key_encoding":{"name":"{{{{encoding}}}}","configuration":{"separator":"{{{{separator}}}}"}}}
        """;
}
