using ArraylakeFs.FileSystem;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;
using ArraylakeFs.Storage;

namespace ArraylakeFs.HotPaths.Tests.Paths;

/// <summary>A mount, without a kernel, of a repository in which one commit made an array of one dimension, every chunk of which is the same object.</summary>
internal sealed class CommittedArray : IDisposable
{
    private readonly string _folder;
    private readonly LocalObjectStore _store;
    private readonly ZarrRepository _repository;
    private readonly Session _session;

    private CommittedArray(LocalObjectStore store, ZarrRepository repository, Session session, string folder)
    {
        (_store, _repository, _session, _folder) = (store, repository, session, folder);
        FileSystem = new MountedFileSystem(session, new Mounter(1000, 1000), new FolderVolume(folder));
    }

    /// <summary>What the kernel would ask.</summary>
    public MountedFileSystem FileSystem { get; }

    /// <summary>Makes it.</summary>
    public static async Task<CommittedArray> CreateAsync(int chunks, int bytes)
    {
        string folder = Directory.CreateTempSubdirectory("arraylakefs-hot-").FullName;
        var store = new LocalObjectStore(Path.Combine(folder, "repository"));
        var repository = await ZarrRepository.CreateAsync(store, default);
        Assert.True((await repository.ReferencesAsync(default)).TryGetBranch("main", out var tip));
        var (array, chunk) = (ObjectId8.New(), ObjectId12.New());
        await store.PutAsync(IcechunkPaths.Chunk(chunk), new byte[bytes], default);
        var changes = new ChangeSet();
        changes.NewNodes.Add(new NewNode(array, "/x", Zarr.NodeKind.Array, System.Text.Encoding.UTF8.GetBytes($$$"""
            {"zarr_format":3,"node_type":"array","shape":[{{{chunks}}}],"data_type":"uint8","fill_value":0,
            "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
            "chunk_key_encoding":{"name":"default"},"codecs":[{"name":"bytes"}]}
            """)));
        changes.Chunks[array] = [.. Enumerable.Range(0, chunks).Select(i => new ChunkChange([(uint)i], new ChunkPayload.Native(chunk, bytes)))];
        await repository.CommitAsync(new CommitRequest("main", tip, ObjectId12.New(), "an array", [], changes), default);
        var session = await Session.OpenAsync(new SessionSettings(Path.Combine(folder, "session"), "hot/paths"), repository, default);
        return new CommittedArray(store, repository, session, folder);
    }

    /// <summary>The inode at a path.</summary>
    public async Task<ulong> NodeAsync(string path)
    {
        ulong node = IFileSystem.RootNode;
        foreach (string name in path.Split('/'))
        {
            node = (await FileSystem.LookupAsync(node, name)).Value.Node;
        }

        return node;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        FileSystem.Dispose();
        _session.DisposeAsync().AsTask().Wait();
        _repository.DisposeAsync().AsTask().Wait();
        _store.DisposeAsync().AsTask().Wait();
        Directory.Delete(_folder, recursive: true);
    }
}
