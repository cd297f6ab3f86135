using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Several writers: nobody's commit is lost, whether the other is one of ours or an official client.</summary>
public sealed class RaceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("arraylakefs-race-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_all_commits_on_one_base_exactly_one_is_made(bool local)
    {
        IObjectStore store = local ? new LocalObjectStore(_directory) : new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        for (var round = 0; round < 5; round++)
        {
            var writers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => lake.ReopenAsync()));
            var requests = await Task.WhenAll(writers.Select((writer, i) => writer.RequestAsync(Group($"/{round}-{i}"))));
            var results = await Task.WhenAll(writers.Select((writer, i) => Task.Run(() => Record.ExceptionAsync(() =>
                writer.Repository.CommitAsync(requests[i], default)))));
            var winner = Assert.Single(Enumerable.Range(0, 4), i => results[i] is null);
            var tip = await lake.TipAsync();
            Assert.Equal(requests[winner].NewSnapshot, tip);
            Assert.All(results.OfType<Exception>(), failure => Assert.Equal(tip, Assert.IsType<BranchMovedException>(failure).Tip));
        }

        Assert.Equal(5, (await lake.ViewAsync()).Nodes.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Writers_that_try_again_all_get_through(bool local)
    {
        IObjectStore store = local ? new LocalObjectStore(_directory) : new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            var own = await lake.ReopenAsync();
            for (var i = 0; i < 10; i++)
            {
                await RetryAsync(own, $"/{writer}-{i}");
            }
        })));
        Assert.Equal(40, (await lake.ViewAsync()).Nodes.Count);
        Assert.Equal(41, (await lake.Repository.ReferencesAsync(default)).Ancestry(await lake.TipAsync()).Count());
    }

    [Fact]
    public async Task Commits_on_other_branches_do_not_conflict()
    {
        var lake = await Lake.CreateAsync();
        await lake.EditAsync(builder => builder.CreateBranch("dev", ObjectId12.InitialSnapshot));
        var other = await lake.ReopenAsync();
        await Task.WhenAll(
            Task.Run(() => lake.CommitAsync(changes => changes.AddGroup("/a"))),
            Task.Run(async () => await other.Repository.CommitAsync(await lake.RequestAsync(Group("/b")) with { Branch = "dev", Base = ObjectId12.InitialSnapshot }, default)));
        var dev = await lake.Repository.SnapshotAsync(await lake.TipAsync("dev"), default);
        Assert.Equal(["/b"], dev.Nodes.Select(node => node.Path));
        Assert.Equal(["/a"], (await lake.ViewAsync()).Nodes.Select(node => node.Path));
    }

    [Fact]
    public async Task A_change_of_something_else_just_before_the_put_is_kept()
    {
        var store = new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        Interfere(store, before: true, () => lake.EditAsync(builder => builder.CreateTag("theirs", ObjectId12.InitialSnapshot)));
        var id = await lake.CommitAsync(changes => changes.AddGroup("/a"));
        Assert.Equal(id, await lake.TipAsync());
        Assert.True((await lake.Repository.ReferencesAsync(default)).TryGetTag("theirs", out _));
    }

    [Fact]
    public async Task An_official_client_that_overwrites_ours_without_looking_does_not_undo_the_commit()
    {
        var store = new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        var old = (await store.GetAsync("repo", 100_000, default))!.Content;
        Interfere(store, before: false, async () =>
        {
            var builder = new RepoInfoBuilder(RepoInfo.Decode("repo", old));
            builder.CreateTag("theirs", ObjectId12.InitialSnapshot);
            await store.PutAsync("repo", builder.Build(Timestamp.Now, "repo.theirs"), default);
        });
        var id = await lake.CommitAsync(changes => changes.AddGroup("/a"));
        var reopened = await lake.ReopenAsync();
        Assert.Equal(id, await reopened.TipAsync());
        Assert.True((await reopened.Repository.ReferencesAsync(default)).TryGetTag("theirs", out _));
        Assert.Equal(["/a"], (await reopened.ViewAsync()).Nodes.Select(node => node.Path));
    }

    [Fact]
    public async Task Where_an_official_client_was_seen_its_late_overwriting_does_not_undo_the_commit_either()
    {
        var store = new LocalObjectStore(_directory);
        var lake = await Lake.CreateAsync(store);
        var request = await lake.RequestAsync(Group("/a"));
        var info = new SnapshotInfo(request.NewSnapshot, request.Base, Timestamp.Now, "m", [], []);
        await store.PutAsync("repo", ByOfficialClient((await store.GetAsync("repo", 100_000, default))!.Content), default);
        var read = (await store.GetAsync("repo", 100_000, default))!.Content;
        var pauses = new List<int>();
        var update = new RepoUpdate(store, new RepoChange.Commit("main", info))
        {
            Pause = async (milliseconds, _) =>
            {
                pauses.Add(milliseconds);
                if (pauses.Count == 1)
                {
                    var builder = new RepoInfoBuilder(RepoInfo.Decode("repo", read));
                    builder.CreateTag("theirs", ObjectId12.InitialSnapshot);
                    await store.PutAsync("repo", ByOfficialClient(builder.Build(Timestamp.Now, "repo.theirs")), default);
                }
            },
        };
        await update.RunAsync(default);
        Assert.Equal([50, 50], pauses);
        var references = await lake.Repository.ReferencesAsync(default);
        Assert.True(references.Contains(info.Id));
        Assert.True(references.TryGetTag("theirs", out _));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Where_only_we_write_or_the_store_compares_a_commit_does_not_wait(bool local, bool official)
    {
        IObjectStore store = local ? new LocalObjectStore(_directory) : new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        if (official)
        {
            await store.PutAsync("repo", ByOfficialClient((await store.GetAsync("repo", 100_000, default))!.Content), default);
        }

        var info = new SnapshotInfo(ObjectId12.New(), await lake.TipAsync(), Timestamp.Now, "m", [], []);
        await new RepoUpdate(store, new RepoChange.Commit("main", info)) { Pause = (_, _) => throw new InvalidOperationException("It waited.") }.RunAsync(default);
        Assert.Equal(info.Id, await lake.TipAsync());
    }

    [Fact]
    public async Task An_official_commit_that_overwrites_ours_without_looking_is_reported()
    {
        var store = new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        var old = (await store.GetAsync("repo", 100_000, default))!.Content;
        var theirs = new SnapshotInfo(ObjectId12.New(), ObjectId12.InitialSnapshot, Timestamp.Now, "theirs", [], []);
        Interfere(store, before: false, async () =>
        {
            var builder = new RepoInfoBuilder(RepoInfo.Decode("repo", old));
            builder.Commit("main", theirs);
            await store.PutAsync("repo", builder.Build(Timestamp.Now, "repo.theirs"), default);
        });
        var moved = await Assert.ThrowsAsync<BranchMovedException>(() => lake.CommitAsync(changes => changes.AddGroup("/a")));
        Assert.Equal(theirs.Id, moved.Tip);
        Assert.Equal("main", moved.Branch);
    }

    [Fact]
    public async Task Who_finds_no_gap_gives_up_in_the_end()
    {
        var store = new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        var request = await lake.RequestAsync(Group("/a"));
        var attempts = 0;
        store.Before = (operation, _) =>
        {
            if (operation == StoreOperation.PutIfMatch)
            {
                attempts++;
                var repo = store.GetAsync("repo", 100_000, default).AsTask().GetAwaiter().GetResult()!;
                store.PutAsync("repo", repo.Content, default).AsTask().GetAwaiter().GetResult();
            }
        };
        var info = new SnapshotInfo(request.NewSnapshot, request.Base, Timestamp.Now, "m", [], []);
        var update = new RepoUpdate(store, new RepoChange.Commit("main", info)) { Pause = (_, _) => Task.CompletedTask };
        var busy = await Assert.ThrowsAsync<RepositoryException>(() => update.RunAsync(default));
        Assert.Equal(RepositoryErrorKind.Busy, busy.Kind);
        Assert.Equal(100, attempts);
        Assert.Equal(request.Base, await lake.TipAsync());
    }

    [Fact]
    public async Task A_commit_on_a_moved_or_unknown_branch_is_refused_before_anything_is_written()
    {
        var store = new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        var late = await lake.RequestAsync(Group("/late"));
        var tip = await lake.CommitAsync(changes => changes.AddGroup("/a"));
        var puts = 0;
        store.Before = (operation, _) => puts += operation is StoreOperation.Put or StoreOperation.PutIfMatch ? 1 : 0;
        Assert.Equal(tip, (await Assert.ThrowsAsync<BranchMovedException>(() => lake.Repository.CommitAsync(late, default))).Tip);
        var unknown = await Assert.ThrowsAsync<RepositoryException>(() => lake.Repository.CommitAsync(late with { Branch = "none" }, default));
        Assert.Equal(RepositoryErrorKind.NotFound, unknown.Kind);
        Assert.Equal(0, puts);
    }

    private static async Task RetryAsync(Lake lake, string path)
    {
        while (true)
        {
            try
            {
                await lake.CommitAsync(changes => changes.AddGroup(path));
                return;
            }
            catch (BranchMovedException)
            {
            }
        }
    }

    /// <summary>The file with an official client's name in its header.</summary>
    private static byte[] ByOfficialClient(ReadOnlyMemory<byte> file)
    {
        var bytes = file.ToArray();
        "ic-2.2.2                "u8.CopyTo(bytes.AsSpan(12));
        return bytes;
    }

    private static ChangeSet Group(string path)
    {
        var changes = new ChangeSet();
        changes.AddGroup(path);
        return changes;
    }

    private static void Interfere(MemoryObjectStore store, bool before, Func<Task> action)
    {
        void Once(StoreOperation operation, string key)
        {
            if (operation == StoreOperation.PutIfMatch && key == "repo")
            {
                store.Before = store.After = null;
                action().GetAwaiter().GetResult();
            }
        }

        (store.Before, store.After) = (before ? Once : null, before ? null : Once);
    }
}
