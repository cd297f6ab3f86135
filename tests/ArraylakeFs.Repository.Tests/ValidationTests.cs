using System.Text;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Tests;

/// <summary>What is not committed, and that the message says of what and why. The official client accepts most of it and breaks later.</summary>
public sealed class ValidationTests
{
    [Theory]
    [InlineData("a", "does not start with '/'")]
    [InlineData("", "does not start with '/'")]
    [InlineData("/a/", "cannot be a name")]
    [InlineData("//a", "cannot be a name")]
    [InlineData("/g/../x", "'..' cannot be a name")]
    [InlineData("/.", "'.' cannot be a name")]
    [InlineData("/a\0b", "cannot be a name")]
    public async Task A_path_that_is_no_file_path(string path, string problem)
    {
        var (lake, array) = await CommitTests.WithArrayAsync();
        await lake.AssertInvalidAsync(changes => changes.AddGroup(path), problem);
        await lake.AssertInvalidAsync(changes => changes.Moves[array] = path, problem);
    }

    [Fact]
    public async Task A_path_that_is_too_long_for_a_file()
    {
        var (lake, array) = await CommitTests.WithArrayAsync();
        foreach (var (_, path, problem) in SnapshotViewTests.LongPaths)
        {
            await lake.AssertInvalidAsync(changes => changes.AddGroup(path), problem);
            await lake.AssertInvalidAsync(changes => changes.Moves[array] = path, problem);
        }

        await lake.CommitAsync(changes => changes.AddGroup(SnapshotViewTests.LongPaths[0].Allowed));
    }

    [Fact]
    public async Task A_document_so_repetitive_that_its_snapshot_would_look_like_a_bomb()
    {
        var (lake, array) = await CommitTests.WithArrayAsync();
        byte[] document = [.. Documents.Array([3], [1]), .. Enumerable.Repeat((byte)' ', 5 << 20)];
        await lake.AssertInvalidAsync(changes => changes.Documents[array] = document, "Snapshot", "compression");
        await lake.CommitAsync(changes => changes.AddGroup("/g"));
    }

    [Fact]
    public async Task Two_nodes_at_one_path()
    {
        var (lake, _) = await CommitTests.WithArrayAsync();
        await lake.AssertInvalidAsync(changes => changes.AddGroup("/x"), "/x", "two nodes");
        await lake.AssertInvalidAsync(changes =>
        {
            changes.AddGroup("/y");
            changes.AddGroup("/y");
        }, "/y", "two nodes");
    }

    [Fact]
    public async Task A_node_below_an_array_or_below_nothing()
    {
        var (lake, array) = await CommitTests.WithArrayAsync();
        await lake.AssertInvalidAsync(changes => changes.AddGroup("/x/y"), "/x/y", "'/x'", "array");
        await lake.AssertInvalidAsync(changes => changes.AddArray("/no/y", [1], [1]), "/no/y", "no group '/no'");
        await lake.AssertInvalidAsync(changes => changes.Moves[array] = "/no/x", "/no/x", "no group '/no'");
        await lake.AssertInvalidAsync(changes => changes.Moves[array] = "/x/x", "/x/x", "no group '/x'");
    }

    [Fact]
    public async Task A_group_that_goes_and_leaves_its_nodes()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 group = default, array = default;
        await lake.CommitAsync(changes =>
        {
            group = changes.AddGroup("/g");
            array = changes.AddArray("/g/x", [1], [1]);
        });
        await lake.AssertInvalidAsync(changes => changes.Deletions.Add(group), "/g/x", "no group '/g'");
        await lake.AssertInvalidAsync(changes => changes.Moves[group] = "/h", "/g/x", "no group '/g'");
        await lake.AssertInvalidAsync(changes =>
        {
            changes.Deletions.Add(group);
            changes.AddArray("/g", [1], [1]);
        }, "/g/x", "'/g' above it is an array");
        await lake.CommitAsync(changes =>
        {
            changes.Deletions.Add(group);
            changes.Moves[array] = "/x";
        });
    }

    [Theory]
    [InlineData("not json", "no Zarr v3 document")]
    [InlineData("[]", "no Zarr v3 document")]
    [InlineData("""{"zarr_format":2,"node_type":"group"}""", "zarr_format")]
    [InlineData("""{"zarr_format":3,"node_type":"array"}""", "shape")]
    [InlineData("", "no Zarr v3 document")]
    public async Task A_document_that_is_none(string text, string problem)
    {
        var (lake, array) = await CommitTests.WithArrayAsync();
        var bytes = Encoding.UTF8.GetBytes(text);
        await lake.AssertInvalidAsync(changes => changes.NewNodes.Add(new NewNode(ObjectId8.New(), "/bad", NodeKind.Group, bytes)), "/bad", problem);
        await lake.AssertInvalidAsync(changes => changes.Documents[array] = bytes, "/x", problem);
    }

    [Fact]
    public async Task A_document_of_the_other_kind()
    {
        var (lake, array) = await CommitTests.WithArrayAsync();
        await lake.AssertInvalidAsync(changes => changes.Documents[array] = Documents.Group(), "/x", "Group");
        await lake.AssertInvalidAsync(
            changes => changes.NewNodes.Add(new NewNode(ObjectId8.New(), "/y", NodeKind.Group, Documents.Array([1], [1]))), "/y", "Array");
    }

    /// <summary>Neither of the two projects knows the other.</summary>
    [Fact]
    public void What_a_document_may_have_as_dimensions_a_coordinate_may_too() => Assert.Equal(Icechunk.Limits.MaxRank, Zarr.Limits.MaxStoredRank);

    [Fact]
    public async Task Dimension_names_of_another_number_and_chunks_of_length_0()
    {
        var (lake, array) = await CommitTests.WithArrayAsync();
        await lake.AssertInvalidAsync(changes => changes.Documents[array] = Documents.Array([1], [1], dimensionNames: ["a", "b"]), "/x", "dimension_names");
        await lake.AssertInvalidAsync(changes => changes.AddArray("/y", [4, 4], [2, 0]), "/y");
    }

    [Fact]
    public async Task Chunks_that_cannot_be_of_the_array()
    {
        var (lake, array) = await CommitTests.WithArrayAsync();
        await lake.AssertInvalidAsync(changes => changes.PutText(array, "x", 5), "/x", "[5]", "outside the array");
        await lake.AssertInvalidAsync(changes => changes.PutText(array, "x", 0, 0), "/x", "[0, 0]", "1 dimensions");
        await lake.AssertInvalidAsync(changes => changes.Put(array, null), "/x", "[]", "1 dimensions");
        await lake.AssertInvalidAsync(changes => changes.PutText(array, "", 1), "/x", "[1]", "no bytes");
        await lake.AssertInvalidAsync(changes => changes.Put(array, new ChunkPayload.Native(ObjectId12.New(), 0), 1), "/x", "[1]", "no bytes");
        await lake.AssertInvalidAsync(changes =>
        {
            changes.PutText(array, "a", 1);
            changes.Put(array, null, 1);
        }, "/x", "[1]", "twice");
        await lake.AssertInvalidAsync(changes => changes.PutText(changes.AddGroup("/g"), "x", 0), "/g", "group");
    }

    [Fact]
    public async Task Changes_of_nodes_that_are_not_there_or_are_deleted()
    {
        var (lake, array) = await CommitTests.WithArrayAsync();
        var unknown = ObjectId8.New();
        await lake.AssertInvalidAsync(changes => changes.Deletions.Add(unknown), $"{unknown}");
        await lake.AssertInvalidAsync(changes => changes.Moves[unknown] = "/y", $"{unknown}");
        await lake.AssertInvalidAsync(changes => changes.Documents[unknown] = Documents.Group(), $"{unknown}");
        await lake.AssertInvalidAsync(changes => changes.PutText(unknown, "x", 0), $"{unknown}");
        await lake.AssertInvalidAsync(changes =>
        {
            changes.Deletions.Add(array);
            changes.PutText(array, "x", 0);
        }, "/x", "deleted");
        await lake.AssertInvalidAsync(changes => changes.NewNodes.Add(new NewNode(array, "/y", NodeKind.Group, Documents.Group())), "/y", "in use");
    }

    [Fact]
    public async Task Messages_and_metadata_that_cannot_be_stored()
    {
        var lake = await Lake.CreateAsync();
        var deep = new System.Text.Json.Nodes.JsonObject();
        for (var i = 0; i < 80; i++)
        {
            deep = new System.Text.Json.Nodes.JsonObject { ["a"] = deep };
        }

        foreach (var (message, metadata) in new[] { ("half a \ud83e pair", null), ("m", new System.Text.Json.Nodes.JsonObject { ["a\0b"] = new System.Text.Json.Nodes.JsonObject { ["c\0d"] = 1 } }), ("m", deep) })
        {
            var refused = await Assert.ThrowsAsync<RepositoryException>(() => lake.CommitAsync(_ => { }, message, metadata));
            Assert.Equal(RepositoryErrorKind.Invalid, refused.Kind);
            Assert.Equal(ObjectId12.InitialSnapshot, await lake.TipAsync());
        }
    }

    [Fact]
    public async Task What_others_committed_is_not_judged_until_it_is_touched()
    {
        var lake = await Lake.CreateAsync();
        await Foreign.CommitAsync(lake, writer =>
        {
            writer.AddNode(new NodeData(ObjectId8.New(), "/p/q", Icechunk.NodeKind.Group, Documents.Group()));
            writer.AddNode(new NodeData(ObjectId8.New(), "/arr", Icechunk.NodeKind.Array, Documents.Array([1], [1])) { Shape = [new DimensionShape(1, 1)] });
            writer.AddNode(new NodeData(ObjectId8.New(), "/arr/below", Icechunk.NodeKind.Group, Documents.Group()));
            writer.AddNode(new NodeData(ObjectId8.New(), "/a//b", Icechunk.NodeKind.Group, "no document"u8.ToArray()));
        });
        await lake.CommitAsync(changes => changes.AddGroup("/new"));
        Assert.Equal(["/a//b", "/arr", "/arr/below", "/new", "/p/q"], (await lake.ViewAsync()).Nodes.Select(node => node.Path));
        await lake.AssertInvalidAsync(changes => changes.AddGroup("/p/r"), "/p/r", "no group '/p'");
        await lake.CommitAsync(changes => changes.AddGroup("/p"));
    }
}
