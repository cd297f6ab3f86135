using System.Text;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Repositories of spec version 1, written by an old official release: read, kept up with, and never changed.</summary>
public sealed class Version1Tests
{
    private const string Sample = "test-repo-v1";

    private static readonly ObjectId12 _main = ObjectId12.Parse("NXH3M0HJ7EEJ0699DPP0");
    private static readonly ObjectId12 _root = ObjectId12.Parse("P874YS3J196959RDHX7G");
    private static readonly ObjectId12 _fillData = ObjectId12.Parse("7XAF0Q905SH4938DN9CG");

    [Fact]
    public async Task Branches_tags_and_commits_are_gathered_from_their_files()
    {
        var references = await (await OpenAsync(await StoreAsync())).ReferencesAsync(default);
        Assert.Equal(1, references.SpecVersion);
        Assert.Equal(["main", "my-branch"], references.Branches.Select(branch => branch.Name));
        Assert.Equal(["it also works!", "it works!"], references.Tags.Select(tag => tag.Name)); // and not "deleted"
        Assert.Equal(["deleted"], references.Repo.DeletedTags);
        var history = references.Ancestry(_main).ToList();
        Assert.Equal(["set virtual chunk", "fill data", "empty structure", "Repository initialized"], history.Select(commit => commit.Message));
        Assert.Null(history[^1].Parent);
        Assert.Equal(_root, history[^1].Id); // not the id that all later repositories begin with
        Assert.Equal(6, references.Commits.Count());
        Assert.True(references.TryGetBranch("my-branch", out var tip) && references.Contains(tip));
    }

    [Fact]
    public async Task It_is_read_only_and_says_how_it_can_be_changed()
    {
        var store = await StoreAsync();
        var before = await KeysAsync(store);
        var lake = await Lake.OpenAsync(store);
        var references = await lake.Repository.ReferencesAsync(default);
        Assert.True(references.IsReadOnly);
        Assert.Contains("upgrade_icechunk_repository", references.ReadOnlyReason, StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => lake.CommitAsync(changes => changes.AddGroup("/new")));
        Assert.Equal(RepositoryErrorKind.ReadOnly, refused.Kind);
        Assert.Contains("Icechunk 1", refused.Message, StringComparison.Ordinal);
        foreach (var change in new Func<Task>[]
        {
            () => lake.Repository.CreateBranchAsync("new", _root, default),
            () => lake.Repository.ResetBranchAsync("main", _root, _main, default),
            () => lake.Repository.DeleteBranchAsync("my-branch", null, default),
            () => lake.Repository.CreateTagAsync("new", _root, default),
            () => lake.Repository.DeleteTagAsync("it works!", default),
        })
        {
            Assert.Equal(RepositoryErrorKind.ReadOnly, (await Assert.ThrowsAsync<RepositoryException>(change)).Kind);
        }

        Assert.Equal(before, await KeysAsync(store));
    }

    [Theory]
    [InlineData(Sample)]
    [InlineData("split-repo-v1")]
    public async Task Every_node_and_chunk_of_every_commit_is_found(string sample)
    {
        var repository = await OpenAsync(await StoreAsync(sample));
        var (chunkCount, virtualCount) = (0, 0);
        foreach (var commit in (await repository.ReferencesAsync(default)).Commits)
        {
            var view = await repository.SnapshotAsync(commit.Id, default);
            foreach (var node in view.Nodes.Where(node => node.Kind == Zarr.NodeKind.Array))
            {
                Assert.Null(node.DocumentError);
                foreach (var (_, chunk) in (await view.ChunksAsync(node, default)).All())
                {
                    chunkCount++;
                    if (chunk.Kind == ChunkKind.Virtual)
                    {
                        virtualCount++;
                        Assert.StartsWith("s3://testbucket/can_read_old/", chunk.Location, StringComparison.Ordinal);
                    }
                    else
                    {
                        Assert.Equal(chunk.Length, await repository.ReadChunkAsync(chunk, 0, new byte[chunk.Length + 1], default));
                    }
                }
            }
        }

        Assert.True(chunkCount > 10, $"{chunkCount}");
        Assert.Equal(sample == Sample ? 3 : 0, virtualCount);
    }

    [Fact]
    public async Task What_others_do_is_seen_at_once()
    {
        var store = await StoreAsync();
        var repository = await OpenAsync(store);
        var first = await repository.ReferencesAsync(default);
        Assert.Same(first, await repository.ReferencesAsync(default));
        await store.PutAsync("refs/branch.main/ref.json", Ref(_fillData), default);
        await store.PutAsync("refs/tag.new/ref.json", Ref(_root), default);
        await store.PutAsync("refs/tag.it works!/ref.json.deleted", Array.Empty<byte>(), default);
        var second = await repository.ReferencesAsync(default);
        Assert.True(second.TryGetBranch("main", out var tip));
        Assert.Equal(_fillData, tip);
        Assert.Equal(["it also works!", "new"], second.Tags.Select(tag => tag.Name));
        await store.DeleteAsync("refs/branch.my-branch/ref.json", default);
        Assert.Equal(["main"], (await repository.ReferencesAsync(default)).Branches.Select(branch => branch.Name));
    }

    /// <summary>That is what expiration does: it gives the oldest commit that it keeps another parent, and changes nothing else.</summary>
    [Fact]
    public async Task A_parent_that_is_changed_in_place_is_noticed()
    {
        var store = await StoreAsync();
        var now = DateTime.UnixEpoch;
        using var history = new Version1History(store) { Now = () => now };
        Assert.Equal(4, (await history.GetAsync(default)).Ancestry(_main).Count());
        await store.PutAsync(IcechunkPaths.Snapshot(_main), await WithParentAsync(store, _main, _fillData, _root), default);
        now += TimeSpan.FromMinutes(1);
        var after = await history.GetAsync(default);
        Assert.Equal([_main, _root], after.Ancestry(_main).Select(commit => commit.Id));
        now += TimeSpan.FromMinutes(1);
        Assert.Same(after, await history.GetAsync(default));
    }

    [Fact]
    public async Task A_commit_whose_file_is_missing_or_damaged_is_named_and_the_rest_is_readable()
    {
        foreach (var damage in new Func<IObjectStore, string, Task>[]
        {
            async (store, key) => await store.DeleteAsync(key, default),
            async (store, key) => await store.PutAsync(key, "ICE"u8.ToArray(), default),
            async (store, key) =>
                await store.PutAsync(key, (await store.GetAsync(IcechunkPaths.Snapshot(_root), 1 << 20, default))!.Content, default),
        })
        {
            var store = await StoreAsync();
            var key = IcechunkPaths.Snapshot(_fillData);
            await damage(store, key);
            var repository = await OpenAsync(store);
            var references = await repository.ReferencesAsync(default);
            Assert.Equal("set virtual chunk", (await repository.SnapshotAsync(_main, default)).Message);
            Assert.Contains(_main, references.Commits.Select(commit => commit.Id));
            Assert.DoesNotContain(_fillData, references.Commits.Select(commit => commit.Id));
            Assert.Contains(key, Assert.Throws<RepositoryException>(() => references.Ancestry(_main).ToList()).Message, StringComparison.Ordinal);
            var refused = Assert.Throws<RepositoryException>(() => references.TryGetCommit(_fillData, out _));
            Assert.Contains(key, refused.Message, StringComparison.Ordinal);
            Assert.True(references.TryGetTag("it works!", out var tagged));
            Assert.NotNull(await repository.SnapshotAsync(tagged, default));
        }
    }

    [Fact]
    public async Task What_could_not_be_read_is_tried_again()
    {
        var store = await StoreAsync();
        var key = IcechunkPaths.Snapshot(_fillData);
        var content = (await store.GetAsync(key, 1 << 20, default))!.Content;
        await store.DeleteAsync(key, default);
        var now = DateTime.UnixEpoch;
        using var history = new Version1History(store) { Now = () => now };
        var without = await history.GetAsync(default);
        Assert.Throws<RepositoryException>(() => without.Ancestry(_main).ToList());
        await store.PutAsync(key, content, default);
        now += TimeSpan.FromMinutes(1);
        Assert.Equal(4, (await history.GetAsync(default)).Ancestry(_main).Count());
    }

    [Fact]
    public async Task Parents_that_run_in_a_circle_are_refused()
    {
        var store = await StoreAsync();
        await store.PutAsync(IcechunkPaths.Snapshot(_main), await WithParentAsync(store, _main, _fillData, _main), default);
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => OpenAsync(store));
        Assert.Equal(RepositoryErrorKind.Corrupt, refused.Kind);
        Assert.Contains("its own ancestor", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("refs/branch.my-branch/ref.json", "{}")]
    [InlineData("refs/tag.it works!/ref.json", "")]
    [InlineData("config.yaml", "a: [")]
    public async Task A_damaged_file_of_the_repository_itself_is_named(string key, string content)
    {
        var store = await StoreAsync();
        var repository = await OpenAsync(store);
        await store.PutAsync(key, Encoding.UTF8.GetBytes(content), default);
        await store.PutAsync("refs/tag.another/ref.json", Ref(_root), default);
        foreach (var attempt in new Func<Task>[] { () => OpenAsync(store), async () => await repository.ReferencesAsync(default) })
        {
            var refused = await Assert.ThrowsAsync<RepositoryException>(attempt);
            Assert.Equal(RepositoryErrorKind.Corrupt, refused.Kind);
            Assert.StartsWith(key, refused.Message, StringComparison.Ordinal);
        }

        // Once it is mended, it is read again.
        await store.PutAsync(key, (await (await StoreAsync()).GetAsync(key, 1 << 20, default))!.Content, default);
        Assert.Equal(3, (await repository.ReferencesAsync(default)).Tags.Count);
    }

    /// <summary>Folders are named differently on local disks and in object stores; two of them must not be one branch.</summary>
    [Fact]
    public async Task Names_with_percent_signs_are_one_branch_each()
    {
        var store = await StoreAsync();
        foreach (var folder in new[] { "é", "%C3%A9", "a%2525b", "100%", "%FF" })
        {
            await store.PutAsync($"refs/branch.{folder}/ref.json", Ref(_root), default);
        }

        var references = await (await OpenAsync(store)).ReferencesAsync(default);
        Assert.Equal(["%FF", "100%", "a%25b", "main", "my-branch", "é"], references.Branches.Select(branch => branch.Name));
    }

    [Fact]
    public async Task Its_virtual_chunk_containers_are_those_of_a_configuration_of_version_2()
    {
        var references = await (await OpenAsync(await StoreAsync())).ReferencesAsync(default);
        var config = FlexBuffer.Read("repo", references.Repo.Config.Span)!;
        Assert.Equal("us-east-1", (string?)config["virtual_chunk_containers"]!["s3://testbucket/"]!["store"]!["s3_compatible"]!["region"]);
    }

    /// <summary>As the official migration leaves it: <c>repo</c> is new, and everything else as it was.</summary>
    [Fact]
    public async Task A_migrated_repository_is_one_of_version_2_with_old_files_below_new_ones()
    {
        var store = await StoreAsync();
        var open = await OpenAsync(store);
        var migrated = await MigrateAsync(store);
        Assert.Equal(2, (await open.ReferencesAsync(default)).SpecVersion); // also for who had it open
        var lake = await Lake.OpenAsync(store);
        var references = await lake.Repository.ReferencesAsync(default);
        Assert.False(references.IsReadOnly);
        Assert.Equal(migrated.Branches.Select(branch => branch.Name), references.Branches.Select(branch => branch.Name));
        Assert.Equal(4, references.Ancestry(_main).Count());

        // Our commit is of version 2, on top of a snapshot and manifests of version 1.
        var array = await lake.NodeAsync("/group1/small_chunks");
        var before = (await lake.ChunksAsync(array.Path)).Count;
        var commit = await lake.CommitAsync(changes =>
        {
            changes.AddGroup("/new");
            changes.Chunks.Add(array.Id, [new ChunkChange([0], new ChunkPayload.Inline(new byte[] { 1 }))]);
        });
        var reopened = await lake.ReopenAsync();
        Assert.Equal(commit, await reopened.TipAsync());
        Assert.InRange((await reopened.ChunksAsync(array.Path)).Count, before, before + 1);
        Assert.Equal(5, (await reopened.Repository.ReferencesAsync(default)).Ancestry(commit).Count());
    }

    internal static async Task<References> MigrateAsync(IObjectStore store)
    {
        var references = await (await OpenAsync(store)).ReferencesAsync(default);
        var repo = references.Repo;
        var file = new Version1Repository(
                [.. Enumerable.Range(0, repo.SnapshotCount).Select(repo.SnapshotAt)],
                [.. Enumerable.Range(0, repo.BranchCount).Select(repo.BranchAt)],
                [.. Enumerable.Range(0, repo.TagCount).Select(repo.TagAt)],
                repo.DeletedTags,
                null)
            .ToRepo(
                new RepoStatus(RepoAvailability.Online, Timestamp.Now, null),
                new Icechunk.RepoUpdate(RepoUpdateKind.RepoMigrated, Timestamp.Now) { FromVersion = 1, ToVersion = 2 });
        await store.PutAsync(IcechunkPaths.Repo, file, default);
        return references;
    }

    private static async Task<MemoryObjectStore> StoreAsync(string sample = Sample)
    {
        var store = new MemoryObjectStore();
        foreach (var (key, content) in OfficialReleases.Of(sample))
        {
            await store.PutAsync(key, content, default);
        }

        return store;
    }

    private static Task<ZarrRepository> OpenAsync(IObjectStore store) => ZarrRepository.OpenAsync(store, default);

    private static byte[] Ref(ObjectId12 snapshot) => Encoding.UTF8.GetBytes($$"""{"snapshot":"{{snapshot}}"}""");

    /// <summary>The file of a commit with another parent, which stands in it as plain bytes.</summary>
    private static async Task<byte[]> WithParentAsync(MemoryObjectStore store, ObjectId12 commit, ObjectId12 parent, ObjectId12 another)
    {
        var key = IcechunkPaths.Snapshot(commit);
        var body = IcechunkFile.Decode(key, (await store.GetAsync(key, 1 << 20, default))!.Content, FileType.Snapshot);
        var (old, bytes) = (new byte[ObjectId12.Size], new byte[ObjectId12.Size]);
        parent.CopyTo(old);
        another.CopyTo(bytes);
        var at = body.AsSpan().IndexOf(old);
        Assert.True(at > 0 && body.AsSpan(at + 1).IndexOf(old) < 0);
        bytes.CopyTo(body, at);
        var file = IcechunkFile.Encode(FileType.Snapshot, body);
        file[36] = 1;
        return file;
    }

    private static async Task<List<string>> KeysAsync(MemoryObjectStore store)
    {
        var keys = new List<string>();
        await foreach (var found in store.ListAsync("", default))
        {
            keys.Add($"{found.Key} {found.ETag}");
        }

        keys.Sort(StringComparer.Ordinal);
        return keys;
    }
}
