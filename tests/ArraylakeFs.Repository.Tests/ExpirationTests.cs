using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Histories without their old commits.</summary>
public sealed class ExpirationTests
{
    [Fact]
    public async Task Old_commits_leave_the_history_and_later_ones_keep_their_logs()
    {
        var (lake, ids) = await ChainAsync(6);
        var report = await lake.Repository.ExpireAsync(new ExpirationRequest(await TimeOfAsync(lake, ids[4])), default);
        Assert.Equal(ids[1..4].Order(), report.Released.Order());
        Assert.Equal(1, report.Shortened);
        var references = await (await lake.ReopenAsync()).Repository.ReferencesAsync(default);
        Assert.Equal([ids[5], ids[4], ids[0]], references.Ancestry(ids[5]).Select(commit => commit.Id));
        Assert.Equal(ids[1..4], references.Repo.SnapshotAt(references.Repo.FindSnapshot(ids[4])).PrunedAncestors);
        Assert.Equal(RepoUpdateKind.ExpirationRan, references.Repo.UpdateAt(0).Kind);

        Assert.Equal(3, (await CollectAsync(lake)).Kinds.Single(kind => kind.Kind == "snapshots").Count);
        foreach (var lost in ids[1..4])
        {
            Assert.Equal(lost, (await lake.LogAsync(lost)).Id); // a kept log
            Assert.Null(await lake.Store.StatAsync(IcechunkPaths.Snapshot(lost), default));
        }
    }

    [Fact]
    public async Task The_first_commit_and_what_refs_and_sessions_are_at_never_expire()
    {
        var (lake, ids) = await ChainAsync(8);
        await lake.Repository.CreateBranchAsync("dev", ids[2], default);
        await lake.Repository.CreateTagAsync("v1", ids[4], default);
        var report = await lake.Repository.ExpireAsync(
            new ExpirationRequest(DateTimeOffset.UtcNow.AddMinutes(1)) { InUse = _ => new(new HashSet<ObjectId12> { ids[5] }) }, default);
        Assert.Equal(new[] { ids[1], ids[3], ids[6] }.Order(), report.Released.Order());
        Assert.Empty(report.Branches.Concat(report.Tags));
        Assert.Equal(
            [ids[7], ids[5], ids[4], ids[2], ids[0]], (await lake.Repository.ReferencesAsync(default)).Ancestry(ids[7]).Select(commit => commit.Id));
    }

    [Fact]
    public async Task Branches_and_tags_of_old_commits_go_only_where_that_is_asked_for_and_main_never()
    {
        var (lake, ids) = await ChainAsync(6);
        await lake.Repository.CreateBranchAsync("dev", ids[1], default);
        await lake.Repository.CreateBranchAsync("used", ids[2], default);
        await lake.Repository.CreateBranchAsync("first", ids[0], default);
        await lake.Repository.CreateTagAsync("v1", ids[3], default);
        await lake.Repository.CreateTagAsync("v2", ids[5], default);
        var request = new ExpirationRequest(await TimeOfAsync(lake, ids[5])) { InUse = _ => new(new HashSet<ObjectId12> { ids[2] }) };
        Assert.Empty((await lake.Repository.ExpireAsync(request with { IsDryRun = true }, default)).Tags);
        var report = await lake.Repository.ExpireAsync(request with { DeletesBranches = true, DeletesTags = true }, default);
        Assert.Equal(["dev"], report.Branches);
        Assert.Equal(["v1"], report.Tags);
        var references = await lake.Repository.ReferencesAsync(default);
        Assert.Equal(["first", "main", "used"], references.Branches.Select(branch => branch.Name));
        Assert.Equal(["v2"], references.Tags.Select(tag => tag.Name));
        Assert.True(references.IsDeletedTag("v1"));
        Assert.Equal(new[] { ids[1], ids[3], ids[4] }.Order(), report.Released.Order());
    }

    [Fact]
    public async Task Where_nothing_is_old_and_in_a_dry_run_nothing_changes()
    {
        var (lake, ids) = await ChainAsync(4);
        var before = await lake.Store.StatAsync("repo", default);
        Assert.Empty((await lake.Repository.ExpireAsync(new ExpirationRequest(DateTimeOffset.UtcNow.AddYears(-1)), default)).Released);
        var told = await lake.Repository.ExpireAsync(new ExpirationRequest(DateTimeOffset.UtcNow.AddMinutes(1)) { IsDryRun = true }, default);
        Assert.Equal(ids[1..3].Order(), told.Released.Order());
        Assert.Equal(before!.ETag, (await lake.Store.StatAsync("repo", default))!.ETag);
    }

    [Fact]
    public async Task A_repository_that_is_set_read_only_is_left_alone()
    {
        var (lake, _) = await ChainAsync(4);
        await lake.Repository.ResetBranchAsync("main", ObjectId12.InitialSnapshot, null, default);
        var file = (await lake.Store.GetAsync("repo", Limits.MaxFileBytes, default))!;
        await lake.Store.PutAsync("repo", CorruptionTests.WithStatus(file.Content, 1, "being moved"), default);
        var keys = await lake.KeysAsync("");
        var cutoff = DateTimeOffset.UtcNow.AddMinutes(1);
        foreach (var change in (Func<Task>[])[
            () => lake.Repository.ExpireAsync(new ExpirationRequest(cutoff), default),
            () => lake.Repository.CollectGarbageAsync(new GarbageRequest(cutoff), default)])
        {
            var refused = await Assert.ThrowsAsync<RepositoryException>(change);
            Assert.Equal(RepositoryErrorKind.ReadOnly, refused.Kind);
        }

        Assert.True((await lake.Repository.CollectGarbageAsync(new GarbageRequest(cutoff) { IsDryRun = true }, default)).Count > 0);
        Assert.Equal(keys, await lake.KeysAsync(""));
    }

    [Fact]
    public async Task What_refs_are_at_is_the_same_to_the_byte_after_everything_old_has_expired_and_gone()
    {
        for (var round = 0; round < 4; round++)
        {
            var seed = Random.Shared.Next();
            try
            {
                var grown = await GrowingLake.CreateAsync(seed, steps: 45);
                var (tips, size) = (await grown.TipsAsync(), (await grown.Lake.KeysAsync("")).Length);
                var released = new List<ObjectId12>();
                for (var part = 0; part < 3; part++)
                {
                    var times = (await grown.Lake.Repository.ReferencesAsync(default)).Commits.Select(commit => commit.Time).Order().ToList();
                    released.AddRange((await grown.Lake.Repository.ExpireAsync(new ExpirationRequest(times[times.Count / 2]), default)).Released);
                    Assert.Equal(tips, await grown.TipsAsync());
                }

                var history = await grown.HistoryAsync();
                await CollectAsync(grown.Lake);
                var reopened = new GrowingLake(await grown.Lake.ReopenAsync(), new Random(seed));
                Assert.Equal(tips, await reopened.TipsAsync());
                Assert.Equal(history, await reopened.HistoryAsync());
                Assert.Equal(await reopened.NeededAsync(), await GrowingLake.KeysAsync(reopened.Lake));
                Assert.True(released.Count > 3 && (await reopened.Lake.KeysAsync("")).Length < size);
                var references = await reopened.Lake.Repository.ReferencesAsync(default);
                Assert.Empty(references.Commits.Select(commit => commit.Id).Intersect(released));
                await reopened.CommitAsync("main", amends: false);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Interrupted_it_has_happened_or_not_and_can_be_repeated(bool before)
    {
        for (var failing = 1; ; failing++)
        {
            var (lake, ids) = await ChainAsync(5);
            var store = (MemoryObjectStore)lake.Store;
            var step = 0;
            void Fail(StoreOperation operation, string key)
            {
                if (++step == failing)
                {
                    throw new StorageException(key, "injected");
                }
            }

            var request = new ExpirationRequest(await TimeOfAsync(lake, ids[4]));
            (store.Before, store.After) = (before ? Fail : null, before ? null : Fail);
            await Record.ExceptionAsync(() => lake.Repository.ExpireAsync(request, default));
            (store.Before, store.After) = (null, null);
            await (await lake.ReopenAsync()).Repository.ExpireAsync(request, default);
            var references = await (await lake.ReopenAsync()).Repository.ReferencesAsync(default);
            Assert.Equal([ids[4], ids[0]], references.Ancestry(ids[4]).Select(commit => commit.Id));
            Assert.Single(Enumerable.Range(0, references.Repo.UpdateCount), i => references.Repo.UpdateAt(i).Kind == RepoUpdateKind.ExpirationRan);
            if (step < failing)
            {
                Assert.True(failing > 3);
                return;
            }
        }
    }

    private static async Task<(Lake Lake, ObjectId12[] Ids)> ChainAsync(int length)
    {
        var lake = await Lake.CreateAsync();
        var ids = new List<ObjectId12> { ObjectId12.InitialSnapshot };
        while (ids.Count < length)
        {
            ids.Add(await lake.CommitAsync(changes => changes.AddGroup($"/{ids.Count}")));
        }

        return (lake, [.. ids]);
    }

    private static async Task<DateTimeOffset> TimeOfAsync(Lake lake, ObjectId12 id) =>
        (await lake.Repository.ReferencesAsync(default)).Ancestry(id).First().Time;

    private static Task<GarbageReport> CollectAsync(Lake lake) =>
        lake.Repository.CollectGarbageAsync(new GarbageRequest(DateTimeOffset.UtcNow.AddMinutes(1)), default);
}
