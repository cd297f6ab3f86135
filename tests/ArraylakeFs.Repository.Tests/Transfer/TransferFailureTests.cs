using System.Diagnostics;
using ArraylakeFs.Repository.Transfer;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests.Transfer;

public sealed class TransferFailureTests : IDisposable
{
    private readonly Folders _folders = new();

    public TransferFailureTests()
    {
        _folders.Write("in.zarr/zarr.json", Folders.GroupV3);
        _folders.Write("in.zarr/x/zarr.json", Folders.ArrayV3([100], [1]));
        for (var i = 0; i < 100; i++)
        {
            _folders.Write($"in.zarr/x/c/{i}", new string('x', 1000 + i));
        }
    }

    public void Dispose() => _folders.Dispose();

    [Theory]
    [InlineData("in.zarr/x/zarr.json", "{ nonsense", "/x", "not JSON")]
    [InlineData("in.zarr/x/zarr.json", """{"zarr_format": 3, "node_type": "array"}""", "/x", "shape")]
    [InlineData("in.zarr/zarr.json", """{"zarr_format": "https://purl.org/zarr/spec/protocol/core/3.0"}""", "/", "draft of 2021")]
    [InlineData("in.zarr/y/.zarray", """{"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "|O", "fill_value": null, "order": "C"}""", "/y", "|O")]
    [InlineData("in.zarr/y/.zarray", """{"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": [["a", "<i4", [2]]], "fill_value": null, "order": "C"}""", "/y", "\"a\"")]
    [InlineData("in.zarr/y/.zgroup", """{"zarr_format": 3}""", "/y", "zarr_format")]
    [InlineData("in.zarr/x/c/7", "", "/x/c/7", "no bytes")]
    [InlineData("in.zarr/x/c/zarr.json", """{"zarr_format": 3, "node_type": "group"}""", "/x/c", "below an array")]
    public async Task What_cannot_be_imported_is_named_before_anything_is_written(string file, string content, string path, string problem)
    {
        _folders.Write(file, content);
        var lake = await NewLakeAsync();
        var before = _folders.Read("lake");
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => ImportAsync(lake));
        Assert.StartsWith(path + " cannot be imported", refused.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, _folders.Read("lake"));
    }

    [Fact]
    public async Task A_folder_that_is_no_hierarchy_is_refused()
    {
        File.Delete(_folders["in.zarr/zarr.json"]);
        var lake = await NewLakeAsync();
        Assert.Contains("is no Zarr directory", (await Assert.ThrowsAsync<RepositoryException>(() => ImportAsync(lake))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_imported_over_what_is_there()
    {
        var lake = await NewLakeAsync();
        await lake.CommitAsync(changes =>
        {
            changes.AddGroup("/a");
            changes.AddArray("/array", [1], [1]);
        });
        async Task<RepositoryErrorKind> KindAsync(string path) => (await Assert.ThrowsAsync<RepositoryException>(() => ImportAsync(lake, path))).Kind;
        Assert.Equal(RepositoryErrorKind.Exists, await KindAsync("/"));
        Assert.Equal(RepositoryErrorKind.Exists, await KindAsync("/a"));
        Assert.Equal(RepositoryErrorKind.Invalid, await KindAsync("/array/b"));
        Assert.Equal(RepositoryErrorKind.Invalid, await KindAsync("/a/.."));
        Assert.Empty(await lake.KeysAsync("chunks/"));
        await ImportAsync(lake, "/a/b");
    }

    [Fact]
    public async Task An_unknown_branch_is_named()
    {
        var lake = await NewLakeAsync();
        var request = new ImportRequest(_folders["in.zarr"], "/", "nowhere", "import", []);
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => DirectoryImport.RunAsync(lake.Repository, request, null, default));
        Assert.Contains("'nowhere'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_that_is_no_file_stops_nothing_but_the_import()
    {
        File.Delete(_folders["in.zarr/x/c/50"]);
        Process.Start("mkfifo", _folders["in.zarr/x/c/50"])!.WaitForExit();
        await AssertLeavesNothingAsync<RepositoryException>(lake => ImportAsync(lake));
    }

    [Fact]
    public async Task A_chunk_that_cannot_be_read_is_named_and_leaves_nothing()
    {
        var gone = 0;
        var failure = await AssertLeavesNothingAsync<StorageException>(lake => ImportAsync(lake, progress: new Watch(_ =>
        {
            if (Interlocked.Exchange(ref gone, 1) == 0)
            {
                Directory.Delete(_folders["in.zarr/x/c"], recursive: true);
            }
        })));
        Assert.StartsWith("/x/c/", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_that_changes_meanwhile_leaves_nothing()
    {
        var grown = 0;
        var failure = await AssertLeavesNothingAsync<RepositoryException>(lake => ImportAsync(lake, progress: new Watch(_ =>
        {
            if (Interlocked.Exchange(ref grown, 1) == 0)
            {
                for (var i = 0; i < 100; i++)
                {
                    File.AppendAllText(_folders[$"in.zarr/x/c/{i}"], "more");
                }
            }
        })));
        Assert.Contains("changed while it was imported", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_cancels_an_import_leaves_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        await AssertLeavesNothingAsync<OperationCanceledException>(lake =>
            ImportAsync(lake, progress: new Watch(done => CancelAt(done, cancellation)), cancellationToken: cancellation.Token));
    }

    [Fact]
    public async Task A_store_that_is_full_is_told_and_nothing_is_left()
    {
        var store = new MemoryObjectStore();
        var lake = await Lake.CreateAsync(store);
        var left = 20;
        store.Before = (operation, key) =>
        {
            if (operation == StoreOperation.Put && Interlocked.Decrement(ref left) < 0)
            {
                throw new StorageException(key, "cannot be written: No space left on device.");
            }
        };
        await Assert.ThrowsAsync<StorageException>(() => ImportAsync(lake));
        Assert.Empty(await lake.KeysAsync("chunks/"));
        Assert.Empty((await lake.ViewAsync()).Nodes);
    }

    [Fact]
    public async Task An_export_that_fails_leaves_no_directory()
    {
        var lake = await NewLakeAsync();
        await ImportAsync(lake);
        var key = (await lake.KeysAsync("chunks/"))[0];
        await lake.Store.DeleteAsync(key, default);
        var failure = await Assert.ThrowsAsync<RepositoryException>(() => ExportAsync(lake));
        Assert.Contains(key, failure.Message, StringComparison.Ordinal);
        Assert.Contains("/x: chunk c/", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["in.zarr", "lake"], _folders.Names(""));

        await lake.Store.PutAsync(key, "short"u8.ToArray(), default);
        Assert.Contains("ends before byte", (await Assert.ThrowsAsync<RepositoryException>(() => ExportAsync(lake))).Message, StringComparison.Ordinal);
        Assert.Equal(["in.zarr", "lake"], _folders.Names(""));
    }

    [Fact]
    public async Task Who_cancels_an_export_leaves_no_directory()
    {
        var lake = await NewLakeAsync();
        await ImportAsync(lake);
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ExportAsync(lake, new Watch(done => CancelAt(done, cancellation)), cancellationToken: cancellation.Token));
        Assert.Equal(["in.zarr", "lake"], _folders.Names(""));
    }

    [Fact]
    public async Task An_export_takes_an_empty_directory_and_no_other()
    {
        var lake = await NewLakeAsync();
        await ImportAsync(lake);
        _folders.Write("out.zarr/precious", "years of work");
        Assert.Equal(RepositoryErrorKind.Exists, (await Assert.ThrowsAsync<RepositoryException>(() => ExportAsync(lake))).Kind);
        Assert.Equal(["precious"], _folders.Names("out.zarr"));
        File.Delete(_folders["out.zarr/precious"]);
        await ExportAsync(lake);
        Assert.Equal(_folders.Read("in.zarr"), _folders.Read("out.zarr"));
    }

    [Fact]
    public async Task What_v2_cannot_say_is_named_before_anything_is_exported()
    {
        _folders.Write("in.zarr/x/zarr.json", Folders.ArrayV3([100], [1]).Replace("\"bytes\"", "\"our_own\"", StringComparison.Ordinal));
        var lake = await NewLakeAsync();
        await ImportAsync(lake);
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => ExportAsync(lake, format: 2));
        Assert.StartsWith("/x cannot be exported", refused.Message, StringComparison.Ordinal);
        Assert.Contains("our_own", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["in.zarr", "lake"], _folders.Names(""));
    }

    [Fact]
    public async Task A_path_that_is_no_file_path_is_refused()
    {
        var lake = await NewLakeAsync();
        await Foreign.CommitArrayAsync(lake, "/a//b", [1], writer => writer.AddInline([0], "x"u8));
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => ExportAsync(lake));
        Assert.StartsWith("/a//b cannot be exported", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Virtual_chunks_are_exported_where_the_user_allows_it()
    {
        var file = _folders.Write("data/file", "0123456789");
        var lake = await NewLakeAsync();
        await Foreign.CommitArrayAsync(lake, "/v", [1], writer => writer.AddVirtual([0], "file://" + file, 2, 3));
        var denied = await Assert.ThrowsAnyAsync<RepositoryException>(() => ExportAsync(lake));
        Assert.StartsWith("/v: chunk c/0: ", denied.Message, StringComparison.Ordinal);
        Assert.Contains("allow", denied.Message, StringComparison.Ordinal);
        Assert.Equal(["data", "in.zarr", "lake"], _folders.Names(""));

        var access = VirtualAccess.Of([$"file://{_folders["data"]}/"]);
        await using var allowed = await ZarrRepository.OpenAsync(lake.Store, access, default);
        await DirectoryExport.RunAsync(allowed, await lake.ViewAsync(), new ExportRequest("/", _folders["out.zarr"], 3), null, default);
        Assert.Equal("234", await File.ReadAllTextAsync(_folders["out.zarr/v/c/0"]));
    }

    private static void CancelAt(TransferProgress done, CancellationTokenSource cancellation)
    {
        if (done.Chunks >= 10)
        {
            cancellation.Cancel();
        }
    }

    private async Task<TException> AssertLeavesNothingAsync<TException>(Func<Lake, Task> import)
        where TException : Exception
    {
        var lake = await NewLakeAsync();
        var before = _folders.Read("lake");
        var failure = await Assert.ThrowsAnyAsync<TException>(() => import(lake));
        Assert.Equal(before, _folders.Read("lake"));
        return failure;
    }

    private async Task<Lake> NewLakeAsync() => await Lake.CreateAsync(new LocalObjectStore(_folders["lake"]));

    private Task<ImportSummary> ImportAsync(
        Lake lake, string path = "/", IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default) =>
        DirectoryImport.RunAsync(lake.Repository, new ImportRequest(_folders["in.zarr"], path, "main", "import", []), progress, cancellationToken);

    private async Task<ExportSummary> ExportAsync(
        Lake lake, IProgress<TransferProgress>? progress = null, int format = 3, CancellationToken cancellationToken = default) =>
        await DirectoryExport.RunAsync(
            lake.Repository, await lake.ViewAsync(), new ExportRequest("/", _folders["out.zarr"], format), progress, cancellationToken);
}
