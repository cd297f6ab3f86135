using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>The tree as Zarr v2 tools see it and write it. The kernel believes what it was told, so what is not announced shows.</summary>
public sealed class V2FaceTests
{
    private const string Group = """{"zarr_format": 2}""";

    [Theory]
    [InlineData("default", "/", new[] { "c/0/1", "c/1/0" }, new[] { "0/1", "1/0" })]
    [InlineData("default", ".", new[] { "c.0.1", "c.1.0" }, new[] { "0.1", "1.0" })]
    [InlineData("v2", "/", new[] { "0/1", "1/0" }, new[] { "0/1", "1/0" })]
    [InlineData("v2", ".", new[] { "0.1", "1.0" }, new[] { "0.1", "1.0" })]
    public async Task An_array_is_shown_with_the_documents_and_chunk_names_of_v2(string encoding, string separator, string[] keys, string[] shown)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x", "[2,2]", "[1,1]", keys, encoding: encoding, separator: separator);
        void Check(string v2, string v3)
        {
            Assert.Equal([".zattrs", ".zgroup", "g/", "g/.zattrs", "g/.zgroup", "g/x/", "g/x/.zarray", "g/x/.zattrs"],
                kernel.Walk(v2).Keys.Where(k => k != ".zmetadata").Where(k => !k.StartsWith("g/x/", StringComparison.Ordinal) || k.Contains(".z", StringComparison.Ordinal) || k == "g/x/"));
            Assert.Equal(shown, kernel.Walk($"{v2}/g/x").Keys.Where(k => !k.EndsWith('/') && !k.StartsWith(".z", StringComparison.Ordinal)));
            for (int i = 0; i < keys.Length; i++)
            {
                Assert.Equal(kernel.ReadBytes($"{v3}/g/x/{keys[i]}"), kernel.ReadBytes($"{v2}/g/x/{shown[i]}"));
                Assert.Equal(kernel.StatOf($"{v3}/g/x/{keys[i]}").Size, kernel.StatOf($"{v2}/g/x/{shown[i]}").Size);
            }

            Assert.Equal(Errno.NoEntry, kernel.Stat($"{v2}/g/x/zarr.json", out _));
            Assert.Equal(Errno.NoEntry, kernel.Stat($"{v2}/g/x/c", out _));
            Assert.Equal(Errno.NoEntry, kernel.Stat($"{v3}/g/x/.zarray", out _));
            var array = JsonNode.Parse(kernel.ReadText($"{v2}/g/x/.zarray"))!;
            Assert.Equal(("<f4", separator), ((string?)array["dtype"], (string?)array["dimension_separator"]));
        }

        Check("root.v2.zarr", "root.zarr");
        string id = mount.Commit();
        Check("root.v2.zarr", "root.zarr");
        Check($"commits/{id}/root.v2.zarr", $"commits/{id}/root.zarr");
        await mount.ReopenAsync();
        kernel = mount.Kernel;
        Check("root.v2.zarr", "root.zarr");
    }

    [Theory]
    [InlineData("rename")]
    [InlineData("in place")]
    [InlineData("link")]
    public async Task What_is_written_as_v2_is_at_once_in_root_zarr_and_in_the_commit(string way)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        void Put(string path, string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            string temporary = V2($"{path}.1234.partial");
            if (way == "in place")
            {
                kernel.Write(V2(path), bytes);
                return;
            }

            kernel.Write(temporary, bytes);
            Files.Check(way == "link" ? kernel.Link(temporary, V2(path)) : kernel.Rename(temporary, V2(path)), path);
            Files.Check(way == "link" ? kernel.Unlink(temporary) : Errno.None, path);
        }

        foreach (string path in (string[])["zarr.json", "x", ".zarray", "x/zarr.json", "x/0"])
        {
            Assert.Equal(Errno.NoEntry, kernel.Stat(Root(path), out _)); // the kernel knows that it is not there
        }

        Put(".zgroup", Group);
        kernel.MakeDirectories(V2("x"));
        Assert.Equal(Errno.NoEntry, kernel.Stat(Root("x/zarr.json"), out _));
        Put("x/.zattrs", """{"units": "K", "n": 18446744073709551615}""");
        Put("x/0", "1234");
        Assert.Equal(["x/.zattrs", "x/0"], mount.Loose);
        Put("x/.zarray", Array("[2]"));
        Assert.Equal(["x", "zarr.json"], kernel.ListNames(Root()));
        Assert.Equal(["0", "zarr.json"], kernel.ListNames(Root("x")));
        Assert.Equal("1234", kernel.ReadText(Root("x/0")));
        Assert.Contains("18446744073709551615", kernel.ReadText(Root("x/zarr.json")), StringComparison.Ordinal);
        Assert.Equal(Array("[2]"), kernel.ReadText(V2("x/.zarray")));
        Assert.Empty(mount.Loose);
        Assert.Empty(mount.Invalid);
        Assert.Equal(["📝 x/0", "📝 x/zarr.json", "📝 zarr.json"], mount.StatusPaths);
        string id = mount.Commit();
        Assert.True((await mount.Session.StateAsync(default)).Changes.IsClean);
        Assert.Equal([".zgroup", ".zmetadata", "x"], kernel.ListNames($"commits/{id}/root.v2.zarr"));
        Assert.Equal([".zarray", ".zattrs", "0"], kernel.ListNames(V2("x")));
        Assert.Equal("1234", kernel.ReadText($"commits/{id}/root.v2.zarr/x/0"));
    }

    [Fact]
    public async Task A_v2_tool_that_resizes_an_array_of_v3_leaves_its_chunks_where_they_are()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        string document = kernel.ReadText(V2("x/.zarray"));
        kernel.Replace(V2("x/.zarray"), Encoding.UTF8.GetBytes(document.Replace("3", "5", StringComparison.Ordinal)));
        kernel.Replace(V2("x/4"), Documents.Chunk("new", 4));
        Assert.Contains("5", kernel.ReadText(Root("x/zarr.json")), StringComparison.Ordinal);
        Assert.Equal(["0", "1", "2", "4"], kernel.ListNames(Root("x/c")));
        Assert.Equal([".zarray", ".zattrs", "0", "1", "2", "4"], kernel.ListNames(V2("x")));
        Assert.Equal(["📝 x/c/4", "📝 x/zarr.json"], mount.StatusPaths);
        mount.Commit();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tree_is_removed_through_the_v2_face_in_the_order_of_its_listing_and_the_root_made_again(bool commits)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x", "[2,2]", "[1,1]", ["c/0/1", "c/1/0"]);
        Zarr.WriteArray(kernel, "y");
        if (commits)
        {
            mount.Commit();
        }

        Assert.Equal(Errno.NotEmpty, kernel.RemoveDirectory(V2()));
        kernel.RemoveTree(V2());
        Assert.Equal(Errno.NoEntry, kernel.Stat(V2(), out _));
        Assert.DoesNotContain("root.v2.zarr", kernel.ListNames(""));
        Assert.Empty(kernel.ListNames(Root()));
        Assert.Equal(Errno.None, kernel.MakeDirectory(V2()));
        Assert.Empty(kernel.ListNames(V2()));
        kernel.Write(V2(".zgroup"), Group);
        Assert.Equal(["zarr.json"], kernel.ListNames(Root()));
        mount.Commit();
    }

    [Fact]
    public async Task What_a_v3_tool_changes_shows_at_once_in_the_v2_face_and_supersedes_what_was_written_there()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        kernel.Write(V2(".zgroup"), Group);
        kernel.MakeDirectories(V2("x"));
        kernel.Write(V2("x/.zarray"), Array("[2]"));
        Assert.Equal(Array("[2]"), kernel.ReadText(V2("x/.zarray")));
        string v3 = kernel.ReadText(Root("x/zarr.json"));
        kernel.Replace(Root("x/zarr.json"), Encoding.UTF8.GetBytes(v3.Replace("2\n", "7\n", StringComparison.Ordinal)));
        Assert.Equal("7", JsonNode.Parse(kernel.ReadText(V2("x/.zarray")))!["shape"]![0]!.ToString());
        Assert.Equal(Errno.None, kernel.Unlink(Root("x/zarr.json")));
        Assert.Empty(kernel.ListNames(V2("x")));
        Assert.Empty(kernel.ListNames(Root("x")));
        Assert.Equal(Errno.None, kernel.RemoveDirectory(Root("x")));
        Assert.Equal(Errno.NoEntry, kernel.Stat(V2("x"), out _));
    }

    [Theory]
    [InlineData("\"|O\"", "null", "|O")]
    [InlineData("\"|O\"", """[{"id": "pickle", "protocol": 5}]""", "pickle")]
    [InlineData("\"|O\"", """[{"id": "json2", "encoding": "utf-8"}]""", "json2")]
    [InlineData("""[["a", "<i4", [2]]]""", "null", "the field \"a\" of dtype is an array")]
    [InlineData("\"<f16\"", "null", "<f16")]
    public async Task What_v3_cannot_express_is_kept_as_the_files_that_it_is_with_the_reason(string dtype, string filters, string reason)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        kernel.Write(V2(".zgroup"), Group);
        kernel.MakeDirectories(V2("x"));
        kernel.Write(V2("x/.zarray"), Array("[2]")
            .Replace("\"|u1\"", dtype, StringComparison.Ordinal).Replace("\"filters\": null", $"\"filters\": {filters}", StringComparison.Ordinal));
        kernel.Write(V2("x/0"), "1234");
        Assert.Equal([".zarray", "0"], kernel.ListNames(Root("x"))); // in both faces
        Assert.Equal([".zarray", "0"], kernel.ListNames(V2("x")));
        Assert.Equal(["x/.zarray", "x/0"], mount.Loose);
        Assert.Contains(reason, kernel.ReadText("status"), StringComparison.Ordinal);
        string id = mount.Commit();
        Assert.Equal(["zarr.json"], kernel.ListNames($"commits/{id}/root.zarr"));
        await mount.ReopenAsync();
        kernel = mount.Kernel;
        Assert.Equal([".zarray", "0"], kernel.ListNames(V2("x")));
        kernel.RemoveTree(Root("x")); // a v3 tool can remove it
        Assert.Equal([".zgroup"], kernel.ListNames(V2()));
    }

    [Fact]
    public async Task What_v2_cannot_express_is_shown_as_the_files_that_it_is()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string document = kernel.ReadText(Root("x/zarr.json")).Replace("float32", "bfloat16", StringComparison.Ordinal);
        kernel.Write(Root("x/zarr.json"), document);
        void Check(string v2)
        {
            Assert.Equal(["c", "zarr.json"], kernel.ListNames($"{v2}/x"));
            Assert.Equal(document, kernel.ReadText($"{v2}/x/zarr.json"));
            Assert.Equal(["0", "1", "2"], kernel.ListNames($"{v2}/x/c"));
        }

        Check("root.v2.zarr");
        Check($"commits/{mount.Commit()}/root.v2.zarr");
        kernel.RemoveTree(V2("x"));
        Assert.Equal(["zarr.json"], kernel.ListNames(Root()));
    }

    [Fact]
    public async Task An_invalid_v2_document_over_a_node_stops_the_commit_and_can_be_discarded()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        kernel.Write(V2("x/.zarray"), "{");
        Assert.Equal("{", kernel.ReadText(V2("x/.zarray")));
        Assert.Equal(["x/.zarray"], mount.Invalid);
        Assert.Equal(Errno.Invalid, kernel.Command("commit", "no"));
        Assert.Contains("x/.zarray", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.None, kernel.Command("discard", "x/.zarray"));
        Assert.Equal("<f4", (string?)JsonNode.Parse(kernel.ReadText(V2("x/.zarray")))!["dtype"]);
        Assert.Empty(mount.Invalid);
        Assert.Empty(mount.StatusPaths);
    }

    [Fact]
    public async Task A_v3_tool_in_the_v2_face_is_told_where_to_go()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Assert.Equal(Errno.NotPermitted, kernel.Open(V2("zarr.json"), Access.Write | Access.Create, out _));
        Assert.Contains("root.zarr", mount.Error, StringComparison.Ordinal);
        kernel.Write(V2("zarr.1234.partial"), Documents.Group());
        Assert.Equal(Errno.NotPermitted, kernel.Rename(V2("zarr.1234.partial"), V2("zarr.json")));
        Assert.Equal(Errno.NotPermitted, kernel.Link(V2("zarr.1234.partial"), V2("zarr.json")));
    }

    [Fact]
    public async Task Documents_are_removed_one_by_one_and_each_stays_until_then()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteGroups(kernel, "x/y");
        kernel.Write(Root("x/zarr.json"), Documents.Group("""{"a": 1}"""));
        Assert.Equal(Errno.None, kernel.Unlink(V2("x/.zattrs")));
        Assert.DoesNotContain("\"a\"", kernel.ReadText(Root("x/zarr.json")), StringComparison.Ordinal);
        kernel.Write(V2("x/.zattrs"), """{"a": 2}""");
        Assert.Contains("\"a\": 2", kernel.ReadText(Root("x/zarr.json")), StringComparison.Ordinal);
        Assert.Equal(Errno.None, kernel.Unlink(V2("x/.zgroup")));
        Assert.Equal([".zattrs"], kernel.ListNames(V2("x")));
        Assert.Equal(Errno.NoEntry, kernel.Stat(Root("x/zarr.json"), out _));
        Assert.Equal(Errno.NotEmpty, kernel.RemoveDirectory(V2("x")));
        kernel.Write(V2("x/.zgroup"), Group);
        Assert.Contains("\"a\": 2", kernel.ReadText(Root("x/zarr.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_is_replaced_exchanged_and_renamed_as_on_a_disk()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string derived = kernel.ReadText(V2("x/.zarray"));
        kernel.Write(V2("other"), Array("[2]"));
        Assert.Equal(Errno.Exists, kernel.Rename(V2("other"), V2("x/.zarray"), RenameFlags.NoReplace));
        Assert.Equal(Errno.Exists, kernel.Link(V2("other"), V2("x/.zarray")));
        Assert.Equal(Errno.None, kernel.Rename(V2("x/.zarray"), V2("x/.zarray"))); // nothing is done
        Assert.Equal(Errno.Exists, kernel.Open(V2("x/.zarray"), Access.Write | Access.Create | Access.Exclusive, out _));
        Assert.Equal(Errno.None, kernel.Rename(V2("other"), V2("x/.zarray"), RenameFlags.Exchange));
        Assert.Equal((derived, Array("[2]")), (kernel.ReadText(V2("other")), kernel.ReadText(V2("x/.zarray"))));
        Assert.Contains("uint8", kernel.ReadText(Root("x/zarr.json")), StringComparison.Ordinal);
        Assert.Equal(Errno.None, kernel.Rename(V2("x/.zarray"), V2("x/.zarray~"))); // as editors do
        Assert.Equal(Errno.NoEntry, kernel.Stat(Root("x/zarr.json"), out _));
        kernel.Write(V2("x/.zarray"), Array("[4]"));
        Assert.Contains("uint8", kernel.ReadText(Root("x/zarr.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_opened_to_be_written_is_the_same_file_to_everybody()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string derived = kernel.ReadText(V2("x/.zarray"));
        var before = kernel.StatOf(V2("x/.zarray"));
        Assert.Equal(derived.Length, before.Size);
        Assert.Equal(Errno.None, kernel.Open(V2("x/.zarray"), Access.Read | Access.Write, out int descriptor));
        Assert.Equal(Errno.None, kernel.Write(descriptor, 0, Encoding.UTF8.GetBytes(Array("[9]")))); // and leaves the tail behind
        Assert.Equal(derived.Length, kernel.StatOf(V2("x/.zarray")).Size);
        Assert.Equal(Errno.None, kernel.Close(descriptor));
        Assert.StartsWith(Array("[9]"), kernel.ReadText(V2("x/.zarray")), StringComparison.Ordinal);
        Assert.Contains("uint8", kernel.ReadText(Root("x/zarr.json")), StringComparison.Ordinal);
        Assert.Equal(["0", "1", "2"], kernel.ListNames(V2("x")).Where(n => n[0] != '.'));
    }

    [Fact]
    public async Task A_document_that_names_no_separator_leaves_the_one_that_the_chunks_have()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        kernel.Write(V2(".zgroup"), Group);
        kernel.MakeDirectories(V2("x/0"));
        kernel.Write(V2("x/.zarray"), Array("[2, 2]").Replace("[4]", "[4, 4]", StringComparison.Ordinal).Replace("}", """, "dimension_separator": "/"}""", StringComparison.Ordinal));
        kernel.Write(V2("x/0/0"), Documents.Chunk("", 16));
        kernel.Write(V2("x/.zarray"), Array("[3, 3]").Replace("[4]", "[4, 4]", StringComparison.Ordinal)); // zarr-python 2.13 when it resizes
        Assert.Empty(mount.Loose);
        mount.Commit();
        Assert.Contains("\"/\"", kernel.ReadText(V2("x/.zarray")), StringComparison.Ordinal);
        Assert.Equal(16, kernel.StatOf(V2("x/0/0")).Size);
    }

    [Fact]
    public async Task Files_that_only_look_like_chunks_of_v2_are_there_until_they_are_removed()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: ["c/0"]);
        kernel.Write(Root("x/0"), "loose and hidden by the chunk");
        kernel.Write(Root("x/7"), "loose");
        Assert.Equal([".zarray", ".zattrs", "0", "7"], kernel.ListNames(V2("x")));
        Assert.Equal("loose", kernel.ReadText(V2("x/7")));
        Assert.Equal(kernel.ReadBytes(Root("x/c/0")), kernel.ReadBytes(V2("x/0")));
        Assert.Equal(Errno.NotPermitted, kernel.Open(V2("x/c"), Access.Write | Access.Create, out _));
        Assert.Contains("chunks", mount.Error, StringComparison.Ordinal);
        Files.Check(kernel.Unlink(V2("x/0")), "the chunk");
        Assert.Equal("loose and hidden by the chunk", kernel.ReadText(V2("x/0")));
        kernel.RemoveTree(V2("x"));
        Assert.Equal(["zarr.json"], kernel.ListNames(Root()));
    }

    [Fact]
    public async Task Arrays_move_through_the_v2_face_with_all_that_is_in_them()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        Zarr.WriteGroups(kernel, "g/n");
        mount.Commit();
        Assert.True(kernel.Exists(Root("x/c/0")));
        Assert.Equal(Errno.None, kernel.Rename(V2("x"), V2("g/y")));
        Assert.False(kernel.Exists(Root("x")));
        Assert.Equal(["c", "zarr.json"], kernel.ListNames(Root("g/y")));
        Assert.Equal([".zarray", ".zattrs", "0", "1", "2"], kernel.ListNames(V2("g/y")));
        Assert.Equal(Errno.CrossDevice, kernel.Rename(V2("g/y"), Root("z")));
        Assert.Contains("x", kernel.ReadText("diff"), StringComparison.Ordinal);
        mount.Commit();
    }

    [Fact]
    public async Task A_file_is_one_file_in_both_faces_and_a_directory_is_one_in_each()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        Assert.Equal(kernel.StatOf(Root("x/c/0")), kernel.StatOf(V2("x/0")));
        Assert.NotEqual(kernel.StatOf(Root("x")).Inode, kernel.StatOf(V2("x")).Inode);
        kernel.Write(V2("x/0"), Documents.Chunk("other"));
        Assert.Equal(Documents.Chunk("other"), kernel.ReadBytes(Root("x/c/0")));
        kernel.Write(Root("x/c/1"), Documents.Chunk("third"));
        Assert.Equal(Documents.Chunk("third"), kernel.ReadBytes(V2("x/1")));
    }

    [Fact]
    public async Task What_was_written_as_v2_outlives_a_crash()
    {
        await using var mount = await CreateAsync();
        mount.Kernel.Write(V2(".zgroup"), Group);
        mount.Kernel.MakeDirectories(V2("x"));
        mount.Kernel.Write(V2("x/.zarray"), Array("[2]"));
        mount.Kernel.Write(V2("x/0"), "1234");
        await mount.CrashAsync();
        Assert.Equal(Array("[2]"), mount.Kernel.ReadText(V2("x/.zarray")));
        Assert.Equal(["0", "zarr.json"], mount.Kernel.ListNames(Root("x")));
        mount.Commit();
    }

    [Fact]
    public async Task A_commit_of_others_is_not_undone_by_what_was_written_as_v2_and_said_the_same_as_before()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        Zarr.WriteArray(mount.Kernel, "y");
        mount.Commit();
        await using var other = await mount.SecondAsync();
        other.Kernel.Write(V2("x/.zattrs"), """{"theirs": 1}""");
        other.Commit();
        string same = mount.Kernel.ReadText(V2("x/.zarray"));
        mount.Kernel.Replace(V2("x/.zarray"), Encoding.UTF8.GetBytes(same + "\n"));
        mount.Kernel.Write(Root("y/c/1"), Documents.Chunk("ours"));
        mount.Commit();
        Assert.Contains("theirs", mount.Kernel.ReadText(Root("x/zarr.json")), StringComparison.Ordinal);
        Assert.Contains("theirs", mount.Kernel.ReadText(V2("x/.zattrs")), StringComparison.Ordinal);
        Assert.Empty(mount.Loose);
    }

    [Fact]
    public async Task A_checked_out_tag_is_shown_as_v2_and_cannot_be_changed()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        Assert.Equal(Errno.None, kernel.MakeDirectory("tags/v1"));
        kernel.Write(V2("x/0"), Documents.Chunk("later"));
        mount.Commit();
        Assert.Equal(Errno.None, kernel.Command("checkout", "v1"));
        Assert.Equal(kernel.ReadBytes(Root("x/c/0")), kernel.ReadBytes(V2("x/0")));
        Assert.NotEqual(Documents.Chunk("later"), kernel.ReadBytes(V2("x/0")));
        Assert.Equal(Errno.ReadOnly, kernel.Open(V2("x/.zarray"), Access.Write, out _));
        Assert.Equal(Errno.ReadOnly, kernel.Open(V2("x/9"), Access.Write | Access.Create, out _));
        Assert.Equal(Errno.ReadOnly, kernel.Unlink(V2("x/.zattrs")));
        Assert.Equal(Errno.ReadOnly, kernel.Unlink(V2("x/0")));
        Assert.Equal(Errno.ReadOnly, kernel.Rename(V2("x"), V2("y")));
        Assert.Equal([".zarray", ".zattrs", "0", "1", "2"], kernel.ListNames(V2("x")));
    }

    private static string Array(string shape) =>
        $$"""{"zarr_format": 2, "shape": {{shape}}, "chunks": [4], "dtype": "|u1", "compressor": null, "fill_value": 0, "order": "C", "filters": null}""";
}
