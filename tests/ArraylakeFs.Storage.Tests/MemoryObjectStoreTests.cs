namespace ArraylakeFs.Storage.Tests;

public sealed class MemoryObjectStoreTests : ObjectStoreContract, IAsyncDisposable
{
    private readonly MemoryObjectStore _store = new();

    protected override IObjectStore Store => _store;

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_power_cut_forgets_what_was_not_flushed()
    {
        await _store.PutAsync("kept", Bytes("old"), default);
        await _store.PutAsync("deleted", Bytes("x"), default);
        await _store.FlushAsync(default);
        await _store.PutAsync("kept", Bytes("new"), default);
        await _store.PutAsync("lost", Bytes("x"), default);
        await _store.DeleteAsync("deleted", default);
        await _store.PutIfAbsentAsync("created", Bytes("x"), default);
        var kept = (await _store.StatAsync("created", default))!.ETag;
        await _store.PutIfMatchAsync("created", Bytes("y"), kept, "backup", default);
        _store.PowerCut();
        Assert.Equal(["backup", "created", "deleted", "kept"], await KeysAsync(""));
        Assert.Equal("old", await TextAsync("kept"));
        Assert.Equal("y", await TextAsync("created"));
    }

    [Fact]
    public async Task A_fault_before_prevents_and_a_fault_after_hides_what_was_done()
    {
        _store.Before = (operation, key) => Fail(operation == StoreOperation.Put && key == "before");
        _store.After = (operation, key) => Fail(operation == StoreOperation.Put && key == "after");
        await Assert.ThrowsAsync<StorageException>(async () => await _store.PutAsync("before", Bytes("x"), default));
        await Assert.ThrowsAsync<StorageException>(async () => await _store.PutAsync("after", Bytes("x"), default));
        Assert.Equal(["after"], await KeysAsync(""));
    }

    private static void Fail(bool now)
    {
        if (now)
        {
            throw new StorageException("k", "injected");
        }
    }
}
