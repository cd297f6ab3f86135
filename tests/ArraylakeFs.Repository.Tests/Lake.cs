using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests;

/// <summary>A repository under test and the few words in which tests speak about it.</summary>
internal sealed class Lake(IObjectStore store, ZarrRepository repository)
{
    public IObjectStore Store => store;

    public ZarrRepository Repository => repository;

    public static async Task<Lake> CreateAsync(IObjectStore? store = null)
    {
        store ??= new MemoryObjectStore();
        return new Lake(store, await ZarrRepository.CreateAsync(store, default));
    }

    /// <summary>Opens a repository that is there.</summary>
    public static async Task<Lake> OpenAsync(IObjectStore store) => new(store, await ZarrRepository.OpenAsync(store, default));

    /// <summary>The repository as another process would open it.</summary>
    public async Task<Lake> ReopenAsync() => new(store, await ZarrRepository.OpenAsync(store, default));

    public async Task<ObjectId12> TipAsync(string branch = "main")
    {
        Assert.True((await repository.ReferencesAsync(default)).TryGetBranch(branch, out var tip));
        return tip;
    }

    public async Task<SnapshotView> ViewAsync() => await repository.SnapshotAsync(await TipAsync(), default);

    public async Task<Node> NodeAsync(string path) =>
        (await ViewAsync()).FindNode(path) ?? throw new InvalidOperationException($"There is no node {path}.");

    public async Task<ArrayChunks> ChunksAsync(string path)
    {
        var view = await ViewAsync();
        return await view.ChunksAsync(view.FindNode(path)!, default);
    }

    /// <summary>Commits on the tip of <c>main</c>; returns the new commit's id.</summary>
    public async Task<ObjectId12> CommitAsync(Action<ChangeSet> change, string message = "test", JsonObject? metadata = null)
    {
        var changes = new ChangeSet();
        change(changes);
        var request = await RequestAsync(changes, message, metadata);
        await repository.CommitAsync(request, default);
        return request.NewSnapshot;
    }

    /// <summary>Commits as in a repository whose configuration splits manifests.</summary>
    public async Task<ObjectId12> CommitSplitAsync(string splitSizes, Action<ChangeSet> change)
    {
        var changes = new ChangeSet();
        change(changes);
        var request = await RequestAsync(changes);
        var settings = (await repository.ReferencesAsync(default)).Settings with { SplitSizes = (JsonArray)JsonNode.Parse(splitSizes)! };
        var view = await repository.SnapshotAsync(request.Base, default);
        var info = await new CommitWriter(store, settings, view, request).WriteAsync(default);
        await new RepoUpdate(store, new RepoChange.Commit("main", info)).RunAsync(default);
        return request.NewSnapshot;
    }

    /// <summary>Changes <c>repo</c> as another writer would, who does not look whether it is still the version that was read.</summary>
    public async Task EditAsync(Action<RepoInfoBuilder> edit)
    {
        var file = (await store.GetAsync(IcechunkPaths.Repo, Limits.MaxFileBytes, default))!;
        var builder = new RepoInfoBuilder(RepoInfo.Decode(IcechunkPaths.Repo, file.Content));
        edit(builder);
        await store.PutAsync(IcechunkPaths.Repo, builder.Build(Timestamp.Now, IcechunkPaths.NewBackupName(Timestamp.Now)), default);
    }

    public async Task<CommitRequest> RequestAsync(ChangeSet changes, string message = "test", JsonObject? metadata = null) =>
        new("main", await TipAsync(), ObjectId12.New(), message, metadata ?? [], changes);

    public async Task<RepositoryException> AssertInvalidAsync(Action<ChangeSet> change, params string[] mentioned)
    {
        var before = await TipAsync();
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => CommitAsync(change));
        Assert.Equal(RepositoryErrorKind.Invalid, refused.Kind);
        Assert.All(mentioned, word => Assert.Contains(word, refused.Message, StringComparison.Ordinal));
        Assert.Equal(before, await TipAsync());
        return refused;
    }

    /// <summary>Stores a chunk object as a caller would before a commit.</summary>
    public async Task<ChunkPayload.Native> PutChunkAsync(string content)
    {
        var id = ObjectId12.New();
        var bytes = Encoding.UTF8.GetBytes(content);
        await store.PutAsync(IcechunkPaths.Chunk(id), bytes, default);
        return new ChunkPayload.Native(id, bytes.Length);
    }

    /// <summary>The content of every chunk of an array, by coordinates such as <c>0/1</c>.</summary>
    public async Task<SortedDictionary<string, string>> ContentAsync(string path)
    {
        var content = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (coordinates, chunk) in (await ChunksAsync(path)).All())
        {
            content.Add(string.Join('/', coordinates), await ReadAsync(chunk));
        }

        return content;
    }

    public async Task<string> ReadAsync(ChunkReference chunk)
    {
        var buffer = new byte[chunk.Length];
        Assert.Equal(buffer.Length, await repository.ReadChunkAsync(chunk, 0, buffer, default));
        return Encoding.UTF8.GetString(buffer);
    }

    public async Task<TransactionLog> LogAsync(ObjectId12 commit)
    {
        var key = IcechunkPaths.TransactionLog(commit);
        return TransactionLog.Decode(key, (await store.GetAsync(key, Limits.MaxFileBytes, default))!.Content);
    }

    public async Task<string[]> KeysAsync(string prefix)
    {
        var keys = new List<string>();
        await foreach (var info in store.ListAsync(prefix, default))
        {
            keys.Add(info.Key);
        }

        return [.. keys.Order(StringComparer.Ordinal)];
    }
}

/// <summary>Short forms of changes.</summary>
internal static class ChangeSetExtensions
{
    public static ObjectId8 AddGroup(this ChangeSet changes, string path)
    {
        var id = ObjectId8.New();
        changes.NewNodes.Add(new NewNode(id, path, NodeKind.Group, Documents.Group()));
        return id;
    }

    public static ObjectId8 AddArray(this ChangeSet changes, string path, int[] shape, int[] chunkShape)
    {
        var id = ObjectId8.New();
        changes.NewNodes.Add(new NewNode(id, path, NodeKind.Array, Documents.Array(shape, chunkShape)));
        return id;
    }

    public static void Put(this ChangeSet changes, ObjectId8 array, ChunkPayload? payload, params uint[] coordinates)
    {
        if (!changes.Chunks.TryGetValue(array, out var list))
        {
            changes.Chunks.Add(array, list = []);
        }

        list.Add(new ChunkChange(coordinates, payload));
    }

    public static void PutText(this ChangeSet changes, ObjectId8 array, string content, params uint[] coordinates) =>
        changes.Put(array, new ChunkPayload.Inline(Encoding.UTF8.GetBytes(content)), coordinates);
}
