using System.Text;

namespace ArraylakeFs.Storage.Tests;

/// <summary>What every object store promises; each implementation runs all of it.</summary>
public abstract class ObjectStoreContract
{
    protected abstract IObjectStore Store { get; }

    [Fact]
    public async Task What_was_put_is_read_back_and_replaced()
    {
        await Store.PutAsync("a/b", Bytes("one"), default);
        Assert.Equal("one", await TextAsync("a/b"));
        await Store.PutAsync("a/b", Bytes("twenty"), default);
        Assert.Equal("twenty", await TextAsync("a/b"));
        await Store.PutAsync("empty", Bytes(""), default);
        Assert.Equal("", await TextAsync("empty"));
    }

    [Fact]
    public async Task What_does_not_exist_is_null()
    {
        Assert.Null(await Store.GetAsync("none", 100, default));
        Assert.Null(await Store.GetAsync("no/ne", 100, default));
        Assert.Null(await Store.ReadAsync("none", 0, new byte[1], default));
        Assert.Null(await Store.StatAsync("none", default));
        Assert.Null(await Store.PutIfMatchAsync("none", Bytes("x"), new ETag("1-1-1"), "backup", default));
        await Store.DeleteAsync("none", default);
        Assert.Empty(await KeysAsync(""));
    }

    [Fact]
    public async Task A_large_object_survives_and_a_limit_is_kept()
    {
        var content = new byte[5_000_000];
        new Random(1).NextBytes(content);
        await Store.PutAsync("large", content, default);
        Assert.True((await Store.GetAsync("large", content.Length, default))!.Content.Span.SequenceEqual(content));
        var refused = await Assert.ThrowsAsync<StorageException>(() => Store.GetAsync("large", content.Length - 1, default).AsTask());
        Assert.Equal("large", refused.Key);
        Assert.Contains("5000000", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 3, "abc")]
    [InlineData(2, 3, "cde")]
    [InlineData(4, 9, "ef")]
    [InlineData(6, 9, "")]
    [InlineData(7, 9, "")]
    [InlineData(long.MaxValue - 8, 8, "")]
    [InlineData(0, 0, "")]
    public async Task A_range_ends_with_the_object(long offset, int length, string expected)
    {
        await Store.PutAsync("k", Bytes("abcdef"), default);
        var buffer = new byte[length];
        var count = await Store.ReadAsync("k", offset, buffer, default);
        Assert.Equal(expected, Encoding.ASCII.GetString(buffer, 0, count!.Value));
    }

    [Fact]
    public async Task Only_one_of_many_creates_an_object()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            Task.Run(async () => await Store.PutIfAbsentAsync("dir/once", Bytes($"{i}"), default))));
        var winner = Assert.Single(Enumerable.Range(0, 16), i => results[i] is not null);
        Assert.Equal($"{winner}", await TextAsync("dir/once"));
        Assert.Equal(results[winner], (await Store.StatAsync("dir/once", default))!.ETag);
        Assert.Equal(["dir/once"], await KeysAsync(""));
    }

    [Fact]
    public async Task An_etag_is_the_same_from_every_call_and_changes_with_every_version()
    {
        var seen = new HashSet<ETag>();
        for (var i = 0; i < 200; i++)
        {
            await Store.PutAsync("k", Bytes("same size"), default);
            var read = (await Store.GetAsync("k", 100, default))!;
            var stat = (await Store.StatAsync("k", default))!;
            Assert.Equal(read.ETag, stat.ETag);
            Assert.Equal(read.LastModified, stat.LastModified);
            Assert.Equal(9, stat.Size);
            Assert.True(seen.Add(read.ETag));
        }
    }

    [Fact]
    public async Task The_time_of_an_object_is_when_it_was_put()
    {
        var before = DateTimeOffset.UtcNow.AddMilliseconds(-1);
        await Store.PutAsync("k", Bytes("x"), default);
        var time = (await Store.StatAsync("k", default))!.LastModified;
        Assert.InRange(time, before, DateTimeOffset.UtcNow.AddMilliseconds(1));
    }

    [Fact]
    public async Task A_conditional_put_replaces_the_expected_version_and_keeps_it_as_backup()
    {
        await Store.PutAsync("repo", Bytes("one"), default);
        var one = (await Store.GetAsync("repo", 100, default))!.ETag;
        var two = await Store.PutIfMatchAsync("repo", Bytes("two"), one, "old/repo.1", default);
        Assert.Equal(two, (await Store.GetAsync("repo", 100, default))!.ETag);
        Assert.Equal("two", await TextAsync("repo"));
        Assert.Equal("one", await TextAsync("old/repo.1"));
        var three = await Store.PutIfMatchAsync("repo", Bytes("three"), two!.Value, null, default);
        Assert.NotNull(three);
        Assert.Equal(["old/repo.1", "repo"], await KeysAsync(""));
    }

    [Fact]
    public async Task A_conditional_put_on_another_version_leaves_nothing_of_ours()
    {
        await Store.PutAsync("repo", Bytes("one"), default);
        var one = (await Store.GetAsync("repo", 100, default))!.ETag;
        await Store.PutAsync("repo", Bytes("two"), default);
        Assert.Null(await Store.PutIfMatchAsync("repo", Bytes("three"), one, "old/repo.1", default));
        Assert.Equal("two", await TextAsync("repo"));
        Assert.Equal(["repo"], await KeysAsync(""));
        await Store.DeleteAsync("repo", default);
        Assert.Null(await Store.PutIfMatchAsync("repo", Bytes("three"), one, "old/repo.1", default));
        Assert.Empty(await KeysAsync(""));
    }

    [Fact]
    public async Task Threads_that_update_conditionally_lose_nothing()
    {
        await Store.PutAsync("counter", Bytes("000000000"), default);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                await Program.AddOneAsync(Store);
            }
        })));
        Assert.Equal("000000200", await TextAsync("counter"));
    }

    [Fact]
    public async Task Readers_see_a_whole_version_while_it_is_replaced()
    {
        var versions = Enumerable.Range(0, 10).Select(i => Enumerable.Repeat((byte)i, 100_000 + i).ToArray()).ToArray();
        await Store.PutAsync("k", versions[0], default);
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            var reads = 0;
            while (!stop.IsCancellationRequested || reads == 0)
            {
                var content = (await Store.GetAsync("k", 1_000_000, default))!.Content;
                Assert.True(content.Span.SequenceEqual(versions[content.Span[0]]));
                reads++;
            }
        })).ToArray();
        for (var i = 0; i < 300; i++)
        {
            await Store.PutAsync("k", versions[i % 10], default);
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task A_listing_has_the_keys_that_start_with_the_prefix()
    {
        foreach (var key in new[] { "repo", "chunks/A", "chunks/B", "chunks2/C", "chunks/deep/D", "z" })
        {
            await Store.PutAsync(key, Bytes(key), default);
        }

        Assert.Equal(["chunks/A", "chunks/B", "chunks/deep/D", "chunks2/C", "repo", "z"], await KeysAsync(""));
        Assert.Equal(["chunks/A", "chunks/B", "chunks/deep/D"], await KeysAsync("chunks/"));
        Assert.Equal(["chunks/A", "chunks/B", "chunks/deep/D", "chunks2/C"], await KeysAsync("chunks"));
        Assert.Equal(["chunks/deep/D"], await KeysAsync("chunks/de"));
        Assert.Empty(await KeysAsync("chunks/A/"));
        Assert.Empty(await KeysAsync("none/"));
        await foreach (var info in Store.ListAsync("", default))
        {
            Assert.Equal(await Store.StatAsync(info.Key, default), info);
        }
    }

    [Fact]
    public async Task A_deleted_object_is_gone()
    {
        await Store.PutAsync("a/b", Bytes("x"), default);
        await Store.DeleteAsync("a/b", default);
        Assert.Null(await Store.StatAsync("a/b", default));
        Assert.Empty(await KeysAsync(""));
        await Store.FlushAsync(default);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../up")]
    [InlineData("a/../../up")]
    [InlineData("a/./b")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a\0b")]
    [InlineData("repo#1")]
    [InlineData("a#17/b")]
    [InlineData(".arraylakefs/lock")]
    public async Task What_cannot_be_a_key_is_refused_everywhere(string key)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.GetAsync(key, 1, default));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.ReadAsync(key, 0, new byte[1], default));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.PutAsync(key, default, default));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.PutIfAbsentAsync(key, default, default));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.PutIfMatchAsync(key, default, new ETag("1"), null, default));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.StatAsync(key, default));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.DeleteAsync(key, default));
        await Store.PutAsync("repo", default, default);
        var etag = (await Store.StatAsync("repo", default))!.ETag;
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.PutIfMatchAsync("repo", default, etag, key, default));
    }

    [Theory]
    [InlineData("a#b")]
    [InlineData("#")]
    [InlineData("a#1b")]
    [InlineData("...")]
    [InlineData("a\\b")]
    [InlineData("ünï/🧊")]
    [InlineData("a/.arraylakefs")]
    public async Task Unusual_keys_are_keys(string key)
    {
        await Store.PutAsync(key, Bytes("x"), default);
        Assert.Equal("x", await TextAsync(key));
        Assert.Equal([key], await KeysAsync(""));
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PutAsync("k", Bytes("x"), cancelled));
        Assert.Empty(await KeysAsync(""));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.GetAsync("k", 1, cancelled));
    }

    protected static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    protected async Task<string> TextAsync(string key) => Encoding.ASCII.GetString((await Store.GetAsync(key, 1000, default))!.Content.Span);

    protected async Task<string[]> KeysAsync(string prefix)
    {
        var keys = new List<string>();
        await foreach (var info in Store.ListAsync(prefix, default))
        {
            keys.Add(info.Key);
        }

        return [.. keys.Order(StringComparer.Ordinal)];
    }
}
