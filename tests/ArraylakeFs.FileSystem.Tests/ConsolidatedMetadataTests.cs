using System.Text;
using System.Text.Json.Nodes;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Copies of documents that tools keep in other documents never say anything else than these do.</summary>
public sealed class ConsolidatedMetadataTests
{
    [Fact]
    public async Task Copies_stay_as_they_were_written_until_another_document_changes()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        byte[] consolidated = Copies.Consolidate(kernel, "g/x", "g");
        kernel.Replace(Root("zarr.json"), consolidated);
        Assert.Equal(consolidated, kernel.ReadBytes(Root("zarr.json")));
        kernel.Replace(Root("g/x/c/0"), Documents.Chunk("new")); // chunks are not in them
        Assert.Equal(consolidated, kernel.ReadBytes(Root("zarr.json")));
        kernel.Open(Root("zarr.json"), Access.Read, out int open);
        kernel.Replace(Root("g/x/zarr.json"), Documents.Array("[9]", "[1]"));
        Assert.Equal(Encoding.UTF8.GetString(Documents.Group()).Trim(), kernel.ReadText(Root("zarr.json")).Trim());
        kernel.Read(open, 0, 1 << 16, out byte[] before);
        Assert.Equal(consolidated, before); // who had it open
        kernel.Close(open);
        Assert.Empty(mount.Invalid);
    }

    /// <summary>The kernel has the lock of the directory, and lets go of names that it was told of before only when it has the answer.</summary>
    [Fact]
    public async Task Who_takes_copies_away_by_a_change_in_root_zarr_waits_for_no_lock_of_the_kernel()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        kernel.Replace(Root("zarr.json"), Copies.Consolidate(kernel, "g/x", "g"));
        Assert.Empty(mount.Cache.Calls);
        kernel.Replace(Root("g/x/zarr.json"), Documents.Array("[9]", "[1]"));
        Assert.Equal(["all entries"], mount.Cache.Calls);
    }

    [Theory]
    [InlineData("move")]
    [InlineData("remove")]
    [InlineData("add")]
    [InlineData("link")]
    [InlineData("in place")]
    [InlineData("v2")]
    [InlineData("v2 move")]
    [InlineData("v2 remove")]
    public async Task Whatever_changes_the_hierarchy_takes_the_copies_away(string change)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        Zarr.WriteGroups(kernel, "h/n");
        kernel.Write(Root("zarr.json"), Copies.Consolidate(kernel, "g", "g/x", "h"));
        Assert.Contains("consolidated", kernel.ReadText(Root("zarr.json")), StringComparison.Ordinal);
        kernel.Write(Root("h/file"), Documents.Group());
        var errno = change switch
        {
            "move" => kernel.Rename(Root("g/x"), Root("h/x")),
            "remove" => kernel.Unlink(Root("g/x/zarr.json")),
            "v2 move" => kernel.Rename("root.v2.zarr/g/x", "root.v2.zarr/y"),
            "v2 remove" => kernel.Unlink("root.v2.zarr/g/x/.zarray"),
            _ => Sessions.Errno.None,
        };
        Files.Check(errno, change);
        switch (change)
        {
            case "add":
                kernel.MakeDirectories(Root("h/new"));
                kernel.Replace(Root("h/new/zarr.json"), Documents.Group());
                break;
            case "link":
                kernel.MakeDirectories(Root("h/new"));
                Files.Check(kernel.Link(Root("h/file"), Root("h/new/zarr.json")), change);
                break;
            case "in place":
                kernel.Write(Root("h/zarr.json"), Documents.Group("""{"new": 1}"""));
                break;
            case "v2":
                kernel.Write("root.v2.zarr/h/.zattrs", """{"new": 1}""");
                break;
        }

        Assert.DoesNotContain("consolidated", kernel.ReadText(Root("zarr.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copies_that_are_wrong_when_they_are_written_are_cut_out_at_once()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        byte[] stale = Copies.Consolidate(kernel, "x");
        Zarr.WriteGroups(kernel, "later/n");
        kernel.Replace(Root("zarr.json"), stale); // as a group does that was opened before
        Assert.Equal(Encoding.UTF8.GetString(Documents.Group()).Trim(), kernel.ReadText(Root("zarr.json")).Trim());
    }

    [Fact]
    public async Task A_commit_holds_no_copies_and_the_session_goes_on_without()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        kernel.Write(Root("zarr.json"), Copies.Consolidate(kernel, "x"));
        string id = mount.Commit();
        foreach (string path in (string[])[Root("zarr.json"), $"commits/{id}/root.zarr/zarr.json"])
        {
            Assert.Equal(Encoding.UTF8.GetString(Documents.Group()).Trim(), kernel.ReadText(path).Trim());
        }

        Assert.Empty(mount.StatusPaths);
    }

    [Fact]
    public async Task The_zmetadata_of_v2_says_what_the_documents_say_from_when_a_tool_has_written_it()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        Assert.Equal(Sessions.Errno.NoEntry, kernel.Stat("root.v2.zarr/.zmetadata", out _));
        var copies = new JsonObject();
        foreach (string path in (string[])[".zgroup", ".zattrs", "g/.zgroup", "g/.zattrs", "g/x/.zarray", "g/x/.zattrs"])
        {
            copies[path] = JsonNode.Parse(kernel.ReadText($"root.v2.zarr/{path}"));
        }

        string written = new JsonObject { ["zarr_consolidated_format"] = 1, ["metadata"] = copies }.ToJsonString();
        kernel.Replace("root.v2.zarr/.zmetadata", Encoding.UTF8.GetBytes(written));
        Assert.Equal(written, kernel.ReadText("root.v2.zarr/.zmetadata"));
        Assert.Contains(".zmetadata", kernel.ListNames("root.v2.zarr"));
        Assert.DoesNotContain(".zmetadata", kernel.ListNames(Root()));
        kernel.Write(Root("g/x/zarr.json"), Documents.Array("[9]", "[1]"));
        string made = kernel.ReadText("root.v2.zarr/.zmetadata");
        Assert.Equal("9", JsonNode.Parse(made)!["metadata"]!["g/x/.zarray"]!["shape"]![0]!.ToString());
        Assert.Equal(made.Length, kernel.StatOf("root.v2.zarr/.zmetadata").Size);
        Assert.Empty(mount.Loose);
        string id = mount.Commit();
        Assert.Equal(made, kernel.ReadText("root.v2.zarr/.zmetadata"));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(made), JsonNode.Parse(kernel.ReadText($"commits/{id}/root.v2.zarr/.zmetadata"))));
        Files.Check(kernel.Unlink("root.v2.zarr/.zmetadata"), ".zmetadata");
        Assert.Equal(Sessions.Errno.NoEntry, kernel.Stat("root.v2.zarr/.zmetadata", out _));
    }

    /// <summary>zarr-python 2.13 forgets the separator of a NestedDirectoryStore on a resize, and consolidates what it wrote.</summary>
    [Fact]
    public async Task The_zmetadata_names_the_separator_that_the_chunks_have()
    {
        const string Resized = """{"zarr_format": 2, "shape": [6], "chunks": [1], "dtype": "<f4", "compressor": {"id": "gzip", "level": 1}, "fill_value": 0, "order": "C", "filters": null}""";
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        kernel.Write("root.v2.zarr/x/.zarray", Resized);
        kernel.Write("root.v2.zarr/.zmetadata", $$$"""{"zarr_consolidated_format": 1, "metadata": {".zgroup": {"zarr_format": 2}, "x/.zarray": {{{Resized}}}}}""");
        mount.Commit();
        foreach (var document in new[] { JsonNode.Parse(kernel.ReadText("root.v2.zarr/x/.zarray"))!, Copied() })
        {
            Assert.Equal(("[6]", "/"), (document["shape"]!.ToJsonString(), (string?)document["dimension_separator"]));
        }

        JsonNode Copied() => JsonNode.Parse(kernel.ReadText("root.v2.zarr/.zmetadata"))!["metadata"]!["x/.zarray"]!;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Copies_that_are_right_outlive_a_restart(bool crashes)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        kernel.Write(V2("x/.zattrs"), """{"a": 1}""");
        byte[] consolidated = Copies.Consolidate(kernel, "x");
        kernel.Replace(Root("zarr.json"), consolidated);
        await (crashes ? mount.CrashAsync() : mount.ReopenAsync());
        Assert.Equal(consolidated, mount.Kernel.ReadBytes(Root("zarr.json")));
    }
}
