using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Making, opening, deleting, and the references.</summary>
public sealed class RepositoryTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("arraylakefs-repository-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_new_repository_has_an_empty_commit_on_main(bool local)
    {
        await using IObjectStore store = local ? new LocalObjectStore(Path.Combine(_directory, "new", "repo")) : new MemoryObjectStore();
        await using var repository = await ZarrRepository.CreateAsync(store, default);
        var references = await repository.ReferencesAsync(default);
        Assert.Equal([new Reference("main", ObjectId12.InitialSnapshot)], references.Branches);
        Assert.Empty(references.Tags);
        Assert.False(references.IsReadOnly);
        Assert.Null(references.ReadOnlyReason);
        Assert.Equal(512, references.InlineThresholdBytes);
        var commit = Assert.Single(references.Ancestry(ObjectId12.InitialSnapshot));
        Assert.Null(commit.Parent);
        var view = await repository.SnapshotAsync(ObjectId12.InitialSnapshot, default);
        Assert.Empty(view.Nodes);
        Assert.Empty(view.ChildNames("/"));
        Assert.Null(view.FindNode("/"));
        Assert.Same(store, repository.Store);
        Assert.Same(view, await repository.SnapshotAsync(ObjectId12.InitialSnapshot, default));
        Assert.Equal(
            ["repo", $"snapshots/{ObjectId12.InitialSnapshot}", $"transactions/{ObjectId12.InitialSnapshot}"], await new Lake(store, repository).KeysAsync(""));
    }

    [Fact]
    public async Task A_place_that_is_not_empty_is_refused_and_left_alone()
    {
        var store = new MemoryObjectStore();
        await store.PutAsync("notes.txt", "mine"u8.ToArray(), default);
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => ZarrRepository.CreateAsync(store, default));
        Assert.Equal(RepositoryErrorKind.Exists, refused.Kind);
        Assert.Contains("notes.txt", refused.Message, StringComparison.Ordinal);
        Assert.Null(await store.StatAsync("repo", default));
    }

    [Fact]
    public async Task Of_many_who_create_at_once_one_succeeds()
    {
        var store = new LocalObjectStore(Path.Combine(_directory, "repo"));
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            try
            {
                await ZarrRepository.CreateAsync(store, default);
                return true;
            }
            catch (RepositoryException refused) when (refused.Kind == RepositoryErrorKind.Exists)
            {
                return false;
            }
        })));
        Assert.Single(results, created => created);
        await (await Lake.OpenAsync(store)).CommitAsync(changes => changes.AddGroup("/a"));
    }

    [Fact]
    public async Task Where_there_is_no_repository_none_is_opened_or_deleted()
    {
        var store = new LocalObjectStore(_directory);
        var open = await Assert.ThrowsAsync<RepositoryException>(() => ZarrRepository.OpenAsync(store, default));
        Assert.Equal(RepositoryErrorKind.NotFound, open.Kind);
        Assert.Contains(_directory, open.Message, StringComparison.Ordinal);
        await store.PutAsync("chunks/mine", "x"u8.ToArray(), default);
        var delete = await Assert.ThrowsAsync<RepositoryException>(() => ZarrRepository.DeleteAsync(store, default));
        Assert.Equal(RepositoryErrorKind.NotFound, delete.Kind);
        Assert.NotNull(await store.StatAsync("chunks/mine", default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ICE")]
    [InlineData("my notes about a repository that I once had")]
    public async Task A_folder_with_some_other_file_named_repo_is_not_deleted(string content)
    {
        var store = new LocalObjectStore(_directory);
        await File.WriteAllTextAsync(store.PathOf("repo"), content);
        await store.PutAsync("chunks/mine", "x"u8.ToArray(), default);
        var delete = await Assert.ThrowsAsync<RepositoryException>(() => ZarrRepository.DeleteAsync(store, default));
        Assert.Equal(RepositoryErrorKind.NotFound, delete.Kind);
        Assert.NotNull(await store.StatAsync("chunks/mine", default));
    }

    [Fact]
    public async Task A_repository_that_is_damaged_behind_its_mark_can_be_deleted()
    {
        var store = new MemoryObjectStore();
        await store.PutAsync("repo", "ICE🧊CHUNK and nonsense"u8.ToArray(), default);
        await ZarrRepository.DeleteAsync(store, default);
        Assert.Null(await store.StatAsync("repo", default));
    }

    [Fact]
    public async Task A_deleted_repository_leaves_nothing_but_what_is_not_its_own()
    {
        var root = Path.Combine(_directory, "repo");
        var store = new LocalObjectStore(root);
        var (lake, _) = await CommitTests.WithArrayAsync(store);
        await ZarrRepository.DeleteAsync(store, default);
        Assert.False(Directory.Exists(root));
        Assert.Equal(RepositoryErrorKind.NotFound, (await Assert.ThrowsAsync<RepositoryException>(async () => await lake.Repository.ReferencesAsync(default))).Kind);

        (lake, _) = await CommitTests.WithArrayAsync(store);
        await File.WriteAllTextAsync(Path.Combine(root, "notes.txt"), "mine");
        await ZarrRepository.DeleteAsync(lake.Store, default);
        Assert.Equal([Path.Combine(root, "notes.txt")], Directory.GetFileSystemEntries(root));
    }

    [Fact]
    public async Task A_link_in_the_repository_stops_a_deletion_before_it_begins()
    {
        var root = Path.Combine(_directory, "repo");
        var documents = Path.Combine(_directory, "documents");
        var store = new LocalObjectStore(root);
        await CommitTests.WithArrayAsync(store);
        Directory.Move(Path.Combine(root, "chunks"), documents);
        Directory.CreateSymbolicLink(Path.Combine(root, "chunks"), documents);
        var before = Directory.GetFiles(_directory, "*", SearchOption.AllDirectories);
        var refused = await Assert.ThrowsAsync<StorageException>(() => ZarrRepository.DeleteAsync(store, default));
        Assert.StartsWith("chunks: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before.Order(), Directory.GetFiles(_directory, "*", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public async Task An_interrupted_deletion_can_be_repeated()
    {
        for (var failing = 1; ; failing++)
        {
            var store = new MemoryObjectStore();
            await CommitTests.WithArrayAsync(store);
            var deletions = 0;
            store.Before = (operation, key) =>
            {
                if (operation == StoreOperation.Delete && ++deletions == failing)
                {
                    throw new StorageException(key, "injected");
                }
            };
            try
            {
                await ZarrRepository.DeleteAsync(store, default);
                break;
            }
            catch (StorageException)
            {
                await ZarrRepository.DeleteAsync(store, default);
            }

            Assert.Empty(await new Lake(store, null!).KeysAsync(""));
        }
    }

    [Fact]
    public async Task References_are_always_current_and_read_only_when_changed()
    {
        var store = new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        var first = await lake.Repository.ReferencesAsync(default);
        var gets = 0;
        store.Before = (operation, _) => gets += operation == StoreOperation.Get ? 1 : 0;
        Assert.Same(first, await lake.Repository.ReferencesAsync(default));
        Assert.Equal(0, gets);
        var other = await lake.ReopenAsync();
        var id = await other.CommitAsync(changes => changes.AddGroup("/a"));
        Assert.Equal(id, await lake.TipAsync());
        Assert.Equal(["/a"], (await lake.ViewAsync()).Nodes.Select(node => node.Path));
        Assert.Equal(ObjectId12.InitialSnapshot, first.Branches[0].Snapshot);
    }

    [Fact]
    public async Task Branches_and_tags_are_found_by_name_whatever_the_name()
    {
        var (lake, _) = await CommitTests.WithArrayAsync();
        var id = await lake.TipAsync();
        foreach (var name in new[] { "", "a/b", "..", "é🧊", "A" })
        {
            await lake.EditAsync(builder => builder.CreateBranch(name, ObjectId12.InitialSnapshot));
            await lake.EditAsync(builder => builder.CreateTag(name, id));
        }

        var references = await lake.Repository.ReferencesAsync(default);
        Assert.Equal(["", "..", "A", "a/b", "main", "é🧊"], references.Branches.Select(branch => branch.Name));
        Assert.Equal(["", "..", "A", "a/b", "é🧊"], references.Tags.Select(tag => tag.Name));
        Assert.All(references.Branches, branch => Assert.True(references.TryGetBranch(branch.Name, out var tip) && tip == branch.Snapshot));
        Assert.All(references.Tags, tag => Assert.True(references.TryGetTag(tag.Name, out var tip) && tip == id));
        Assert.False(references.TryGetBranch("none", out _));
        Assert.False(references.TryGetTag("main", out _));
    }

    [Fact]
    public async Task What_is_not_known_is_not_found()
    {
        var lake = await Lake.CreateAsync();
        var unknown = ObjectId12.New();
        var references = await lake.Repository.ReferencesAsync(default);
        Assert.Equal(RepositoryErrorKind.NotFound, Assert.Throws<RepositoryException>(() => references.Ancestry(unknown).ToArray()).Kind);
        var refused = await Assert.ThrowsAsync<RepositoryException>(async () => await lake.Repository.SnapshotAsync(unknown, default));
        Assert.Equal(RepositoryErrorKind.NotFound, refused.Kind);
        // A file alone is no commit: only `repo` says what is.
        await lake.Store.PutAsync(
            IcechunkPaths.Snapshot(unknown), new SnapshotWriter(unknown, Timestamp.Now, "stray", []).Finish(), default);
        await Assert.ThrowsAsync<RepositoryException>(async () => await lake.Repository.SnapshotAsync(unknown, default));
    }

    /// <summary>The format does not forbid them; writers of today do.</summary>
    [Fact]
    public async Task A_chunk_without_bytes_that_an_old_release_wrote_is_an_empty_file_and_stays()
    {
        const ulong placeholder = 0x1122334455667788;
        var lake = await Lake.CreateAsync();
        var chunk = ObjectId12.New();
        await lake.Store.PutAsync(IcechunkPaths.Chunk(chunk), "x"u8.ToArray(), default);
        var array = await Foreign.CommitArrayAsync(lake, "/x", [4], manifest =>
        {
            manifest.AddNative([0], chunk, 0, placeholder);
            manifest.AddNative([1], chunk, 0, 1);
        });
        var key = IcechunkPaths.Manifest((await lake.NodeAsync("/x")).Manifests[0].Manifest);
        var body = IcechunkFile.Decode(key, (await lake.Store.GetAsync(key, Limits.MaxFileBytes, default))!.Content, FileType.Manifest);
        BitConverter.GetBytes(0UL).CopyTo(body, body.AsSpan().IndexOf(BitConverter.GetBytes(placeholder)));
        await lake.Store.PutAsync(key, IcechunkFile.Encode(FileType.Manifest, body), default);
        lake = await lake.ReopenAsync();
        Assert.Equal(["", "x"], (await lake.ContentAsync("/x")).Values);
        await lake.CommitAsync(changes => changes.PutText(array, "y", 2));
        Assert.Equal(["", "x", "y"], (await lake.ContentAsync("/x")).Values);
    }

    [Fact]
    public async Task A_repository_is_read_from_a_medium_that_cannot_be_written()
    {
        var root = Path.Combine(_directory, "repo");
        await CommitTests.WithArrayAsync(new LocalObjectStore(root));
        var before = Files();
        var lake = await Lake.OpenAsync(new LocalObjectStore(root));
        Assert.Equal(3, (await lake.ContentAsync("/x")).Count);
        Assert.Equal(before, Files());

        string[] Files() => [.. Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)
            .Select(path => $"{path} {File.GetLastWriteTimeUtc(path):O}").Order(StringComparer.Ordinal)];
    }
}
