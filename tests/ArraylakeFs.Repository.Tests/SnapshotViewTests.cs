using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Finding nodes and what is below a path, also in trees that official clients leave.</summary>
public sealed class SnapshotViewTests
{
    [Fact]
    public async Task Names_below_a_path_include_groups_that_are_no_nodes()
    {
        var lake = await Lake.CreateAsync();
        await Foreign.CommitAsync(lake, writer =>
        {
            foreach (var path in new[] { "/a", "/a-b", "/a/b", "/ab", "/p/q/r", "/p/q", "/é🧊/x", "/a//b" })
            {
                writer.AddNode(new NodeData(ObjectId8.New(), path, Icechunk.NodeKind.Group, Documents.Group()));
            }
        });
        var view = await lake.ViewAsync();
        Assert.Equal(["a", "a-b", "ab", "p", "é🧊"], view.ChildNames("/"));
        Assert.Equal(["b"], view.ChildNames("/a"));
        Assert.Equal(["q"], view.ChildNames("/p"));
        Assert.Equal(["r"], view.ChildNames("/p/q"));
        Assert.Equal(["x"], view.ChildNames("/é🧊"));
        Assert.Empty(view.ChildNames("/p/q/r"));
        Assert.Empty(view.ChildNames("/none"));
        Assert.Null(view.FindNode("/p"));
        Assert.NotNull(view.FindNode("/p/q"));
        Assert.Equal(8, view.Nodes.Count);
        Assert.Null(view.FindNode(ObjectId8.New()));
    }

    [Fact]
    public async Task A_document_that_cannot_be_understood_is_kept_and_says_why()
    {
        var lake = await Lake.CreateAsync();
        await Foreign.CommitAsync(lake, writer =>
        {
            writer.AddNode(new NodeData(ObjectId8.New(), "/x", Icechunk.NodeKind.Array, "{nonsense"u8.ToArray()) { Shape = [new DimensionShape(1, 1)] });
            writer.AddNode(new NodeData(ObjectId8.New(), "/y", Icechunk.NodeKind.Array, Documents.Group()) { Shape = [new DimensionShape(1, 1)] });
        });
        var broken = await lake.NodeAsync("/x");
        Assert.Null(broken.Array);
        Assert.NotNull(broken.DocumentError);
        Assert.Equal("{nonsense"u8.ToArray(), broken.Document.ToArray());
        Assert.Contains("node_type", (await lake.NodeAsync("/y")).DocumentError, StringComparison.Ordinal);
        Assert.Empty(await lake.ContentAsync("/x"));
    }

    [Fact]
    public async Task The_references_of_an_array_in_use_are_shared()
    {
        var (lake, _) = await CommitTests.WithArrayAsync();
        var chunks = await lake.ChunksAsync("/x");
        Assert.Same(chunks, await lake.ChunksAsync("/x"));
        Assert.Equal(3, chunks.Count);
    }
}
