using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests;

/// <summary>A repository with a random history of every kind: branches, tags, resets, amends, split and shared manifests.</summary>
internal sealed class GrowingLake(Lake lake, Random random)
{
    private const string BySplit = """[["any_array",[{"condition":"Any","num_chunks":2}]]]""";
    private int _names;

    public Lake Lake => lake;

    public static async Task<GrowingLake> CreateAsync(int seed, int steps, IObjectStore? store = null)
    {
        var grown = new GrowingLake(await Lake.CreateAsync(store), new Random(seed));
        for (var i = 0; i < steps; i++)
        {
            await grown.StepAsync();
        }

        return grown;
    }

    /// <summary>Every line of every commit that branches and tags reach: history, documents, chunks.</summary>
    public Task<List<string>> HistoryAsync() => HistoryAsync(lake);

    /// <inheritdoc cref="HistoryAsync()"/>
    public static async Task<List<string>> HistoryAsync(Lake lake)
    {
        var references = await lake.Repository.ReferencesAsync(default);
        var lines = new List<string>();
        foreach (var reference in references.Branches.Concat(references.Tags))
        {
            lines.Add($"{reference.Name} is {string.Join(' ', references.Ancestry(reference.Snapshot).Select(commit => $"{commit.Id} '{commit.Message}'"))}");
        }

        foreach (var id in ReachableFrom(references))
        {
            lines.AddRange(await LinesAsync(lake, id));
        }

        return lines;
    }

    /// <summary>The documents and chunks of the commits that branches and tags are at.</summary>
    public async Task<List<string>> TipsAsync()
    {
        var references = await lake.Repository.ReferencesAsync(default);
        var lines = new List<string>();
        foreach (var reference in references.Branches.Concat(references.Tags))
        {
            lines.Add($"{reference.Name} is {reference.Snapshot}");
            lines.AddRange(await LinesAsync(lake, reference.Snapshot));
        }

        return lines;
    }

    /// <summary>The keys of all that the commits which branches and tags reach are made of, <c>repo</c> and its former versions left out.</summary>
    public async Task<string[]> NeededAsync()
    {
        var references = await lake.Repository.ReferencesAsync(default);
        var keys = new HashSet<string>();
        foreach (var id in ReachableFrom(references))
        {
            keys.UnionWith([IcechunkPaths.Snapshot(id), IcechunkPaths.TransactionLog(id)]);
            keys.UnionWith(references.Repo.SnapshotAt(references.Repo.FindSnapshot(id)).PrunedAncestors.Select(IcechunkPaths.TransactionLog));
            var view = await lake.Repository.SnapshotAsync(id, default);
            foreach (var array in view.Nodes.Where(node => node.Kind == NodeKind.Array))
            {
                keys.UnionWith(array.Manifests.Select(manifest => IcechunkPaths.Manifest(manifest.Manifest)));
                keys.UnionWith((await view.ChunksAsync(array, default)).All().Where(chunk => chunk.Chunk.Kind == ChunkKind.Native)
                    .Select(chunk => IcechunkPaths.Chunk(chunk.Chunk.ChunkId)));
            }
        }

        return [.. keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>The keys that are there, <c>repo</c> and its former versions left out.</summary>
    public static async Task<string[]> KeysAsync(Lake lake) =>
        [.. (await lake.KeysAsync("")).Where(key => key != IcechunkPaths.Repo && !key.StartsWith(IcechunkPaths.Overwritten, StringComparison.Ordinal))];

    /// <summary>One random operation.</summary>
    public async Task StepAsync()
    {
        var references = await lake.Repository.ReferencesAsync(default);
        var branch = Pick(references.Branches).Name;
        var commits = references.Commits.OrderBy(commit => commit.Time).Select(commit => commit.Id).ToList();
        switch (random.Next(12))
        {
            case 0:
                await lake.Repository.CreateBranchAsync($"branch {_names++}", Pick(commits), default);
                break;
            case 1:
                await lake.Repository.CreateTagAsync($"tag {_names++}", Pick(commits), default);
                break;
            case 2:
                await lake.Repository.ResetBranchAsync(branch, Pick(commits), null, default);
                break;
            case 3 when branch != "main":
                await lake.Repository.DeleteBranchAsync(branch, null, default);
                break;
            case 4 when references.Tags.Count > 0:
                await lake.Repository.DeleteTagAsync(Pick(references.Tags).Name, default);
                break;
            case 5 when references.Branches.First(b => b.Name == branch).Snapshot != ObjectId12.InitialSnapshot:
                await CommitAsync(branch, amends: true);
                break;
            default:
                await CommitAsync(branch, amends: false);
                break;
        }
    }

    /// <summary>A commit that makes an array, or changes, deletes or moves one.</summary>
    public async Task<ObjectId12> CommitAsync(string branch, bool amends)
    {
        var references = await lake.Repository.ReferencesAsync(default);
        Assert.True(references.TryGetBranch(branch, out var tip));
        var view = await lake.Repository.SnapshotAsync(tip, default);
        var arrays = view.Nodes.Where(node => node.Kind == NodeKind.Array).ToList();
        var changes = new ChangeSet();
        var what = arrays.Count == 0 ? 0 : random.Next(6);
        switch (what)
        {
            case 0:
                await PutChunksAsync(changes, changes.AddArray($"/array {ObjectId8.New()}", [6], [1]));
                break;
            case 1:
                changes.Deletions.Add(Pick(arrays).Id);
                break;
            case 2:
                changes.Moves[Pick(arrays).Id] = $"/moved {ObjectId8.New()}";
                break;
            default:
                await PutChunksAsync(changes, Pick(arrays).Id);
                break;
        }

        var request = new CommitRequest(branch, tip, ObjectId12.New(), $"commit {_names++}", [], changes) { Amends = amends };
        if (branch == "main" && !amends && random.Next(2) == 0)
        {
            var settings = references.Settings with { SplitSizes = (System.Text.Json.Nodes.JsonArray)System.Text.Json.Nodes.JsonNode.Parse(BySplit)! };
            var info = await new CommitWriter(lake.Store, settings, view, request).WriteAsync(default);
            await new RepoUpdate(lake.Store, new RepoChange.Commit("main", info)).RunAsync(default);
        }
        else
        {
            await lake.Repository.CommitAsync(request, default);
        }

        return request.NewSnapshot;
    }

    private async Task PutChunksAsync(ChangeSet changes, ObjectId8 array)
    {
        for (uint i = 0; i < 6; i++)
        {
            if (random.Next(3) == 0)
            {
                changes.Put(array, random.Next(3) == 0 ? null : await lake.PutChunkAsync($"chunk {_names++}"), i);
            }
            else if (random.Next(4) == 0)
            {
                changes.PutText(array, $"inline {_names++}", i);
            }
        }
    }

    private static IEnumerable<ObjectId12> ReachableFrom(References references) => references.Branches.Concat(references.Tags)
        .SelectMany(reference => references.Ancestry(reference.Snapshot)).Select(commit => commit.Id).Distinct().Order();

    private static async Task<List<string>> LinesAsync(Lake lake, ObjectId12 id)
    {
        var lines = new List<string>();
        var view = await lake.Repository.SnapshotAsync(id, default);
        foreach (var node in view.Nodes)
        {
            lines.Add($"{id} {node.Id} {node.Path} {Convert.ToHexString(node.Document.Span)}");
            foreach (var (coordinates, chunk) in node.Kind == NodeKind.Array ? (await view.ChunksAsync(node, default)).All() : [])
            {
                lines.Add($"{id} {node.Id} {string.Join('/', coordinates)} {await lake.ReadAsync(chunk)}");
            }
        }

        return lines;
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
