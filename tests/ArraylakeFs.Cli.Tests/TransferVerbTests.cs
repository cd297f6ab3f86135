using System.Text.Json.Nodes;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Cli.Tests;

/// <summary><c>import</c> and <c>export</c>.</summary>
public sealed class TransferVerbTests : IDisposable
{
    private const string Group = """{"zarr_format": 3, "node_type": "group"}""";

    private const string Array = """
        {"zarr_format": 3, "node_type": "array", "shape": [4], "data_type": "uint8", "fill_value": 0, "codecs": [{"name": "bytes"}],
         "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1]}}, "chunk_key_encoding": {"name": "default"}}
        """;

    private readonly World _world = new();

    public TransferVerbTests()
    {
        _world.Run("create", "earthmover/ocean").Succeed();
        Write("in.zarr/zarr.json", Group);
        Write("in.zarr/x/zarr.json", Array);
        Write("in.zarr/x/c/0", "a");
        Write("in.zarr/x/c/2", new string('b', 10_000));
        Write("in.zarr/README", "hello");
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void What_is_imported_comes_out_as_plain_files_and_as_v2()
    {
        var imported = _world.Run("import", "in.zarr", "earthmover/ocean").Succeed();
        Assert.Contains("1 group(s) and 1 array(s) with 2 chunk(s), 10001 bytes, as commit ", imported, StringComparison.Ordinal);
        Assert.Contains("1 file(s) that are no part of the hierarchy skipped: README", imported, StringComparison.Ordinal);
        Assert.Contains("Import in.zarr", _world.Run("log", "earthmover/ocean").Succeed(), StringComparison.Ordinal);
        Assert.Contains(World.AuthorName, _world.Run("log", "earthmover/ocean").Succeed(), StringComparison.Ordinal);

        _world.Run("export", "earthmover/ocean", "main", "out.zarr").Succeed();
        File.Delete(PathOf("in.zarr/README"));
        Assert.Equal("", Command.Run("diff", ["-r", PathOf("in.zarr"), PathOf("out.zarr")]).Succeed());

        _world.Run("export", "earthmover/ocean", "main", "v2.zarr", "--zarr-format", "2", "--path", "x").Succeed();
        Assert.Equal(10_000, new FileInfo(PathOf("v2.zarr/2")).Length);
        Assert.True(File.Exists(PathOf("v2.zarr/.zarray")));

        var again = _world.Run("import", "v2.zarr", "earthmover/ocean", "back/again", "-m", "from v2").Succeed();
        Assert.Contains("0 group(s) and 1 array(s)", again, StringComparison.Ordinal);
        Assert.Contains("again", _world.Run("tree", "earthmover/ocean").Succeed(), StringComparison.Ordinal);
    }

    [Fact]
    public void Programs_read_what_was_done_as_JSON()
    {
        var imported = JsonNode.Parse(_world.Run("import", "in.zarr", "earthmover/ocean", "--json").Succeed())!;
        var commit = (string)imported["commit"]!;
        Assert.Equal(
            (1, 1, 2, 10001, 1, "README"),
            ((int)imported["groups"]!, (int)imported["arrays"]!, (int)imported["chunks"]!, (int)imported["bytes"]!, (int)imported["skipped_count"]!,
                (string)imported["skipped"]![0]!));
        var exported = JsonNode.Parse(_world.Run("export", "earthmover/ocean", commit, "out.zarr", "--json").Succeed())!;
        Assert.Equal((commit, 2, 10001), ((string)exported["commit"]!, (int)exported["chunks"]!, (int)exported["bytes"]!));
    }

    [Fact]
    public void What_cannot_be_done_is_said_in_one_line()
    {
        AssertFails(1, "no directory nothing.zarr", "import", "nothing.zarr", "earthmover/ocean");
        AssertFails(1, "arraylakefs create earthmover/atlantis", "import", "in.zarr", "earthmover/atlantis");
        AssertFails(1, "'next'", "import", "in.zarr", "earthmover/ocean", "--branch", "next");
        AssertFails(1, "'v1'", "export", "earthmover/ocean", "v1", "out.zarr");
        AssertFails(1, "is not empty", "export", "earthmover/ocean", "main", "in.zarr");
        AssertFails(1, "not in a mount", "export", "main", "out.zarr");
        AssertFails(2, "2 or 3", "export", "earthmover/ocean", "main", "out.zarr", "--zarr-format", "4");
        Assert.Equal(2, _world.Run("import", "in.zarr").ExitCode);
        Assert.Equal(2, _world.Run("export", "main").ExitCode);
        Assert.False(Directory.Exists(PathOf("out.zarr")));
    }

    [Fact]
    public async Task Ctrl_C_leaves_nothing_of_an_import()
    {
        Write("big.zarr/zarr.json", Array.Replace("[4]", "[4000]", StringComparison.Ordinal));
        for (var i = 0; i < 4000; i++)
        {
            Write($"big.zarr/c/{i}", new string('x', 20_000));
        }

        var chunks = Path.Combine(_world.RepositoryFolder("earthmover/ocean"), "chunks");
        using var import = Command.Start("dotnet", ["exec", World.Program, "import", "big.zarr", "earthmover/ocean"], _world.Environment, _world.Folder);
        while (!import.HasExited && (!Directory.Exists(chunks) || Directory.GetFiles(chunks).Length < 10))
        {
            await Task.Delay(1);
        }

        Command.Run("kill", ["-INT", import.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).Succeed();
        var error = await import.StandardError.ReadToEndAsync();
        await import.WaitForExitAsync();
        Assert.Equal((1, "arraylakefs: stopped: nothing was changed\n"), (import.ExitCode, error));
        Assert.Empty(Directory.GetFiles(chunks));
        Assert.Equal("/\n", _world.Run("tree", "earthmover/ocean").Succeed());
    }

    private string PathOf(string path) => Path.Combine(_world.Folder, path);

    private void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllText(PathOf(path), content);
    }

    private void AssertFails(int exitCode, string problem, params string[] arguments)
    {
        var answer = _world.Run(arguments);
        Assert.Equal(exitCode, answer.ExitCode);
        Assert.Contains(problem, answer.Error, StringComparison.Ordinal);
        Assert.True(exitCode == 2 || answer.Error.TrimEnd().Split('\n').Length == 1, answer.Error);
    }
}
