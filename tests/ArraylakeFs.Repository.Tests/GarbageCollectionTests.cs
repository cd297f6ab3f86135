using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests;

/// <summary>What is removed as garbage, and what never is.</summary>
public sealed class GarbageCollectionTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("arraylakefs-gc-").FullName;

    private static DateTimeOffset EverythingIsOld => DateTimeOffset.UtcNow.AddMinutes(1);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task What_refs_reach_is_the_same_to_the_byte_after_garbage_was_collected_and_nothing_else_is_left()
    {
        for (var round = 0; round < 4; round++)
        {
            var seed = Random.Shared.Next();
            try
            {
                var grown = await GrowingLake.CreateAsync(seed, steps: 45);
                var (before, needed) = (await grown.HistoryAsync(), await grown.NeededAsync());
                var all = await GrowingLake.KeysAsync(grown.Lake);
                var report = await CollectAsync(grown.Lake);
                var reopened = new GrowingLake(await grown.Lake.ReopenAsync(), new Random(seed));
                Assert.Equal(before, await reopened.HistoryAsync());
                Assert.Equal(needed, await GrowingLake.KeysAsync(reopened.Lake));
                Assert.Equal(all.Length - needed.Length, report.Count);
                Assert.True(report.Count > 0 && report.Commits > 0 && report.Bytes > 0);
                await reopened.CommitAsync("main", amends: false);
                Assert.Equal(0, (await CollectAsync(reopened.Lake)).Count);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }
        }
    }

    [Fact]
    public async Task A_dry_run_tells_what_would_go_and_changes_nothing()
    {
        var grown = await GrowingLake.CreateAsync(seed: 7, steps: 45);
        var (keys, repo) = (await grown.Lake.KeysAsync(""), await grown.Lake.Store.StatAsync("repo", default));
        var told = await grown.Lake.Repository.CollectGarbageAsync(new GarbageRequest(EverythingIsOld) { IsDryRun = true }, default);
        Assert.Equal(keys, await grown.Lake.KeysAsync(""));
        Assert.Equal(repo!.ETag, (await grown.Lake.Store.StatAsync("repo", default))!.ETag);
        var done = await CollectAsync(grown.Lake);
        Assert.Equal(told.Commits, done.Commits);
        Assert.Equal(told.Kinds, done.Kinds);
        Assert.All(done.Kinds, kind => Assert.True(kind is { Count: > 0, Bytes: > 0 }, kind.Kind));
    }

    [Fact]
    public async Task What_is_younger_than_the_cutoff_stays()
    {
        var grown = await GrowingLake.CreateAsync(seed: 7, steps: 45);
        var (keys, repo) = (await grown.Lake.KeysAsync(""), await grown.Lake.Store.StatAsync("repo", default));
        var report = await grown.Lake.Repository.CollectGarbageAsync(new GarbageRequest(DateTimeOffset.UtcNow.AddHours(-1)), default);
        Assert.Equal((0, 0), (report.Commits, report.Count));
        Assert.Equal(keys, await grown.Lake.KeysAsync(""));
        Assert.Equal(repo!.ETag, (await grown.Lake.Store.StatAsync("repo", default))!.ETag);
    }

    [Fact]
    public async Task A_chunk_that_was_renamed_into_its_place_counts_as_new_whatever_its_own_time_is()
    {
        var store = new LocalObjectStore(_directory);
        var lake = await Lake.CreateAsync(store);
        string file = Path.Combine(_directory, "staged"), key = IcechunkPaths.Chunk(ObjectId12.New());
        await File.WriteAllTextAsync(file, "old bytes");
        File.SetLastWriteTimeUtc(file, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        store.Adopt(file, key);
        var report = await lake.Repository.CollectGarbageAsync(new GarbageRequest(DateTimeOffset.UtcNow.AddHours(-1)), default);
        Assert.Equal(0, report.Count);
        Assert.Equal(2020, (await store.StatAsync(key, default))!.LastModified.Year);
        Assert.Equal(1, (await CollectAsync(lake)).Count);
        Assert.Null(await store.StatAsync(key, default));
    }

    [Fact]
    public async Task Commits_and_chunks_that_a_session_stands_on_stay_with_all_they_need()
    {
        var lake = await Lake.CreateAsync();
        var left = await CommitChunkAsync(lake, "left");
        var gone = await CommitChunkAsync(lake, "gone");
        await lake.Repository.ResetBranchAsync("main", ObjectId12.InitialSnapshot, null, default);
        var (staged, forgotten) = (await lake.PutChunkAsync("staged"), await lake.PutChunkAsync("forgotten"));
        var report = await lake.Repository.CollectGarbageAsync(
            new GarbageRequest(EverythingIsOld) { InUse = _ => new(new HashSet<ObjectId12> { left, staged.ChunkId }) }, default);
        Assert.Equal((1, 5), (report.Commits, report.Count)); // the snapshot, log, manifest and chunk of one commit, and the forgotten chunk
        var reopened = await lake.ReopenAsync();
        var view = await reopened.Repository.SnapshotAsync(left, default);
        var chunks = await view.ChunksAsync(view.FindNode("/left")!, default);
        Assert.Equal("left", await reopened.ReadAsync(chunks.All().Single().Chunk));
        Assert.False((await reopened.Repository.ReferencesAsync(default)).Contains(gone));
        Assert.NotNull(await lake.Store.StatAsync(IcechunkPaths.Chunk(staged.ChunkId), default));
        Assert.Null(await lake.Store.StatAsync(IcechunkPaths.Chunk(forgotten.ChunkId), default));
    }

    [Fact]
    public async Task Files_that_are_none_of_the_formats_stay_and_so_do_the_former_versions_of_repo()
    {
        var lake = await Lake.CreateAsync();
        await CommitChunkAsync(lake, "x");
        string[] foreign = ["chunks/README", "manifests/more/than-one", $"chunks/{ObjectId12.New().ToString().ToLowerInvariant()}", "attributes/any", "notes.txt"];
        foreach (var key in foreign)
        {
            await lake.Store.PutAsync(key, "mine"u8.ToArray(), default);
        }

        var keys = await lake.KeysAsync("");
        await CollectAsync(lake);
        Assert.Equal(keys, await lake.KeysAsync(""));
    }

    [Theory]
    [InlineData("manifests/")]
    [InlineData("snapshots/")]
    public async Task A_damaged_file_stops_it_before_anything_has_changed(string folder)
    {
        var grown = await GrowingLake.CreateAsync(seed: 7, steps: 45);
        var damaged = (await grown.NeededAsync()).First(key => key.StartsWith(folder, StringComparison.Ordinal));
        await grown.Lake.Store.PutAsync(damaged, "damaged"u8.ToArray(), default);
        var (keys, repo) = (await grown.Lake.KeysAsync(""), await grown.Lake.Store.StatAsync("repo", default));
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => CollectAsync(grown.Lake));
        Assert.Contains(damaged, refused.Message, StringComparison.Ordinal);
        Assert.Contains("nothing was deleted", refused.Message, StringComparison.Ordinal);
        Assert.Equal(keys, await grown.Lake.KeysAsync(""));
        Assert.Equal(repo!.ETag, (await grown.Lake.Store.StatAsync("repo", default))!.ETag);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Interrupted_at_any_step_it_leaves_a_sound_repository_and_can_be_repeated(bool before, bool powerCut)
    {
        var faults = 0;
        for (var failing = 1; ; failing++)
        {
            var store = new MemoryObjectStore();
            var grown = await GrowingLake.CreateAsync(seed: 11, steps: 8, store);
            for (var i = 0; i < 3; i++)
            {
                await CommitChunkAsync(grown.Lake, $"left {i}");
            }

            await grown.Lake.Repository.ResetBranchAsync("main", ObjectId12.InitialSnapshot, null, default);
            await store.FlushAsync(default);
            var (history, needed) = (await grown.HistoryAsync(), await grown.NeededAsync());
            var step = 0;
            void Fail(StoreOperation operation, string key)
            {
                if (operation is not (StoreOperation.Get or StoreOperation.Stat) && Interlocked.Increment(ref step) == failing)
                {
                    throw new StorageException(key, "injected");
                }
            }

            (store.Before, store.After) = (before ? Fail : null, before ? null : Fail);
            var failure = await Record.ExceptionAsync(() => CollectAsync(grown.Lake));
            (store.Before, store.After) = (null, null);
            if (powerCut)
            {
                store.PowerCut();
            }

            var reopened = new GrowingLake(await grown.Lake.ReopenAsync(), new Random(1));
            Assert.Equal(history, await reopened.HistoryAsync());
            if (step < failing)
            {
                Assert.Null(failure);
                break;
            }

            faults++;
            await CollectAsync(reopened.Lake);
            Assert.Equal(history, await reopened.HistoryAsync());
            Assert.Equal(needed, await GrowingLake.KeysAsync(reopened.Lake));
        }

        Assert.InRange(faults, 10, 500);
    }

    [Fact]
    public async Task A_commit_that_somebody_takes_up_meanwhile_stays()
    {
        var store = new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        var taken = await CommitChunkAsync(lake, "taken");
        var gone = await CommitChunkAsync(lake, "gone");
        await lake.Repository.ResetBranchAsync("main", ObjectId12.InitialSnapshot, null, default);
        var other = await lake.ReopenAsync();
        store.Before = (operation, _) =>
        {
            if (operation == StoreOperation.PutIfMatch)
            {
                store.Before = null;
                other.Repository.CreateBranchAsync("saved", taken, default).GetAwaiter().GetResult();
            }
        };
        Assert.Equal(4, (await CollectAsync(lake)).Count); // the snapshot, log, manifest and chunk of the other commit
        var reopened = await lake.ReopenAsync();
        await reopened.Repository.ResetBranchAsync("main", taken, null, default);
        Assert.Equal(["taken"], (await reopened.ContentAsync("/taken")).Values);
        Assert.False((await reopened.Repository.ReferencesAsync(default)).Contains(gone));
    }

    [Fact]
    public async Task Commits_that_are_made_meanwhile_lose_nothing_though_everything_counts_as_old()
    {
        var lake = await Lake.CreateAsync(new LocalObjectStore(_directory));
        for (var writer = 0; writer < 3; writer++)
        {
            await lake.Repository.CreateBranchAsync($"w{writer}", ObjectId12.InitialSnapshot, default);
        }

        using var done = new CancellationTokenSource();
        var collections = 0;
        var collector = Task.Run(async () =>
        {
            var own = await Lake.OpenAsync(new LocalObjectStore(_directory));
            while (!done.IsCancellationRequested)
            {
                await CollectAsync(own);
                Interlocked.Increment(ref collections);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 3).Select(writer => Task.Run(async () =>
        {
            var own = await Lake.OpenAsync(new LocalObjectStore(_directory));
            for (var i = 0; i < 12; i++)
            {
                while (i == 11 && Volatile.Read(ref collections) < 2)
                {
                    await Task.Delay(1); // else they would not have met
                }

                // As a session does: chunk objects, of whatever age, come first.
                using var heldOff = await own.Repository.HoldOffHousekeepingAsync(default);
                var changes = new ChangeSet();
                changes.Put(changes.AddArray($"/{i}", [1], [1]), await own.PutChunkAsync($"{writer} {i}"), 0);
                await own.Repository.CommitAsync(
                    new CommitRequest($"w{writer}", await own.TipAsync($"w{writer}"), ObjectId12.New(), "m", [], changes), default);
            }
        })));
        await done.CancelAsync();
        await collector;
        Assert.True(collections > 1);
        var reopened = await Lake.OpenAsync(new LocalObjectStore(_directory));
        for (var writer = 0; writer < 3; writer++)
        {
            await reopened.Repository.ResetBranchAsync("main", await reopened.TipAsync($"w{writer}"), null, default);
            for (var i = 0; i < 12; i++)
            {
                Assert.Equal([$"{writer} {i}"], (await reopened.ContentAsync($"/{i}")).Values);
            }
        }
    }

    [Fact]
    public async Task A_commit_that_was_removed_elsewhere_is_told_of_in_a_sentence()
    {
        var lake = await Lake.CreateAsync();
        var gone = await CommitChunkAsync(lake, "gone");
        await lake.Repository.ResetBranchAsync("main", ObjectId12.InitialSnapshot, null, default);
        var other = await lake.ReopenAsync();
        await CollectAsync(lake);
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => other.Repository.SnapshotAsync(gone, default).AsTask());
        Assert.Equal(RepositoryErrorKind.NotFound, refused.Kind);
        Assert.Contains($"{gone} any more", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_is_told_step_by_step_to_the_end()
    {
        var grown = await GrowingLake.CreateAsync(seed: 7, steps: 45);
        var seen = new Reports();
        var report = await grown.Lake.Repository.CollectGarbageAsync(new GarbageRequest(EverythingIsOld) { Progress = seen }, default);
        Assert.Equal((report.Count, report.Count), seen.Last("deleting"));
        Assert.All(["reading commits", "reading manifests"], step => Assert.Equal(seen.Last(step).Total, seen.Last(step).Done));
    }

    private static Task<GarbageReport> CollectAsync(Lake lake) => lake.Repository.CollectGarbageAsync(new GarbageRequest(EverythingIsOld), default);

    private static async Task<ObjectId12> CommitChunkAsync(Lake lake, string name)
    {
        var chunk = await lake.PutChunkAsync(name);
        return await lake.CommitAsync(changes => changes.Put(changes.AddArray($"/{name}", [1], [1]), chunk, 0));
    }

    private sealed class Reports : IProgress<HousekeepingProgress>
    {
        private readonly Dictionary<string, (long Done, long? Total)> _last = [];

        public void Report(HousekeepingProgress value)
        {
            lock (_last)
            {
                var known = _last.GetValueOrDefault(value.Step);
                _last[value.Step] = value.Done > known.Done || value.Total != known.Total ? (value.Done, value.Total) : known;
            }
        }

        public (long Done, long? Total) Last(string step) => _last[step];
    }
}
