using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests;

/// <summary>A commit interrupted anywhere has happened or not, and repeating it makes it happen once.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_fault_at_any_step_leaves_the_old_or_the_new_state_and_the_commit_can_be_repeated(bool before, bool powerCut)
    {
        var happened = 0;
        var faults = 0;
        for (var failing = 1; ; failing++)
        {
            var (store, lake, request) = await StartAsync();
            var step = 0;
            var key = "";
            void Fail(StoreOperation operation, string at)
            {
                if (operation != StoreOperation.Stat && ++step == failing)
                {
                    key = $"{operation} {at}";
                    store.Before = store.After = null;
                    throw new StorageException(at, "injected");
                }
            }

            (store.Before, store.After) = (before ? Fail : null, before ? null : Fail);
            var failure = await Record.ExceptionAsync(() => lake.Repository.CommitAsync(request, default));
            (store.Before, store.After) = (null, null);
            if (key.Length == 0)
            {
                Assert.Null(failure);
                break;
            }

            faults++;
            if (powerCut)
            {
                store.PowerCut();
            }

            var reopened = await lake.ReopenAsync();
            var isDone = await reopened.TipAsync() == request.NewSnapshot;
            happened += isDone ? 1 : 0;
            Assert.True(isDone || failure is StorageException, $"After '{key}' the commit was called done and is not there.");
            Assert.Equal(isDone ? "new 2" : "old 2", (await reopened.ContentAsync("/x"))["2"]);
            if (!powerCut || isDone)
            {
                // The chunk that the caller had put is still there, so that the same request can be made again, here and by others.
                await lake.Repository.CommitAsync(request, default);
                await reopened.Repository.CommitAsync(request, default);
                await AssertDoneOnceAsync(await lake.ReopenAsync(), request);
            }
        }

        Assert.InRange(faults, 6, 100);
        Assert.True(before || happened > 0);
    }

    [Fact]
    public async Task A_commit_that_returned_survives_a_power_cut_with_all_it_needs()
    {
        var (store, lake, request) = await StartAsync();
        await lake.Repository.CommitAsync(request, default);
        store.PowerCut();
        await AssertDoneOnceAsync(await lake.ReopenAsync(), request);
        Assert.Equal(request.NewSnapshot, (await lake.LogAsync(request.NewSnapshot)).Id);
    }

    [Fact]
    public async Task When_the_answer_and_the_sight_are_lost_a_repeated_commit_finds_that_it_happened()
    {
        var (store, lake, request) = await StartAsync();
        store.After = (operation, key) =>
        {
            if (operation == StoreOperation.PutIfMatch)
            {
                store.Before = (_, any) => throw new StorageException(any, "gone");
                throw new StorageException(key, "injected");
            }
        };
        var failure = await Assert.ThrowsAsync<StorageException>(() => lake.Repository.CommitAsync(request, default));
        Assert.Contains("injected", failure.Message, StringComparison.Ordinal);
        (store.Before, store.After) = (null, null);
        var puts = 0;
        store.Before = (operation, _) => puts += operation is StoreOperation.Put or StoreOperation.PutIfMatch ? 1 : 0;
        await lake.Repository.CommitAsync(request, default);
        Assert.Equal(0, puts);
        await AssertDoneOnceAsync(await lake.ReopenAsync(), request);
    }

    [Fact]
    public async Task A_lost_answer_to_the_announcement_is_no_failure()
    {
        var (store, lake, request) = await StartAsync();
        store.After = (operation, key) =>
        {
            if (operation == StoreOperation.PutIfMatch)
            {
                store.After = null;
                throw new StorageException(key, "injected");
            }
        };
        await lake.Repository.CommitAsync(request, default);
        Assert.Null(store.After);
        await AssertDoneOnceAsync(lake, request);
    }

    [Fact]
    public async Task A_commit_that_was_announced_and_cannot_be_flushed_is_no_success()
    {
        var (store, lake, request) = await StartAsync();
        store.After = (operation, key) =>
        {
            if (operation == StoreOperation.PutIfMatch)
            {
                // The bytes are there, and from now on the disk confirms nothing.
                store.Before = (next, _) => FailIf(next == StoreOperation.Flush);
                throw new StorageException(key, "was replaced, but may not survive a power cut");
            }
        };
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var failure = await Assert.ThrowsAsync<RepositoryException>(() => lake.Repository.CommitAsync(request, default));
            Assert.Equal(RepositoryErrorKind.NotDurable, failure.Kind);
            Assert.Contains(request.NewSnapshot.ToString(), failure.Message, StringComparison.Ordinal);
            Assert.Contains("the disk is failing", failure.Message, StringComparison.Ordinal);
        }

        (store.Before, store.After) = (null, null);
        await AssertDoneOnceAsync(await lake.ReopenAsync(), request);
        await lake.Repository.CommitAsync(request, default);
    }

    [Fact]
    public async Task A_repeated_commit_is_recognised_below_later_commits()
    {
        var (_, lake, request) = await StartAsync();
        await lake.Repository.CommitAsync(request, default);
        await lake.CommitAsync(changes => changes.AddGroup("/later"));
        await lake.Repository.CommitAsync(request, default);
        Assert.Equal(4, (await lake.Repository.ReferencesAsync(default)).Ancestry(await lake.TipAsync()).Count());
    }

    [Fact]
    public async Task The_files_of_a_commit_that_a_branch_no_longer_holds_are_not_written_again()
    {
        var (_, lake, request) = await StartAsync();
        await lake.Repository.CommitAsync(request, default);
        await lake.EditAsync(builder => builder.ResetBranch("main", request.Base));
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => lake.Repository.CommitAsync(request, default));
        Assert.Equal(RepositoryErrorKind.Exists, refused.Kind);
    }

    [Fact]
    public async Task A_cancelled_commit_can_be_repeated()
    {
        var (store, lake, request) = await StartAsync();
        using var cancel = new CancellationTokenSource();
        store.Before = (operation, _) =>
        {
            if (operation == StoreOperation.Flush)
            {
                cancel.Cancel();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lake.Repository.CommitAsync(request, cancel.Token));
        store.Before = null;
        Assert.Equal(request.Base, await lake.TipAsync());
        await lake.Repository.CommitAsync(request, default);
        await AssertDoneOnceAsync(lake, request);
    }

    [Fact]
    public async Task A_commit_that_may_have_displaced_another_is_no_silent_success()
    {
        var (store, lake, request) = await StartAsync();
        store.After = (operation, key) =>
        {
            if (operation == StoreOperation.PutIfMatch)
            {
                throw new StorageException(key, "may have been replaced; what was there is kept") { KeptPath = "/lake/repo#1" };
            }
        };
        var failure = await Assert.ThrowsAsync<RepositoryException>(() => lake.Repository.CommitAsync(request, default));
        Assert.Equal(RepositoryErrorKind.NotDurable, failure.Kind);
        Assert.Contains("is kept", failure.Message, StringComparison.Ordinal);
        await AssertDoneOnceAsync(await lake.ReopenAsync(), request);
    }

    private static void FailIf(bool condition)
    {
        if (condition)
        {
            throw new StorageException(".", "the disk is failing");
        }
    }

    private static async Task<(MemoryObjectStore Store, Lake Lake, CommitRequest Request)> StartAsync()
    {
        var store = new MemoryObjectStore();
        var (lake, array) = await CommitTests.WithArrayAsync(store);
        await store.FlushAsync(default);
        var changes = new ChangeSet();
        changes.Put(array, await lake.PutChunkAsync("new 2"), 2);
        changes.AddGroup("/g");
        var other = changes.AddArray("/g/y", [2], [1]);
        changes.PutText(other, "y", 1);
        return (store, lake, await lake.RequestAsync(changes));
    }

    private static async Task AssertDoneOnceAsync(Lake lake, CommitRequest request)
    {
        Assert.Equal(request.NewSnapshot, await lake.TipAsync());
        var references = await lake.Repository.ReferencesAsync(default);
        Assert.Single(references.Commits, commit => commit.Id == request.NewSnapshot);
        Assert.Equal(3, references.Ancestry(request.NewSnapshot).Count());
        Assert.Equal(2, Enumerable.Range(0, references.Repo.UpdateCount).Count(i => references.Repo.UpdateAt(i).Kind == RepoUpdateKind.NewCommit));
        Assert.Equal(CommitTests.Contents(("0", "old 0"), ("1", "old 1"), ("2", "new 2")), await lake.ContentAsync("/x"));
        Assert.Equal(CommitTests.Contents(("1", "y")), await lake.ContentAsync("/g/y"));
    }
}
