using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

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
    public async Task A_path_that_no_file_can_have_is_left_out_and_can_still_be_found()
    {
        var lake = await Lake.CreateAsync();
        string[] kept = [.. LongPaths.Select(paths => paths.Allowed)];
        string[] leftOut = [.. LongPaths.Select(paths => paths.TooLong), PathOf('z', Enumerable.Repeat(1, 1_000_000))];
        await Foreign.CommitAsync(lake, writer => AddGroups(writer, kept.Concat(leftOut)));
        var view = await lake.ViewAsync();
        Assert.Equal(kept.Select(path => path.Split('/')[1]), view.ChildNames("/"));
        Assert.All(kept, path => Assert.Equal([NodePath.Name(path)], view.ChildNames(NodePath.Parent(path)).Where(path.EndsWith)));
        Assert.All(leftOut, path => Assert.NotNull(view.FindNode(path)));
    }

    [Fact]
    public async Task Too_many_groups_that_are_no_nodes_are_refused()
    {
        // A path of 4000 characters stands below 250 paths of half of that on average.
        await ReadAsync(count: 60, withGroups: false);
        await ReadAsync(count: 75, withGroups: true);
        var refused = await Assert.ThrowsAsync<RepositoryException>(() => ReadAsync(count: 75, withGroups: false));
        Assert.Equal(RepositoryErrorKind.Corrupt, refused.Kind);

        static async Task ReadAsync(int count, bool withGroups)
        {
            var lake = await Lake.CreateAsync();
            await Foreign.CommitAsync(lake, writer => AddGroups(writer, Enumerable.Range(0, count).SelectMany(i => Paths(i, withGroups))));
            await lake.ViewAsync();
        }

        static IEnumerable<string> Paths(int number, bool withGroups) =>
            Enumerable.Range(withGroups ? 0 : 250, withGroups ? 251 : 1).Select(depth => $"/{number}{PathOf('a', Enumerable.Repeat(15, depth))}");
    }

    /// <summary>The longest paths of several kinds, in ordinal order, and ones that are a little longer.</summary>
    internal static (string Allowed, string TooLong, string Problem)[] LongPaths { get; } =
    [
        (PathOf('a', [255]), PathOf('a', [256]), "more than 255 bytes"),
        (PathOf('b', Enumerable.Repeat(1, 256)), PathOf('c', Enumerable.Repeat(1, 257)), "more than 256 names"),
        (PathOf('d', Enumerable.Repeat(255, 16)), PathOf('e', [.. Enumerable.Repeat(254, 16), 16]), "more than 4096 bytes"),
        (PathOf('é', [127]), PathOf('é', [128]), "more than 255 bytes"),
    ];

    private static string PathOf(char letter, IEnumerable<int> nameLengths) =>
        string.Concat(nameLengths.Select(length => "/" + new string(letter, length)));

    private static void AddGroups(SnapshotWriter writer, IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            writer.AddNode(new NodeData(ObjectId8.New(), path, Icechunk.NodeKind.Group, Documents.Group()));
        }
    }

    [Fact]
    public async Task What_was_understood_of_a_document_is_shared_with_the_next_commit_unless_the_document_is_another()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 changed = default;
        await lake.CommitAsync(changes =>
        {
            changed = changes.AddArray("/changed", [4], [1]);
            changes.AddArray("/same", [4], [1]);
        });
        var (same, other) = (await lake.NodeAsync("/same"), await lake.NodeAsync("/changed"));
        Assert.NotSame(same.Array, other.Array);
        await lake.CommitAsync(changes => changes.Documents[changed] = Documents.Array([5], [1]));
        var (sameNow, otherNow) = (await lake.NodeAsync("/same"), await lake.NodeAsync("/changed"));
        sameNow.ShareMeaningOf(same);
        otherNow.ShareMeaningOf(other);
        Assert.Same(same.Array, sameNow.Array);
        Assert.Equal(5UL, Assert.Single(otherNow.Array!.Shape));
    }

    [Fact]
    public async Task A_snapshot_weighs_what_its_documents_and_its_nodes_do()
    {
        var lake = await Lake.CreateAsync();
        var empty = (await lake.ViewAsync()).SizeInMemory;
        var document = new byte[1_000_000];
        new Random(3).NextBytes(document);
        await Foreign.CommitAsync(lake, writer => writer.AddNode(new NodeData(ObjectId8.New(), "/x", Icechunk.NodeKind.Group, document)));
        Assert.InRange((await lake.ViewAsync()).SizeInMemory - empty, 1_000_000, 1_001_000);
        await Foreign.CommitAsync(lake, writer => AddGroups(writer, Enumerable.Range(0, 1000).Select(i => $"/{i}")));
        Assert.InRange((await lake.ViewAsync()).SizeInMemory - empty, 500_000, 1_000_000);
    }

    [Fact]
    public async Task Snapshots_of_large_documents_do_not_all_stay_in_memory()
    {
        // Each of 5 snapshots has a document of 60 MB, and 256 MB are kept.
        var lake = await Lake.CreateAsync();
        var document = new byte[60_000_000];
        document.AsSpan().Fill((byte)' ');
        new Random(3).NextBytes(document.AsSpan(0, 1_000_000));
        for (var i = 0; i < 5; i++)
        {
            await Foreign.CommitAsync(lake, writer => writer.AddNode(new NodeData(ObjectId8.New(), "/x", Icechunk.NodeKind.Group, document)));
            await lake.ViewAsync();
        }

        var references = await lake.Repository.ReferencesAsync(default);
        var newest = references.Ancestry(await lake.TipAsync()).Take(5).ToArray();
        var gets = 0;
        ((MemoryObjectStore)lake.Store).Before = (operation, _) => gets += operation == StoreOperation.Get ? 1 : 0;
        foreach (var commit in newest.Reverse().Skip(1))
        {
            await lake.Repository.SnapshotAsync(commit.Id, default);
        }

        Assert.Equal(0, gets);
        await lake.Repository.SnapshotAsync(newest[4].Id, default);
        Assert.Equal(1, gets);
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
