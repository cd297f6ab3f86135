using System.Globalization;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Interop.Tests;

/// <summary>Manifests whose locations the official client compressed, rewritten by both in turn.</summary>
public sealed class VirtualReferenceTests : IDisposable
{
    private const int Side = 50;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [OfficialClientFact]
    public async Task A_manifest_with_compressed_locations_is_rewritten_by_both_and_read_by_both()
    {
        var folder = _folder["repo"];
        OfficialClient.RunScript("virtual_references.mjs", "make", folder, $"{Side * Side}").Succeed();
        Assert.Equal(Side * Side, await CheckAsync(folder, isCompressed: true));
        await CommitAsync(folder, (_, array) => [new([1, 1], new ChunkPayload.Inline("inline"u8.ToArray())), new([2, 2], null)]);
        Assert.Equal((Side * Side) - 2, await CheckAsync(folder, isCompressed: true));
        OfficialClient.RunScript("virtual_references.mjs", "change", folder, "1", "1").Succeed();
        Assert.Equal((Side * Side) - 1, await CheckAsync(folder, isCompressed: true));
        // The official client trains a dictionary anew at each commit, so what comes from the commit before is made with another one.
        var former = await TipAsync(folder, back: 1);
        await CommitAsync(folder, (repository, array) =>
        {
            former.Chunks.TryFind([3, 3], out var chunk);
            return [new([2, 2], new ChunkPayload.Existing(chunk))];
        });
        Assert.Equal((Side * Side) - 1, await CheckAsync(folder, isCompressed: null));
        OfficialClient.RunScript("virtual_references.mjs", "change", folder, "2", "2").Succeed();
        Assert.Equal(Side * Side, await CheckAsync(folder, isCompressed: true));
    }

    /// <summary>Compares what both see, and returns the number of different locations.</summary>
    private static async Task<int> CheckAsync(string folder, bool? isCompressed)
    {
        var (_, chunks) = await TipAsync(folder);
        var ours = chunks.All().Where(item => item.Chunk.Kind == ChunkKind.Virtual).ToList();
        var theirs = OfficialClient.RunScript("virtual_references.mjs", "locations", folder).Succeed().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(theirs.Distinct(), ours.Select(item => item.Chunk.Location!).Distinct().Order(StringComparer.Ordinal));
        // As the script writes it: what was copied elsewhere too.
        Assert.All(ours, item => Assert.Equal(4096 * (long.Parse(item.Chunk.Location![^9..^3], CultureInfo.InvariantCulture) + 1), item.Chunk.Offset));
        if (isCompressed is { } expected)
        {
            Assert.Equal(expected, await HasDictionaryAsync(folder));
        }

        return theirs.Distinct().Count();
    }

    private static async Task<bool> HasDictionaryAsync(string folder)
    {
        await using var store = new LocalObjectStore(folder);
        await using var repository = await ZarrRepository.OpenAsync(store, default);
        Assert.True((await repository.ReferencesAsync(default)).TryGetBranch("main", out var tip));
        var id = (await repository.SnapshotAsync(tip, default)).FindNode("/a")!.Manifests.Single().Manifest;
        var file = (await store.GetAsync(IcechunkPaths.Manifest(id), Limits.MaxFileBytes, default))!;
        var refs = Manifest.Decode("manifest", file.Content).ArrayAt(0);
        return Enumerable.Range(0, refs.Count).All(i => refs[i].Kind != ChunkKind.Virtual || refs[i].IsLocationCompressed);
    }

    private static async Task<(ObjectId12 Commit, ArrayChunks Chunks)> TipAsync(string folder, int back = 0)
    {
        await using var store = new LocalObjectStore(folder);
        await using var repository = await ZarrRepository.OpenAsync(store, default);
        var references = await repository.ReferencesAsync(default);
        Assert.True(references.TryGetBranch("main", out var tip));
        var commit = references.Ancestry(tip).Skip(back).First().Id;
        var view = await repository.SnapshotAsync(commit, default);
        return (commit, await view.ChunksAsync(view.FindNode("/a")!, default));
    }

    private static async Task CommitAsync(string folder, Func<ZarrRepository, ObjectId8, List<ChunkChange>> change)
    {
        await using var store = new LocalObjectStore(folder);
        await using var repository = await ZarrRepository.OpenAsync(store, default);
        Assert.True((await repository.ReferencesAsync(default)).TryGetBranch("main", out var tip));
        var array = (await repository.SnapshotAsync(tip, default)).FindNode("/a")!.Id;
        var changes = new ChangeSet();
        changes.Chunks.Add(array, change(repository, array));
        await repository.CommitAsync(new CommitRequest("main", tip, ObjectId12.New(), "ours", [], changes), default);
    }
}
