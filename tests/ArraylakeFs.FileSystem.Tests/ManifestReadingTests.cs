using System.Globalization;
using System.Text.Json.Nodes;
using ArraylakeFs.Storage;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>A manifest may hold a million references: which calls read one, and how many.</summary>
public sealed class ManifestReadingTests
{
    private const string ByTwo = """{"manifest":{"splitting":{"split_sizes":[["any_array",[{"condition":{"Axis":0},"num_chunks":2}]]]}}}""";

    [Fact]
    public async Task Mounting_and_looking_around_reads_no_manifest()
    {
        await using var mount = await CreateAsync(store: new MemoryObjectStore());
        var read = await FillAsync(mount, "data");
        Assert.All(["status", "log", "log.json", "tree", "metrics", Root("data/zarr.json")], file => Assert.NotEmpty(mount.Kernel.ReadText(file)));
        Assert.All(["branches", "commits", Root(), Root("data")], directory => Assert.NotEmpty(mount.Kernel.ListNames(directory)));
        Assert.Empty(read);
        mount.Kernel.ListNames(Root("data/c"));
        Assert.Single(read);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(ByTwo)]
    public async Task The_first_byte_of_a_chunk_reads_one_manifest(string config)
    {
        await using var mount = await CreateAsync(store: new MemoryObjectStore(), config: (JsonObject)JsonNode.Parse(config)!);
        var read = await FillAsync(mount, "data", "other");
        Files.Check(mount.Kernel.ReadLink("branches/main", out string commit), "readlink");
        foreach (string root in new[] { Root("data"), $"{commit[3..]}/root.zarr/other" })
        {
            read.Clear();
            Assert.Equal(Documents.Chunk($"{root[^5..].Trim('/')} 5"), mount.Kernel.ReadBytes($"{root}/c/5"));
            Assert.Single(read);
        }
    }

    [Fact]
    public async Task Chunks_of_one_manifest_after_another_are_read_listed_and_missed_as_if_all_had_been_there()
    {
        await using var mount = await CreateAsync(store: new MemoryObjectStore(), config: (JsonObject)JsonNode.Parse(ByTwo)!);
        Zarr.WriteArray(mount.Kernel, "data", "[9,3]", "[1,1]", [.. Keys(8).Select(key => $"{key}/1")]);
        mount.Commit();
        var read = await RemountAsync(mount);
        Assert.Equal(["1"], mount.Kernel.ListNames(Root("data/c/6")));
        Assert.Single(read);
        Assert.Equal(Documents.Chunk("data 1"), mount.Kernel.ReadBytes(Root("data/c/7/1")));
        Assert.False(mount.Kernel.Exists(Root("data/c/7/0")));
        Assert.False(mount.Kernel.Exists(Root("data/c/8")));
        Assert.Single(read);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => i.ToString(CultureInfo.InvariantCulture)), mount.Kernel.ListNames(Root("data/c")).Order());
        Assert.Equal(4, read.Distinct().Count());
        Assert.Equal(Documents.Chunk("data 1"), mount.Kernel.ReadBytes(Root("data/c/0/1")));
        Assert.Equal(4, read.Count);
    }

    [Fact]
    public async Task Who_commits_and_goes_on_reads_no_manifest_again()
    {
        await using var mount = await CreateAsync(store: new MemoryObjectStore());
        var read = await FillAsync(mount, "data");
        foreach (int i in new[] { 5, 6 })
        {
            mount.Kernel.Write(Root($"data/c/{i}"), Documents.Chunk($"new {i}"));
            mount.Commit();
            Assert.Equal(Documents.Chunk($"new {i}"), mount.Kernel.ReadBytes(Root($"data/c/{i}")));
        }

        Assert.Equal(Documents.Chunk("data 1"), mount.Kernel.ReadBytes(Root("data/c/1")));
        Assert.Single(read); // the one of the commit before, for what was changed in it
        await RemountAsync(mount);
        Assert.Equal(Documents.Chunk("new 6"), mount.Kernel.ReadBytes(Root("data/c/6")));
    }

    private static IEnumerable<string> Keys(int count) => Enumerable.Range(0, count).Select(i => $"c/{i}");

    /// <summary>Commits arrays of eight chunks and mounts again; the manifests that are read from then on.</summary>
    private static async Task<List<string>> FillAsync(TestMount mount, params string[] arrays)
    {
        foreach (string array in arrays)
        {
            Zarr.WriteArray(mount.Kernel, array, "[8]", "[1]", [.. Keys(8)]);
        }

        mount.Commit();
        return await RemountAsync(mount);
    }

    private static async Task<List<string>> RemountAsync(TestMount mount)
    {
        var read = new List<string>();
        ((MemoryObjectStore)mount.Store).Before = (operation, key) =>
        {
            if (operation is StoreOperation.Get or StoreOperation.Read && key.StartsWith("manifests/", StringComparison.Ordinal))
            {
                lock (read)
                {
                    read.Add(key);
                }
            }
        };
        await mount.AllowAsync();
        return read;
    }
}
