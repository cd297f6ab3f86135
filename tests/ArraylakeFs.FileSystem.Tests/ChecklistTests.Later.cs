using System.Text;
using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

// The later items of the checklist.
public sealed partial class ChecklistTests
{
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

    [Fact]
    public async Task Content_counts_from_close_or_rename_on_not_from_release_15()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        Files.Check(kernel.Open(Root("x/c/0"), Access.Write | Access.Truncate, out int file), "open");
        Files.Check(kernel.Write(file, 0, Documents.Chunk("new")), "write");
        Files.Check(kernel.Flush(file), "close(2), whose RELEASE is late");
        string id = mount.Commit();
        Assert.Equal(Documents.Chunk("new"), kernel.ReadBytes($"commits/{id}/root.zarr/x/c/0"));
        kernel.Release(file);
        Assert.Empty(mount.StatusPaths);
    }

    [Fact]
    public async Task Readers_keep_the_bytes_that_they_opened_15()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        for (int round = 0; round < 2; round++)
        {
            byte[] old = kernel.ReadBytes(Root("x/c/0"));
            Files.Check(kernel.Open(Root("x/c/0"), Access.Read, out int replaced), "open");
            Files.Check(kernel.Open(Root("x/c/1"), Access.Read, out int removed), "open");
            kernel.Replace(Root("x/c/0"), Documents.Chunk($"new {round}"));
            Files.Check(kernel.Unlink(Root("x/c/1")), "unlink");
            Files.Check(kernel.Read(replaced, 0, 700, out byte[] bytes), "read");
            Assert.Equal(old, bytes);
            Files.Check(kernel.Read(removed, 0, 700, out bytes), "read");
            Assert.Equal(Documents.Chunk("x 1"), bytes);
            kernel.Write(Root("x/c/1"), Documents.Chunk("x 1"));
            mount.Commit();
            Files.Check(kernel.Read(replaced, 0, 700, out bytes), "read");
            Assert.Equal(old, bytes);
            kernel.Close(replaced);
            kernel.Close(removed);
        }
    }

    [Fact]
    public async Task An_open_file_that_is_unlinked_leaves_no_name_and_its_directory_can_be_removed_15()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        kernel.MakeDirectories(Root("d"));
        Files.Check(kernel.Open(Root("d/f"), Access.Write | Access.Create, out int file), "open");
        Files.Check(kernel.Unlink(Root("d/f")), "unlink");
        Assert.Empty(kernel.ListNames(Root("d")));
        Assert.Equal(Errno.None, kernel.RemoveDirectory(Root("d")));
        Files.Check(kernel.Write(file, 0, "still here"u8.ToArray()), "write");
        Files.Check(kernel.Read(file, 0, 99, out byte[] bytes), "read");
        Assert.Equal("still here", Encoding.UTF8.GetString(bytes));
        Files.Check(kernel.Close(file), "close");
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(mount.Store.Local!.Root, ".arraylakefs/staging"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_listing_skips_nothing_when_names_are_removed_meanwhile_16()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", "[3000]", "[1]", [.. Enumerable.Range(0, 3000).Select(i => $"c/{i}")], chunkBytes: 20);
        mount.Commit();
        for (int round = 0; round < 2; round++)
        {
            string[] listed = kernel.ListNames(Root("x/c"));
            Assert.Equal(3000 - (round * 1000), listed.Length);
            int seen = 0;
            var errno = kernel.Node(Root("x/c"), node =>
            {
                ulong handle = kernel.FileSystem.OpenDirectoryAsync(node).AsTask().Result.Value;
                var sink = new Removing(name =>
                {
                    seen++;
                    if (seen % 3 == 1 && round == 0)
                    {
                        Files.Check(kernel.Unlink(Root($"x/c/{name}")), name);
                    }
                });
                do
                {
                    sink.Added = 0;
                    Files.Check(kernel.FileSystem.ReadDirectoryAsync(handle, sink.Cookie, false, sink).AsTask().Result, "readdir");
                }
                while (sink.Added > 0);
                kernel.FileSystem.ReleaseDirectory(handle);
                return Errno.None;
            });
            Assert.Equal(listed.Length, seen);
            Assert.Equal(Errno.None, errno);
        }
    }

    [Fact]
    public async Task A_name_that_was_just_made_is_found_by_everybody_17()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Assert.Equal(Errno.NoEntry, kernel.Stat(Root("zarr.json"), out _));
        Assert.Equal(Errno.NoEntry, kernel.Stat(Root("a"), out _));
        kernel.Replace(Root("zarr.json"), Documents.Group());
        Assert.True(kernel.Exists(Root("zarr.json")));
        Files.Check(kernel.MakeDirectory(Root("a")), "mkdir");
        Files.Check(kernel.Rename(Root("a"), Root("b")), "rename");
        Assert.False(kernel.Exists(Root("a")));
        Assert.True(kernel.Exists(Root("b")));
    }

    [Fact]
    public async Task Threads_that_make_the_same_directories_and_different_files_do_not_disturb_each_other_18()
    {
        await using var mount = await CreateAsync();
        var made = new int[4];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var kernel = new Kernel(mount.FileSystem);
            for (int i = 0; i < 100; i++)
            {
                var errno = kernel.MakeDirectory(Root($"d{i}"));
                Assert.True(errno is Errno.None or Errno.Exists, errno.ToString());
                made[worker] += errno == Errno.None ? 1 : 0;
                kernel.Replace(Root($"d{i}/f{worker}"), Encoding.UTF8.GetBytes($"{i} {worker}"));
                kernel.Replace(Root($"d{i}/shared"), Encoding.UTF8.GetBytes($"{i}"));
            }
        })));
        Assert.Equal(100, made.Sum());
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(["f0", "f1", "f2", "f3", "shared"], mount.Kernel.ListNames(Root($"d{i}")));
            Assert.Equal($"{i} 3", mount.Kernel.ReadText(Root($"d{i}/f3")));
            Assert.Equal($"{i}", mount.Kernel.ReadText(Root($"d{i}/shared")));
        }

        Assert.Equal(500, Directory.EnumerateFiles(Path.Combine(mount.Store.Local!.Root, ".arraylakefs/staging"), "*", SearchOption.AllDirectories).Count());
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

    [Theory]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData((5 << 20) + 7)]
    public async Task Chunks_of_any_size_come_back_byte_for_byte_20(int length)
    {
        await using var mount = await CreateAsync();
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        Zarr.WriteArray(mount.Kernel, "x", "[1]", "[1]", []);
        mount.Kernel.MakeDirectories(Root("x/c"));
        mount.Kernel.Replace(Root("x/c/0"), bytes);
        string id = mount.Commit();
        await mount.ReopenAsync();
        Assert.True(bytes.AsSpan().SequenceEqual(mount.Kernel.ReadBytes(Root("x/c/0"))));
        Assert.True(bytes.AsSpan().SequenceEqual(mount.Kernel.ReadBytes($"commits/{id}/root.zarr/x/c/0")));
        Files.Check(mount.Kernel.GetAttribute(Root("x/c/0"), "user.icechunk.kind", out string kind), "kind");
        Assert.Equal(length <= 512 ? "inline" : "native", kind);
    }

    [Fact]
    public async Task Nothing_of_ours_is_listed_in_the_tree_21()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        for (int round = 0; round < 2; round++)
        {
            Assert.Equal(["x", "zarr.json"], mount.Kernel.ListNames(Root()));
            Assert.Equal(["c", "zarr.json"], mount.Kernel.ListNames(Root("x")));
            mount.Commit($"commit {round}");
            mount.Kernel.Write(Root("x/c/0"), Documents.Chunk($"again {round}"));
        }
    }

    private sealed class Removing(Action<string> seen) : IDirectorySink
    {
        public long Cookie { get; private set; }

        public int Added { get; set; }

        public bool TryAdd(ReadOnlySpan<char> name, ulong inodeNumber, FileKind kind, long nextCookie)
        {
            if (Added == 50)
            {
                return false;
            }

            (Added, Cookie) = (Added + 1, nextCookie);
            if (name is not ("." or ".."))
            {
                seen(name.ToString());
            }

            return true;
        }

        public bool TryAdd(ReadOnlySpan<char> name, in Entry entry, long nextCookie) => throw new InvalidOperationException();
    }
}
