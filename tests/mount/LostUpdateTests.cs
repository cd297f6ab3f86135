using System.Text.Json.Nodes;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Two real processes that change one chunk.</summary>
public sealed class LostUpdateTests : IDisposable
{
    private readonly World _world = new();
    private readonly MountedRepository _mount;

    public LostUpdateTests()
    {
        _world.Run("create", "org/repo").Succeed();
        _mount = _world.Mount("org/repo");
        _mount.Shell("""
            cd root.zarr; mkdir -p a/c
            printf '{"zarr_format":3,"node_type":"group"}' > zarr.json
            printf '{"zarr_format":3,"node_type":"array","shape":[4],"data_type":"uint8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
            "chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}]}' > a/zarr.json
            printf 00000000 > a/c/0; printf 00000000 > a/c/1
            """).Succeed(); // in root.v2.zarr these are a/0 and a/1
        _mount.Commit("before");
    }

    public void Dispose() => _world.Dispose();

    [MountWithPythonTheory]
    [InlineData("rename", "root.zarr/a/c/0")]
    [InlineData("truncate", "root.zarr/a/c/0")]
    [InlineData("update", "root.zarr/a/c/0")]
    [InlineData("rename", "root.v2.zarr/a/0")]
    [InlineData("truncate", "root.v2.zarr/a/0")]
    [InlineData("update", "root.v2.zarr/a/0")]
    public void Two_processes_that_change_a_chunk_at_once_are_named_and_their_commit_is_made(string way, string chunk)
    {
        string[] processes = Run("at-once", way, chunk).Split(' ');
        var lost = Assert.Single(Lost());
        Assert.Equal("a/c/0", (string)lost!["path"]!);
        Assert.Equal(processes, lost["processes"]!.AsArray().Select(process => process!.ToString()));
        Assert.Contains($"a/c/0 (process {processes[1]} wrote it", _mount.Read("status"), StringComparison.Ordinal);
        _mount.Commit("all the same");
        Assert.Empty(Lost());
    }

    [MountWithPythonTheory]
    [InlineData("rename", "root.zarr/a/c")]
    [InlineData("truncate", "root.zarr/a/c")]
    [InlineData("update", "root.zarr/a/c")]
    [InlineData("rename", "root.v2.zarr/a")]
    [InlineData("truncate", "root.v2.zarr/a")]
    [InlineData("update", "root.v2.zarr/a")]
    public void Two_processes_that_change_a_chunk_in_turn_lose_nothing_and_are_not_named(string way, string folder)
    {
        foreach (var chunk in new[] { $"{folder}/1", $"{folder}/2" }) // one is there, and one is not
        {
            Assert.Equal("200", Run("in-turn", way, chunk, _world.NewPath("lock")));
        }

        Assert.Empty(Lost());
    }

    private string Run(string what, string way, string chunk, params string[] more) =>
        Python.Run("mount/lost_update.py", [what, way, _mount[chunk], .. more]).Succeed().Trim();

    private JsonArray Lost() => JsonNode.Parse(_mount.Read("status.json"))!["lost_updates"]!.AsArray();
}
