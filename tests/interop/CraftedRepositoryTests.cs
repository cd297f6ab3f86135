using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Interop.Tests;

/// <summary>
/// Repositories of kinds that the official client for JavaScript reads and cannot make: we write their files, it says what they hold.
/// </summary>
public sealed class CraftedRepositoryTests : IDisposable
{
    private static readonly byte[] _group = Encoding.UTF8.GetBytes("""{"zarr_format":3,"node_type":"group"}""");

    private static readonly byte[] _array = Encoding.UTF8.GetBytes(
        """
        {"zarr_format":3,"node_type":"array","shape":[8],"data_type":"uint8","fill_value":0,"codecs":[{"name":"bytes"}],
        "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},"chunk_key_encoding":{"name":"default"}}
        """);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The files of version 1 stay as they are below a new <c>repo</c>, and commits of both writers go on top.</summary>
    [OfficialClientFact]
    public async Task A_migrated_repository_has_old_files_and_new_ones()
    {
        var folder = _folder["migrated"];
        OfficialClient.MakeFeature(folder, "version1");
        var before = await RepositoryView.AssertBothAgreeAsync(folder);
        Assert.Equal(1, before.SpecVersion);
        await using var store = new LocalObjectStore(folder);
        await using (var old = await ZarrRepository.OpenAsync(store, default))
        {
            var references = await old.ReferencesAsync(default);
            await PutRepoAsync(store, references, Commits(references), new JsonObject());
        }

        // The files of the branches and tags of version 1 are still there, as after a migration that was interrupted.
        var after = await RepositoryView.AssertBothAgreeAsync(folder);
        Assert.Equal(2, after.SpecVersion);
        Assert.Equal(before.Branches, after.Branches);
        Assert.Equal(before.Tags, after.Tags);
        Assert.Equal(before.Commits.Keys.Order(), after.Commits.Keys.Order());
        await CommitAsync(store, "ours on top", changes => AddGroup(changes, "/ours"));
        OfficialClient.Commit(folder, "main", "theirs on top", "g/a/c/0/0", "overwritten");
        await CommitAsync(store, "ours again", changes => AddGroup(changes, "/again"));
        var seen = await RepositoryView.AssertBothAgreeAsync(folder);
        Assert.Equal(before.Commits.Count + 3, seen.Commits.Count);
        Assert.Superset(new HashSet<string> { "/ours", "/official", "/again", "/g/a" }, seen.Commits[seen.Branches["main"]].Nodes.Keys.ToHashSet());
    }

    /// <summary>Expiration releases commits, and those that stay remember which logs of theirs are gone.</summary>
    [OfficialClientFact]
    public async Task An_expired_repository_has_what_was_kept()
    {
        var folder = _folder["expired"];
        await using var store = new LocalObjectStore(folder);
        await (await ZarrRepository.CreateAsync(store, default)).DisposeAsync();
        for (var i = 0; i < 4; i++)
        {
            await CommitAsync(store, $"commit {i}", changes => AddGroup(changes, $"/g{i}"));
        }

        IReadOnlyList<CommitInfo> kept;
        await using (var repository = await ZarrRepository.OpenAsync(store, default))
        {
            var references = await repository.ReferencesAsync(default);
            Assert.True(references.TryGetBranch("main", out var tip));
            var history = references.Ancestry(tip).ToList();
            kept = [history[0], history[1], history[^1]];
            var released = history[2..^1].Select(commit => commit.Id).Reverse().ToArray();
            SnapshotInfo[] commits =
            [
                InfoOf(history[0], history[1].Id), InfoOf(history[1], history[^1].Id) with { PrunedAncestors = released }, InfoOf(history[^1], null),
            ];
            await PutRepoAsync(store, references, commits, null);
        }

        var seen = await RepositoryView.AssertBothAgreeAsync(folder);
        Assert.Equal(kept.Select(commit => commit.Id.ToString()).Order(), seen.Commits.Keys.Order());
        Assert.Contains("/g1", seen.Commits[seen.Branches["main"]].Nodes.Keys);
        await CommitAsync(store, "on top", changes => AddGroup(changes, "/top"));
        OfficialClient.Commit(folder, "main", "theirs on top");
        Assert.Equal(5, (await RepositoryView.AssertBothAgreeAsync(folder)).Commits.Count);
    }

    /// <summary>One manifest of two arrays, and chunks that are parts of one object.</summary>
    [OfficialClientFact]
    public async Task Manifests_are_shared_and_chunks_are_any_part_of_an_object()
    {
        var folder = _folder["shared"];
        await using var store = new LocalObjectStore(folder);
        await (await ZarrRepository.CreateAsync(store, default)).DisposeAsync();
        var chunk = ObjectId12.New();
        await store.PutAsync(IcechunkPaths.Chunk(chunk), Encoding.UTF8.GetBytes("0123456789abcdefghij"), default);
        ObjectId8[] arrays = [.. new[] { ObjectId8.New(), ObjectId8.New() }.Order()];
        var manifest = new ManifestWriter(ObjectId12.New());
        var extents = new List<IReadOnlyList<ChunkIndexRange>>();
        foreach (var array in arrays)
        {
            manifest.BeginArray(array);
            manifest.AddNative([1], chunk, 3, 4);
            manifest.AddNative([2], chunk, 0, 20);
            manifest.AddNative([4], chunk, 19, 1);
            manifest.AddInline([5], "inline"u8);
            extents.Add(manifest.Extents);
        }

        var file = manifest.Finish();
        await store.PutAsync(IcechunkPaths.Manifest(manifest.Id), file, default);
        await PutSnapshotAsync(store, writer =>
        {
            writer.AddManifestFile(new ManifestFile(manifest.Id, (ulong)file.Length, (uint)manifest.RefCount));
            writer.AddNode(new NodeData(ObjectId8.New(), "/", Icechunk.NodeKind.Group, _group));
            for (var i = 0; i < arrays.Length; i++)
            {
                writer.AddNode(new NodeData(arrays[i], $"/a{i}", Icechunk.NodeKind.Array, _array)
                {
                    Shape = [new DimensionShape(8, 8)], Manifests = [new ManifestReference(manifest.Id, extents[i])],
                });
            }
        });
        var seen = await RepositoryView.AssertBothAgreeAsync(folder);
        Assert.Equal(RepositoryView.Sha256("3456"u8), seen.Commits[seen.Branches["main"]].Nodes["/a1"].Chunks["1"].Sha256);

        // A commit on one array leaves the other its manifest, and all of it as it was.
        await CommitAsync(store, "one of them", changes =>
            changes.Chunks.Add(arrays[0], [new ChunkChange([7], new ChunkPayload.Inline(new byte[] { 7 })), new ChunkChange([1], null)]));
        seen = await RepositoryView.AssertBothAgreeAsync(folder);
        Assert.Equal(["2", "4", "5", "7"], seen.Commits[seen.Branches["main"]].Nodes["/a0"].Chunks.Keys.Order());
        Assert.Equal(["1", "2", "4", "5"], seen.Commits[seen.Branches["main"]].Nodes["/a1"].Chunks.Keys.Order());
        OfficialClient.Commit(folder, "main", "theirs", "a1/c/0", "x");
        await RepositoryView.AssertBothAgreeAsync(folder);
    }

    /// <summary>A configuration that we make is one to the official client: it reads <c>vcc://</c> locations by the container's name.</summary>
    [OfficialClientFact]
    public async Task Virtual_chunks_are_found_through_the_name_of_their_container()
    {
        var folder = _folder["named"];
        var data = Directory.CreateDirectory(folder + "-data");
        File.WriteAllText(Path.Combine(data.FullName, "a file"), "0123456789");
        await using var store = new LocalObjectStore(folder);
        await using var created = await ZarrRepository.CreateAsync(store, default);
        var prefix = new Uri(data.FullName + "/").AbsoluteUri;
        var config = new JsonObject
        {
            ["virtual_chunk_containers"] = new JsonObject
            {
                [prefix] = new JsonObject
                {
                    ["name"] = "container", ["url_prefix"] = prefix, ["store"] = new JsonObject { ["local_file_system"] = data.FullName },
                },
            },
        };
        var references = await created.ReferencesAsync(default);
        await PutRepoAsync(store, references, Commits(references), config);
        var array = ObjectId8.New();
        var manifest = new ManifestWriter(ObjectId12.New());
        manifest.BeginArray(array);
        manifest.AddVirtual([0], "vcc://container/a%20file", 2, 5);
        var extents = manifest.Extents;
        var file = manifest.Finish();
        await store.PutAsync(IcechunkPaths.Manifest(manifest.Id), file, default);
        await PutSnapshotAsync(store, writer =>
        {
            writer.AddManifestFile(new ManifestFile(manifest.Id, (ulong)file.Length, 1));
            writer.AddNode(new NodeData(array, "/", Icechunk.NodeKind.Array, _array)
            {
                Shape = [new DimensionShape(8, 8)], Manifests = [new ManifestReference(manifest.Id, extents)],
            });
        });
        var seen = await RepositoryView.AssertBothAgreeAsync(folder);
        Assert.Equal(RepositoryView.Sha256("23456"u8), seen.Commits[seen.Branches["main"]].Nodes["/"].Chunks["0"].Sha256);
        await using var repository = await ZarrRepository.OpenAsync(store, default);
        var snapshot = await repository.SnapshotAsync(ObjectId12.Parse(seen.Branches["main"]), default);
        Assert.True((await snapshot.ChunksAsync(snapshot.FindNode("/")!, default)).TryFind([0], out var chunk));
        Assert.Equal(("vcc://container/a%20file", 2, 5), (chunk.Location, chunk.Offset, chunk.Length));
    }

    /// <summary>They are in nobody's way: a commit of ours on top keeps them, wherever they are.</summary>
    [OfficialClientFact]
    public async Task Nodes_that_no_file_can_have_stay_through_our_commits()
    {
        var folder = _folder["nodes"];
        OfficialClient.MakeFeature(folder, "nodes");
        var before = OfficialClient.Dump(folder);
        var former = before.Commits[before.Branches["main"]].Nodes;
        Assert.Superset(new HashSet<string> { "/.", "/a/", "/a//b", "/zarr.json", "/nul\0" }, former.Keys.ToHashSet());
        await using var store = new LocalObjectStore(folder);
        await CommitAsync(store, "ours", changes =>
        {
            changes.Deletions.Add(ObjectId8.Parse(former["/abc"].Id));
            changes.Deletions.Add(ObjectId8.Parse(former["/abc/arr"].Id));
            changes.Moves.Add(ObjectId8.Parse(former["/arc/arr"].Id), "/arc/moved");
        });
        var seen = await RepositoryView.AssertBothAgreeAsync(folder);
        var expected = former.Keys.Except(["/abc", "/abc/arr", "/arc/arr"]).Append("/arc/moved").Order(StringComparer.Ordinal);
        Assert.Equal(expected, seen.Commits[seen.Branches["main"]].Nodes.Keys.Order(StringComparer.Ordinal));
    }

    private static void AddGroup(ChangeSet changes, string path) =>
        changes.NewNodes.Add(new NewNode(ObjectId8.New(), path, Zarr.NodeKind.Group, _group));

    private static async Task CommitAsync(LocalObjectStore store, string message, Action<ChangeSet> change)
    {
        await using var repository = await ZarrRepository.OpenAsync(store, default);
        Assert.True((await repository.ReferencesAsync(default)).TryGetBranch("main", out var tip));
        var changes = new ChangeSet();
        change(changes);
        await repository.CommitAsync(new CommitRequest("main", tip, ObjectId12.New(), message, [], changes), default);
    }

    /// <summary>A commit on <c>main</c> of what another writer may have put into a snapshot.</summary>
    private static async Task PutSnapshotAsync(LocalObjectStore store, Action<SnapshotWriter> write)
    {
        var file = (await store.GetAsync(IcechunkPaths.Repo, Limits.MaxFileBytes, default))!;
        var repo = RepoInfo.Decode(IcechunkPaths.Repo, file.Content);
        Assert.True(repo.TryFindBranch("main", out var tip));
        var info = new SnapshotInfo(ObjectId12.New(), tip, Timestamp.Now, "crafted", [], []);
        var writer = new SnapshotWriter(info.Id, info.FlushedAt, info.Message, info.Metadata);
        write(writer);
        await store.PutAsync(IcechunkPaths.Snapshot(info.Id), writer.Finish(), default);
        await store.PutAsync(IcechunkPaths.TransactionLog(info.Id), new TransactionLogWriter(info.Id).Finish(), default);
        var builder = new RepoInfoBuilder(repo);
        builder.Commit("main", info);
        await store.PutAsync(IcechunkPaths.Repo, builder.Build(Timestamp.Now, IcechunkPaths.NewBackupName(Timestamp.Now)), default);
    }

    private static IReadOnlyCollection<SnapshotInfo> Commits(References references) =>
        [.. references.Commits.Select(commit => InfoOf(commit, commit.Parent))];

    private static SnapshotInfo InfoOf(CommitInfo commit, ObjectId12? parent) =>
        new(commit.Id, parent, Timestamp.From(commit.Time), commit.Message, MetadataItem.FromJson(commit.Metadata), []);

    /// <summary>Writes <c>repo</c> anew: with these commits, this configuration, and the branches and tags that there were.</summary>
    private static async Task PutRepoAsync(
        LocalObjectStore store, References references, IReadOnlyCollection<SnapshotInfo> commits, JsonObject? config)
    {
        static RepoRef Ref(Reference reference) => new(reference.Name, reference.Snapshot);
        var repository = new Version1Repository(
            commits, [.. references.Branches.Select(Ref)], [.. references.Tags.Select(Ref)], references.IsDeletedTag("gone") ? ["gone"] : [], config);
        var file = repository.ToRepo(
            new RepoStatus(RepoAvailability.Online, Timestamp.Now, null),
            new Icechunk.RepoUpdate(RepoUpdateKind.RepoMigrated, Timestamp.Now) { FromVersion = 1, ToVersion = 2 });
        await store.PutAsync(IcechunkPaths.Repo, file, default);
    }
}
