using ArraylakeFs.Repository.Transfer;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Tests.Transfer;

public sealed class TransferTests : IDisposable
{
    private readonly Folders _folders = new();

    public void Dispose() => _folders.Dispose();

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    [InlineData(4, 2)]
    [InlineData(5, 2)]
    [InlineData(6, 2)]
    public async Task What_was_imported_is_exported_byte_for_byte(int seed, int format)
    {
        _folders.WriteRandom("in.zarr", seed, format);
        var before = _folders.Read("in.zarr");
        var lake = await NewLakeAsync();
        var summary = await ImportAsync(lake, "in.zarr");
        Assert.Equal(before, _folders.Read("in.zarr"));
        Assert.Equal(0, summary.SkippedCount);

        var exported = await ExportAsync(lake, "out.zarr", format: format);
        var after = _folders.Read("out.zarr");
        Assert.Equal(before.Keys, after.Keys);
        foreach (var (name, bytes) in before.Where(file => format == 3 || !IsDocument(file.Key)))
        {
            Assert.True(bytes == after[name], name);
        }

        // v2 documents pass through v3: what they say is the same, and stays the same from here on.
        var again = await NewLakeAsync("again");
        await ImportAsync(again, "out.zarr");
        await ExportAsync(again, "out2.zarr", format: format);
        Assert.Equal(after, _folders.Read("out2.zarr"));
        Assert.Equal((summary.Groups, summary.Arrays, summary.Chunks, summary.Bytes), (exported.Groups, exported.Arrays, exported.Chunks, exported.Bytes));
    }

    [Fact]
    public async Task An_import_is_one_commit_and_the_chunks_keep_their_bytes()
    {
        _folders.Write("in.zarr/zarr.json", Folders.GroupV3);
        _folders.Write("in.zarr/x/zarr.json", Folders.ArrayV3([4], [2]));
        _folders.Write("in.zarr/x/c/0", "small");
        _folders.Write("in.zarr/x/c/1", new string('l', 5000));
        var lake = await NewLakeAsync();
        var before = await lake.TipAsync();
        var summary = await ImportAsync(lake, "in.zarr", "/data/2024");
        var references = await lake.Repository.ReferencesAsync(default);
        Assert.Equal([summary.Commit, before], references.Ancestry(await lake.TipAsync()).Select(commit => commit.Id));
        Assert.Equal(["/", "/data", "/data/2024", "/data/2024/x"], (await lake.ViewAsync()).Nodes.Select(node => node.Path));
        var content = await lake.ContentAsync("/data/2024/x");
        Assert.Equal("small", content["0"]);
        Assert.Equal(new string('l', 5000), content["1"]);
        Assert.Single(await lake.KeysAsync("chunks/")); // the other is in the manifest
        Assert.Equal((1, 1, 2L, 5005L), (summary.Groups, summary.Arrays, summary.Chunks, summary.Bytes));
    }

    [Fact]
    public async Task A_store_that_is_no_local_directory_takes_and_gives_chunks_too()
    {
        _folders.WriteRandom("in.zarr", 7, 3);
        var lake = await Lake.CreateAsync(new MemoryObjectStore());
        await ImportAsync(lake, "in.zarr");
        await ExportAsync(lake, "out.zarr");
        Assert.Equal(_folders.Read("in.zarr"), _folders.Read("out.zarr"));
    }

    [Fact]
    public async Task A_source_that_changes_later_changes_nothing_in_the_repository()
    {
        _folders.Write("in.zarr/zarr.json", Folders.ArrayV3([1], [1]));
        var chunk = _folders.Write("in.zarr/c/0", new string('a', 1000));
        var lake = await NewLakeAsync();
        await ImportAsync(lake, "in.zarr");
        await using (var file = File.OpenWrite(chunk))
        {
            file.Write("bbb"u8); // in place
        }

        Assert.Equal(new string('a', 1000), (await lake.ContentAsync("/"))["0"]);
    }

    [Fact]
    public async Task What_is_no_part_of_the_hierarchy_is_named_and_stays_where_it_is()
    {
        _folders.Write("in.zarr/.zgroup", """{"zarr_format": 2}""");
        _folders.Write("in.zarr/.zmetadata", "{}"); // derived
        _folders.Write("in.zarr/README", "hello");
        _folders.Write("in.zarr/empty/notes/todo.txt", "?");
        _folders.Write("in.zarr/x/.zarray", Folders.ArrayV2([4], [2]));
        _folders.Write("in.zarr/x/0", "12");
        _folders.Write("in.zarr/x/2", "outside");
        _folders.Write("in.zarr/x/01", "no key");
        _folders.Write("in.zarr/x/0.partial", "left over");
        var lake = await NewLakeAsync();
        var summary = await ImportAsync(lake, "in.zarr");
        Assert.Equal(["README", "empty/notes/todo.txt", "x/0.partial", "x/01", "x/2"], summary.Skipped);
        Assert.Equal(5, summary.SkippedCount);
        Assert.Equal(["/", "/x"], (await lake.ViewAsync()).Nodes.Select(node => node.Path));
        Assert.Equal(["0"], (await lake.ContentAsync("/x")).Keys);
        Assert.True(File.Exists(_folders["in.zarr/README"]));
    }

    [Fact]
    public async Task A_directory_of_nodes_without_a_document_becomes_a_group()
    {
        _folders.Write("in.zarr/zarr.json", Folders.GroupV3);
        _folders.Write("in.zarr/a/b/zarr.json", Folders.GroupV3);
        var lake = await NewLakeAsync();
        await ImportAsync(lake, "in.zarr");
        Assert.Equal(["/", "/a", "/a/b"], (await lake.ViewAsync()).Nodes.Select(node => node.Path));
    }

    [Fact]
    public async Task An_import_goes_onto_what_others_committed_meanwhile()
    {
        _folders.Write("in.zarr/zarr.json", Folders.ArrayV3([1], [1]));
        _folders.Write("in.zarr/c/0", "1");
        var lake = await NewLakeAsync();
        var other = await lake.ReopenAsync();
        var done = false;
        var summary = await ImportAsync(lake, "in.zarr", "/mine", progress: new Watch(_ =>
        {
            if (!done)
            {
                done = true;
                other.CommitAsync(changes => changes.AddGroup("/theirs")).GetAwaiter().GetResult();
            }
        }));
        Assert.Equal(["/", "/mine", "/theirs"], (await lake.ViewAsync()).Nodes.Select(node => node.Path));
        Assert.Equal(summary.Commit, await lake.TipAsync());
    }

    [Fact]
    public async Task Links_are_followed_and_a_link_to_a_folder_above_is_refused()
    {
        _folders.Write("elsewhere/x/zarr.json", Folders.ArrayV3([2], [1]));
        _folders.Write("elsewhere/x/c/0", "0");
        _folders.Write("elsewhere/chunk", new string('1', 1000));
        File.CreateSymbolicLink(_folders["elsewhere/x/c/1"], _folders["elsewhere/chunk"]);
        _folders.Write("in.zarr/zarr.json", Folders.GroupV3);
        Directory.CreateSymbolicLink(_folders["in.zarr/x"], "../elsewhere/x");
        var lake = await NewLakeAsync();
        await ImportAsync(lake, "in.zarr");
        Assert.Equal(["0", new string('1', 1000)], (await lake.ContentAsync("/x")).Values);

        Directory.CreateSymbolicLink(_folders["in.zarr/loop"], "..");
        Directory.CreateSymbolicLink(_folders["in.zarr/self"], _folders["in.zarr"]);
        var second = await NewLakeAsync("second");
        foreach (var link in (string[])["/loop", "/self"])
        {
            var refused = await Assert.ThrowsAsync<RepositoryException>(() => ImportAsync(second, "in.zarr"));
            Assert.StartsWith(link + " cannot be imported: it is a link to ", refused.Message, StringComparison.Ordinal);
            Directory.Delete(_folders["in.zarr" + link]);
        }

        File.CreateSymbolicLink(_folders["in.zarr/nowhere"], "nothing");
        var third = await NewLakeAsync("third");
        var dangling = await Assert.ThrowsAsync<StorageException>(() => ImportAsync(third, "in.zarr"));
        Assert.Contains("/nowhere", dangling.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_or_array_is_exported_alone()
    {
        _folders.WriteRandom("in.zarr", 8, 3);
        _folders.Write("in.zarr/a/alone/zarr.json", Folders.ArrayV3([1], [1]));
        _folders.Write("in.zarr/a/alone/c/0", "1");
        var lake = await NewLakeAsync();
        await ImportAsync(lake, "in.zarr");
        await ExportAsync(lake, "a.zarr", "/a");
        Directory.Move(_folders["in.zarr/a"], _folders["expected"]);
        Assert.Equal(_folders.Read("expected"), _folders.Read("a.zarr"));
        await ExportAsync(lake, "alone.zarr", "/a/alone");
        Assert.Equal(["c/0", "zarr.json"], _folders.Read("alone.zarr").Keys);
        await Assert.ThrowsAsync<RepositoryException>(() => ExportAsync(lake, "none.zarr", "/a/nothing"));
        Assert.False(Directory.Exists(_folders["none.zarr"]));
    }

    [Fact]
    public async Task A_v3_repository_is_exported_as_v2_with_the_keys_of_v2()
    {
        _folders.Write("in.zarr/zarr.json", Folders.GroupV3);
        _folders.Write("in.zarr/x/zarr.json", Folders.ArrayV3([2, 2], [1, 1]));
        _folders.Write("in.zarr/x/c/0/1", "1");
        _folders.Write("in.zarr/s/zarr.json", Folders.ArrayV3([], []));
        _folders.Write("in.zarr/s/c", "s");
        var lake = await NewLakeAsync();
        await ImportAsync(lake, "in.zarr");
        await ExportAsync(lake, "out.zarr", format: 2);
        Assert.Equal([".zgroup", "s/.zarray", "s/.zattrs", "s/0", "x/.zarray", "x/.zattrs", "x/0/1"], _folders.Read("out.zarr").Keys);
    }

    [Fact]
    public async Task What_zarr_python_2_wrote_is_exported_byte_for_byte()
    {
        const string Group = "{\n    \"zarr_format\": 2\n}";
        const string Records = """
            {
                "chunks": [
                    2
                ],
                "compressor": null,
                "dtype": [
                    [
                        "a",
                        "<i4"
                    ],
                    [
                        "b",
                        "|S4"
                    ]
                ],
                "fill_value": null,
                "filters": null,
                "order": "C",
                "shape": [
                    2
                ],
                "zarr_format": 2
            }
            """;
        const string Attributes = "{\n    \"_ARRAY_DIMENSIONS\": [\n        \"x\"\n    ],\n    \"odd\": NaN\n}";
        _folders.Write("in.zarr/.zgroup", Group);
        _folders.Write("in.zarr/r/.zarray", Records);
        _folders.Write("in.zarr/r/.zattrs", Attributes);
        _folders.Write("in.zarr/r/0", "0123456789abcdef");
        var lake = await NewLakeAsync();
        await ImportAsync(lake, "in.zarr");
        await ExportAsync(lake, "out.zarr", format: 2);
        Assert.Equal(_folders.Read("in.zarr"), _folders.Read("out.zarr"));
    }

    private static bool IsDocument(string path) => Path.GetFileName(path) is ".zarray" or ".zgroup" or ".zattrs";

    private async Task<Lake> NewLakeAsync(string name = "lake") => await Lake.CreateAsync(new LocalObjectStore(_folders[name]));

    private Task<ImportSummary> ImportAsync(Lake lake, string folder, string path = "/", IProgress<TransferProgress>? progress = null) =>
        DirectoryImport.RunAsync(lake.Repository, new ImportRequest(_folders[folder], path, "main", "import", []), progress, default);

    private async Task<ExportSummary> ExportAsync(Lake lake, string folder, string path = "/", int format = 3) =>
        await DirectoryExport.RunAsync(lake.Repository, await lake.ViewAsync(), new ExportRequest(path, _folders[folder], format), null, default);
}
