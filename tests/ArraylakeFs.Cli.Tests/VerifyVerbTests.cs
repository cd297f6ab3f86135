using System.Text.Json.Nodes;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Cli.Tests;

/// <summary><c>verify</c></summary>
public sealed class VerifyVerbTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Verify_says_what_it_looked_at_and_fails_when_something_is_wrong()
    {
        var folder = _world.RepositoryFolder("earthmover/ocean");
        _world.Run("create", "earthmover/ocean").Succeed();
        var array = Path.Combine(_world.Folder, "in.zarr");
        Directory.CreateDirectory(Path.Combine(array, "c"));
        File.WriteAllText(Path.Combine(array, "zarr.json"), """
            {"zarr_format": 3, "node_type": "array", "shape": [1000], "data_type": "uint8", "fill_value": 0, "codecs": [{"name": "bytes"}],
             "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1000]}}, "chunk_key_encoding": {"name": "default"}}
            """);
        File.WriteAllText(Path.Combine(array, "c", "0"), new string('x', 1000));
        _world.Run("import", "in.zarr", "earthmover/ocean").Succeed();
        Assert.EndsWith("1 chunk(s) decoded\nnothing is wrong\n", _world.Run("verify", "earthmover/ocean", "--deep").Succeed(), StringComparison.Ordinal);

        var chunk = Directory.GetFiles(Path.Combine(folder, "chunks"))[0];
        File.WriteAllText(chunk, new string('x', 999));
        var answer = _world.Run("verify", "earthmover/ocean");
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains($"error: chunks/{Path.GetFileName(chunk)}: the file has 999 bytes, and the chunk ends at byte 1000. [/ chunk 0]", answer.Output, StringComparison.Ordinal);
        Assert.Equal("arraylakefs: earthmover/ocean is damaged: 1 error(s)\n", answer.Error);

        var json = _world.Run("verify", "earthmover/ocean", "--ref", "main", "--json");
        Assert.Equal(1, json.ExitCode);
        var report = JsonNode.Parse(json.Output)!;
        Assert.Equal((1, "error", 0), ((int)report["errors"]!, (string)report["findings"]![0]!["severity"]!, (int)report["findings"]![0]!["chunk"]![0]!));

        File.WriteAllBytes(Path.Combine(folder, "repo"), [1, 2, 3]);
        Assert.Contains("error: repo: ", _world.Run("verify", folder).Output, StringComparison.Ordinal);
        Assert.Equal(1, _world.Run("verify", "earthmover/atlantis").ExitCode);
    }
}
