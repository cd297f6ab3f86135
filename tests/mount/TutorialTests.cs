using System.Text.Json;
using System.Text.RegularExpressions;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>The tutorial, step by step, on a mount, with unmodified tools. What they do is measured by <see cref="TutorialOnDiskTests"/>.</summary>
public sealed class TutorialTests : IDisposable
{
    private const string Repository = "earthmover/ocean";
    private const string Before = """{"shape":[100],"values":{"10":50,"nan":50}}""";
    private const string After = """{"shape":[200],"values":{"10":50,"99":100,"nan":50}}""";

    private const string LargeArray = """
        {"zarr_format":3,"node_type":"array","shape":[100000],"data_type":"uint8","fill_value":0,"codecs":[{"name":"bytes"}],
         "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[100000]}},"chunk_key_encoding":{"name":"default"}}
        """;

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [ChrootFact("forky")]
    public void With_zarr_python_and_xarray()
    {
        var tool = new ZarrPython();
        var mount = WalkFromCreateToMove(tool);
        const string Moved = "root.zarr/atlantic_group/large/c/0";
        Assert.Equal("native", Attribute(mount, Moved, "user.icechunk.kind"));
        Assert.Equal("100000", Attribute(mount, Moved, "user.icechunk.length"));
        Assert.True(File.Exists(Path.Combine(_world.RepositoryFolder(Repository), "chunks", Attribute(mount, Moved, "user.icechunk.chunk_id"))));
        Assert.Equal("inline", Attribute(mount, "root.zarr/atlantic_group/temperature_array/c/0", "user.icechunk.kind"));

        tool.Step("delete_array", mount.Path, "./root.zarr");
        Assert.Equal("""["atlantic_group", "atlantic_group/large"]""", tool.Step("members", mount.Path, "./root.zarr").ToString());
        tool.Step("delete_group", mount.Path, "./root.zarr");
        Assert.Equal("[]", tool.Step("members", mount.Path, "./root.zarr").ToString());
        mount.Commit("Deleted everything");

        tool.Step("xarray_write", mount.Path, "./root.zarr");
        mount.Commit("xarray");
        tool.Step("xarray_append", mount.Path, "./root.zarr");
        mount.Commit("xarray appended");
        mount.Unmount();
        mount = _world.Mount(Repository);
        var read = tool.Step("xarray_read", mount.Path, "./root.zarr");
        Assert.Equal(135, read.GetProperty("sum").GetDouble());
        Assert.Equal(10, read.GetProperty("sizes").GetProperty("time").GetInt32());

        tool.Step("overwrite", mount.Path, "./root.zarr");
        mount.Commit("mode=w");
        Assert.Equal(["zarr.json"], mount.List("root.zarr"));
        Assert.Equal("""{"title": "anew"}""", tool.Step("attributes", mount.Path, "./root.zarr").ToString());
        DeleteRepository(mount);
    }

    [MountWithOfficialClientFact]
    public void With_zarrita()
    {
        var tool = new Zarrita();
        var mount = WalkFromCreateToMove(tool);
        tool.Step("delete_array", mount.Path, "./root.zarr");
        Assert.Equal(["large", "zarr.json"], mount.List("root.zarr/atlantic_group"));
        tool.Step("delete_group", mount.Path, "./root.zarr");
        Assert.Equal(["zarr.json"], mount.List("root.zarr"));
        var deleted = mount.Commit("Deleted everything");
        Assert.Equal(["/"], OfficialClient.Dump(_world.RepositoryFolder(Repository)).Commits[deleted].Nodes.Keys);
        DeleteRepository(mount);
    }

    private MountedRepository WalkFromCreateToMove(ZarrTool tool)
    {
        _world.Run("create", Repository).Succeed();
        var mount = _world.Mount(Repository);
        JsonElement Step(string step, params string[] more) => tool.Step(step, mount.Path, ["./root.zarr", .. more]);

        CommitTwiceAndGoBack(mount, Step);
        CreateAndFill(mount, Step);
        Extend(mount, tool, Step);
        Move(mount);
        Assert.Equal(After, Summary(Step, "atlantic_group/temperature_array"));
        return mount;
    }

    private static void CommitTwiceAndGoBack(MountedRepository mount, Func<string, string[], JsonElement> step)
    {
        var status = StatusFile.Of(mount);
        Assert.Contains("🧊 Using repo earthmover/ocean\n", status.Text, StringComparison.Ordinal);
        Assert.Matches(@"📟 Session \S+ started at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*Z\n", status.Text);
        Assert.Contains("🌿 On branch main\n", status.Text, StringComparison.Ordinal);
        Assert.Empty(status.Modified);

        step("set_title", []);
        Assert.Equal(["zarr.json"], StatusFile.Of(mount).Modified);
        var first = mount.Commit("My first commit 🥹");
        Assert.Empty(StatusFile.Of(mount).Modified);
        step("set_description", []);
        var second = mount.Commit("Added description field");
        Assert.NotEqual(first, second);
        Assert.Equal(
            [("My first commit 🥹", first), ("Added description field", second)],
            Log(mount).Reverse().Select(commit => (commit.Message, commit.Id)));
        Assert.Contains($"{World.AuthorName} <{World.AuthorEmail}>", mount.Read("log"), StringComparison.Ordinal);

        mount.Write("checkout", first + "\n").Succeed();
        Assert.Equal(["title"], Names(step("attributes", [])));
        Assert.Contains("not on a branch tip", mount.Read("status"), StringComparison.Ordinal);
        Assert.All(step("try_to_write", []).EnumerateObject(), attempt => Assert.Equal("EROFS", attempt.Value.GetString()));
        Assert.Equal("EROFS", mount.Write("commit", "refused").Errno);
        mount.Write("checkout", "main\n").Succeed();
        Assert.Equal(["description", "title"], Names(step("attributes", [])));
    }

    private static void CreateAndFill(MountedRepository mount, Func<string, string[], JsonElement> step)
    {
        step("create", []);
        Assert.Equal("nan", step("first_element", []).GetString(), ignoreCase: true);
        step("fill", []);
        Assert.Equal(
            Enumerable.Range(0, 5).Select(i => $"atlantic/temperature/c/{i}"),
            StatusFile.Of(mount).Modified.Where(path => path.Contains("/c/", StringComparison.Ordinal)));
        mount.Commit("Created a group and array");

        var info = mount.Read("info/atlantic/temperature");
        string[] rows =
        [
            "Name /atlantic/temperature", @"Type zarr\.core\.Array", "Data type float32", @"Shape \(100,\)", @"Chunk shape \(10,\)", "Order C",
            "Read-only False", @"Compressor Blosc\(cname='lz4', clevel=5, shuffle=SHUFFLE, blocksize=0\)", @"Store type \S.*",
            @"No\. bytes 400", @"No\. bytes stored \d+", @"Storage ratio \d+\.\d", "Chunks initialized 5/10",
        ];
        Assert.All(rows, row =>
        {
            var name = Regex.Match(row, @"^(No\\\. bytes stored|No\\\. bytes|Data type|Chunk shape|Store type|Storage ratio|Chunks initialized|\S+)").Value;
            Assert.Matches($"(?m)^{name} *: {row[(name.Length + 1)..]}$", info);
        });
        Assert.Contains("🇦 temperature (100,) float32", mount.Read("tree"), StringComparison.Ordinal);
    }

    /// <summary>Resize and append are one commit; a second mount sees the old array or the new one, never a mix.</summary>
    private void Extend(MountedRepository mount, ZarrTool tool, Func<string, string[], JsonElement> step)
    {
        var reader = _world.Mount(Repository, "reader");
        JsonElement Read(string tree, string name, params string[] more) => tool.Step(name, reader.World.Folder, [$"./mounts/reader/{tree}", .. more]);
        string Seen(string tree) => Summary((name, more) => Read(tree, name, more), "atlantic/temperature");

        step("resize", []);
        step("append", []);
        Assert.Equal(
            Enumerable.Range(10, 10).Select(i => $"atlantic/temperature/c/{i}").Append("atlantic/temperature/zarr.json"),
            StatusFile.Of(mount).Modified);
        Assert.Equal(Before, Seen("root.zarr"));
        Assert.Equal(Before, Seen("branches/main/root.zarr"));

        var ready = Path.Combine(_world.Folder, "ready");
        var stop = Path.Combine(_world.Folder, "stop");
        var watch = Task.Run(() => Read("branches/main/root.zarr", "watch", "atlantic/temperature", "./ready", "./stop"));
        while (!File.Exists(ready) && !watch.IsCompleted)
        {
            Thread.Sleep(20);
        }

        mount.Commit("extended temperature array");
        File.WriteAllText(stop, "");
        Assert.Equal([Before, After], watch.GetAwaiter().GetResult().EnumerateArray().Select(Canonical));
        Assert.Contains(Seen("root.zarr"), (string[])[Before, After]);
        reader.Write("checkout", "main\n").Succeed();
        Assert.Equal(After, Seen("root.zarr"));
        Assert.Equal(0, reader.Unmount());
    }

    /// <summary>The tutorial's chunks are so small that they stand in the manifest; the array that is added here has a chunk file.</summary>
    private void Move(MountedRepository mount)
    {
        mount.Shell(
            """
            mkdir -p root.zarr/atlantic/large/c
            printf %s "$1" > root.zarr/atlantic/large/zarr.json
            head -c 100000 /dev/urandom > root.zarr/atlantic/large/c/0
            """,
            LargeArray).Succeed();
        mount.Commit("Added a large array");
        var chunkFiles = ChunkFiles();
        var hashes = Hashes("root.zarr/atlantic");
        Assert.NotEmpty(chunkFiles);

        mount.Shell("mv root.zarr/atlantic/temperature root.zarr/atlantic/temperature_array").Succeed();
        mount.Shell("mv root.zarr/atlantic root.zarr/atlantic_group").Succeed();
        var status = StatusFile.Of(mount);
        Assert.Contains(status.Modified, path => path.StartsWith("atlantic_group/temperature_array", StringComparison.Ordinal));
        Assert.Contains(status.Deleted, path => path.StartsWith("atlantic/temperature", StringComparison.Ordinal));
        mount.Commit("Moved group and array");
        Assert.Equal(chunkFiles, ChunkFiles());
        Assert.Equal(hashes.Replace("temperature/", "temperature_array/", StringComparison.Ordinal), Hashes("root.zarr/atlantic_group"));
        Assert.Equal(["atlantic_group", "zarr.json"], mount.List("root.zarr"));

        // Names, inode numbers and times: no chunk was copied or written again.
        string ChunkFiles() => Command.Shell(
            "find \"$1\" -type f -printf '%f %i %T@\\n' | sort", Path.Combine(_world.RepositoryFolder(Repository), "chunks")).Succeed();

        string Hashes(string path) => mount.Shell("cd \"$1\" && find . -type f -exec sha256sum {} + | sort -k 2", path).Succeed();
    }

    private void DeleteRepository(MountedRepository mount)
    {
        Assert.Equal(0, mount.Unmount());
        var folder = _world.RepositoryFolder(Repository);
        Assert.NotEqual(0, _world.Run("delete", Repository).ExitCode);
        Assert.NotEqual(0, _world.Run("delete", Repository, "--imsure").ExitCode);
        Assert.NotEqual(0, _world.Run("delete", Repository, "--imreallysure").ExitCode);
        Assert.True(File.Exists(Path.Combine(folder, "repo")));
        _world.Run("delete", Repository, "--imsure", "--imreallysure").Succeed();
        Assert.False(File.Exists(Path.Combine(folder, "repo")));
    }

    private static IReadOnlyList<(string Id, string Message)> Log(MountedRepository mount) =>
    [
        .. JsonDocument.Parse(mount.Read("log.json")).RootElement.EnumerateArray()
            .Select(commit => (commit.GetProperty("id").GetString()!, commit.GetProperty("message").GetString()!.TrimEnd())),
    ];

    private static string Attribute(MountedRepository mount, string path, string name) => mount.Forky(
        "python3", "-c", "import os, sys; sys.stdout.buffer.write(os.getxattr(sys.argv[1], sys.argv[2]))", $"/mnt/{path}", name).Succeed();

    private static IEnumerable<string> Names(JsonElement attributes) =>
        attributes.EnumerateObject().Select(attribute => attribute.Name).Order(StringComparer.Ordinal);

    /// <summary>Shape and values of an array. Both tools write numbers and NaN differently.</summary>
    private static string Summary(Func<string, string[], JsonElement> step, string array) => Canonical(step("summary", [array]));

    private static string Canonical(JsonElement summary)
    {
        var values = summary.GetProperty("values").EnumerateObject()
            .Select(value => $"\"{value.Name.ToLowerInvariant().Replace(".0", "", StringComparison.Ordinal)}\":{value.Value}")
            .Order(StringComparer.Ordinal);
        return $$$"""{"shape":{{{summary.GetProperty("shape").GetRawText()}}},"values":{{{{string.Join(',', values)}}}}}""";
    }
}
