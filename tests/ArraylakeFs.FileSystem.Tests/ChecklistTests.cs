using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Items of the checklist that need two sessions, or many restarts, beside what <see cref="Checklist"/> has of them.</summary>
public sealed class ChecklistTests
{
    /// <summary>Which of the two names was there first makes no difference, whether the kernel holds the file or not.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task The_name_that_is_left_of_two_is_the_file_after_a_commit_03(bool olderStays, bool cachesNames)
    {
        await using var mount = await CreateAsync(cachesNames);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: []);
        string stays = Root("x/c/0"), goes = Root("x/c/0.partial");
        kernel.MakeDirectories(Root("x/c"));
        kernel.Write(olderStays ? stays : goes, Documents.Chunk("first"));
        Files.Check(kernel.Link(olderStays ? stays : goes, olderStays ? goes : stays), "link");
        Files.Check(kernel.Unlink(goes), "unlink");
        mount.Commit();
        if (!cachesNames)
        {
            kernel.DropCaches();
        }

        Assert.Equal(Documents.Chunk("first"), kernel.ReadBytes(stays));
        kernel.Write(stays, Documents.Chunk("second"));
        Assert.Equal(["📝 x/c/0"], mount.StatusPaths);
        Assert.Equal(["0"], kernel.ListNames(Root("x/c")));
        string id = mount.Commit();
        Assert.Equal(Documents.Chunk("second"), kernel.ReadBytes($"commits/{id}/root.zarr/x/c/0"));
        await mount.ReopenAsync();
        Assert.Equal(Documents.Chunk("second"), mount.Kernel.ReadBytes(stays));
    }

    [Fact]
    public async Task Times_of_files_that_this_session_never_wrote_do_not_change_with_its_commits_14()
    {
        await using var author = await CreateAsync();
        Zarr.WriteArray(author.Kernel, "x");
        author.Commit();
        await using var mount = await author.SecondAsync();
        var before = mount.Kernel.Walk(Root());
        mount.Kernel.Write(Root("x/c/0"), Documents.Chunk("other"));
        mount.Commit();
        mount.Kernel.DropCaches();
        await mount.ReopenAsync();
        var after = mount.Kernel.Walk(Root());
        string[] changed = [.. before.Keys.Where(p => before[p].ModifiedNs != after[p].ModifiedNs)];
        Assert.Equal(["x/c/0"], changed);
    }

    [Fact]
    public async Task A_change_of_others_gives_a_file_another_time_14()
    {
        await using var author = await CreateAsync();
        Zarr.WriteArray(author.Kernel, "x");
        author.Commit();
        await using var mount = await author.SecondAsync();
        long before = mount.Kernel.StatOf(Root("x/c/0")).ModifiedNs;
        author.Kernel.Write(Root("x/c/0"), Documents.Chunk("other"));
        author.Commit();
        Assert.Equal(before, mount.Kernel.StatOf(Root("x/c/0")).ModifiedNs);
        Files.Check(mount.Kernel.Command("checkout", "main"), "checkout");
        Assert.NotEqual(before, mount.Kernel.StatOf(Root("x/c/0")).ModifiedNs);
    }

    [Fact]
    public async Task A_checkout_gives_directories_the_time_of_their_version_14()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string first = mount.Commit();
        Zarr.WriteArray(kernel, "y");
        mount.Commit();
        var (root, directory) = (kernel.StatOf(Root()), kernel.StatOf(Root("x")));
        Files.Check(kernel.Command("checkout", first), "checkout");
        Assert.NotEqual(root.ModifiedNs, kernel.StatOf(Root()).ModifiedNs);
        Assert.NotEqual(directory.ModifiedNs, kernel.StatOf(Root("x")).ModifiedNs);
        Assert.Equal(directory.Inode, kernel.StatOf(Root("x")).Inode);
    }

    [Fact]
    public async Task Times_are_kept_to_the_nanosecond_14()
    {
        const long Time = 1_600_000_000_123_456_789;
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        foreach (string path in (string[])["x/c/0", "x/zarr.json", "x"])
        {
            Files.Check(mount.Kernel.SetTime(Root(path), Time), path);
            Assert.Equal(Time, mount.Kernel.StatOf(Root(path)).ModifiedNs);
        }

        mount.Commit();
        await mount.ReopenAsync();
        Assert.Equal(Time, mount.Kernel.StatOf(Root("x/c/0")).ModifiedNs);
        Assert.Equal(Time, mount.Kernel.StatOf(Root("x/zarr.json")).ModifiedNs);
    }

    /// <summary>The journal knows files by their numbers: what comes back to a place whose file has moved on is another file.</summary>
    [Fact]
    public async Task What_comes_back_where_a_file_was_moved_away_has_a_number_of_its_own_14()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", "[9]");
        mount.Commit();
        ulong number = kernel.StatOf(Root("x/c/0")).Inode;
        Files.Check(kernel.Rename(Root("x/c/0"), Root("x/c/7")), "rename");
        Files.Check(kernel.Command("discard", "x/c/0"), "discard");
        Assert.Equal(number, kernel.StatOf(Root("x/c/7")).Inode);
        Assert.NotEqual(number, kernel.StatOf(Root("x/c/0")).Inode);
        kernel.Write(Root("x/c/0"), "new");
        await mount.ReopenAsync();
        kernel = mount.Kernel;
        Assert.Equal("new", kernel.ReadText(Root("x/c/0")));
        Assert.Equal(Documents.Chunk("x 0"), kernel.ReadBytes(Root("x/c/7")));
        Files.Check(kernel.Unlink(Root("x/c/0")), "unlink");
        mount.Commit("moved");

        // Somebody else writes a chunk there.
        await using (var other = await mount.SecondAsync())
        {
            other.Kernel.Write(Root("x/c/0"), "theirs");
            other.Commit();
        }

        Files.Check(kernel.Command("checkout", "main"), "checkout");
        Assert.Equal(number, kernel.StatOf(Root("x/c/7")).Inode);
        Assert.NotEqual(number, kernel.StatOf(Root("x/c/0")).Inode);
        kernel.Write(Root("x/c/0"), "mine");
        kernel.Write(Root("x/c/7"), "seven");
        await mount.ReopenAsync();
        Assert.Equal("mine", mount.Kernel.ReadText(Root("x/c/0")));
        Assert.Equal("seven", mount.Kernel.ReadText(Root("x/c/7")));
    }

    /// <summary>As above, with restarts in between, and with a second name instead of a move.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task What_comes_back_has_a_number_of_its_own_after_restarts_too_14(bool linked, bool inPlace)
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", "[9]");
        mount.Commit();
        if (inPlace)
        {
            mount.Kernel.Write(Root("x/c/0"), "changed");
            await mount.ReopenAsync();
        }

        byte[] bytes = mount.Kernel.ReadBytes(Root("x/c/0"));
        Files.Check(linked ? mount.Kernel.Link(Root("x/c/0"), Root("x/c/7")) : mount.Kernel.Rename(Root("x/c/0"), Root("x/c/7")), "another name");
        Files.Check(mount.Kernel.Command("discard", "x/c/0"), "discard");
        await mount.ReopenAsync();
        Assert.Equal(Documents.Chunk("x 0"), mount.Kernel.ReadBytes(Root("x/c/0")));
        mount.Kernel.Write(Root("x/c/0"), "new");
        await mount.ReopenAsync();
        Assert.Equal("new", mount.Kernel.ReadText(Root("x/c/0")));
        Assert.Equal(bytes, mount.Kernel.ReadBytes(Root("x/c/7")));
        Assert.NotEqual(mount.Kernel.StatOf(Root("x/c/0")).Inode, mount.Kernel.StatOf(Root("x/c/7")).Inode);
    }

    [Theory]
    [InlineData("""{"zarr_format":3,"node_type":"group","attributes":{"a":NaN,"b":[Infinity,-Infinity],"c":123456789012345678901234567890,"d":1.0}}""")]
    [InlineData("""  {"node_type":"group",   "zarr_format":3, "whatever":{"must_understand":false}}  """)]
    [InlineData("""{"zarr_format":3,"node_type":"array","shape":[1],"data_type":"int32","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},"chunk_key_encoding":{"name":"default"},"fill_value":null,"codecs":[{"name":"bytes"}]}""")]
    public async Task Documents_that_are_not_quite_JSON_come_back_byte_for_byte_19(string document)
    {
        await using var mount = await CreateAsync();
        mount.Kernel.Write(Root("zarr.json"), Documents.Group());
        mount.Kernel.MakeDirectories(Root("n"));
        mount.Kernel.Write(Root("n/zarr.json"), document);
        string id = mount.Commit();
        Assert.Equal(document, mount.Kernel.ReadText(Root("n/zarr.json")));
        Assert.Equal(document, mount.Kernel.ReadText($"commits/{id}/root.zarr/n/zarr.json"));
    }
}
