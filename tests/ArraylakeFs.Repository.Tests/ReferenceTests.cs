using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Branches, tags and the operations log.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public async Task A_branch_is_made_reset_and_deleted()
    {
        var lake = await Lake.CreateAsync();
        var first = await lake.TipAsync();
        var second = await lake.CommitAsync(changes => changes.AddGroup("/a"));
        await lake.Repository.CreateBranchAsync("dev", first, default);
        Assert.Equal(first, await lake.TipAsync("dev"));
        await lake.Repository.ResetBranchAsync("dev", second, first, default);
        Assert.Equal(second, await (await lake.ReopenAsync()).TipAsync("dev"));
        await lake.Repository.DeleteBranchAsync("dev", second, default);
        var references = await lake.Repository.ReferencesAsync(default);
        Assert.False(references.TryGetBranch("dev", out _));
        Assert.True(references.Contains(second));
    }

    [Fact]
    public async Task What_is_not_possible_with_a_branch_is_refused_and_changes_nothing()
    {
        var lake = await Lake.CreateAsync();
        var first = await lake.TipAsync();
        var second = await lake.CommitAsync(changes => changes.AddGroup("/a"));
        await lake.Repository.CreateBranchAsync("dev", first, default);
        var before = await lake.Store.StatAsync("repo", default);
        var unknown = ObjectId12.New();
        await RefusedAsync(RepositoryErrorKind.Exists, r => r.CreateBranchAsync("dev", second, default), "dev", first.ToString());
        await RefusedAsync(RepositoryErrorKind.NotFound, r => r.CreateBranchAsync("new", unknown, default), unknown.ToString());
        await RefusedAsync(RepositoryErrorKind.Invalid, r => r.CreateBranchAsync("", second, default), "name");
        await RefusedAsync(RepositoryErrorKind.NotFound, r => r.ResetBranchAsync("none", second, null, default), "none");
        await RefusedAsync(RepositoryErrorKind.NotFound, r => r.ResetBranchAsync("dev", unknown, null, default), unknown.ToString());
        await RefusedAsync(RepositoryErrorKind.NotFound, r => r.DeleteBranchAsync("none", null, default), "none");
        await RefusedAsync(RepositoryErrorKind.Invalid, r => r.DeleteBranchAsync("main", null, default), "main");
        Assert.Equal(first, (await Assert.ThrowsAsync<BranchMovedException>(() => lake.Repository.ResetBranchAsync("dev", second, second, default))).Tip);
        Assert.Equal(first, (await Assert.ThrowsAsync<BranchMovedException>(() => lake.Repository.DeleteBranchAsync("dev", second, default))).Tip);
        Assert.Equal(before!.ETag, (await lake.Store.StatAsync("repo", default))!.ETag);

        async Task RefusedAsync(RepositoryErrorKind kind, Func<ZarrRepository, Task> change, params string[] mentioned)
        {
            var refused = await Assert.ThrowsAsync<RepositoryException>(() => change(lake.Repository));
            Assert.Equal(kind, refused.Kind);
            Assert.All(mentioned, word => Assert.Contains(word, refused.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_tag_is_never_moved_and_its_name_never_used_again()
    {
        var lake = await Lake.CreateAsync();
        var first = await lake.TipAsync();
        var second = await lake.CommitAsync(changes => changes.AddGroup("/a"));
        await lake.Repository.CreateTagAsync("v1", first, default);
        Assert.Equal(RepositoryErrorKind.Exists, await KindOfAsync(lake.Repository.CreateTagAsync("v1", second, default)));
        await lake.Repository.DeleteTagAsync("v1", default);
        Assert.Equal(RepositoryErrorKind.NotFound, await KindOfAsync(lake.Repository.DeleteTagAsync("v1", default)));
        Assert.Equal(RepositoryErrorKind.Exists, await KindOfAsync(lake.Repository.CreateTagAsync("v1", first, default)));
        Assert.True((await lake.Repository.ReferencesAsync(default)).IsDeletedTag("v1"));
    }

    [Fact]
    public async Task Changes_of_others_in_between_are_kept_and_what_they_made_impossible_is_refused()
    {
        var store = new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        var first = await lake.TipAsync();
        Between(store, () => lake.EditAsync(b => b.CreateTag("theirs", first)));
        await lake.Repository.CreateTagAsync("ours", first, default);
        Between(store, () => lake.EditAsync(b => b.CreateBranch("dev", first)));
        Assert.Equal(RepositoryErrorKind.Exists, await KindOfAsync(lake.Repository.CreateBranchAsync("dev", first, default)));
        var references = await lake.Repository.ReferencesAsync(default);
        Assert.Equal(["ours", "theirs"], references.Tags.Select(tag => tag.Name));
    }

    [Fact]
    public async Task A_put_that_failed_after_it_was_done_is_found_to_be_done()
    {
        var store = new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        var first = await lake.TipAsync();
        var second = await lake.CommitAsync(changes => changes.AddGroup("/a"));
        var fails = true;
        store.After = (operation, _) =>
        {
            if (operation == StoreOperation.PutIfMatch && fails)
            {
                fails = false;
                throw new StorageException("repo", "the answer was lost");
            }
        };
        await lake.Repository.ResetBranchAsync("main", first, second, default);
        Assert.Equal(first, await lake.TipAsync());
        Assert.Equal([RepoUpdateKind.BranchReset, RepoUpdateKind.NewCommit, RepoUpdateKind.RepoInitialized], (await OperationsAsync(lake)).Select(o => o.Kind));
    }

    [Fact]
    public async Task A_reset_that_an_official_client_overwrites_without_looking_is_made_again()
    {
        var store = new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        var first = await lake.TipAsync();
        await lake.CommitAsync(changes => changes.AddGroup("/a"));
        var old = (await store.GetAsync("repo", 100_000, default))!.Content;
        var isFirst = true;
        store.After = (operation, key) =>
        {
            if (operation == StoreOperation.PutIfMatch && isFirst)
            {
                isFirst = false;
                var builder = new RepoInfoBuilder(RepoInfo.Decode("repo", old));
                builder.CreateTag("theirs", first);
                store.PutAsync("repo", builder.Build(Timestamp.Now, "repo.theirs"), default).AsTask().GetAwaiter().GetResult();
            }
        };
        await lake.Repository.ResetBranchAsync("main", first, null, default);
        Assert.Equal(first, await lake.TipAsync());
        Assert.True((await lake.Repository.ReferencesAsync(default)).TryGetTag("theirs", out _));
    }

    [Fact]
    public async Task The_operations_log_goes_on_in_former_versions()
    {
        var lake = await Lake.CreateAsync();
        var first = await lake.TipAsync();
        const int count = Icechunk.Limits.MaxUpdatesInRepo + 5;
        for (var i = 0; i < count; i++)
        {
            await lake.Repository.CreateTagAsync($"t{i}", first, default);
        }

        var operations = await OperationsAsync(lake);
        Assert.Equal(count + 1, operations.Count);
        Assert.Equal(Enumerable.Range(0, count).Reverse().Select(i => $"t{i}"), operations.Take(count).Select(o => o.Name));
        Assert.Equal(RepoUpdateKind.RepoInitialized, operations[^1].Kind);
        Assert.Equal(operations.OrderByDescending(o => o.Time), operations);
    }

    private static async Task<List<Operation>> OperationsAsync(Lake lake)
    {
        var operations = new List<Operation>();
        await foreach (var operation in lake.Repository.OperationsAsync(default))
        {
            operations.Add(operation);
        }

        return operations;
    }

    private static async Task<RepositoryErrorKind> KindOfAsync(Task change) => (await Assert.ThrowsAsync<RepositoryException>(() => change)).Kind;

    /// <summary>Lets someone else change <c>repo</c> just before the next put.</summary>
    private static void Between(MemoryObjectStore store, Func<Task> others)
    {
        store.Before = (operation, _) =>
        {
            if (operation == StoreOperation.PutIfMatch)
            {
                store.Before = null;
                others().GetAwaiter().GetResult();
            }
        };
    }
}
