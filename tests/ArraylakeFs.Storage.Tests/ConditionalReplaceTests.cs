namespace ArraylakeFs.Storage.Tests;

/// <summary>Towards writers that neither lock nor look, as the official client: whatever they renamed into place stays there.</summary>
public sealed class ConditionalReplaceTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Target => Path.Combine(_directory.Path, "repo");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_foreign_writer_between_look_and_exchange_is_put_back()
    {
        var (store, etag) = await StartAsync(exchange => exchange == 1);
        Assert.Null(await store.PutIfMatchAsync("repo", "ours"u8.ToArray(), etag, "old", default));
        Assert.Equal("foreign 1", await File.ReadAllTextAsync(Target));
        AssertNoLeftovers();
    }

    [Fact]
    public async Task A_second_foreign_writer_while_the_first_is_put_back_wins()
    {
        var (store, etag) = await StartAsync(exchange => exchange <= 2);
        Assert.Null(await store.PutIfMatchAsync("repo", "ours"u8.ToArray(), etag, "old", default));
        Assert.Equal("foreign 2", await File.ReadAllTextAsync(Target));
        AssertNoLeftovers();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(9)]
    public async Task However_many_foreign_writers_come_the_last_one_wins(int count)
    {
        var (store, etag) = await StartAsync(exchange => exchange <= count);
        Assert.Null(await store.PutIfMatchAsync("repo", "ours"u8.ToArray(), etag, "old", default));
        Assert.Equal($"foreign {count}", await File.ReadAllTextAsync(Target));
        AssertNoLeftovers();
    }

    [Fact]
    public async Task A_foreign_writer_before_the_look_is_seen()
    {
        var (store, etag) = await StartAsync(_ => false);
        ReplaceAsOfficialClient("foreign");
        Assert.Null(await store.PutIfMatchAsync("repo", "ours"u8.ToArray(), etag, "old", default));
        Assert.Equal("foreign", await File.ReadAllTextAsync(Target));
        AssertNoLeftovers();
    }

    [Fact]
    public async Task A_target_deleted_between_look_and_exchange_stays_deleted()
    {
        var store = new LocalObjectStore(_directory.Path) { Configure = replace => replace.BeforeExchange = () => File.Delete(Target) };
        await store.PutAsync("repo", "old"u8.ToArray(), default);
        var etag = (await store.StatAsync("repo", default))!.ETag;
        Assert.Null(await store.PutIfMatchAsync("repo", "ours"u8.ToArray(), etag, "old", default));
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task A_failure_before_a_foreign_version_is_put_back_does_not_destroy_it()
    {
        var (store, etag) = await StartAsync(exchange => exchange == 1 ? true : throw new StorageException("repo", "the disk is failing"));
        var failure = await Assert.ThrowsAsync<StorageException>(async () =>
            await store.PutIfMatchAsync("repo", "ours"u8.ToArray(), etag, "old", default));
        var kept = Assert.Single(Directory.EnumerateFiles(_directory.Path, "repo#*"));
        Assert.Equal(kept, failure.KeptPath);
        Assert.Contains(kept, failure.Message, StringComparison.Ordinal);
        Assert.Equal("foreign 1", await File.ReadAllTextAsync(kept));
        // What is there now names the backup, so that it stays as well.
        Assert.Equal("ours", await File.ReadAllTextAsync(Target));
        Assert.Equal("base", await File.ReadAllTextAsync(store.PathOf("old")));
    }

    [Fact]
    public async Task A_failure_before_anything_was_exchanged_leaves_nothing_behind()
    {
        var (store, etag) = await StartAsync(_ => throw new StorageException("repo", "the disk is failing"));
        await Assert.ThrowsAsync<StorageException>(async () => await store.PutIfMatchAsync("repo", "ours"u8.ToArray(), etag, "old", default));
        Assert.Equal("base", await File.ReadAllTextAsync(Target));
        AssertNoLeftovers();
    }

    [Fact]
    public async Task A_replacement_that_cannot_be_flushed_says_that_it_happened_and_every_later_flush_fails()
    {
        LocalObjectStore? store = null;
        store = new LocalObjectStore(_directory.Path)
        {
            Configure = replace => replace.BeforeExchange = () =>
            {
                // A name that cannot be opened stands for a file whose data cannot be written.
                store!.PutAsync("chunk", "x"u8.ToArray(), default).AsTask().GetAwaiter().GetResult();
                File.Delete(store.PathOf("chunk"));
                File.CreateSymbolicLink(store.PathOf("chunk"), "chunk");
            },
        };
        await store.PutAsync("repo", "old"u8.ToArray(), default);
        var etag = (await store.StatAsync("repo", default))!.ETag;
        var failure = await Assert.ThrowsAsync<StorageException>(async () =>
            await store.PutIfMatchAsync("repo", "new"u8.ToArray(), etag, "old", default));
        Assert.Null(failure.KeptPath);
        Assert.Contains("was replaced", failure.Message, StringComparison.Ordinal);
        Assert.Equal("new", await File.ReadAllTextAsync(Target));
        await Assert.ThrowsAsync<StorageException>(async () => await store.FlushAsync(default));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task Without_exchange_or_hard_links_versions_and_backups_are_still_right(bool exchange, bool hardLinks)
    {
        var store = new LocalObjectStore(_directory.Path)
        {
            Configure = replace => (replace.UseExchange, replace.UseHardLinks) = (exchange, hardLinks),
        };
        await store.PutAsync("repo", "one"u8.ToArray(), default);
        var one = (await store.StatAsync("repo", default))!.ETag;
        var two = await store.PutIfMatchAsync("repo", "two"u8.ToArray(), one, "old/1", default);
        Assert.Equal(two, (await store.StatAsync("repo", default))!.ETag);
        Assert.Equal("two", await File.ReadAllTextAsync(Target));
        Assert.Equal("one", await File.ReadAllTextAsync(store.PathOf("old/1")));
        Assert.Null(await store.PutIfMatchAsync("repo", "three"u8.ToArray(), one, "old/2", default));
        Assert.False(File.Exists(store.PathOf("old/2")));
        Assert.Empty(Directory.EnumerateFiles(_directory.Path, "*#*"));
    }

    [Fact]
    public async Task Our_own_writers_lose_nothing_even_without_exchange()
    {
        var store = new LocalObjectStore(_directory.Path) { Configure = replace => replace.UseExchange = false };
        await store.PutAsync("counter", "000000000"u8.ToArray(), default);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await Program.AddOneAsync(store);
            }
        })));
        Assert.Equal("000000200", await File.ReadAllTextAsync(store.PathOf("counter")));
    }

    [Fact]
    public async Task A_conditional_put_waits_for_the_lock_and_can_be_cancelled()
    {
        var (store, etag) = await StartAsync(_ => false);
        using var cancel = new CancellationTokenSource();
        Task<ETag?> cancelled, waiting;
        using (await StoreLock.TakeAsync(store.Root, "repo", default))
        {
            cancelled = store.PutIfMatchAsync("repo", "ours"u8.ToArray(), etag, null, cancel.Token).AsTask();
            waiting = store.PutIfMatchAsync("repo", "ours"u8.ToArray(), etag, null, default).AsTask();
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
            Assert.Equal("base", await File.ReadAllTextAsync(Target));
            Assert.False(waiting.IsCompleted);
        }

        Assert.NotNull(await waiting);
    }

    [MountFact("vfat")]
    public async Task A_file_system_with_neither_exchange_nor_hard_links_works()
    {
        using var vfat = new MountedFileSystem("vfat");
        var store = new LocalObjectStore(vfat.Path);
        Assert.NotNull(await store.PutIfAbsentAsync("repo", "one"u8.ToArray(), default));
        Assert.Null(await store.PutIfAbsentAsync("repo", "zero"u8.ToArray(), default));
        var one = (await store.StatAsync("repo", default))!.ETag;
        Assert.NotNull(await store.PutIfMatchAsync("repo", "two"u8.ToArray(), one, "old/1", default));
        Assert.Equal("one", await File.ReadAllTextAsync(store.PathOf("old/1")));
        Assert.Equal("two", await File.ReadAllTextAsync(store.PathOf("repo")));
    }

    [Fact]
    public async Task Against_a_foreign_writer_that_never_looks_no_success_of_ours_overwrites_an_unread_version()
    {
        // The foreign writer reads, adds a line and renames over, like the official client. What we were told we wrote may be lost by
        // its rename (nobody can prevent that), but none of its lines may be lost by a success of ours. When an exchange had to be undone,
        // it may have read ours in between, and so have lost a line by its own rename: at most one for each.
        var exchanges = 0;
        var store = new LocalObjectStore(_directory.Path) { Configure = replace => replace.BeforeExchange = () => exchanges++ };
        await store.PutAsync("repo", ""u8.ToArray(), default);
        var foreign = Task.Run(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                ReplaceAsOfficialClient(File.ReadAllText(Target) + $"f{i}\n");
            }
        });
        var successes = 0;
        while (!foreign.IsCompleted)
        {
            var read = (await store.GetAsync("repo", 1 << 20, default))!;
            byte[] next = [.. read.Content.Span, .. "ours\n"u8];
            successes += await store.PutIfMatchAsync("repo", next, read.ETag, null, default) is null ? 0 : 1;
        }

        await foreign;
        var lines = (await File.ReadAllLinesAsync(Target)).ToHashSet();
        var lost = Enumerable.Range(0, 2000).Count(i => !lines.Contains($"f{i}"));
        Assert.True(lost <= exchanges - successes, $"{lost} lines were lost, but only {exchanges - successes} exchanges were undone");
        Assert.True(successes > 0);
    }

    private async Task<(LocalObjectStore Store, ETag ETag)> StartAsync(Func<int, bool> interfere)
    {
        var exchanges = 0;
        var store = new LocalObjectStore(_directory.Path)
        {
            Configure = replace => replace.BeforeExchange = () =>
            {
                exchanges++;
                if (interfere(exchanges))
                {
                    ReplaceAsOfficialClient($"foreign {exchanges}");
                }
            },
        };
        await store.PutAsync("repo", "base"u8.ToArray(), default);
        return (store, (await store.StatAsync("repo", default))!.ETag);
    }

    private void ReplaceAsOfficialClient(string content)
    {
        File.WriteAllText(Target + "#1", content);
        File.Move(Target + "#1", Target, overwrite: true);
    }

    private void AssertNoLeftovers() =>
        Assert.Equal(["repo"], Directory.EnumerateFiles(_directory.Path).Select(path => Path.GetFileName(path)!));
}
