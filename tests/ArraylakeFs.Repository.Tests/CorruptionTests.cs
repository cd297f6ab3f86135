using System.Buffers.Binary;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Damaged, missing and forged files: one clear error that names the file, never anything else.</summary>
public sealed class CorruptionTests
{
    [Theory]
    [InlineData("repo")]
    [InlineData("snapshots/")]
    [InlineData("manifests/")]
    public async Task A_damaged_file_is_an_error_that_names_it_or_does_no_harm(string prefix)
    {
        var store = new MemoryObjectStore();
        await CommitTests.WithArrayAsync(store);
        var keys = await new Lake(store, null!).KeysAsync(prefix);
        var refused = 0;
        RepositoryErrorKind[] expected = [RepositoryErrorKind.Corrupt, RepositoryErrorKind.Unsupported, RepositoryErrorKind.NotFound];
        foreach (var key in keys)
        {
            var original = (await store.GetAsync(key, Limits.MaxFileBytes, default))!.Content.ToArray();
            foreach (var damaged in Damage(original))
            {
                await store.PutAsync(key, damaged, default);
                var failure = await Record.ExceptionAsync(() => ReadEverythingAsync(store));
                if (failure is not null)
                {
                    var refusal = Assert.IsType<RepositoryException>(failure);
                    Assert.Contains(refusal.Kind, expected);
                    Assert.NotEmpty(refusal.Message);
                    refused++;
                }
            }

            await store.PutAsync(key, original, default);
        }

        Assert.True(refused > 100);
        await ReadEverythingAsync(store);
    }

    [Fact]
    public async Task A_truncated_or_missing_file_is_named()
    {
        var store = new MemoryObjectStore();
        var (lake, _) = await CommitTests.WithArrayAsync(store);
        var tip = await lake.TipAsync();
        var manifest = Assert.Single((await lake.NodeAsync("/x")).Manifests).Manifest;
        foreach (var key in new[] { "repo", IcechunkPaths.Snapshot(tip), IcechunkPaths.Manifest(manifest) })
        {
            var original = (await store.GetAsync(key, Limits.MaxFileBytes, default))!.Content.ToArray();
            foreach (var length in new[] { 0, 38, 39, 45, original.Length / 2, original.Length - 1 })
            {
                await store.PutAsync(key, original.AsMemory(0, length), default);
                var refused = await Assert.ThrowsAsync<RepositoryException>(() => ReadEverythingAsync(store));
                Assert.Equal(RepositoryErrorKind.Corrupt, refused.Kind);
                Assert.StartsWith(key + ": ", refused.Message, StringComparison.Ordinal);
            }

            await store.DeleteAsync(key, default);
            if (key != "repo")
            {
                var missing = await Assert.ThrowsAsync<RepositoryException>(() => ReadEverythingAsync(store));
                Assert.Equal((RepositoryErrorKind.Corrupt, $"{key}: the file is missing."), (missing.Kind, missing.Message));
            }

            await store.PutAsync(key, original, default);
        }
    }

    [Fact]
    public async Task A_repository_open_in_memory_survives_damage_and_recovers()
    {
        var store = new MemoryObjectStore();
        var (lake, array) = await CommitTests.WithArrayAsync(store);
        var original = (await store.GetAsync("repo", Limits.MaxFileBytes, default))!.Content.ToArray();
        await store.PutAsync("repo", original.AsMemory(0, 50), default);
        await Assert.ThrowsAsync<RepositoryException>(async () => await lake.Repository.ReferencesAsync(default));
        await Assert.ThrowsAsync<RepositoryException>(() => lake.CommitAsync(changes => changes.AddGroup("/a")));
        await store.PutAsync("repo", original, default);
        await lake.CommitAsync(changes => changes.PutText(array, "new", 0));
    }

    [Fact]
    public async Task A_file_that_says_it_is_another_is_refused()
    {
        var lake = await Lake.CreateAsync();
        var id = await Foreign.CommitAsync(lake, _ => { }, writtenAs: ObjectId12.InitialSnapshot);
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => lake.ViewAsync().WaitAsync(default(CancellationToken)));
        Assert.Equal(RepositoryErrorKind.Corrupt, refused.Kind);
        Assert.StartsWith(IcechunkPaths.Snapshot(id), refused.Message, StringComparison.Ordinal);

        var (other, _) = await CommitTests.WithArrayAsync();
        var manifest = Assert.Single((await other.NodeAsync("/x")).Manifests).Manifest;
        var forged = new ManifestWriter(ObjectId12.New());
        await other.Store.PutAsync(IcechunkPaths.Manifest(manifest), forged.Finish(), default);
        other = await other.ReopenAsync();
        refused = await Assert.ThrowsAsync<RepositoryException>(() => other.ChunksAsync("/x"));
        Assert.StartsWith(IcechunkPaths.Manifest(manifest), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_nodes_with_one_id_are_refused()
    {
        var lake = await Lake.CreateAsync();
        var node = ObjectId8.New();
        await Foreign.CommitAsync(lake, writer =>
        {
            writer.AddNode(new NodeData(node, "/a", Icechunk.NodeKind.Group, Documents.Group()));
            writer.AddNode(new NodeData(node, "/b", Icechunk.NodeKind.Group, Documents.Group()));
        });
        Assert.Equal(RepositoryErrorKind.Corrupt, (await Assert.ThrowsAsync<RepositoryException>(lake.ViewAsync)).Kind);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(Limits.MaxOverlappingManifests, false)]
    [InlineData(Limits.MaxOverlappingManifests + 1, false)]
    public async Task An_array_with_a_manifest_twice_or_with_very_many_over_one_another_is_refused(int count, bool isSame)
    {
        var lake = await Lake.CreateAsync();
        var same = ObjectId12.New();
        var manifests = Enumerable.Range(0, count).Select(_ => isSame ? same : ObjectId12.New()).ToArray();
        var node = ObjectId8.New();
        foreach (var id in manifests)
        {
            var manifest = new ManifestWriter(id);
            manifest.BeginArray(node);
            manifest.AddInline([0], "x"u8);
            await lake.Store.PutAsync(IcechunkPaths.Manifest(id), manifest.Finish(), default);
        }

        await Foreign.CommitAsync(lake, writer =>
        {
            foreach (var id in manifests.Distinct())
            {
                writer.AddManifestFile(new ManifestFile(id, 100, 1));
            }

            writer.AddNode(new NodeData(node, "/x", Icechunk.NodeKind.Array, Documents.Array([1], [1]))
            {
                Shape = [new DimensionShape(1, 1)],
                Manifests = [.. manifests.Select(id => new ManifestReference(id, [new ChunkIndexRange(0, 1)]))],
            });
        });
        if (!isSame && count <= Limits.MaxOverlappingManifests)
        {
            Assert.Equal(1, (await lake.ChunksAsync("/x")).Count);
            return;
        }

        var refused = await Assert.ThrowsAsync<RepositoryException>(() => lake.ChunksAsync("/x"));
        Assert.Equal(RepositoryErrorKind.Corrupt, refused.Kind);
        Assert.Contains("'/x'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_object_that_is_missing_or_short_is_named()
    {
        var (lake, _) = await CommitTests.WithArrayAsync();
        Assert.True((await lake.ChunksAsync("/x")).TryFind([2], out var chunk));
        var key = IcechunkPaths.Chunk(chunk.ChunkId);
        await lake.Store.PutAsync(key, "old"u8.ToArray(), default);
        Assert.StartsWith(key, (await Assert.ThrowsAsync<RepositoryException>(() => lake.ReadAsync(chunk))).Message, StringComparison.Ordinal);
        await lake.Store.DeleteAsync(key, default);
        Assert.StartsWith(key, (await Assert.ThrowsAsync<RepositoryException>(() => lake.ReadAsync(chunk))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task References_beyond_any_file_and_virtual_chunks_are_errors_when_read()
    {
        var lake = await Lake.CreateAsync();
        await Foreign.CommitArrayAsync(lake, "/x", [3], writer =>
        {
            writer.AddNative([0], ObjectId12.New(), ulong.MaxValue - 5, 10);
            writer.AddNative([1], ObjectId12.New(), 0, ulong.MaxValue);
            writer.AddVirtual([2], "s3://bucket/key", 0, 10);
        });
        var chunks = await lake.ChunksAsync("/x");
        Assert.True(chunks.TryFind([0], out var far));
        Assert.True(chunks.TryFind([1], out var endless));
        Assert.True(chunks.TryFind([2], out var remote));
        var buffer = new byte[10];
        foreach (var chunk in new[] { far, endless })
        {
            var refused = await Assert.ThrowsAsync<RepositoryException>(async () => await lake.Repository.ReadChunkAsync(chunk, 0, buffer, default));
            Assert.Equal(RepositoryErrorKind.Corrupt, refused.Kind);
        }

        Assert.Equal("s3://bucket/key", remote.Location);
        var unsupported = await Assert.ThrowsAsync<RepositoryException>(async () => await lake.Repository.ReadChunkAsync(remote, 0, buffer, default));
        Assert.Equal(RepositoryErrorKind.Unsupported, unsupported.Kind);
        Assert.Contains("s3://bucket/key", unsupported.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(253_402_300_799_999_998, true)]
    [InlineData(253_402_300_799_999_999, false)]
    [InlineData(long.MaxValue, false)]
    public async Task After_the_last_moment_no_commit_is_made(long microseconds, bool isAllowed)
    {
        var lake = await Lake.CreateAsync();
        var last = await Foreign.CommitAsync(lake, _ => { }, time: new Timestamp((ulong)microseconds));
        var failure = await Record.ExceptionAsync(() => lake.CommitAsync(changes => changes.AddGroup("/a")));
        Assert.Equal(isAllowed, failure is null);
        Assert.True(isAllowed || failure is RepositoryException { Kind: RepositoryErrorKind.Corrupt }, failure?.ToString());
        Assert.Equal(isAllowed, await (await lake.ReopenAsync()).TipAsync() != last);
    }

    [Fact]
    public async Task A_state_that_could_not_be_read_is_not_announced()
    {
        var lake = await Lake.CreateAsync();
        var before = (await lake.Store.GetAsync("repo", Limits.MaxFileBytes, default))!;
        var unreadable = new SnapshotInfo(ObjectId12.New(), await lake.TipAsync(), new Timestamp(1UL << 63), "m", [], []);
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => new RepoUpdate(lake.Store, new RepoChange.Commit("main", unreadable)).RunAsync(default));
        Assert.Equal(RepositoryErrorKind.Invalid, refused.Kind);
        Assert.Equal(before.ETag, (await lake.Store.StatAsync("repo", default))!.ETag);
        await (await lake.ReopenAsync()).CommitAsync(changes => changes.AddGroup("/a"));
    }

    [Fact]
    public async Task A_manifest_that_the_snapshot_does_not_list_stops_a_commit_and_not_a_reader()
    {
        // SnapshotWriter would not write such a file, so a listed manifest is renamed in the bytes.
        var (lake, _) = await CommitTests.WithArrayAsync();
        var tip = await lake.TipAsync();
        var view = await lake.ViewAsync();
        var manifest = Assert.Single(view.Snapshot.ManifestFiles).Id;
        var bytes = new byte[ObjectId12.Size];
        manifest.CopyTo(bytes);
        var key = IcechunkPaths.Snapshot(tip);
        var body = IcechunkFile.Decode(key, (await lake.Store.GetAsync(key, Limits.MaxFileBytes, default))!.Content, FileType.Snapshot);
        var places = Enumerable.Range(0, body.Length - bytes.Length).Where(at => body.AsSpan(at, bytes.Length).SequenceEqual(bytes)).ToArray();
        Assert.Equal(2, places.Length);
        foreach (var place in places)
        {
            var changed = body.ToArray();
            changed[place] ^= 1;
            await lake.Store.PutAsync(key, IcechunkFile.Encode(FileType.Snapshot, changed), default);
            var damaged = await lake.ReopenAsync();
            var failure = await Record.ExceptionAsync(() => damaged.CommitAsync(changes => changes.AddGroup("/a")));
            Assert.Equal(RepositoryErrorKind.Corrupt, Assert.IsType<RepositoryException>(failure).Kind);
        }
    }

    [Fact]
    public async Task A_read_only_repository_is_read_and_not_changed()
    {
        var (lake, array) = await CommitTests.WithArrayAsync();
        var file = (await lake.Store.GetAsync("repo", Limits.MaxFileBytes, default))!;
        await lake.Store.PutAsync("repo", WithStatus(file.Content, 1, "being moved"), default);
        var references = await lake.Repository.ReferencesAsync(default);
        Assert.True(references.IsReadOnly);
        Assert.Equal("being moved", references.ReadOnlyReason);
        Assert.Equal(3, (await lake.ContentAsync("/x")).Count);
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => lake.CommitAsync(changes => changes.PutText(array, "x", 0)));
        Assert.Equal(RepositoryErrorKind.ReadOnly, refused.Kind);
        Assert.Contains("being moved", refused.Message, StringComparison.Ordinal);
        // Offline is what the official client treats as online.
        await lake.Store.PutAsync("repo", WithStatus(file.Content, 2, "x"), default);
        await lake.CommitAsync(changes => changes.PutText(array, "x", 0));
    }

    private static async Task ReadEverythingAsync(IObjectStore store)
    {
        var lake = await Lake.OpenAsync(store);
        var references = await lake.Repository.ReferencesAsync(default);
        foreach (var commit in references.Commits)
        {
            var view = await lake.Repository.SnapshotAsync(commit.Id, default);
            foreach (var node in view.Nodes)
            {
                view.ChildNames(node.Path);
                _ = node.Array?.Shape;
                if (node.Kind == NodeKind.Array)
                {
                    var chunks = await view.ChunksAsync(node, default);
                    _ = chunks.Count;
                    var buffer = new byte[10];
                    foreach (var (_, chunk) in chunks.All())
                    {
                        await lake.Repository.ReadChunkAsync(chunk, 0, buffer, default);
                    }
                }
            }
        }
    }

    /// <summary>Flipped bits all over the file, and damage that the checksum-less compression lets through: in the body itself.</summary>
    private static IEnumerable<byte[]> Damage(byte[] file)
    {
        for (var bit = 0; bit < file.Length * 8; bit += 3)
        {
            yield return Flip(file, bit);
        }

        var type = (FileType)file[37];
        var body = IcechunkFile.Decode("original", file, type);
        for (var bit = 0; bit < body.Length * 8; bit += 7)
        {
            yield return IcechunkFile.Encode(type, Flip(body, bit));
        }
    }

    private static byte[] Flip(byte[] bytes, int bit)
    {
        var flipped = bytes.ToArray();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    /// <summary>The file with another status: a table appended to the body, to which the root's slot 5 then points.</summary>
    internal static byte[] WithStatus(ReadOnlyMemory<byte> file, byte availability, string reason)
    {
        var body = IcechunkFile.Decode("repo", file, FileType.RepoInfo).ToList();
        var root = BitConverter.ToInt32([.. body], 0);
        var vtable = root - BitConverter.ToInt32([.. body], root);
        var slot = root + BitConverter.ToUInt16([.. body], vtable + 4 + (2 * 5));
        while (body.Count % 8 != 0)
        {
            body.Add(0);
        }

        var start = body.Count;
        // vtable (10 bytes, padded): its size, the table's size, offsets of availability, set_at and reason.
        body.AddRange([10, 0, 24, 0, 4, 0, 16, 0, 8, 0, 0, 0, 0, 0, 0, 0]);
        var table = body.Count;
        var text = System.Text.Encoding.UTF8.GetBytes(reason);
        byte[] content = new byte[24 + 4 + text.Length + 1];
        BinaryPrimitives.WriteInt32LittleEndian(content, table - start);
        content[4] = availability;
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(8), 24 - 8);
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(16), 1);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(24), text.Length);
        text.CopyTo(content, 28);
        body.AddRange(content);
        var bytes = body.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(slot), table - slot);
        return IcechunkFile.Encode(FileType.RepoInfo, bytes);
    }
}
