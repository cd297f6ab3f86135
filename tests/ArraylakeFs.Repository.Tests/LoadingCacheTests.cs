namespace ArraylakeFs.Repository.Tests;

public sealed class LoadingCacheTests
{
    [Fact]
    public async Task The_least_recently_used_values_go_when_the_weight_is_too_much()
    {
        var loads = new List<string>();
        var cache = new LoadingCache<string, string>(10, value => value.Length);
        foreach (var key in new[] { "aaaa", "bbbb", "aaaa", "cccc", "aaaa", "bbbb", "a value of its own weight", "cccc" })
        {
            Assert.Equal(key, await cache.GetAsync(key, Load, default));
            Assert.InRange(cache.Weight, 4, key.Length > 10 ? key.Length : 10);
        }

        Assert.Equal(["aaaa", "bbbb", "cccc", "bbbb", "a value of its own weight", "cccc"], loads);

        Task<string> Load(string key)
        {
            loads.Add(key);
            return Task.FromResult(key);
        }
    }

    [Fact]
    public async Task Those_who_ask_at_once_share_a_load_and_one_can_leave()
    {
        var cache = new LoadingCache<int, string>(10, _ => 1);
        var source = new TaskCompletionSource<string>();
        var loads = 0;
        using var cancel = new CancellationTokenSource();
        var leaving = cache.GetAsync(1, Load, cancel.Token).AsTask();
        var staying = cache.GetAsync(1, Load, default).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        source.SetResult("value");
        Assert.Equal("value", await staying);
        Assert.Equal(1, loads);

        Task<string> Load(int key)
        {
            loads++;
            return source.Task;
        }
    }

    [Fact]
    public async Task A_load_that_fails_is_tried_again()
    {
        var cache = new LoadingCache<int, string>(10, _ => 1);
        await Assert.ThrowsAsync<IOException>(async () => await cache.GetAsync(1, _ => throw new IOException(), default));
        await Assert.ThrowsAsync<IOException>(async () => await cache.GetAsync(1, _ => Task.FromException<string>(new IOException()), default));
        Assert.Equal("value", await cache.GetAsync(1, _ => Task.FromResult("value"), default));
    }
}
