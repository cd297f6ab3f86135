using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Interop.Tests;

/// <summary>What we shorten and clean up, the official client reads, compares and goes on with.</summary>
public sealed class HousekeepingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Folder => _folder["repo"];

    public void Dispose() => _folder.Dispose();

    [OfficialClientFact]
    public async Task After_everything_old_has_expired_and_gone_the_official_client_sees_the_same_versions_and_goes_on()
    {
        OfficialClient.Make(Folder);
        for (var round = 0; round < 2; round++)
        {
            var before = OfficialClient.Dump(Folder);
            var size = Size();
            var (expired, garbage) = await CleanUpAsync();
            Assert.True(expired.Released.Count > 0 && garbage.Count > 0 && Size() < size);

            var after = await RepositoryView.AssertBothAgreeAsync(Folder);
            Assert.Equal(before.Branches, after.Branches);
            Assert.Equal(before.Tags, after.Tags);
            foreach (var tip in before.Branches.Values.Concat(before.Tags.Values))
            {
                AssertSame(before.Commits[tip].Nodes, after.Commits[tip].Nodes);
            }

            for (var i = 0; i < 3; i++)
            {
                OfficialClient.Commit(Folder, "main", $"official {round} {i}");
            }

            OfficialClient.Move(Folder, "main", "moved", "/official", $"/official-{round}");
        }

        await RepositoryView.AssertBothAgreeAsync(Folder);
    }

    [OfficialClientFact]
    public async Task The_changes_of_a_commit_whose_ancestors_expired_are_theirs_too()
    {
        var ids = await CommitGroupsAsync("a", "b", "c", "d");
        await ExpireAsync(before: ids[3]);
        var official = OfficialClient.Dump(Folder);
        Assert.Equal(ObjectId12.InitialSnapshot.ToString(), official.Commits[ids[3].ToString()].Parent);
        Assert.Equal(["/a", "/b", "/c", "/d"], official.Commits[ids[3].ToString()].Changes!.NewGroups.Order(StringComparer.Ordinal));
    }

    [OfficialClientFact]
    public async Task An_official_session_rebases_over_commits_that_expired_meanwhile_its_own_base_among_them()
    {
        await CommitGroupsAsync("a");
        using var node = Command.Start(
            "node", [Path.Combine(TestCache.Tests, "interop", "rebase_later.mjs"), Folder, "main", "theirs"], OfficialClient.NodeEnvironment());
        Assert.Equal("ready", await node.StandardOutput.ReadLineAsync());
        var ids = await CommitGroupsAsync("b", "c", "d");
        await ExpireAsync(before: ids[2]);
        await node.StandardInput.WriteLineAsync("go");
        var commit = await node.StandardOutput.ReadLineAsync();
        Assert.True(commit is not null, await node.StandardError.ReadToEndAsync());
        await node.WaitForExitAsync();
        var official = await RepositoryView.AssertBothAgreeAsync(Folder);
        Assert.Equal(commit, official.Branches["main"]);
        Assert.Equal(ids[2].ToString(), official.Commits[commit].Parent);
        Assert.Equal(["/a", "/b", "/c", "/d", "/theirs"], official.Commits[commit].Nodes.Keys.Order(StringComparer.Ordinal));
    }

    private async Task<(ExpirationReport Expired, GarbageReport Garbage)> CleanUpAsync()
    {
        await using var repository = await ZarrRepository.OpenAsync(new LocalObjectStore(Folder), default);
        var old = DateTimeOffset.UtcNow.AddMinutes(1);
        return (await repository.ExpireAsync(new ExpirationRequest(old), default), await repository.CollectGarbageAsync(new GarbageRequest(old), default));
    }

    private async Task ExpireAsync(ObjectId12 before)
    {
        await using var repository = await ZarrRepository.OpenAsync(new LocalObjectStore(Folder), default);
        var cutoff = (await repository.ReferencesAsync(default)).Ancestry(before).First().Time;
        await repository.ExpireAsync(new ExpirationRequest(cutoff), default);
        await repository.CollectGarbageAsync(new GarbageRequest(DateTimeOffset.UtcNow.AddMinutes(1)), default);
    }

    /// <summary>A commit of ours for each group.</summary>
    private async Task<List<ObjectId12>> CommitGroupsAsync(params string[] names)
    {
        var store = new LocalObjectStore(Folder);
        await using var repository = Directory.Exists(Folder) ? await ZarrRepository.OpenAsync(store, default) : await ZarrRepository.CreateAsync(store, default);
        var ids = new List<ObjectId12>();
        foreach (var name in names)
        {
            Assert.True((await repository.ReferencesAsync(default)).TryGetBranch("main", out var tip));
            var changes = new ChangeSet();
            changes.NewNodes.Add(new NewNode(ObjectId8.New(), $"/{name}", Zarr.NodeKind.Group, ModelTree.Document(null, null, 0)));
            ids.Add(ObjectId12.New());
            await repository.CommitAsync(new CommitRequest("main", tip, ids[^1], name, [], changes), default);
        }

        return ids;
    }

    private static void AssertSame(IReadOnlyDictionary<string, OfficialNode> expected, IReadOnlyDictionary<string, OfficialNode> seen) =>
        Assert.Equal(Lines(expected), Lines(seen));

    private static IEnumerable<string> Lines(IReadOnlyDictionary<string, OfficialNode> nodes) => nodes.SelectMany(node =>
        node.Value.Chunks.Select(chunk => $"{node.Key} {chunk}").Prepend($"{node.Key} {node.Value.Id} {node.Value.Document}")).Order(StringComparer.Ordinal);

    private long Size() => new DirectoryInfo(Folder).EnumerateFiles("*", SearchOption.AllDirectories)
        .Where(file => file.Directory!.Name is "snapshots" or "manifests" or "transactions" or "chunks").Sum(file => file.Length);
}
