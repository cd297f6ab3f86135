using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Manifests that are read before anybody asks for them.</summary>
public sealed class PreloadTests
{
    [Theory]
    [InlineData("""{}""", "/time /lat")]
    [InlineData("""{"preload_if":null,"max_total_refs":null,"max_arrays_to_scan":null}""", "/time /lat")]
    [InlineData("""{"preload_if":"true"}""", "/data /lat /many /time")]
    [InlineData("""{"preload_if":"false"}""", "")]
    [InlineData("""{"preload_if":{"name_of_a_newer_client":1}}""", "")]
    [InlineData("""{"preload_if":"true","max_total_refs":0}""", "")]
    [InlineData("""{"preload_if":"true","max_total_refs":4}""", "/data /lat /time")]
    [InlineData("""{"preload_if":"true","max_arrays_to_scan":2}""", "/data /lat")]
    [InlineData("""{"preload_if":{"path_matches":{"regex":"^/[dm]a"}}}""", "/data /many")]
    [InlineData("""{"preload_if":{"num_refs":{"from":{"Excluded":1},"to":"Unbounded"}}}""", "/data /many")]
    [InlineData("""{"preload_if":{"num_refs":{"from":{"Included":2},"to":{"Excluded":5}}}}""", "/data")]
    [InlineData("""{"preload_if":{"or":[{"name_matches":{"regex":"^lat"}},{"num_refs":{"from":"Unbounded","to":{"Excluded":2}}}]}}""", "/lat /time")]
    public async Task The_configuration_chooses_them(string config, string expected)
    {
        var lake = await MakeAsync();
        var view = await lake.ViewAsync();
        var byManifest = view.Nodes.Where(node => node.Manifests.Count > 0).ToDictionary(node => node.Manifests[0].Manifest, node => node.Path);
        var chosen = Preload.Read(JsonNode.Parse(config) as JsonObject).Choose(view).Select(id => byManifest[id]);
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), chosen.Order());
    }

    [Fact]
    public async Task What_was_read_before_is_not_read_again()
    {
        var lake = await (await MakeAsync()).ReopenAsync();
        var view = await lake.ViewAsync();
        await lake.Repository.PreloadAsync(view);
        var gets = new List<string>();
        ((MemoryObjectStore)lake.Store).Before = (operation, key) => gets.Add(operation == StoreOperation.Get ? key : "");
        await view.ChunksAsync(view.FindNode("/time")!, default);
        Assert.Empty(gets);
        await view.ChunksAsync(view.FindNode("/data")!, default);
        Assert.Single(gets);
    }

    [Fact]
    public async Task A_manifest_that_cannot_be_read_is_told_to_whoever_needs_it_and_to_nobody_else()
    {
        var lake = await (await MakeAsync()).ReopenAsync();
        var view = await lake.ViewAsync();
        await lake.Store.DeleteAsync(IcechunkPaths.Manifest(view.FindNode("/time")!.Manifests[0].Manifest), default);
        await lake.Repository.PreloadAsync(view);
        await Assert.ThrowsAsync<RepositoryException>(async () => await view.ChunksAsync(view.FindNode("/time")!, default));
    }

    [Fact]
    public async Task A_closed_repository_reads_nothing_ahead()
    {
        var lake = await (await MakeAsync()).ReopenAsync();
        var view = await lake.ViewAsync();
        await lake.Repository.DisposeAsync();
        var gets = 0;
        ((MemoryObjectStore)lake.Store).Before = (_, _) => gets++;
        await lake.Repository.PreloadAsync(view);
        Assert.Equal(0, gets);
    }

    private static async Task<Lake> MakeAsync()
    {
        var lake = await Lake.CreateAsync();
        await lake.CommitAsync(changes =>
        {
            foreach (var (path, chunks) in new[] { ("/data", 2), ("/lat", 1), ("/many", 5), ("/time", 1) })
            {
                var array = changes.AddArray(path, [chunks], [1]);
                for (uint i = 0; i < chunks; i++)
                {
                    changes.PutText(array, $"{path} {i}", i);
                }
            }

            changes.AddArray("/x", [4], [1]);
        });
        return lake;
    }
}
