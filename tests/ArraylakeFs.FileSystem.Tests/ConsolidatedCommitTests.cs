using System.Text;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;
using ArraylakeFs.Storage;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Copies of documents in other documents, when others commit, when a commit fails, and when something is discarded.</summary>
public sealed class ConsolidatedCommitTests
{
    [Theory]
    [InlineData("change", true)]
    [InlineData("change", false)]
    [InlineData("change deep", true)]
    [InlineData("remove", true)]
    [InlineData("move", true)]
    [InlineData("move", false)]
    [InlineData("v2", true)]
    public async Task Copies_that_others_commit_do_not_lie_about_what_the_session_has_changed(string change, bool commits)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        Zarr.WriteGroups(kernel, "h/n");
        mount.Commit();
        Files.Check(change switch
        {
            "remove" => kernel.Unlink(Root("h/zarr.json")),
            "move" => kernel.Rename(Root("g/x"), Root("x")),
            _ => Errno.None,
        }, change);
        switch (change)
        {
            case "change":
                kernel.Write(Root("h/zarr.json"), Documents.Group("""{"ours": 1}"""));
                break;
            case "change deep":
                kernel.Replace(Root("g/x/zarr.json"), Documents.Array("[9]", "[1]"));
                break;
            case "v2":
                kernel.Write("root.v2.zarr/h/.zattrs", """{"ours": 1}""");
                break;
        }

        await CommitOfOthersAsync(mount, "/", Copies.Consolidate(kernel.ReadBytes(Root("zarr.json")), await CopiesOfBaseAsync(mount)));
        string id = commits ? mount.Commit() : "";
        Files.Check(commits ? Errno.None : kernel.Command("rebase", "fail"), "rebase");
        foreach (string path in commits ? (string[])[Root(), $"commits/{id}/root.zarr"] : [Root()])
        {
            Assert.Equal(Encoding.UTF8.GetString(Documents.Group()).Trim(), kernel.ReadText($"{path}/zarr.json").Trim());
        }

        Assert.Equal(commits, mount.StatusPaths.Length == 0);
        await mount.CrashAsync();
        Assert.DoesNotContain("consolidated", mount.Kernel.ReadText(Root("zarr.json")), StringComparison.Ordinal);
        Assert.Equal(commits, mount.StatusPaths.Length == 0);
    }

    [Fact]
    public async Task Copies_of_others_stay_where_the_session_changes_no_document()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        Zarr.WriteGroups(kernel, "h/n");
        mount.Commit();
        kernel.Write(Root("g/x/c/0"), Documents.Chunk("new"));
        byte[] theirs = Copies.Consolidate(kernel.ReadBytes(Root("zarr.json")), await CopiesOfBaseAsync(mount));
        await CommitOfOthersAsync(mount, "/", theirs);
        mount.Commit();
        Assert.Equal(theirs, kernel.ReadBytes(Root("zarr.json")));
        kernel.Write(Root("g/x/c/1"), Documents.Chunk("new"));
        Files.Check(kernel.Command("discard", "g/x/c/1"), "discard");
        Assert.Equal(theirs, kernel.ReadBytes(Root("zarr.json")));
        Assert.Empty(mount.StatusPaths);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Copies_of_others_are_cut_out_of_a_document_that_is_open_for_writing_when_that_is_done(bool writes, bool rebases)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var (kernel, writer) = (mount.Kernel, new Kernel(mount.FileSystem) { Reads = mount.Reads });
        Zarr.WriteArray(kernel, "g/x");
        mount.Commit();
        byte[] theirs = Copies.Consolidate(kernel.ReadBytes(Root("zarr.json")), await CopiesOfBaseAsync(mount));
        await CommitOfOthersAsync(mount, "/", theirs);
        Files.Check(kernel.Command("rebase", "fail"), "rebase");
        Files.Check(writer.Open(Root("zarr.json"), Access.Read | Access.Write, out int file), "open");
        if (rebases)
        {
            await CommitOfOthersAsync(mount, "/g/x", Documents.Array("[9]", "[1]"));
        }

        kernel.Write(Root("g/zarr.json"), Documents.Group("""{"ours": 1}"""));
        Files.Check(rebases ? kernel.Command("rebase", "fail") : Errno.None, "rebase");
        Assert.Equal(theirs, kernel.ReadBytes(Root("zarr.json")));
        string written = Encoding.UTF8.GetString(Documents.Group("""{"mine": 1}"""));
        Files.Check(writes ? writer.Write(file, 0, Encoding.UTF8.GetBytes(written.PadRight(theirs.Length))) : Errno.None, "write");
        Files.Check(writer.Close(file), "close");
        string expected = writes ? written : Encoding.UTF8.GetString(Documents.Group());
        Assert.Equal(expected.Trim(), kernel.ReadText(Root("zarr.json")).Trim());
    }

    [Fact]
    public async Task Copies_of_the_session_do_not_lie_about_what_others_have_committed()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        mount.Commit();
        kernel.Write(Root("g/zarr.json"), Documents.Group("""{"ours": 1}"""));
        kernel.Replace(Root("zarr.json"), Copies.Consolidate(kernel, "g", "g/x"));
        await CommitOfOthersAsync(mount, "/g/x", Documents.Array("[9]", "[1]"));
        Files.Check(kernel.Command("rebase", "fail"), "rebase");
        Assert.DoesNotContain("consolidated", kernel.ReadText(Root("zarr.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zarr.json")]
    [InlineData("x/zarr.json")]
    [InlineData("x/c/0")]
    public async Task What_was_written_and_says_the_same_as_before_does_not_take_back_what_others_commit(string path)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", chunkBytes: 100);
        Zarr.WriteArray(kernel, "y");
        mount.Commit();
        kernel.Replace(Root(path), kernel.ReadBytes(Root(path)));
        if (path == "zarr.json")
        {
            kernel.Replace(Root(path), Copies.Consolidate(kernel, "x", "y")); // which no commit takes
        }

        kernel.Write(Root("y/c/1"), Documents.Chunk("ours"));
        Assert.Equal(["📝 y/c/1"], mount.StatusPaths);
        await using var others = await mount.SecondAsync();
        others.Kernel.Replace(Root(path), path switch
        {
            "zarr.json" => Documents.Group("""{"theirs": 1}"""),
            "x/c/0" => Documents.Chunk("theirs"),
            _ => Documents.Array("[3]", "[1]", attributes: """{"theirs": 1}"""),
        });
        others.Commit();
        string id = mount.Commit();
        foreach (string root in (string[])[Root(), $"commits/{id}/root.zarr"])
        {
            Assert.Contains("theirs", kernel.ReadText($"{root}/{path}"), StringComparison.Ordinal);
            Assert.Equal(Documents.Chunk("ours"), kernel.ReadBytes($"{root}/y/c/1"));
        }
    }

    [Theory]
    [InlineData("no message", Errno.Invalid)]
    [InlineData("invalid", Errno.Invalid)]
    [InlineData("nothing", Errno.NoData)]
    [InlineData("conflict", Errno.Stale)]
    [InlineData("storage", Errno.InputOutput)]
    public async Task A_commit_that_fails_leaves_the_copies_where_they_are(string why, Errno errno)
    {
        var store = new MemoryObjectStore();
        await using var mount = await CreateAsync(cachesNames: true, store: store);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        if (why != "nothing")
        {
            kernel.Write(Root("x/c/0"), Documents.Chunk("ours"));
        }

        byte[] consolidated = Copies.Consolidate(kernel, "x");
        kernel.Replace(Root("zarr.json"), consolidated);
        ulong inode = kernel.StatOf(Root("zarr.json")).Inode;
        switch (why)
        {
            case "invalid":
                kernel.Write(Root("x/c/1"), "");
                break;
            case "conflict":
                await using (var others = await mount.SecondAsync())
                {
                    others.Kernel.Write(Root("x/c/0"), Documents.Chunk("theirs"));
                    others.Commit();
                }

                break;
            case "storage":
                store.Before = (operation, key) => throw new StorageException(key, "the network is down");
                break;
        }

        Assert.Equal(errno, kernel.Command("commit", why == "no message" ? "" : "message"));
        store.Before = null;
        Assert.Equal(consolidated, kernel.ReadBytes(Root("zarr.json")));
        Assert.Equal(inode, kernel.StatOf(Root("zarr.json")).Inode);
        await mount.Session.StateAsync(default);
        Assert.Equal(consolidated, kernel.ReadBytes(Root("zarr.json")));
    }

    [Fact]
    public async Task Copies_go_with_a_commit_of_which_is_found_out_later_that_it_was_made()
    {
        var store = new MemoryObjectStore();
        await using var mount = await CreateAsync(store: store);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        kernel.Replace(Root("zarr.json"), Copies.Consolidate(kernel, "x"));
        Assert.Contains("consolidated", kernel.ReadText(Root("zarr.json")), StringComparison.Ordinal);
        bool isCut = false;
        void Cut(StoreOperation operation, string key)
        {
            if (isCut || operation == StoreOperation.PutIfMatch)
            {
                isCut = true;
                throw new StorageException(key, "the network is down");
            }
        }

        store.After = Cut;
        Assert.Equal(Errno.InputOutput, kernel.Command("commit", "first"));
        store.After = null;
        Files.Check(kernel.MakeDirectory(Root("d")), "mkdir"); // finds it out
        Assert.DoesNotContain("consolidated", kernel.ReadText(Root("zarr.json")), StringComparison.Ordinal);
        Assert.Empty(mount.StatusPaths);
    }

    [Fact]
    public async Task A_discard_takes_away_the_copies_that_it_makes_wrong_and_no_others()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        Zarr.WriteArray(kernel, "h/y");
        mount.Commit();
        kernel.Replace(Root("g/x/zarr.json"), Documents.Array("[9]", "[1]"));
        kernel.Write(Root("g/x/c/0"), Documents.Chunk("ours"));
        kernel.Write(Root("loose"), "loose");
        byte[] h = Copies.ConsolidateGroup(kernel, "h", "y");
        byte[] root = Copies.Consolidate(kernel, "g", "g/x", "h", "h/y");
        kernel.Replace(Root("h/zarr.json"), h);
        kernel.Replace(Root("zarr.json"), root);
        foreach (string path in (string[])["g/x/c/0", "loose"])
        {
            Files.Check(kernel.Command("discard", path), path);
            Assert.Equal(root, kernel.ReadBytes(Root("zarr.json")));
        }

        Files.Check(kernel.Command("discard", "g/x/zarr.json"), "discard");
        Assert.Contains("[3]", kernel.ReadText(Root("g/x/zarr.json")), StringComparison.Ordinal);
        Assert.DoesNotContain("consolidated", kernel.ReadText(Root("zarr.json")), StringComparison.Ordinal);
        Assert.Equal(h, kernel.ReadBytes(Root("h/zarr.json")));
        await mount.CrashAsync();
        Assert.DoesNotContain("consolidated", mount.Kernel.ReadText(Root("zarr.json")), StringComparison.Ordinal);
        Assert.Equal(h, mount.Kernel.ReadBytes(Root("h/zarr.json")));
    }

    [Fact]
    public async Task A_move_that_is_discarded_takes_away_the_copies_in_both_places()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "g/x");
        Zarr.WriteGroups(kernel, "h/n");
        mount.Commit();
        Files.Check(kernel.Rename(Root("g/x"), Root("h/x")), "rename");
        kernel.Replace(Root("g/zarr.json"), Copies.ConsolidateGroup(kernel, "g"));
        kernel.Replace(Root("h/zarr.json"), Copies.ConsolidateGroup(kernel, "h", "x"));
        Files.Check(kernel.Command("discard", "h/x"), "discard");
        foreach (string path in (string[])["g", "h"])
        {
            Assert.DoesNotContain("consolidated", kernel.ReadText(Root($"{path}/zarr.json")), StringComparison.Ordinal);
        }
    }

    /// <summary>The documents of all nodes but the root, as the session's commit has them.</summary>
    private static async Task<List<(string Path, string Document)>> CopiesOfBaseAsync(TestMount mount)
    {
        var snapshot = await mount.Repository.SnapshotAsync(mount.Session.Base, default);
        return [.. snapshot.Nodes.Where(node => node.Path != "/").Select(node => (node.Path[1..], Encoding.UTF8.GetString(node.Document.Span)))];
    }

    /// <summary>As the official client commits: documents with all that is in them.</summary>
    private static async Task CommitOfOthersAsync(TestMount mount, string path, byte[] document)
    {
        var snapshot = await mount.Repository.SnapshotAsync(mount.Session.Base, default);
        var request = new CommitRequest("main", mount.Session.Base, ObjectId12.New(), "theirs", [], new ChangeSet());
        request.Changes.Documents[snapshot.FindNode(path)!.Id] = document;
        await mount.Repository.CommitAsync(request, default);
    }
}
