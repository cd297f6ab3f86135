using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Tests;

/// <summary>How two versions differ: nodes, documents, chunks, and what is told of them.</summary>
public sealed class VersionDiffTests
{
    [Fact]
    public async Task Nodes_that_are_new_and_gone_are_told_in_order_of_their_paths()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 group = default, array = default;
        var first = await lake.CommitAsync(changes =>
        {
            changes.AddGroup("/");
            group = changes.AddGroup("/b");
            array = changes.AddArray("/b/x", [4], [2]);
            changes.PutText(array, "one", 1);
        });
        var second = await lake.CommitAsync(changes =>
        {
            changes.Deletions.UnionWith([group, array]);
            changes.AddGroup("/a");
        });
        Assert.Equal(["+ /a Group", "- /b Group", "- /b/x Array"], await DiffAsync(lake, first, second));
        Assert.Equal(["- /a Group", "+ /b Group", "+ /b/x Array written 1 of [1,2)=[2,4): 1"], await DiffAsync(lake, second, first));
        Assert.Empty(await DiffAsync(lake, first, first));
        Assert.Equal(["+ / Group", "+ /a Group"], await DiffAsync(lake, null, second));
    }

    [Fact]
    public async Task A_node_made_anew_at_the_same_path_is_another_node()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 old = default;
        var first = await lake.CommitAsync(changes => changes.PutText(old = changes.AddArray("/x", [4], [2]), "one", 1));
        var second = await lake.CommitAsync(changes =>
        {
            changes.Deletions.Add(old);
            changes.PutText(changes.AddArray("/x", [4], [2]), "one", 1);
        });
        Assert.Equal(["- /x Array", "+ /x Array written 1 of [1,2)=[2,4): 1"], await DiffAsync(lake, first, second));
    }

    [Fact]
    public async Task A_moved_group_is_told_once_with_the_number_of_what_is_below()
    {
        var lake = await Lake.CreateAsync();
        var ids = new Dictionary<string, ObjectId8>();
        var first = await lake.CommitAsync(changes =>
        {
            foreach (var path in (string[])["/g", "/g/h", "/q"])
            {
                ids[path] = changes.AddGroup(path);
            }

            foreach (var path in (string[])["/g/h/x", "/g/y", "/g/z"])
            {
                ids[path] = changes.AddArray(path, [4], [2]);
                changes.PutText(ids[path], path, 0);
            }
        });
        var second = await lake.CommitAsync(changes =>
        {
            foreach (var (from, to) in new[] { ("/g", "/n"), ("/g/h", "/n/h"), ("/g/h/x", "/n/h/x"), ("/g/y", "/n/y"), ("/g/z", "/q/z") })
            {
                changes.Moves.Add(ids[from], to);
            }

            changes.PutText(ids["/g/h/x"], "new", 1);
        });
        Assert.Equal(
            ["> /n Group was /g with 3 below", "~ /n/h/x Array was /g/h/x written 1 of [1,2)=[2,4): 1", "> /q/z Array was /g/z"],
            await DiffAsync(lake, first, second));
        // Looked at alone, it has moved by itself.
        Assert.Equal(["> /n/h Group was /g/h with 1 below", "~ /n/h/x Array was /g/h/x written 1 of [1,2)=[2,4): 1"], await DiffAsync(lake, first, second, "/n/h"));
        Assert.Equal(["> /n/y Array was /g/y"], await DiffAsync(lake, first, second, "/g/y"));
        Assert.Empty(await DiffAsync(lake, first, second, "/n/h/xx"));
        Assert.Equal(3, (await DiffAsync(lake, first, second, "/")).Length);
    }

    [Fact]
    public async Task A_group_and_its_child_that_change_places_have_both_moved()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 a = default, b = default;
        var first = await lake.CommitAsync(changes => (a, b) = (changes.AddGroup("/a"), changes.AddGroup("/a/b")));
        var second = await lake.CommitAsync(changes => (changes.Moves[b], changes.Moves[a]) = ("/a", "/a/b"));
        Assert.Equal(["> /a Group was /a/b", "> /a/b Group was /a"], await DiffAsync(lake, first, second));
    }

    [Fact]
    public async Task Documents_are_compared_member_by_member()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 group = default, array = default, odd = default;
        var first = await lake.CommitAsync(changes =>
        {
            group = changes.AddGroup("/g");
            odd = changes.AddGroup("/odd");
            changes.NewNodes.Add(new NewNode(
                array = ObjectId8.New(), "/x", NodeKind.Array, Documents.Array([4], [2], """{"kept":{"a":[1]},"gone":1,"other":1}""", ["time"])));
        });
        var second = await lake.CommitAsync(changes =>
        {
            changes.Documents[group] = (byte[])[.. Documents.Group(), .. "\n"u8];
            changes.Documents[array] = Documents.Array([5], [2], """{"new":1,"other":2,"kept":{"a":[1]}}""");
        });
        var diff = await VersionDiff.BetweenAsync(await ViewAsync(lake, first), await ViewAsync(lake, second), null, default);
        Assert.Equal(["/g", "/x"], diff.Nodes.Select(node => node.Path));
        Assert.True(diff.Nodes[0].Document is { IsUnderstood: true, Members: [], AttributesChanged: [] });
        var changed = diff.Nodes[1].Document!;
        Assert.Equal(["new"], changed.AttributesAdded);
        Assert.Equal(["gone"], changed.AttributesRemoved);
        Assert.Equal(["other"], changed.AttributesChanged);
        Assert.Equal(["dimension_names", "shape"], changed.Members.Select(member => member.Name));
        Assert.Equal("time", changed.Members[0].From[0].GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Undefined, changed.Members[0].To.ValueKind);
        Assert.Null(diff.Nodes[1].Append);

        var third = await Foreign.CommitAsync(lake, writer => writer.AddNode(new NodeData(odd, "/odd", Icechunk.NodeKind.Group, "what?"u8.ToArray())));
        Assert.Equal(["- /g Group", "~ /odd Group metadata not understood", "- /x Array"], await DiffAsync(lake, second, third));
    }

    [Fact]
    public async Task Half_of_a_surrogate_pair_in_a_document_is_compared_like_anything_else()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 group = default;
        var first = await lake.CommitAsync(changes => changes.NewNodes.Add(
            new NewNode(group = ObjectId8.New(), "/g", NodeKind.Group, Documents.Group("""{"a":1,"b":1}"""))));
        var second = await lake.CommitAsync(changes => changes.Documents[group] = """{"zarr_format":3,"node_type":"group","attributes":{"a":"\ud800","b":1}}"""u8.ToArray());
        var third = await lake.CommitAsync(changes => changes.Documents[group] = """{"zarr_format":3,"node_type":"group","attributes":{"a":"\ud801","b":1}}"""u8.ToArray());
        foreach (var (from, to) in new[] { (first, second), (second, third) })
        {
            var diff = await VersionDiff.BetweenAsync(await ViewAsync(lake, from), await ViewAsync(lake, to), null, default);
            Assert.Equal(["a"], Assert.Single(diff.Nodes).Document!.AttributesChanged);
        }
    }

    [Fact]
    public async Task Chunks_are_counted_with_the_box_around_them_and_a_sample()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 array = default;
        var first = await lake.CommitAsync(changes =>
        {
            array = changes.AddArray("/x", [9, 100], [2, 10]);
            for (uint x = 0; x < 10; x++)
            {
                changes.PutText(array, $"{x}", 0, x);
                changes.PutText(array, $"{x}", 4, x);
            }
        });
        var second = await lake.CommitAsync(changes =>
        {
            changes.PutText(array, "other", 4, 9);
            changes.PutText(array, "new", 2, 5);
            changes.Put(array, null, 0, 3);
            changes.Put(array, null, 4, 1);
        });
        Assert.Equal(
            ["~ /x Array written 2 of [2,5)x[5,10)=[4,9)x[50,100): 2/5 4/9 deleted 2 of [0,5)x[1,4)=[0,9)x[10,40): 0/3 4/1"],
            await DiffAsync(lake, first, second));
        var all = await VersionDiff.BetweenAsync(null, await ViewAsync(lake, first), null, default);
        Assert.Equal((20L, TouchedChunks.MaxSample), (all.Nodes[0].Written!.Count, all.Nodes[0].Written!.Sample.Count));
    }

    [Fact]
    public async Task A_chunk_whose_reference_changed_was_written_and_equal_references_are_equal()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 array = default;
        var (native, other) = (await lake.PutChunkAsync("native"), await lake.PutChunkAsync("native"));
        var first = await lake.CommitAsync(changes =>
        {
            array = changes.AddArray("/x", [9], [1]);
            changes.Put(array, native, 0);
            changes.Put(array, native, 1);
            changes.PutText(array, "inline", 2);
            changes.PutText(array, "inline", 3);
            changes.PutText(array, "inline", 4);
        });
        var second = await lake.CommitAsync(changes =>
        {
            changes.Put(array, other, 1);
            changes.PutText(array, "inline", 2);
            changes.PutText(array, "inlinE", 3);
            changes.Put(array, other, 4);
        });
        Assert.Equal(["~ /x Array written 3 of [1,5)=[1,5): 1 3 4"], await DiffAsync(lake, first, second));
    }

    [Theory]
    [InlineData("file:///a", 1, 10, "e", 5, false)]
    [InlineData("file:///b", 1, 10, "e", 5, true)]
    [InlineData("file:///a", 2, 10, "e", 5, true)]
    [InlineData("file:///a", 1, 11, "e", 5, true)]
    [InlineData("file:///a", 1, 10, "f", 5, true)]
    [InlineData("file:///a", 1, 10, null, 5, true)]
    [InlineData("file:///a", 1, 10, "e", 6, true)]
    public async Task Virtual_references_are_compared_in_all_that_they_say(string location, ulong offset, ulong length, string? etag, uint lastModified, bool differs)
    {
        var lake = await Lake.CreateAsync();
        var node = await Foreign.CommitArrayAsync(lake, "/x", [2], write => write.AddVirtual([0], "file:///a", 1, 10, "e", 5));
        var first = await lake.TipAsync();
        var data = (await lake.NodeAsync("/x")).Data;
        var file = await Foreign.PutManifestAsync(lake, node, write => write.AddVirtual([0], location, offset, length, etag, lastModified));
        var second = await Foreign.CommitAsync(lake, writer =>
        {
            writer.AddManifestFile(file);
            writer.AddNode(data with { Manifests = [new ManifestReference(file.Id, data.Manifests[0].Extents)] });
        });
        Assert.Equal(differs ? ["~ /x Array written 1 of [0,1)=[0,1): 0"] : [], await DiffAsync(lake, first, second));
    }

    [Fact]
    public async Task Manifests_that_both_versions_have_are_not_read()
    {
        const string Rules = """[["any_array",[{"condition":"Any","num_chunks":2}]]]""";
        var lake = await Lake.CreateAsync();
        ObjectId8 array = default, other = default;
        var first = await lake.CommitSplitAsync(Rules, changes =>
        {
            (array, other) = (changes.AddArray("/x", [8], [1]), changes.AddArray("/y", [8], [1]));
            for (uint i = 0; i < 8; i++)
            {
                changes.PutText(array, $"{i}", i);
                changes.PutText(other, $"{i}", i);
            }
        });
        var kept = (await lake.NodeAsync("/x")).Manifests.Concat((await lake.NodeAsync("/y")).Manifests).ToList();
        var second = await lake.CommitSplitAsync(Rules, changes => changes.PutText(array, "new", 5));
        // The array grows: what its manifests have lay within the old grid already.
        var third = await lake.CommitAsync(changes => changes.Documents[array] = Documents.Array([20], [1]));
        kept.RemoveAll(reference => reference.Extents[0].From == 4 && kept.IndexOf(reference) < 4);
        Assert.Equal(7, kept.Count);
        foreach (var reference in kept)
        {
            await lake.Store.DeleteAsync(IcechunkPaths.Manifest(reference.Manifest), default);
        }

        var anew = await lake.ReopenAsync();
        Assert.Equal(["~ /x Array written 1 of [5,6)=[5,6): 5"], await DiffAsync(anew, first, second));
        Assert.Equal(["~ /x Array metadata shape"], await DiffAsync(anew, second, third));
        var missing = await Assert.ThrowsAsync<RepositoryException>(() => DiffAsync(anew, null, second));
        Assert.Equal(RepositoryErrorKind.Corrupt, missing.Kind);
    }

    /// <summary>What an official writer leaves behind when an array shrinks may come back into sight when it grows.</summary>
    [Fact]
    public async Task References_beyond_the_grid_count_when_the_grid_moves_over_them()
    {
        var lake = await Lake.CreateAsync();
        var node = await Foreign.CommitArrayAsync(lake, "/x", [2], write =>
        {
            for (uint i = 0; i < 4; i++)
            {
                write.AddInline([i], [(byte)i]);
            }
        });
        var small = await lake.TipAsync();
        var data = (await lake.NodeAsync("/x")).Data;
        (await lake.ViewAsync()).Snapshot.TryFindManifestFile(data.Manifests[0].Manifest, out var file);
        var large = await Foreign.CommitAsync(lake, writer =>
        {
            writer.AddManifestFile(file);
            writer.AddNode(data with { Document = Documents.Array([3], [1]), Shape = [new DimensionShape(3, 3)] });
        });
        Assert.Equal(["~ /x Array metadata shape written 1 of [2,3)=[2,3): 2 append 1"], await DiffAsync(lake, small, large));
        Assert.Equal(["~ /x Array metadata shape deleted 1 of [2,3)=[2,3): 2"], await DiffAsync(lake, large, small));
    }

    [Fact]
    public async Task Manifests_that_lie_over_one_another_are_compared_by_what_is_seen_of_them()
    {
        var lake = await Lake.CreateAsync();
        var node = ObjectId8.New();
        var first = await Foreign.PutManifestAsync(lake, node, "f", 0, 2, 4);
        var second = await Foreign.PutManifestAsync(lake, node, "s", 1, 2, 3, 5);
        var other = await Foreign.PutManifestAsync(lake, node, "o", 5);
        // Seen of first and second: 0, 2, 4 and 5; of first and other: f0, f2, f4, o5; of second and first: s1, s2, s3, s5.
        var a = await CommitAsync(lake, node, (first, 0, 5), (second, 1, 6));
        var b = await CommitAsync(lake, node, (first, 0, 5), (other, 5, 6));
        var c = await CommitAsync(lake, node, (second, 1, 6), (first, 0, 5));
        Assert.Equal(["~ /x Array written 1 of [5,6)=[5,6): 5"], await DiffAsync(lake, a, b));
        Assert.Equal(["~ /x Array written 3 of [1,4)=[1,4): 1 2 3 deleted 1 of [4,5)=[4,5): 4"], await DiffAsync(lake, a, c));
        Assert.Empty(await DiffAsync(lake, a, a));
    }

    [Fact]
    public async Task An_array_of_another_rank_keeps_no_chunk()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 array = default;
        var first = await lake.CommitAsync(changes => changes.PutText(array = changes.AddArray("/x", [4], [1]), "one", 3));
        var second = await lake.CommitAsync(changes =>
        {
            changes.Documents[array] = Documents.Array([4, 4], [1, 1]);
            changes.PutText(array, "two", 0, 3);
        });
        Assert.Equal(
            ["~ /x Array metadata chunk_grid shape written 1 of [0,1)x[3,4)=[0,1)x[3,4): 0/3 deleted 1 of [3,4)=[3,4): 3"], await DiffAsync(lake, first, second));
    }

    [Fact]
    public async Task A_scalar_has_one_chunk_and_no_box()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 array = default;
        var first = await lake.CommitAsync(changes => array = changes.AddArray("/x", [], []));
        var second = await lake.CommitAsync(changes => changes.PutText(array, "one"));
        Assert.Equal(["~ /x Array written 1 of =: "], await DiffAsync(lake, first, second));
    }

    [Fact]
    public async Task A_manifest_that_an_array_has_twice_is_refused()
    {
        var lake = await Lake.CreateAsync();
        var node = ObjectId8.New();
        var file = await Foreign.PutManifestAsync(lake, node, "f", 0, 5);
        var commit = await CommitAsync(lake, node, (file, 0, 1), (file, 5, 6));
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => DiffAsync(lake, null, commit));
        Assert.Contains("twice", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<SnapshotView> ViewAsync(Lake lake, ObjectId12 commit) => await lake.Repository.SnapshotAsync(commit, default);

    private static async Task<string[]> DiffAsync(Lake lake, ObjectId12? before, ObjectId12 after, string? top = null) => DiffLines.Of(
        await VersionDiff.BetweenAsync(before is { } id ? await ViewAsync(lake, id) : null, await ViewAsync(lake, after), top, default));

    private static Task<ObjectId12> CommitAsync(Lake lake, ObjectId8 node, params (ManifestFile File, uint From, uint To)[] manifests) =>
        Foreign.CommitAsync(lake, writer =>
        {
            foreach (var file in manifests.Select(manifest => manifest.File).DistinctBy(file => file.Id))
            {
                writer.AddManifestFile(file);
            }

            writer.AddNode(new NodeData(node, "/x", Icechunk.NodeKind.Array, Documents.Array([6], [1]))
            {
                Shape = [new DimensionShape(6, 6)],
                Manifests = [.. manifests.Select(m => new ManifestReference(m.File.Id, [new ChunkIndexRange(m.From, m.To)]))],
            });
        });
}
