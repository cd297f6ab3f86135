using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Tools of both formats, commits and rebases that meet at one node.</summary>
public sealed class V2RaceTests
{
    [Fact]
    public async Task A_v3_tool_that_comes_between_the_writing_of_attributes_and_their_publication_has_the_last_word()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Kernel.Write(V2("x/tmp"), """{"theirs": 1}""");
        var other = new Kernel(mount.FileSystem) { Reads = mount.Reads };
        mount.Cache.WhileWaiting = () => other.Replace(Root("x/zarr.json"), Documents.Array("[3]", "[1]", attributes: """{"mine":2}"""));
        Files.Check(mount.Kernel.Rename(V2("x/tmp"), V2("x/.zattrs")), "rename");
        Assert.Null(mount.Cache.WhileWaiting);
        Assert.Equal("""{"mine":2}""", AttributesOf(mount.Kernel));
        Assert.Empty(mount.Loose);
    }

    [Fact]
    public async Task Attributes_that_a_v2_tool_writes_while_commits_run_are_never_lost()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Commit();
        bool isDone = false;
        var writer = OwnThread.Run(() =>
        {
            var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads };
            for (int i = 0; i < 150; i++)
            {
                if (i % 3 == 0)
                {
                    kernel.Write(V2("x/.zattrs"), $$"""{"n": {{i}}}""");
                }
                else
                {
                    kernel.Replace(V2("x/.zattrs"), Encoding.UTF8.GetBytes($$"""{"n": {{i}}}"""));
                }

                Assert.Equal($$"""{"n":{{i}}}""", AttributesOf(kernel));
            }

            Volatile.Write(ref isDone, true);
        });
        int commits = 0;
        var committer = OwnThread.Run(() =>
        {
            for (var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads }; !Volatile.Read(ref isDone); commits++)
            {
                Assert.True(kernel.Command("commit", "meanwhile") is Errno.None or Errno.NoData, kernel.Error());
            }
        });
        await writer;
        await committer;
        Assert.True(commits > 1);
        Assert.Equal("""{"n":149}""", AttributesOf(mount.Kernel));
        Assert.Empty(mount.Loose);
    }

    [Fact]
    public async Task What_a_v3_tool_writes_is_not_undone_by_a_v2_tool_that_writes_attributes_at_the_same_time()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        bool isDone = false;
        var resizer = OwnThread.Run(() =>
        {
            var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads };
            for (int length = 1; length <= 200; length++)
            {
                kernel.Replace(Root("x/zarr.json"), Documents.Array($"[{length}]", "[1]"));
                Assert.Equal($"[{length}]", JsonNode.Parse(kernel.ReadText(Root("x/zarr.json")))!["shape"]!.ToJsonString());
            }

            Volatile.Write(ref isDone, true);
        });
        var writer = OwnThread.Run(() =>
        {
            var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads };
            for (int i = 0; !Volatile.Read(ref isDone); i++)
            {
                kernel.Replace(V2("x/.zattrs"), Encoding.UTF8.GetBytes($$"""{"n": {{i}}}"""));
            }
        });
        await resizer;
        await writer;
        Assert.Equal("[200]", JsonNode.Parse(mount.Kernel.ReadText(Root("x/zarr.json")))!["shape"]!.ToJsonString());
        mount.Kernel.Replace(V2("x/.zattrs"), "{\"last\": 1}"u8.ToArray());
        Assert.Equal("""{"last":1}""", AttributesOf(mount.Kernel));
    }

    [Fact]
    public async Task What_is_written_in_place_over_a_committed_document_is_not_undone_by_a_v2_tool_that_writes_attributes_at_the_same_time()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        bool isDone = false;
        var resizer = OwnThread.Run(() =>
        {
            var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads };
            for (int length = 1; length <= 150; length++)
            {
                kernel.Write(Root("x/zarr.json"), Documents.Array($"[{length}]", "[1]"));
                Assert.Equal($"[{length}]", JsonNode.Parse(kernel.ReadText(Root("x/zarr.json")))!["shape"]!.ToJsonString());
                Assert.True(length % 3 != 0 || kernel.Command("commit", "it is below from now on") is Errno.None or Errno.NoData, kernel.Error());
            }

            Volatile.Write(ref isDone, true);
        });
        var writer = OwnThread.Run(() =>
        {
            var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads };
            for (int i = 0; !Volatile.Read(ref isDone); i++)
            {
                kernel.Replace(V2("x/.zattrs"), Encoding.UTF8.GetBytes($$"""{"n": {{i}}}"""));
            }
        });
        await resizer.ContinueWith(_ => Volatile.Write(ref isDone, true), TaskScheduler.Default);
        await writer;
        await resizer;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_v3_tool_that_opened_the_document_first_and_writes_to_it_last_has_the_last_word(bool isCommitted)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        Zarr.WriteArray(mount.Kernel, "x");
        byte[] mine = Documents.Array("[3]", "[1]", attributes: """{"mine":2}""");
        int file = OpenDocument(mount, isCommitted, out var v3);
        mount.Kernel.Replace(V2("x/.zattrs"), """{"theirs": 1}"""u8.ToArray());
        Files.Check(v3.Write(file, 0, mine), "write");
        Files.Check(v3.Close(file), "close");
        Assert.Equal(mine, mount.Kernel.ReadBytes(Root("x/zarr.json")));
        Assert.Equal("""{"mine":2}""", JsonNode.Parse(mount.Kernel.ReadText(V2("x/.zattrs")))!.ToJsonString());
        Assert.Empty(mount.Loose);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_v3_tool_that_opens_the_document_and_writes_nothing_leaves_what_v2_tools_write_meanwhile(bool isCommitted, bool commits)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        int file = OpenDocument(mount, isCommitted, out var v3);
        kernel.Replace(V2("x/.zattrs"), """{"theirs": 1}"""u8.ToArray());
        Assert.Equal("""{"theirs": 1}""", kernel.ReadText(V2("x/.zattrs")));
        Assert.Equal(commits ? Errno.NoData : Errno.None, commits ? kernel.Command("commit", "it is not published yet") : Errno.None);
        Files.Check(v3.Close(file), "close");
        Assert.Equal("""{"theirs":1}""", AttributesOf(kernel));
        Assert.Equal("""{"theirs": 1}""", kernel.ReadText(V2("x/.zattrs")));
        Assert.Empty(mount.Loose);
        mount.Commit();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_v2_tool_that_opens_the_attributes_and_writes_nothing_leaves_what_v3_tools_write_meanwhile(bool writes)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var v2 = new Kernel(mount.FileSystem) { Reads = mount.Reads };
        Zarr.WriteArray(mount.Kernel, "x");
        Files.Check(v2.Open(V2("x/.zattrs"), Access.Read | Access.Write, out int file), "open");
        mount.Kernel.Replace(Root("x/zarr.json"), Documents.Array("[3]", "[1]", attributes: """{"mine":2}"""));
        Assert.Equal(writes ? Errno.Stale : Errno.None, writes ? v2.Write(file, 0, "{}"u8.ToArray()) : Errno.None);
        Files.Check(v2.Close(file), "close");
        Assert.Equal("""{"mine":2}""", AttributesOf(mount.Kernel));
        Assert.Equal("""{"mine":2}""", JsonNode.Parse(mount.Kernel.ReadText(V2("x/.zattrs")))!.ToJsonString());
        Assert.Empty(mount.Loose);
    }

    /// <summary>On a disk it would be written into a file that nobody sees any more.</summary>
    [Fact]
    public async Task What_is_written_to_a_document_that_a_v2_tool_has_replaced_since_it_was_finished_is_refused()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        Zarr.WriteArray(mount.Kernel, "x");
        byte[] mine = Documents.Array("[3]", "[1]", attributes: """{"mine":2}""");
        int file = OpenDocument(mount, isCommitted: true, out var v3);
        Files.Check(v3.Write(file, 0, mine), "write");
        Files.Check(v3.Sync(file), "fsync");
        mount.Kernel.Replace(V2("x/.zattrs"), """{"theirs": 1}"""u8.ToArray());
        Assert.Equal("""{"theirs":1}""", AttributesOf(mount.Kernel));
        Assert.Equal(Errno.Stale, v3.Write(file, 0, mine));
        Files.Check(v3.Close(file), "close");
        Assert.Equal("""{"theirs":1}""", AttributesOf(mount.Kernel));
    }

    [Theory]
    [InlineData("open")]
    [InlineData("touch")]
    [InlineData("exclusive")]
    [InlineData("rename")]
    [InlineData("link")]
    public async Task What_changes_no_document_leaves_what_v2_tools_wrote_and_v3_cannot_express(string how)
    {
        const string Pickled = """{"zarr_format": 2, "shape": [3], "chunks": [1], "dtype": "|O", "fill_value": 0, "order": "C", "compressor": null, "filters": null}""";
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        kernel.Write(Root("x/tmp"), "{}");
        kernel.Write(V2("x/.zarray"), Pickled);
        switch (how)
        {
            case "open" or "touch":
                Files.Check(kernel.Open(Root("x/zarr.json"), Access.Read | Access.Write | Access.Create, out int file), "open");
                Files.Check(how == "touch" ? kernel.SetTime(Root("x/zarr.json"), 1_000_000_000) : Errno.None, "touch");
                Files.Check(kernel.Close(file), "close");
                break;
            case "exclusive":
                Assert.Equal(Errno.Exists, kernel.Node(Root("x"), node => mount.FileSystem.CreateAsync(
                    node, "zarr.json", 0x1B6, OpenFlags.Write | OpenFlags.Exclusive, default).AsTask().Result.Errno));
                break;
            case "rename":
                Assert.Equal(Errno.Exists, kernel.Rename(Root("x/tmp"), Root("x/zarr.json"), RenameFlags.NoReplace));
                Assert.Equal(Errno.Exists, kernel.Rename(Root("x/zarr.json"), Root("x/tmp"), RenameFlags.NoReplace));
                break;
            default:
                Assert.Equal(Errno.Exists, kernel.Link(Root("x/tmp"), Root("x/zarr.json")));
                break;
        }

        Assert.Equal(Pickled, kernel.ReadText(V2("x/.zarray")));
        Assert.Equal(["x/.zarray"], mount.Invalid);
        Assert.Equal(Errno.Invalid, kernel.Command("commit", "no"));
    }

    /// <summary>On a disk the former file would be written, which nobody sees any more; here the kernel is sent to look again.</summary>
    [Fact]
    public async Task A_document_that_was_written_after_it_was_looked_up_is_not_taken_for_the_one_that_was_looked_up()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        Assert.Equal(Errno.Stale, kernel.Node(V2("x/.zattrs"), node =>
        {
            kernel.Replace(V2("x/.zattrs"), "{\"theirs\": 1}"u8.ToArray());
            return mount.FileSystem.OpenAsync(node, OpenFlags.Read | OpenFlags.Write | OpenFlags.Truncate, default).AsTask().Result.Errno;
        }));
        Assert.Equal("{\"theirs\": 1}", kernel.ReadText(V2("x/.zattrs")));
        kernel.Write(V2("x/.zattrs"), "{\"mine\": 1}");
        Assert.Equal("""{"mine":1}""", AttributesOf(kernel));
    }

    [Fact]
    public async Task A_rebase_that_is_refused_leaves_what_v2_tools_wrote()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        kernel.MakeDirectories(Root("y"));
        kernel.Write(Root("y/zarr.json"), Encoding.UTF8.GetString(Documents.Array("[2]", "[1]")).Replace("float32", "bfloat16", StringComparison.Ordinal));
        mount.Commit();
        await using (var other = await mount.SecondAsync())
        {
            Zarr.WriteArray(other.Kernel, "z");
            other.Commit();
        }

        kernel.Write(V2("y/.zattrs"), """{"nobody": "can say this"}""");
        kernel.Write(V2("x/.zarray"), "{");
        Assert.Equal(Errno.Invalid, kernel.Command("rebase", "fail"));
        Assert.Equal("{", kernel.ReadText(V2("x/.zarray")));
        Assert.Equal(["x/.zarray"], mount.Invalid);
        Files.Check(kernel.Command("discard", "x/.zarray"), "discard");
        Files.Check(kernel.Command("rebase", "fail"), "rebase");
        Assert.True(kernel.Exists(Root("z/zarr.json")));
        Assert.Equal("""{"nobody": "can say this"}""", kernel.ReadText(V2("y/.zattrs")));
        Assert.Equal(["y/.zattrs"], mount.Loose);
    }

    private static int OpenDocument(TestMount mount, bool isCommitted, out Kernel v3)
    {
        _ = isCommitted ? mount.Commit() : "";
        v3 = new Kernel(mount.FileSystem) { Reads = mount.Reads };
        Files.Check(v3.Open(Root("x/zarr.json"), Access.Read | Access.Write, out int file), "open");
        return file;
    }

    private static string AttributesOf(IFiles files) => JsonNode.Parse(files.ReadText(Root("x/zarr.json")))!["attributes"]!.ToJsonString();

    [Fact]
    public async Task Attributes_that_a_v2_tool_has_open_and_does_not_write_leave_what_others_commit()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        Zarr.WriteArray(kernel, "y");
        mount.Commit();
        await using var other = await mount.SecondAsync();
        var v2 = new Kernel(mount.FileSystem) { Reads = mount.Reads };
        Files.Check(v2.Open(V2("x/.zattrs"), Access.Read | Access.Write, out int open), "open");
        other.Kernel.Write(V2("x/.zattrs"), """{"others": 1}""");
        other.Commit();
        kernel.Write(Root("y/c/1"), Documents.Chunk("mine"));
        mount.Commit();
        Files.Check(v2.Close(open), "close");
        Assert.Contains("others", kernel.ReadText(Root("x/zarr.json")), StringComparison.Ordinal);
    }
}
