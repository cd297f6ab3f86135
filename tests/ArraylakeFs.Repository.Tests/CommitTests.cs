using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Tests;

/// <summary>What each kind of change makes of a repository.</summary>
public sealed class CommitTests
{
    [Fact]
    public async Task Groups_arrays_and_chunks_come_back_as_they_were_committed()
    {
        var lake = await Lake.CreateAsync();
        var native = await lake.PutChunkAsync("native");
        var array = default(ObjectId8);
        var id = await lake.CommitAsync(changes =>
        {
            changes.AddGroup("/");
            changes.AddGroup("/a");
            array = changes.AddArray("/a/x", [4, 4], [2, 2]);
            changes.Put(array, native, 1, 0);
            changes.PutText(array, "inline", 0, 1);
        }, "first 🥹");

        lake = await lake.ReopenAsync();
        Assert.Equal(id, await lake.TipAsync());
        var view = await lake.ViewAsync();
        Assert.Equal(id, view.Id);
        Assert.Equal("first 🥹", view.Message);
        Assert.Equal(["/", "/a", "/a/x"], view.Nodes.Select(node => node.Path));
        var node = view.FindNode("/a/x")!;
        Assert.Equal(Documents.Array([4, 4], [2, 2]), node.Document.ToArray());
        Assert.Equal(array, node.Id);
        Assert.Same(node, view.FindNode(array));
        Assert.Equal(NodeKind.Array, node.Kind);
        Assert.Equal([4UL, 4UL], node.Array!.Shape.ToArray());
        Assert.Equal([new DimensionShape(4, 2), new DimensionShape(4, 2)], node.Shape);
        Assert.Null(node.DocumentError);
        Assert.Equal(NodeKind.Group, view.FindNode("/")!.Kind);
        Assert.Null(view.FindNode("/")!.Array);
        Assert.Equal(Contents(("0/1", "inline"), ("1/0", "native")), await lake.ContentAsync("/a/x"));
        var chunks = await lake.ChunksAsync("/a/x");
        Assert.True(chunks.TryFind([1, 0], out var chunk));
        Assert.Equal((ChunkKind.Native, native.ChunkId, 0L, 6L), (chunk.Kind, chunk.ChunkId, chunk.Offset, chunk.Length));
        Assert.True(chunks.TryFind([0, 1], out var inline));
        Assert.Equal((ChunkKind.Inline, 6L, 6), (inline.Kind, inline.Length, inline.InlineData.Length));
        var manifest = Assert.Single(node.Manifests);
        Assert.Equal((await lake.Store.StatAsync(IcechunkPaths.Manifest(manifest.Manifest), default))!.LastModified, chunk.ManifestTime);
        Assert.Equal([new ChunkIndexRange(0, 2), new ChunkIndexRange(0, 2)], manifest.Extents);

        var log = await lake.LogAsync(id);
        Assert.Equal(id, log.Id);
        Assert.Equal([array], log.NewArrays);
        Assert.Equal(2, log.NewGroups.Count);
        Assert.Equal(["0/1", "1/0"], Coordinates(Assert.Single(log.UpdatedChunks)));
        Assert.Empty(log.UpdatedArrays.Concat(log.UpdatedGroups).Concat(log.DeletedArrays).Concat(log.DeletedGroups));
        Assert.Empty(log.MovedNodes);
    }

    [Fact]
    public async Task Chunks_are_replaced_and_deleted_and_others_stay()
    {
        var (lake, array) = await WithArrayAsync();
        var id = await lake.CommitAsync(changes =>
        {
            changes.PutText(array, "new 1", 1);
            changes.Put(array, null, 2);
            changes.PutText(array, "new 4", 4);
            changes.Put(array, null, 3);
        });
        Assert.Equal(Contents(("0", "old 0"), ("1", "new 1"), ("4", "new 4")), await lake.ContentAsync("/x"));
        Assert.Equal(["1", "2", "3", "4"], Coordinates(Assert.Single((await lake.LogAsync(id)).UpdatedChunks)));
        Assert.Equal([new ChunkIndexRange(0, 5)], Assert.Single((await lake.NodeAsync("/x")).Manifests).Extents);
    }

    [Fact]
    public async Task Without_its_last_chunk_an_array_has_no_manifest()
    {
        var (lake, array) = await WithArrayAsync();
        await lake.CommitAsync(changes =>
        {
            for (uint i = 0; i < 5; i++)
            {
                changes.Put(array, null, i);
            }
        });
        Assert.Empty((await lake.NodeAsync("/x")).Manifests);
        Assert.Empty((await lake.ViewAsync()).Snapshot.ManifestFiles);
        Assert.Empty(await lake.ContentAsync("/x"));
        Assert.Equal(0, (await lake.ChunksAsync("/x")).Count);
    }

    [Fact]
    public async Task A_new_attribute_or_a_longer_array_writes_no_manifest()
    {
        var (lake, array) = await WithArrayAsync();
        var manifests = await lake.KeysAsync("manifests/");
        var document = Documents.Array([14], [2], """{"units":"K"}""", ["t"]);
        var id = await lake.CommitAsync(changes => changes.Documents[array] = document);
        Assert.Equal(manifests, await lake.KeysAsync("manifests/"));
        var node = await lake.NodeAsync("/x");
        Assert.Equal(document, node.Document.ToArray());
        Assert.Equal(array, node.Id);
        Assert.Equal([new DimensionShape(14, 7)], node.Shape);
        Assert.Equal(["t"], node.Data.DimensionNames);
        Assert.Equal(3, (await lake.ContentAsync("/x")).Count);
        Assert.Equal([array], (await lake.LogAsync(id)).UpdatedArrays);
        Assert.Empty((await lake.LogAsync(id)).UpdatedChunks);
    }

    [Fact]
    public async Task A_shorter_array_loses_the_chunks_outside_for_good()
    {
        var (lake, array) = await WithArrayAsync();
        await lake.CommitAsync(changes => changes.Documents[array] = Documents.Array([3], [2]));
        Assert.Equal(Contents(("0", "old 0"), ("1", "old 1")), await lake.ContentAsync("/x"));
        Assert.Equal([new ChunkIndexRange(0, 2)], Assert.Single((await lake.NodeAsync("/x")).Manifests).Extents);
        await lake.CommitAsync(changes => changes.Documents[array] = Documents.Array([10], [2]));
        Assert.Equal(Contents(("0", "old 0"), ("1", "old 1")), await lake.ContentAsync("/x"));
    }

    [Fact]
    public async Task Another_number_of_dimensions_drops_all_former_chunks()
    {
        var (lake, array) = await WithArrayAsync();
        await lake.CommitAsync(changes =>
        {
            changes.Documents[array] = Documents.Array([4, 4], [2, 2]);
            changes.PutText(array, "new", 1, 1);
        });
        Assert.Equal(Contents(("1/1", "new")), await lake.ContentAsync("/x"));
    }

    [Fact]
    public async Task The_same_document_is_no_change()
    {
        var (lake, array) = await WithArrayAsync();
        var id = await lake.CommitAsync(changes => changes.Documents[array] = Documents.Array([10], [2]));
        Assert.Empty((await lake.LogAsync(id)).UpdatedArrays);
    }

    [Fact]
    public async Task A_move_writes_no_manifest_and_keeps_ids_and_chunks()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 group = default, array = default;
        await lake.CommitAsync(changes =>
        {
            changes.AddGroup("/");
            group = changes.AddGroup("/a");
            array = changes.AddArray("/a/x", [2], [1]);
            changes.PutText(array, "one", 1);
        });
        var manifests = await lake.KeysAsync("manifests/");
        var id = await lake.CommitAsync(changes =>
        {
            changes.Moves[group] = "/b";
            changes.Moves[array] = "/b/x";
            changes.AddGroup("/a");
        });
        Assert.Equal(manifests, await lake.KeysAsync("manifests/"));
        Assert.Equal(array, (await lake.NodeAsync("/b/x")).Id);
        Assert.Equal(group, (await lake.NodeAsync("/b")).Id);
        Assert.NotEqual(group, (await lake.NodeAsync("/a")).Id);
        Assert.Equal(Contents(("1", "one")), await lake.ContentAsync("/b/x"));
        var log = await lake.LogAsync(id);
        Assert.Equal(
            [new MovedNode(group, Icechunk.NodeKind.Group, "/a", "/b"), new MovedNode(array, Icechunk.NodeKind.Array, "/a/x", "/b/x")], log.MovedNodes);
        Assert.Empty(log.UpdatedArrays);
        Assert.Empty(log.DeletedGroups);
        Assert.Single(log.NewGroups);
    }

    [Fact]
    public async Task Nodes_can_change_places_and_change_at_once()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 x = default, y = default;
        await lake.CommitAsync(changes =>
        {
            x = changes.AddArray("/x", [2], [1]);
            y = changes.AddArray("/y", [2], [1]);
            changes.PutText(x, "x0", 0);
            changes.PutText(y, "y0", 0);
        });
        var id = await lake.CommitAsync(changes =>
        {
            changes.Moves[x] = "/y";
            changes.Moves[y] = "/x";
            changes.Documents[x] = Documents.Array([3], [1]);
            changes.PutText(x, "x2", 2);
        });
        Assert.Equal(Contents(("0", "x0"), ("2", "x2")), await lake.ContentAsync("/y"));
        Assert.Equal(Contents(("0", "y0")), await lake.ContentAsync("/x"));
        Assert.Equal(2, (await lake.LogAsync(id)).MovedNodes.Count);
        Assert.Equal([x], (await lake.LogAsync(id)).UpdatedArrays);
    }

    [Fact]
    public async Task A_deleted_group_takes_its_descendants_and_their_manifests_along()
    {
        var (lake, kept) = await WithArrayAsync();
        ObjectId8 group = default, array = default;
        await lake.CommitAsync(changes =>
        {
            group = changes.AddGroup("/g");
            array = changes.AddArray("/g/y", [2], [1]);
            changes.PutText(array, "y", 0);
        });
        var id = await lake.CommitAsync(changes => changes.Deletions.UnionWith([group, array]));
        Assert.Equal(["/", "/x"], (await lake.ViewAsync()).Nodes.Select(node => node.Path));
        Assert.Single((await lake.ViewAsync()).Snapshot.ManifestFiles);
        Assert.Equal([group], (await lake.LogAsync(id)).DeletedGroups);
        Assert.Equal([array], (await lake.LogAsync(id)).DeletedArrays);
        Assert.Equal(kept, (await lake.NodeAsync("/x")).Id);
    }

    [Fact]
    public async Task Scalars_and_empty_arrays_can_be_committed()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 scalar = default;
        await lake.CommitAsync(changes =>
        {
            scalar = changes.AddArray("/scalar", [], []);
            changes.AddArray("/empty", [0, 3], [2, 2]);
            changes.PutText(scalar, "one");
        });
        Assert.Equal(Contents(("", "one")), await lake.ContentAsync("/scalar"));
        Assert.Empty(await lake.ContentAsync("/empty"));
        Assert.Equal([new DimensionShape(0, 0), new DimensionShape(3, 2)], (await lake.NodeAsync("/empty")).Shape);
        await lake.CommitAsync(changes => changes.PutText(scalar, "two"));
        Assert.Equal(Contents(("", "two")), await lake.ContentAsync("/scalar"));
        await lake.CommitAsync(changes => changes.Put(scalar, null));
        Assert.Empty(await lake.ContentAsync("/scalar"));
    }

    [Fact]
    public async Task A_reference_can_be_taken_over_from_anywhere()
    {
        var (lake, _) = await WithArrayAsync();
        var chunks = await lake.ChunksAsync("/x");
        Assert.True(chunks.TryFind([0], out var inline));
        Assert.True(chunks.TryFind([2], out var native));
        await lake.CommitAsync(changes =>
        {
            var copy = changes.AddArray("/copy", [4, 4], [2, 2]);
            changes.Put(copy, new ChunkPayload.Existing(native), 0, 1);
            changes.Put(copy, new ChunkPayload.Existing(inline), 1, 1);
        });
        Assert.Equal(Contents(("0/1", "old 2"), ("1/1", "old 0")), await lake.ContentAsync("/copy"));
        Assert.True((await lake.ChunksAsync("/copy")).TryFind([0, 1], out var taken));
        Assert.Equal(native.ChunkId, taken.ChunkId);
    }

    [Fact]
    public async Task Deleting_what_is_not_there_is_no_error()
    {
        var (lake, array) = await WithArrayAsync();
        await lake.CommitAsync(changes =>
        {
            changes.Put(array, null, 3);
            changes.Put(array, null, 1000);
        });
        Assert.Equal(3, (await lake.ContentAsync("/x")).Count);
    }

    [Fact]
    public async Task An_empty_commit_is_a_commit()
    {
        var (lake, _) = await WithArrayAsync();
        var before = await lake.TipAsync();
        var id = await lake.CommitAsync(_ => { }, "nothing");
        Assert.NotEqual(before, id);
        Assert.Equal(3, (await lake.ContentAsync("/x")).Count);
        Assert.True(new ChangeSet().IsEmpty);
        var changes = new ChangeSet();
        changes.Chunks[ObjectId8.New()] = [];
        Assert.True(changes.IsEmpty);
    }

    [Fact]
    public async Task The_log_tells_every_commit_with_time_message_author_and_metadata()
    {
        var lake = await Lake.CreateAsync();
        var ids = new List<ObjectId12> { await lake.TipAsync() };
        ids.Add(await lake.CommitAsync(_ => { }, "one", new JsonObject { ["author_name"] = "Ann", ["author_email"] = "ann@x.org", ["n"] = 1.5 }));
        ids.Add(await lake.CommitAsync(_ => { }, "two\nlines", new JsonObject { ["author"] = "Bob B <bob@x.org>" }));
        ids.Add(await lake.CommitAsync(_ => { }, "three", new JsonObject { ["author"] = "Cleo" }));
        var references = await (await lake.ReopenAsync()).Repository.ReferencesAsync(default);
        var log = references.Ancestry(ids[3]).ToArray();
        Assert.Equal(Enumerable.Reverse(ids), log.Select(commit => commit.Id));
        Assert.Equal([ids[2], ids[1], ids[0], null], log.Select(commit => commit.Parent));
        Assert.Equal(["three", "two\nlines", "one", "Repository initialized"], log.Select(commit => commit.Message));
        Assert.Equal(["Cleo", "Bob B", "Ann", null], log.Select(commit => commit.AuthorName));
        Assert.Equal([null, "bob@x.org", "ann@x.org", null], log.Select(commit => commit.AuthorEmail));
        Assert.Equal(1.5, log[2].Metadata["n"]!.GetValue<double>());
        Assert.True(log.Zip(log.Skip(1)).All(pair => pair.First.Time > pair.Second.Time));
        Assert.Equal(4, references.Commits.Count());
        Assert.True(references.TryGetCommit(ids[1], out var one));
        Assert.Equal("one", one.Message);
        Assert.False(references.TryGetCommit(ObjectId12.New(), out _));
        Assert.Equal((await lake.ViewAsync()).FlushedAt, log[0].Time);
    }

    [Fact]
    public async Task A_commit_backs_repo_up_and_notes_itself_in_the_operations_log()
    {
        var lake = await Lake.CreateAsync();
        var before = (await lake.Store.GetAsync("repo", 100_000, default))!.Content.ToArray();
        var id = await lake.CommitAsync(_ => { });
        var backup = Assert.Single(await lake.KeysAsync("overwritten/"));
        Assert.Equal(before, (await lake.Store.GetAsync(backup, 100_000, default))!.Content.ToArray());
        var repo = (await lake.Repository.ReferencesAsync(default)).Repo;
        Assert.Equal(
            (RepoUpdateKind.NewCommit, "main", (ObjectId12?)id, (string?)null),
            (repo.UpdateAt(0).Kind, repo.UpdateAt(0).Name, repo.UpdateAt(0).NewSnapshot, repo.UpdateAt(0).BackupPath));
        Assert.Equal(RepoUpdateKind.RepoInitialized, repo.UpdateAt(1).Kind);
        Assert.Equal(backup, IcechunkPaths.Overwritten + repo.UpdateAt(1).BackupPath);
    }

    [Fact]
    public async Task A_commit_is_younger_than_its_base_even_when_the_clock_is_behind()
    {
        var store = new ArraylakeFs.Storage.MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        var future = Timestamp.From(DateTimeOffset.UtcNow.AddMinutes(5));
        await store.PutAsync(IcechunkPaths.Snapshot(ObjectId12.InitialSnapshot), SnapshotWriter.InitialSnapshot(future, out _), default);
        lake = await lake.ReopenAsync();
        await lake.CommitAsync(_ => { });
        Assert.Equal(future.Microseconds + 1, (await lake.ViewAsync()).Snapshot.FlushedAt.Microseconds);
    }

    [Fact]
    public async Task A_range_of_a_chunk_ends_with_the_chunk()
    {
        var (lake, _) = await WithArrayAsync();
        var buffer = new byte[100];
        foreach (uint i in new uint[] { 0, 2 })
        {
            Assert.True((await lake.ChunksAsync("/x")).TryFind([i], out var chunk));
            Assert.Equal(3, await lake.Repository.ReadChunkAsync(chunk, 1, buffer.AsMemory(0, 3), default));
            Assert.Equal("ld "u8.ToArray(), buffer[..3]);
            Assert.Equal(2, await lake.Repository.ReadChunkAsync(chunk, 3, buffer, default));
            Assert.Equal(0, await lake.Repository.ReadChunkAsync(chunk, 5, buffer, default));
            Assert.Equal(0, await lake.Repository.ReadChunkAsync(chunk, long.MaxValue, buffer, default));
            Assert.Equal(0, await lake.Repository.ReadChunkAsync(chunk, 0, Memory<byte>.Empty, default));
        }
    }

    internal static SortedDictionary<string, string> Contents(params (string Key, string Content)[] entries) =>
        new(entries.ToDictionary(entry => entry.Key, entry => entry.Content), StringComparer.Ordinal);

    internal static IEnumerable<string> Coordinates(UpdatedChunks chunks) =>
        Enumerable.Range(0, chunks.Count).Select(i => string.Join('/', chunks.CoordinatesAt(i)));

    /// <summary>An array <c>/x</c> of 5 chunks, of which 0 and 1 are inline and 2 is native.</summary>
    internal static async Task<(Lake Lake, ObjectId8 Array)> WithArrayAsync(ArraylakeFs.Storage.IObjectStore? store = null)
    {
        var lake = await Lake.CreateAsync(store);
        var native = await lake.PutChunkAsync("old 2");
        var array = default(ObjectId8);
        await lake.CommitAsync(changes =>
        {
            changes.AddGroup("/");
            array = changes.AddArray("/x", [10], [2]);
            changes.Put(array, native, 2);
            changes.PutText(array, "old 0", 0);
            changes.PutText(array, "old 1", 1);
        });
        return (lake, array);
    }
}
