using System.Diagnostics;
using System.Globalization;

namespace ArraylakeFs.Storage.Tests;

public sealed class LocalObjectStoreTests : ObjectStoreContract, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LocalObjectStore _store;

    public LocalObjectStoreTests() => _store = new LocalObjectStore(Root);

    protected override IObjectStore Store => _store;

    // Does not exist until something is put.
    private string Root => Path.Combine(_directory.Path, "lake", "repo");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Objects_are_files_at_their_key()
    {
        await _store.PutAsync("snapshots/A", Bytes("x"), default);
        Assert.Equal("x", await File.ReadAllTextAsync(Path.Combine(Root, "snapshots", "A")));
        Assert.Equal(Path.Combine(Root, "snapshots", "A"), _store.PathOf("snapshots/A"));
        Assert.Equal(Root, _store.Root);
        Assert.Same(_store, _store.Local);
        Assert.Throws<ArgumentException>(() => _store.PathOf("../A"));
    }

    [Fact]
    public async Task Reading_creates_nothing()
    {
        Assert.Null(await _store.GetAsync("repo", 10, default));
        Assert.Null(await _store.StatAsync("a/b", default));
        Assert.Null(await _store.PutIfMatchAsync("repo", Bytes("x"), new ETag("1-2-3"), "old/a", default));
        await _store.DeleteAsync("repo", default);
        Assert.Empty(await KeysAsync(""));
        await _store.FlushAsync(default);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task An_open_object_is_read_wherever_its_name_goes()
    {
        await _store.PutAsync("chunks/A", Bytes("0123456789"), default);
        Assert.Null(_store.OpenToRead("chunks/B"));
        Assert.Throws<ArgumentException>(() => _store.OpenToRead("../A"));
        using var handle = _store.OpenToRead("chunks/A")!;
        await _store.DeleteAsync("chunks/A", default);
        var buffer = new byte[4];
        Assert.Equal(4, RandomAccess.Read(handle, buffer, 3));
        Assert.Equal(Bytes("3456"), buffer);
        Assert.Equal(10, RandomAccess.GetLength(handle));
        Assert.False(handle.IsAsync);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(3_000_000)]
    public async Task A_copy_of_a_file_has_its_bytes_and_is_no_link(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        var path = Path.Combine(_directory.Path, "source");
        await File.WriteAllBytesAsync(path, bytes);
        using (var file = ForeignFile.Open("source", path))
        {
            Assert.Equal(size, _store.PutCopy(file, "chunks/A"));
        }

        await File.WriteAllBytesAsync(path, [1, 2, 3]);
        Assert.Equal(bytes, (await _store.GetAsync("chunks/A", 10_000_000, default))!.Content.ToArray());
        Assert.Equal(["chunks/A"], await KeysAsync(""));
    }

    [Fact]
    public async Task A_range_is_copied_from_file_to_file_up_to_the_end()
    {
        var from = Path.Combine(_directory.Path, "from");
        await File.WriteAllTextAsync(from, "0123456789");
        using var source = ForeignFile.Open("from", from);
        using (var target = File.OpenHandle(Path.Combine(_directory.Path, "to"), FileMode.CreateNew, FileAccess.Write))
        {
            Assert.Equal(3, FileCopy.Copy("from", source, 2, 3, target));
            Assert.Equal(2, FileCopy.Copy("from", source, 8, 30, target));
        }

        Assert.Equal("23489", await File.ReadAllTextAsync(Path.Combine(_directory.Path, "to")));
    }

    [Fact]
    public async Task A_file_from_elsewhere_is_opened_through_links_and_only_if_it_is_one()
    {
        var path = Path.Combine(_directory.Path, "file");
        await File.WriteAllTextAsync(path, "12345");
        File.CreateSymbolicLink(path + "-link", path);
        Assert.Equal(Bytes("12345"), ForeignFile.ReadAll("file", path + "-link", 5));
        Assert.Contains("more than the 4", Assert.Throws<StorageException>(() => ForeignFile.ReadAll("file", path, 4)).Message, StringComparison.Ordinal);
        Process.Start("mkfifo", path + "-pipe")!.WaitForExit();
        foreach (var other in (string[])["-pipe", "-nothing"])
        {
            Assert.StartsWith("file: ", Assert.Throws<StorageException>(() => ForeignFile.Open("file", path + other)).Message, StringComparison.Ordinal);
        }

        Assert.Throws<StorageException>(() => ForeignFile.Open("folder", _directory.Path));
    }

    [Fact]
    public async Task Unfinished_writes_and_our_own_files_are_not_objects()
    {
        await _store.PutAsync("repo", Bytes("x"), default);
        var etag = (await _store.StatAsync("repo", default))!.ETag;
        Assert.NotNull(await _store.PutIfMatchAsync("repo", Bytes("y"), etag, null, default));
        Assert.True(File.Exists(Path.Combine(Root, ".arraylakefs", "lock#0")));
        await File.WriteAllTextAsync(Path.Combine(Root, "repo#1"), "unfinished");
        await File.WriteAllTextAsync(Path.Combine(Root, ".arraylakefs", "journal"), "ours");
        Assert.Equal(["repo"], await KeysAsync(""));
    }

    [Fact]
    public async Task An_etag_is_inode_time_and_size_as_the_official_client_makes_it()
    {
        await _store.PutAsync("k", Bytes("12345"), default);
        var stat = Run("stat", "-c", "%i %s", _store.PathOf("k")).Split(' ');
        var micros = (File.GetLastWriteTimeUtc(_store.PathOf("k")) - DateTime.UnixEpoch).Ticks / 10;
        Assert.Equal($"{long.Parse(stat[0], CultureInfo.InvariantCulture):x}-{micros:x}-5", (await _store.StatAsync("k", default))!.ETag.Value);
    }

    [Fact]
    public async Task A_version_is_a_new_inode_and_its_backup_is_the_old_one()
    {
        await _store.PutAsync("repo", Bytes("one"), default);
        var one = (await _store.StatAsync("repo", default))!.ETag;
        var two = await _store.PutIfMatchAsync("repo", Bytes("two"), one, "old/1", default);
        Assert.Equal(one, (await _store.StatAsync("old/1", default))!.ETag);
        Assert.NotEqual(one.Value.Split('-')[0], two!.Value.Value.Split('-')[0]);
        Assert.Empty(Directory.EnumerateFiles(Root, "*#*"));
    }

    [Fact]
    public async Task Every_version_is_newer_than_the_one_before_even_if_that_is_in_the_future()
    {
        await _store.PutAsync("repo", Bytes("a"), default);
        File.SetLastWriteTimeUtc(_store.PathOf("repo"), DateTime.UtcNow.AddHours(1));
        var etag = (await _store.StatAsync("repo", default))!;
        Assert.NotNull(await _store.PutIfMatchAsync("repo", Bytes("b"), etag.ETag, null, default));
        Assert.True((await _store.StatAsync("repo", default))!.LastModified > etag.LastModified);
    }

    [Fact]
    public async Task A_finished_file_is_adopted_without_a_copy()
    {
        var staged = Path.Combine(_directory.Path, "staged");
        await File.WriteAllTextAsync(staged, "chunk");
        var inode = Run("stat", "-c", "%i", staged);
        _store.Adopt(staged, "chunks/A");
        Assert.False(File.Exists(staged));
        Assert.Equal("chunk", await TextAsync("chunks/A"));
        Assert.Equal(inode, Run("stat", "-c", "%i", _store.PathOf("chunks/A")));
        await _store.FlushAsync(default);
        var missing = Assert.Throws<StorageException>(() => _store.Adopt(staged, "chunks/B"));
        Assert.Equal("chunks/B", missing.Key);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(200)]
    public async Task Few_and_many_changes_are_flushed(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await _store.PutAsync($"chunks/{i}", Bytes("x"), default);
        }

        await _store.DeleteAsync("chunks/0", default);
        await _store.FlushAsync(default);
        await _store.FlushAsync(default);
        Assert.Equal(count - 1, (await KeysAsync("chunks/")).Length);
    }

    [Fact]
    public async Task After_a_failed_flush_nothing_is_called_durable_any_more()
    {
        await _store.PutAsync("chunks/A", Bytes("x"), default);
        // A name that cannot be opened stands for a file whose data cannot be written.
        File.Delete(_store.PathOf("chunks/A"));
        File.CreateSymbolicLink(_store.PathOf("chunks/A"), "A");
        await Assert.ThrowsAsync<StorageException>(async () => await _store.FlushAsync(default));
        await _store.PutAsync("repo", Bytes("x"), default);
        var etag = (await _store.StatAsync("repo", default))!.ETag;
        var refused = await Assert.ThrowsAsync<StorageException>(async () => await _store.PutIfMatchAsync("repo", Bytes("y"), etag, null, default));
        Assert.Contains("flush failed earlier", refused.Message, StringComparison.Ordinal);
        Assert.Equal("x", await TextAsync("repo"));
    }

    [Fact]
    public async Task Links_out_of_the_store_pipes_and_directories_are_errors_that_name_the_key()
    {
        await _store.PutAsync("dir/file", Bytes("x"), default);
        File.CreateSymbolicLink(Path.Combine(Root, "link"), "/etc/passwd");
        Run("mkfifo", Path.Combine(Root, "pipe"));
        foreach (var (key, problem) in new[] { ("link", "link"), ("pipe", "regular"), ("dir", "directory"), ("dir/file/x", "not a directory") })
        {
            var get = await Assert.ThrowsAsync<StorageException>(async () => await _store.GetAsync(key, 10_000, default));
            Assert.Contains(problem, get.Message, StringComparison.Ordinal);
            Assert.Equal(key, get.Key);
            var open = Assert.Throws<StorageException>(() => _store.OpenToRead(key));
            Assert.Contains(problem, open.Message, StringComparison.Ordinal);
            Assert.Equal(key, open.Key);
            await Assert.ThrowsAsync<StorageException>(async () => await _store.ReadAsync(key, 0, new byte[10], default));
            await Assert.ThrowsAsync<StorageException>(async () => await _store.StatAsync(key, default));
            await Assert.ThrowsAsync<StorageException>(async () => await _store.PutIfAbsentAsync(key, Bytes("x"), default));
        }

        await Assert.ThrowsAsync<StorageException>(async () => await _store.PutAsync("dir", Bytes("x"), default));
        Assert.Empty(Directory.EnumerateFiles(Root, "*#*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task What_is_behind_a_link_is_neither_listed_nor_deleted()
    {
        await _store.PutAsync("chunks/A", Bytes("x"), default);
        var documents = Path.Combine(_directory.Path, "documents");
        Directory.CreateDirectory(Path.Combine(documents, "empty"));
        await File.WriteAllTextAsync(Path.Combine(documents, "letter"), "the user's");
        Directory.CreateSymbolicLink(Path.Combine(Root, "linked"), documents);
        Directory.CreateSymbolicLink(Path.Combine(Root, "chunks", "circle"), ".");
        foreach (var (prefix, key) in new[]
        {
            ("linked/", "linked"), ("linked/empty/", "linked"), ("linked/l", "linked"), ("l", "linked"), ("chunks/", "chunks/circle"),
        })
        {
            var refused = await Assert.ThrowsAsync<StorageException>(() => KeysAsync(prefix));
            Assert.Contains("symbolic link", refused.Message, StringComparison.Ordinal);
            Assert.Equal(key, refused.Key);
        }

        Assert.Equal("linked", (await Assert.ThrowsAsync<StorageException>(async () => await _store.DeleteAsync("linked/letter", default))).Key);
        _store.RemoveEmptyDirectories();
        Assert.Equal(["empty", "letter"], Directory.GetFileSystemEntries(documents).Select(Path.GetFileName).Order());
        File.Delete(Path.Combine(Root, "chunks", "circle"));
        Assert.Equal(["chunks/A"], await KeysAsync("chunks/"));
        await _store.DeleteAsync("linked", default);
        Assert.True(File.Exists(Path.Combine(documents, "letter")));
        Assert.Equal(["chunks/A"], await KeysAsync(""));
    }

    [Fact]
    public void Writing_goes_on_after_interruptions_and_ends_when_nothing_is_taken()
    {
        var written = new List<byte>();
        var calls = 0;
        LocalFile.WriteAll("k", Bytes("abcdefg"), rest =>
        {
            if (calls++ % 2 == 0)
            {
                return (-1, Libc.EINTR);
            }

            var count = Math.Min(rest.Length, 3);
            written.AddRange(rest[..count]);
            return (count, 0);
        });
        Assert.Equal(Bytes("abcdefg"), written);
        var nothing = Assert.Throws<StorageException>(() => LocalFile.WriteAll("k", Bytes("a"), _ => (0, 0)));
        Assert.Equal("k: cannot be written: Input/output error.", nothing.Message);
    }

    [MountFact("tmpfs")]
    public async Task A_full_disk_is_an_error_that_says_so_and_leaves_the_old_version()
    {
        using var small = new MountedFileSystem("tmpfs");
        var store = new LocalObjectStore(Path.Combine(small.Path, "repo"));
        await store.PutAsync("repo", Bytes("one"), default);
        var etag = (await store.StatAsync("repo", default))!.ETag;
        var full = await Assert.ThrowsAsync<StorageException>(async () => await store.PutAsync("chunks/A", new byte[1 << 20], default));
        Assert.Contains("No space left on device", full.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StorageException>(async () => await store.PutIfMatchAsync("repo", new byte[1 << 20], etag, "old/1", default));
        Assert.Equal(etag, (await store.StatAsync("repo", default))!.ETag);
        Assert.Equal(["repo"], Directory.EnumerateFiles(store.Root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(store.Root, path)).Where(path => !path.StartsWith(".arraylakefs", StringComparison.Ordinal)));
        Assert.NotNull(await store.PutIfMatchAsync("repo", Bytes("two"), etag, "old/1", default));
    }

    [MountFact("tmpfs")]
    public async Task A_file_of_another_file_system_is_adopted_by_copying()
    {
        using var other = new MountedFileSystem("tmpfs");
        var staged = Path.Combine(other.Path, "staged");
        var content = new byte[200_000];
        new Random(2).NextBytes(content);
        await File.WriteAllBytesAsync(staged, content);
        _store.Adopt(staged, "chunks/A");
        Assert.False(File.Exists(staged));
        Assert.Equal(content, await File.ReadAllBytesAsync(_store.PathOf("chunks/A")));
        Assert.Equal(["chunks/A"], await KeysAsync(""));
        await _store.FlushAsync(default);
    }

    [Fact]
    public async Task Removing_empty_directories_leaves_what_is_not_ours()
    {
        await _store.PutAsync("repo", Bytes("x"), default);
        await _store.PutAsync("chunks/A", Bytes("x"), default);
        var etag = (await _store.StatAsync("repo", default))!.ETag;
        await _store.PutIfMatchAsync("repo", Bytes("y"), etag, null, default);
        await _store.DeleteAsync("repo", default);
        await _store.DeleteAsync("chunks/A", default);
        await File.WriteAllTextAsync(Path.Combine(Root, "notes"), "the user's");
        _store.RemoveEmptyDirectories();
        Assert.Equal([Path.Combine(Root, "notes")], Directory.EnumerateFileSystemEntries(Root));
        File.Delete(Path.Combine(Root, "notes"));
        _store.RemoveEmptyDirectories();
        Assert.False(Directory.Exists(Root));
        _store.RemoveEmptyDirectories();
    }

    [Fact]
    public async Task Processes_that_update_conditionally_lose_nothing()
    {
        await _store.PutAsync("counter", Bytes("000000000"), default);
        var children = Enumerable.Range(0, 4).Select(_ => Start(
            Environment.ProcessPath!, "exec", typeof(Program).Assembly.Location, "add", Root, "50")).ToArray();
        for (var i = 0; i < 50; i++)
        {
            await Program.AddOneAsync(_store);
        }

        foreach (var child in children)
        {
            await child.WaitForExitAsync();
            Assert.True(child.ExitCode == 0, await child.StandardError.ReadToEndAsync());
            child.Dispose();
        }

        Assert.Equal("000000250", await TextAsync("counter"));
        Assert.Empty(Directory.EnumerateFiles(Root, "*#*"));
    }

    [Fact]
    public async Task A_killed_process_leaves_the_store_usable()
    {
        await _store.PutAsync("counter", Bytes("000000000"), default);
        for (var round = 0; round < 5; round++)
        {
            using var child = Start(Environment.ProcessPath!, "exec", typeof(Program).Assembly.Location, "add", Root, "1000000");
            var before = await TextAsync("counter");
            while (await TextAsync("counter") == before)
            {
                Assert.False(child.HasExited);
                await Task.Delay(1);
            }

            await Task.Delay(round);
            child.Kill();
            await child.WaitForExitAsync();
            await Program.AddOneAsync(_store);
        }

        Assert.Equal(["counter"], await KeysAsync(""));
    }

    private static Process Start(params string[] command) => Process.Start(new ProcessStartInfo(command[0], command[1..])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static string Run(params string[] command)
    {
        using var process = Start(command);
        var output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
