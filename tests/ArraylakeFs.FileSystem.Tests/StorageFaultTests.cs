using ArraylakeFs.Sessions;
using ArraylakeFs.Storage;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>The store fails in the middle of a commit, and what its outcome is cannot be told, or not be relied on.</summary>
public sealed class StorageFaultTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_changes_until_it_is_known_whether_a_commit_was_made(bool wasMade)
    {
        var store = new MemoryObjectStore();
        await using var mount = await CreateAsync(store: store);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string first = mount.Commit();
        kernel.Write(Root("x/c/0"), Documents.Chunk("second"));
        bool isCut = false;
        void Cut(StoreOperation operation, string key)
        {
            if (isCut || operation == StoreOperation.PutIfMatch)
            {
                isCut = true;
                throw new StorageException(key, "the network is down");
            }
        }

        (store.Before, store.After) = (wasMade ? null : Cut, wasMade ? Cut : null);
        Assert.Equal(Errno.InputOutput, kernel.Command("commit", "second"));
        store.Before = Cut;
        Assert.Contains("cannot be told", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.InputOutput, kernel.MakeDirectory(Root("d")));
        Assert.Contains("until it is known", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.InputOutput, kernel.Open(Root("x/c/0"), Access.Write, out _));
        Assert.Equal(Errno.InputOutput, kernel.Command("commit", "second"));
        Assert.Equal(Documents.Chunk("second"), kernel.ReadBytes(Root("x/c/0")));

        (store.Before, store.After) = (null, null);
        Files.Check(kernel.MakeDirectory(Root("d")), "mkdir");
        Assert.Equal(wasMade ? [] : ["📝 x/c/0"], mount.StatusPaths);
        Assert.Equal(wasMade ? Errno.NoData : Errno.None, kernel.Command("commit", "second"));
        string second = kernel.ReadText("commit").Trim();
        Assert.NotEqual(first, second);
        Assert.Equal(Documents.Chunk("second"), kernel.ReadBytes($"commits/{second}/root.zarr/x/c/0"));
        Assert.Equal(2, kernel.ReadText("log").Split("Commit ID").Length - 1);
    }

    [Fact]
    public async Task A_commit_that_the_disk_does_not_confirm_is_made_and_not_called_safe()
    {
        var store = new MemoryObjectStore();
        await using var mount = await CreateAsync(store: store);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        bool isAnnounced = false;
        store.After = (operation, key) =>
        {
            isAnnounced |= operation == StoreOperation.PutIfMatch;
            Fail(operation, key, StoreOperation.PutIfMatch);
        };
        store.Before = (operation, key) => Fail(operation, key, StoreOperation.Flush);
        void Fail(StoreOperation operation, string key, StoreOperation failing)
        {
            if (isAnnounced && operation == failing)
            {
                throw new StorageException(key, "the disk is dying");
            }
        }

        Assert.Equal(Errno.InputOutput, kernel.Command("commit", "first"));
        Assert.Contains("was made", mount.Error, StringComparison.Ordinal);
        Assert.Contains("power cut", mount.Error, StringComparison.Ordinal);
        (store.Before, store.After) = (null, null);
        Assert.Empty(mount.StatusPaths);
        Assert.Contains(kernel.ReadText("commit").Trim(), kernel.ReadText("log"), StringComparison.Ordinal);
        Assert.Equal(Errno.NoData, kernel.Command("commit", "again"));
        await mount.ReopenAsync();
        Assert.Empty(mount.StatusPaths);
    }
}
