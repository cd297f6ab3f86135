using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Interop.Tests;

/// <summary>Every commit that we make is one to the official client, with the same nodes, documents, chunks and changes.</summary>
public sealed class OurCommitsTests : IDisposable
{
    private static readonly bool _soak = Environment.GetEnvironmentVariable("ARRAYLAKEFS_SOAK") is not null;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [OfficialClientFact]
    public async Task A_new_repository_opens_there()
    {
        await using var store = new LocalObjectStore(_folder["repo"]);
        await using var repository = await ZarrRepository.CreateAsync(store, default);
        var official = await RepositoryView.AssertBothAgreeAsync(_folder["repo"]);
        Assert.Equal(2, official.SpecVersion);
        Assert.Equal(["main"], official.Branches.Keys);
        Assert.Single(official.Commits);
        var commit = OfficialClient.Commit(_folder["repo"], "main", "first");
        Assert.Equal(commit, (await RepositoryView.AssertBothAgreeAsync(_folder["repo"])).Branches["main"]);
    }

    [OfficialClientFact]
    public async Task Behind_a_fence_the_official_client_reads_and_refuses_to_write()
    {
        await using var store = new LocalObjectStore(_folder["repo"]);
        await using var repository = await ZarrRepository.CreateAsync(store, StorageFence.Config(), default);
        await RepositoryView.AssertBothAgreeAsync(_folder["repo"]);
        var refused = Assert.Throws<CommandException>(() => OfficialClient.Commit(_folder["repo"], "main", "theirs"));
        Assert.Contains("PutMode::Update", refused.Message, StringComparison.Ordinal);
        var changes = new ChangeSet();
        changes.NewNodes.Add(new NewNode(ObjectId8.New(), "/ours", Zarr.NodeKind.Group, """{"zarr_format":3,"node_type":"group"}"""u8.ToArray()));
        var tip = ObjectId12.InitialSnapshot;
        await repository.CommitAsync(new CommitRequest("main", tip, ObjectId12.New(), "ours", [], changes), default);
        var seen = await RepositoryView.AssertBothAgreeAsync(_folder["repo"]);
        Assert.Equal(["/ours"], seen.Commits[seen.Branches["main"]].Nodes.Keys);
        Assert.Throws<CommandException>(() => OfficialClient.Commit(_folder["repo"], "main", "theirs"));
    }

    [OfficialClientFact]
    public async Task Random_histories_are_the_same_there_and_grow_from_both_sides()
    {
        for (var round = 0; round < (_soak ? 40 : 3); round++)
        {
            var seed = Random.Shared.Next();
            try
            {
                await CheckHistoryAsync(_folder[$"repo{round}"], new Random(seed), commits: 15);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
            }
        }
    }

    private static async Task CheckHistoryAsync(string folder, Random random, int commits)
    {
        await using var store = new LocalObjectStore(folder);
        await using (await ZarrRepository.CreateAsync(store, default))
        {
        }

        var edits = new RandomEdits(random);
        var history = new List<(string Commit, ModelTree Before, ModelTree After)>();
        var tree = new ModelTree();
        for (var i = 0; i < commits; i++)
        {
            var before = tree.Copy();
            edits.Apply(tree);
            var changes = await tree.ChangesSinceAsync(before, store, random);
            if (!changes.IsEmpty)
            {
                history.Add((await CommitAsync(store, changes, $"commit {i} 🧊"), before, tree.Copy()));
            }
        }

        Assert.True(history.Count > commits / 2);
        var official = await RepositoryView.AssertBothAgreeAsync(folder);
        foreach (var (commit, before, after) in history)
        {
            AssertTree(after, official.Commits[commit]);
            AssertChanges(before, after, official.Commits[commit].Changes!);
        }

        await GrowFromBothSidesAsync(folder, store);
    }

    /// <summary>The official client edits and moves what we committed, and we commit on top of that.</summary>
    private static async Task GrowFromBothSidesAsync(string folder, LocalObjectStore store)
    {
        OfficialClient.Commit(folder, "main", "theirs");
        OfficialClient.Move(folder, "main", "their move", "/official", "/moved-officially");
        await RepositoryView.AssertBothAgreeAsync(folder);
        var group = ModelTree.Document(null, null, 0);
        var changes = new ChangeSet();
        changes.NewNodes.Add(new NewNode(ObjectId8.New(), "/ours", Zarr.NodeKind.Group, group));
        var commit = await CommitAsync(store, changes, "ours again");
        var official = await RepositoryView.AssertBothAgreeAsync(folder);
        Assert.Equal(commit, official.Branches["main"]);
        Assert.Equal(["/ours"], official.Commits[commit].Changes!.NewGroups);
        Assert.Equal(2, official.Commits[commit].Nodes["/moved-officially"].Chunks.Count);
        OfficialClient.Move(folder, "main", "their move of ours", "/ours", "/theirs");
        Assert.Equal(group, (await RepositoryView.AssertBothAgreeAsync(folder)).Commits[OfficialTip(folder)].Nodes["/theirs"].DocumentBytes);
    }

    private static string OfficialTip(string folder) => OfficialClient.Dump(folder).Branches["main"];

    private static async Task<string> CommitAsync(LocalObjectStore store, ChangeSet changes, string message)
    {
        await using var repository = await ZarrRepository.OpenAsync(store, default);
        Assert.True((await repository.ReferencesAsync(default)).TryGetBranch("main", out var tip));
        var metadata = new JsonObject { [CommitInfo.AuthorNameKey] = "Ann 🐳", ["nested"] = new JsonArray(1, null, "x") };
        var request = new CommitRequest("main", tip, ObjectId12.New(), message, metadata, changes);
        await repository.CommitAsync(request, default);
        return request.NewSnapshot.ToString();
    }

    private static void AssertTree(ModelTree expected, OfficialCommit seen)
    {
        Assert.Equal(expected.Nodes.Values.Select(node => node.Path).Order(StringComparer.Ordinal), seen.Nodes.Keys.Order(StringComparer.Ordinal));
        foreach (var (id, node) in expected.Nodes)
        {
            var found = seen.Nodes[node.Path];
            Assert.Equal(id.ToString(), found.Id);
            Assert.Equal(node.Document, found.DocumentBytes);
            Assert.Equal(
                node.Chunks.Select(chunk => $"{chunk.Key} {RepositoryView.Sha256(chunk.Value)}").Order(StringComparer.Ordinal),
                found.Chunks.Select(chunk => $"{chunk.Key} {chunk.Value.Sha256}").Order(StringComparer.Ordinal));
        }
    }

    private static void AssertChanges(ModelTree before, ModelTree after, OfficialChanges seen)
    {
        var moved = after.Nodes.Where(pair => before.Nodes.TryGetValue(pair.Key, out var old) && old.Path != pair.Value.Path).ToList();
        AssertSame(moved.Select(pair => $"{before.Nodes[pair.Key].Path} > {pair.Value.Path}"), seen.MovedNodes.Select(move => $"{move.From} > {move.To}"));
        AssertSame(Paths(after, id => !before.Nodes.ContainsKey(id)), seen.NewGroups.Concat(seen.NewArrays));
        AssertSame(Paths(before, id => !after.Nodes.ContainsKey(id)), seen.DeletedGroups.Concat(seen.DeletedArrays));
        if (moved.Count == 0)
        {
            var changed = Paths(after, id =>
                before.Nodes.TryGetValue(id, out var old) && !old.Document.AsSpan().SequenceEqual(after.Nodes[id].Document));
            AssertSame(changed, seen.UpdatedGroups.Concat(seen.UpdatedArrays));
        }

        static IEnumerable<string> Paths(ModelTree tree, Func<ObjectId8, bool> condition) =>
            tree.Nodes.Where(pair => condition(pair.Key)).Select(pair => pair.Value.Path);
    }

    private static void AssertSame(IEnumerable<string> expected, IEnumerable<string> seen) =>
        Assert.Equal(expected.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
}
