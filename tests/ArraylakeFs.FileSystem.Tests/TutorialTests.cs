using System.Text.Json.Nodes;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>What the control files say on the way through the tutorial.</summary>
public sealed class TutorialTests
{
    private const string Temperature = """
        {"zarr_format":3,"node_type":"array","shape":[SHAPE],"data_type":"float32","fill_value":"NaN",
         "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[10]}},"chunk_key_encoding":{"name":"default"},
         "codecs":[{"name":"bytes","configuration":{"endian":"little"}},
          {"name":"blosc","configuration":{"cname":"lz4","clevel":5,"shuffle":"shuffle","typesize":4,"blocksize":0}}],
         "attributes":{"units":"degrees Celsius"}}
        """;

    [Fact]
    public async Task Status_log_tree_diff_and_info_tell_the_tutorial()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Assert.Contains("🧊 Using repo earthmover/ocean\n📟 Session ", kernel.ReadText("status"), StringComparison.Ordinal);
        Assert.EndsWith("🌿 On branch main\nNo changes in current session\n", kernel.ReadText("status"), StringComparison.Ordinal);
        Assert.Equal("", kernel.ReadText("log")); // the empty commit that a repository begins with is nobody's work
        Assert.Equal("/\n", kernel.ReadText("tree"));

        kernel.Replace(Root("zarr.json"), Documents.Group("""{"title":"Ocean Data Repository 🐳"}"""));
        Assert.EndsWith("🌿 On branch main\npaths modified in session\n- 📝 zarr.json\n", kernel.ReadText("status"), StringComparison.Ordinal);
        string first = mount.Commit("My first commit 🥹");
        kernel.Replace(Root("zarr.json"), Documents.Group("""{"title":"Ocean Data Repository 🐳","description":"Data about the ocean."}"""));
        string second = mount.Commit("Added description field");
        AssertLog(mount, (second, "Added description field"), (first, "My first commit 🥹"));

        Files.Check(kernel.Command("checkout", first), "checkout");
        Assert.Contains($"📌 At commit {first}\n⚠️  You are not on a branch tip, so you can't commit changes.\n", kernel.ReadText("status"), StringComparison.Ordinal);
        Assert.DoesNotContain("description", kernel.ReadText(Root("zarr.json")), StringComparison.Ordinal);
        Assert.Equal(first + "\n", kernel.ReadText("checkout"));
        AssertLog(mount, (first, "My first commit 🥹"));
        Files.Check(kernel.Command("checkout", "main"), "checkout");
        Assert.Contains("description", kernel.ReadText(Root("zarr.json")), StringComparison.Ordinal);
        Assert.Equal("main\n", kernel.ReadText("checkout"));

        kernel.MakeDirectories(Root("atlantic/temperature/c"));
        kernel.Replace(Root("atlantic/zarr.json"), Documents.Group("""{"title":"Atlantic Ocean"}"""));
        kernel.Replace(Root("atlantic/temperature/zarr.json"), TemperatureOf(100));
        Assert.Equal("/\n└── 📁 atlantic\n    └── 🇦 temperature (100,) float32\n", kernel.ReadText("tree"));
        WriteChunks(kernel, "atlantic/temperature", 0, 5, 56);
        Assert.Equal(
            ["📝 atlantic/temperature/c/0", "📝 atlantic/temperature/c/1", "📝 atlantic/temperature/c/2", "📝 atlantic/temperature/c/3",
             "📝 atlantic/temperature/c/4", "📝 atlantic/temperature/zarr.json", "📝 atlantic/zarr.json"], mount.StatusPaths);
        Assert.Equal("+ /atlantic (group)\n+ /atlantic/temperature (array): 5 chunks written at [0:50]\n", kernel.ReadText("diff"));
        string before = kernel.ReadText("info/atlantic/temperature");
        mount.Commit("Created a group and array");
        string info = kernel.ReadText("info/atlantic/temperature");
        Assert.Equal(before, info); // the session's view counts what is not committed yet
        AssertInfo(info);

        kernel.Replace(Root("atlantic/temperature/zarr.json"), TemperatureOf(200));
        WriteChunks(kernel, "atlantic/temperature", 10, 20, 600);
        Assert.Equal(11, mount.StatusPaths.Length);
        Assert.Contains("📝 atlantic/temperature/c/19", mount.StatusPaths);
        Assert.Equal(
            "~ /atlantic/temperature (array): appended 100 elements along axis 0, shape (100,) → (200,), 10 chunks written at [100:200]\n", kernel.ReadText("diff"));
        mount.Commit("extended temperature array");

        await MoveAndDeleteAsync(mount);
    }

    [Fact]
    public async Task A_deep_hierarchy_has_its_JSON_too()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, string.Join('/', Enumerable.Repeat("g", 100)), keys: []);
        Assert.Equal(100, System.Text.RegularExpressions.Regex.Count(mount.Kernel.ReadText("tree.json"), "\"path\": \"/g"));
    }

    [Fact]
    public async Task Every_JSON_twin_parses_and_says_the_same()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        string id = mount.Commit("one \"quoted\"\nline");
        Files.Check(mount.Kernel.Rename(Root("x"), Root("y")), "rename");
        mount.Kernel.Write(Root("README"), "x");
        var status = mount.Status;
        Assert.Equal(("earthmover/ocean", "main", id, "main", true), ((string)status["repository"]!, (string)status["branch"]!, (string)status["commit"]!,
            (string)status["checked_out"]!, (bool)status["writable"]!));
        Assert.Equal(["x/c deleted", "x/zarr.json deleted", "y/c modified", "y/zarr.json modified"],
            status["changes"]!.AsArray().Select(c => $"{c!["path"]} {c["change"]}"));
        Assert.Equal(["README"], mount.Loose);
        var change = Assert.Single(JsonNode.Parse(mount.Kernel.ReadText("diff.json"))!.AsArray())!;
        Assert.Equal(("/y", "/x", "array", "moved"), ((string)change["path"]!, (string)change["old_path"]!, (string)change["node_type"]!, (string)change["change"]!));
        var entry = Assert.Single(JsonNode.Parse(mount.Kernel.ReadText("log.json"))!.AsArray())!;
        Assert.Equal((id, "one \"quoted\"\nline", "Ada", "ada@example.org"),
            ((string)entry["id"]!, (string)entry["message"]!, (string)entry["author_name"]!, (string)entry["author_email"]!));
    }

    private static async Task MoveAndDeleteAsync(TestMount mount)
    {
        var kernel = mount.Kernel;
        string[] ids = ChunkIds(mount, "atlantic/temperature");
        int objects = CountChunkObjects(mount);
        Files.Check(kernel.Rename(Root("atlantic/temperature"), Root("atlantic/temperature_array")), "mv");
        Files.Check(kernel.Rename(Root("atlantic"), Root("atlantic_group")), "mv");
        Assert.Equal(
            ["❌ atlantic/temperature/c", "❌ atlantic/temperature/zarr.json", "❌ atlantic/zarr.json", "📝 atlantic_group/temperature_array/c",
             "📝 atlantic_group/temperature_array/zarr.json", "📝 atlantic_group/zarr.json"], mount.StatusPaths);
        Assert.Equal(
            "> /atlantic_group (group, was /atlantic)\n> /atlantic_group/temperature_array (array, was /atlantic/temperature)\n", kernel.ReadText("diff"));
        Assert.Equal("/\n└── 📁 atlantic_group\n    └── 🇦 temperature_array (200,) float32\n", kernel.ReadText("tree"));
        string id = mount.Commit("Moved group and array");
        Assert.Equal(ids, ChunkIds(mount, "atlantic_group/temperature_array"));
        Assert.Equal(objects, CountChunkObjects(mount));
        Assert.Equal(["atlantic_group", "zarr.json"], kernel.ListNames($"commits/{id}/root.zarr"));
        await mount.ReopenAsync();
        kernel = mount.Kernel;
        kernel.RemoveTree(Root("atlantic_group/temperature_array"));
        Assert.Equal("- /atlantic_group/temperature_array (array)\n", kernel.ReadText("diff"));
        Assert.Equal("/\n└── 📁 atlantic_group\n", kernel.ReadText("tree"));
        mount.Commit("delete array");
        kernel.RemoveTree(Root("atlantic_group"));
        Assert.Equal(["❌ atlantic_group/zarr.json"], mount.StatusPaths);
        mount.Commit("delete group");
        Assert.Equal("/\n", kernel.ReadText("tree"));
        Assert.Equal(7, kernel.ReadText("log").Split("Commit ID").Length - 1);
    }

    private static void AssertInfo(string info)
    {
        foreach (string line in (string[])["/atlantic/temperature", "float32", "(100,)", "(10,)", "C", "False",
            "Blosc(cname='lz4', clevel=5, shuffle=SHUFFLE, blocksize=0)", "arraylakefs (Icechunk)", "400", "280", "1.4", "5/10"])
        {
            Assert.Contains(line, info, StringComparison.Ordinal);
        }
    }

    private static void AssertLog(TestMount mount, params (string Id, string Message)[] commits)
    {
        string log = mount.Kernel.ReadText("log");
        var entries = log.Split("Commit ID ", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(commits.Length, entries.Length);
        foreach (var (entry, commit) in entries.Zip(commits))
        {
            Assert.StartsWith($"{commit.Id}\nAuthor    Ada <ada@example.org>\nDate      2", entry, StringComparison.Ordinal);
            Assert.EndsWith($"Z\n\n    {commit.Message}\n\n", entry, StringComparison.Ordinal);
        }
    }

    private static string[] ChunkIds(TestMount mount, string path) =>
    [
        .. mount.Kernel.ListNames(Root($"{path}/c")).Select(name =>
        {
            mount.Kernel.GetAttribute(Root($"{path}/c/{name}"), "user.icechunk.chunk_id", out string id);
            return $"{name} {id}";
        }),
    ];

    private static int CountChunkObjects(TestMount mount) => Directory.EnumerateFiles(Path.Combine(mount.Store.Local!.Root, "chunks")).Count();

    private static byte[] TemperatureOf(int shape) =>
        System.Text.Encoding.UTF8.GetBytes(Temperature.Replace("SHAPE", shape.ToString(), StringComparison.Ordinal));

    private static void WriteChunks(IFiles files, string path, int from, int to, int length)
    {
        for (int i = from; i < to; i++)
        {
            files.Replace(Root($"{path}/c/{i}"), Documents.Chunk($"{i}", length));
        }
    }
}
