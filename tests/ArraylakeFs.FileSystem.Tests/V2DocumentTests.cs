using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>
/// Documents of v2 that are moved, removed and broken, and those that one face does not show: none appears when the one that hides it goes. The
/// kernel believes what it was told.
/// </summary>
public sealed class V2DocumentTests
{
    private const string Group = """{"zarr_format": 2}""";

    [Theory]
    [InlineData(".zmetadata", """{"zarr_consolidated_format": 1, "metadata": {".zgroup": {"zarr_format": 2}}}""")]
    [InlineData(".zattrs", """{"a": 1}""")]
    [InlineData(".zgroup", "{")]
    public async Task A_v3_tool_removes_a_group_and_nothing_of_v2_appears_in_its_place(string name, string text)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        kernel.Write(V2(".zgroup"), Group);
        kernel.MakeDirectories(V2("g"));
        kernel.Write(V2("g/.zgroup"), Group);
        Assert.Equal(Errno.NoEntry, kernel.Stat(Root($"g/{name}"), out _)); // zarr-python probes for it
        kernel.Write(V2($"g/{name}"), text);
        Assert.Equal(["zarr.json"], kernel.ListNames(Root("g")));
        kernel.RemoveTree(Root("g"));
        Assert.False(kernel.Exists(V2("g")));
    }

    [Fact]
    public async Task What_v2_cannot_say_is_removed_by_a_v2_tool_with_the_attributes_that_one_wrote_over_it()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        kernel.Write(Root("x/zarr.json"), kernel.ReadText(Root("x/zarr.json")).Replace("float32", "bfloat16", StringComparison.Ordinal));
        kernel.Write(V2("x/.zattrs"), """{"a": 1}""");
        Assert.Equal([".zattrs", "c", "zarr.json"], kernel.ListNames(V2("x")));
        kernel.RemoveTree(V2("x"));
        Assert.False(kernel.Exists(Root("x")));
    }

    [Fact]
    public async Task What_is_left_of_a_v2_node_is_found_in_the_v3_face_under_the_names_that_are_listed()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: []);
        Assert.Equal(Errno.NoEntry, kernel.Stat(Root("x/.zattrs"), out _));
        kernel.Write(V2("x/.zattrs"), """{"a": 1}""");
        Files.Check(kernel.Unlink(V2("x/.zarray")), "unlink");
        Assert.Equal([".zattrs"], kernel.ListNames(Root("x")));
        Assert.Equal("""{"a": 1}""", kernel.ReadText(Root("x/.zattrs")));

        // It is replaced like any other file, and what replaced it is what the v2 face shows.
        kernel.Replace(Root("x/.zattrs"), "{\"b\": 2}"u8.ToArray());
        Assert.Equal([".zattrs"], kernel.ListNames(Root("x")));
        Assert.Equal("{\"b\": 2}", kernel.ReadText(V2("x/.zattrs")));
        Assert.Equal(Errno.Exists, kernel.MakeDirectory(Root("x/.zattrs")));
        Files.Check(kernel.Unlink(Root("x/.zattrs")), "unlink");
        Assert.Empty(kernel.ListNames(Root("x")));
        Assert.Empty(kernel.ListNames(V2("x")));
    }

    [Fact]
    public async Task A_document_that_cannot_be_moved_stays_what_it_is()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        kernel.MakeDirectories(V2("d"));
        byte[] document = kernel.ReadBytes(Root("x/zarr.json"));
        Assert.Equal(Errno.IsDirectory, kernel.Rename(V2("x/.zarray"), V2("d")));
        Assert.Equal(document, kernel.ReadBytes(Root("x/zarr.json")));
        mount.Commit();
    }

    /// <summary>What is no document is a mistake, and not something that only v3 cannot have.</summary>
    [Theory]
    [InlineData(".zarray", "{")]
    [InlineData(".zarray", """{"zarr_format": 2, "shape": [2]}""")]
    [InlineData(".zgroup", """{"zarr_format": 3}""")]
    public async Task An_unreadable_document_of_a_new_node_stops_the_commit_too(string name, string document)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        kernel.Write(V2(".zgroup"), Group);
        kernel.MakeDirectories(V2("x"));
        kernel.Write(V2($"x/{name}"), document);
        Assert.Equal([$"x/{name}"], mount.Invalid);
        Assert.Equal(Errno.Invalid, kernel.Command("commit", "no"));
        Assert.Contains($"x/{name}", mount.Error, StringComparison.Ordinal);
        Files.Check(kernel.Unlink(V2($"x/{name}")), "unlink");
        mount.Commit();
    }

    [Fact]
    public async Task The_names_of_documents_are_no_directory_s()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        kernel.Write(V2(".zgroup"), Group);
        kernel.MakeDirectories(V2("d"));
        foreach (string name in (string[])[".zattrs", ".zarray", ".zmetadata"])
        {
            Assert.Equal(Errno.NotPermitted, kernel.MakeDirectory(V2(name)));
            Assert.Contains(name, mount.Error, StringComparison.Ordinal);
            Assert.Equal(Errno.NotPermitted, kernel.Rename(V2("d"), V2(name)));
        }

        Assert.Equal(Errno.Exists, kernel.MakeDirectory(V2(".zgroup")));
        Assert.Equal(Errno.NotDirectory, kernel.Rename(V2("d"), V2(".zgroup")));
        Assert.Equal(Errno.NotDirectory, kernel.Rename(V2(".zgroup"), V2("d"), RenameFlags.Exchange));
        Assert.Equal(Errno.NotDirectory, kernel.RemoveDirectory(V2(".zgroup")));
        Assert.Equal([".zgroup", "d"], kernel.ListNames(V2()));
    }

    /// <summary>As editors do, and whoever puts a backup back: what v2 cannot say of an array does not go with its document.</summary>
    [Theory]
    [InlineData("move", false)]
    [InlineData("move", true)]
    [InlineData("remove", false)]
    [InlineData("remove", true)]
    [InlineData("there and back", false)]
    public async Task A_document_that_is_moved_away_and_written_again_leaves_the_chunks_where_they_are(string how, bool remounts)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        Zarr.WriteArray(mount.Kernel, "x", "[2,2]", "[1,1]", ["c/0/1", "c/1/0"]);
        mount.Commit();
        var before = mount.Kernel.Contents(Root());
        string document = mount.Kernel.ReadText(V2("x/.zarray"));
        Files.Check(how == "remove" ? mount.Kernel.Unlink(V2("x/.zarray")) : mount.Kernel.Rename(V2("x/.zarray"), V2("x/.zarray~")), how);
        Assert.Equal(Errno.NoEntry, mount.Kernel.Stat(Root("x/zarr.json"), out _));
        if (remounts)
        {
            await mount.ReopenAsync();
        }

        var kernel = mount.Kernel;
        Assert.Equal(Documents.Chunk("x 1"), kernel.ReadBytes(V2("x/0/1")));
        kernel.Write(V2("x/1/1"), "before its document");
        Files.Check(kernel.Unlink(V2("x/1/1")), "unlink");
        Files.Check(kernel.RemoveDirectory(V2("x/1")) == Errno.NotEmpty ? Errno.None : Errno.Invalid, "rmdir");
        if (how == "there and back")
        {
            Files.Check(kernel.Rename(V2("x/.zarray~"), V2("x/.zarray")), how);
        }
        else
        {
            kernel.Write(V2("x/.zarray"), document);
        }

        Files.Check(kernel.Unlink(V2("x/.zarray~")) is Errno.None or Errno.NoEntry ? Errno.None : Errno.Invalid, "unlink");
        Assert.Equal(before, kernel.Contents(Root()));
        Assert.Equal(Errno.NoData, kernel.Command("commit", "nothing has changed"));
    }

    [Fact]
    public async Task Attributes_that_are_empty_are_removed_by_a_v2_tool_whatever_says_in_v3_that_they_are_there()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteGroups(kernel, "g/x");
        kernel.Write(Root("g/zarr.json"), Documents.Group("""{"_zarr_v2_attributes": "{}"}"""));
        Assert.Equal([".zattrs", ".zgroup"], kernel.ListNames(V2("g")));
        Files.Check(kernel.Unlink(V2("g/.zattrs")), ".zattrs");
        Assert.Equal([".zgroup"], kernel.ListNames(V2("g")));
        kernel.RemoveTree(V2("g"));
    }

    /// <summary>By zarr-python 2.13: a NestedDirectoryStore first, a DirectoryStore then, which names no separator.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task An_array_that_is_made_anew_names_its_chunks_as_its_own_document_says(bool commits, bool removesRoot)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        kernel.Write(V2(".zarray"), Array("[2, 2]", ", \"dimension_separator\": \"/\""));
        kernel.MakeDirectories(V2("0"));
        kernel.Write(V2("0/0"), Documents.Chunk("old", 4));
        if (commits)
        {
            mount.Commit();
        }

        Files.Check(kernel.Unlink(V2("0/0")), "0/0");
        Files.Check(kernel.RemoveDirectory(V2("0")), "0");
        Files.Check(kernel.Unlink(V2(".zarray")), ".zarray");
        if (removesRoot)
        {
            Files.Check(kernel.RemoveDirectory(V2()), "rmdir");
            Files.Check(kernel.MakeDirectory(V2()), "mkdir");
        }

        kernel.Write(V2(".zarray"), Array("[4, 4]"));
        kernel.Write(V2("0.0"), Documents.Chunk("new", 4));
        Assert.Empty(mount.Loose);
        string id = mount.Commit();
        Assert.Equal(Documents.Chunk("new", 4), kernel.ReadBytes(V2("0.0")));
        Assert.Equal(Documents.Chunk("new", 4), kernel.ReadBytes($"commits/{id}/root.v2.zarr/0.0"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Chunks_that_come_before_their_document_are_where_they_are_written_also_where_an_array_has_been(bool remounts)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        Zarr.WriteArray(mount.Kernel, "x"); // of one dimension, with chunks in c
        mount.Commit();
        foreach (string name in mount.Kernel.ListNames(V2("x")))
        {
            Files.Check(mount.Kernel.Unlink(V2($"x/{name}")), name);
        }

        if (remounts)
        {
            await mount.ReopenAsync();
        }

        var kernel = mount.Kernel;
        Assert.Equal(["c"], kernel.ListNames(Root("x")));
        kernel.MakeDirectories(V2("x/0"));
        kernel.Write(V2("x/0/0"), Documents.Chunk("new", 4));
        Assert.Equal(["0"], kernel.ListNames(Root("x")));
        kernel.Write(V2("x/.zarray"), Array("[2, 2]", ", \"dimension_separator\": \"/\""));
        Assert.Equal([".zarray", "0"], kernel.ListNames(V2("x")));
        Assert.Empty(mount.Loose);
        string id = mount.Commit();
        Assert.Equal(Documents.Chunk("new", 4), kernel.ReadBytes($"commits/{id}/root.v2.zarr/x/0/0"));
        kernel.RemoveTree(V2("x"));
    }

    /// <summary>While chunks are left, further ones lie beside them, also when all documents are gone.</summary>
    [Fact]
    public async Task Chunks_that_are_written_while_the_document_is_away_lie_beside_those_that_are_there()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", "[2,2]", "[1,1]", ["c/0/1"]);
        mount.Commit();
        Files.Check(kernel.Rename(V2("x/.zarray"), V2("x/.zarray~")), "mv");
        kernel.MakeDirectories(V2("x/1"));
        kernel.Write(V2("x/1/1"), Documents.Chunk("new"));
        Assert.True(kernel.Exists(Root("x/c/1/1")));
        Files.Check(kernel.Rename(V2("x/.zarray~"), V2("x/.zarray")), "mv back");
        Assert.Empty(mount.Loose);
        Assert.Equal(["📝 x/c/1/1"], mount.StatusPaths);
    }

    private static string Array(string shape, string separator = "") =>
        $$"""{"zarr_format": 2, "shape": {{shape}}, "chunks": [2, 2], "dtype": "|u1", "compressor": null, "fill_value": 0, "order": "C", "filters": null{{separator}}}""";

    [Theory]
    [InlineData(".zattrs", """{"half": 1}""")]
    [InlineData(".zarray", null)]
    public async Task What_a_v2_tool_had_not_finished_when_the_program_died_takes_nothing_from_a_v3_tool(string name, string? text)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        text ??= kernel.ReadText(V2("x/.zarray")).Replace("3", "9", StringComparison.Ordinal);
        var v2 = new Kernel(mount.FileSystem) { Reads = mount.Reads };
        Files.Check(v2.Open(V2($"x/{name}"), Access.Write | Access.Truncate, out int open), "open");
        Files.Check(v2.Write(open, 0, System.Text.Encoding.UTF8.GetBytes(text)), "write");
        byte[] mine = Documents.Array("[5]", "[1]", attributes: """{"mine": 2}""");
        kernel.Replace(Root("x/zarr.json"), mine);
        await mount.CrashAsync();
        Assert.Equal(mine, mount.Kernel.ReadBytes(Root("x/zarr.json")));
        Assert.Equal([$"x/{name}"], mount.Invalid);
        Files.Check(mount.Kernel.Command("discard", $"x/{name}"), "discard");
        mount.Commit();
        Assert.Equal(mine, mount.Kernel.ReadBytes(Root("x/zarr.json")));
    }

    [Theory]
    [InlineData("unlink")]
    [InlineData("rename")]
    public async Task Attributes_are_not_taken_away_from_a_v3_tool_that_has_the_document_open_for_writing(string call)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        kernel.Write(V2("x/.zattrs"), """{"a": 1}""");
        var v3 = new Kernel(mount.FileSystem) { Reads = mount.Reads };
        Files.Check(v3.Open(Root("x/zarr.json"), Access.Read | Access.Write, out int open), "open");
        Errno Remove() => call == "unlink" ? kernel.Unlink(V2("x/.zattrs")) : kernel.Rename(V2("x/.zattrs"), V2("x/.zattrs~"));
        Assert.Equal(Errno.Busy, Remove());
        Assert.Equal("""{"a": 1}""", kernel.ReadText(V2("x/.zattrs")));
        Files.Check(v3.Close(open), "close");
        Assert.Equal(Errno.None, Remove());
        Assert.False(kernel.Exists(V2("x/.zattrs")));
    }
}
