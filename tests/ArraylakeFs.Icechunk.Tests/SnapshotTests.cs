using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk.Tests;

public class SnapshotTests
{
    private static readonly ObjectId12 Id = ObjectId12.New();
    private static readonly ReadOnlyMemory<byte> Document = Encoding.UTF8.GetBytes("{ \"zarr_format\": 3 }\n");

    [Fact]
    public void Nodes_come_back_with_all_their_parts_in_byte_order_of_the_paths()
    {
        var manifest = new ManifestReference(ObjectId12.New(), [new ChunkIndexRange(0, 2), new ChunkIndexRange(1, 5)]);
        var array = new NodeData(ObjectId8.New(), "/a/b", NodeKind.Array, Document)
        {
            Shape = [new DimensionShape(ulong.MaxValue, uint.MaxValue), new DimensionShape(0, 0)],
            DimensionNames = ["x", null],
            Manifests = [manifest],
            Extra = "node extra"u8.ToArray(),
        };
        var scalar = new NodeData(ObjectId8.New(), "/ab", NodeKind.Array, Document) { DimensionNames = [] };
        var metadata = MetadataItem.FromJson(new JsonObject { ["b"] = 1, ["a"] = "x" });
        var writer = new SnapshotWriter(Id, new Timestamp(5), "message 🧊\nsecond line", metadata, "extra"u8.ToArray());
        writer.AddManifestFile(new ManifestFile(manifest.Manifest, 123, 4, "file extra"u8.ToArray()));
        writer.AddNode(scalar);
        writer.AddNode(array);
        foreach (var path in new[] { "/a-b", "/", "/a", "/é🧊", "/a//b" })
        {
            writer.AddNode(new NodeData(ObjectId8.New(), path, NodeKind.Group, Document));
        }
        var file = writer.Finish();

        FlatVerifier.Verify(file, FileType.Snapshot);
        var snapshot = Snapshot.Decode("x", file);
        Assert.Equal((Id, 5UL, "message 🧊\nsecond line"), (snapshot.Id, snapshot.FlushedAt.Microseconds, snapshot.Message));
        Assert.Equal("{\"a\":\"x\",\"b\":1}", MetadataItem.ToJson("x", snapshot.Metadata).ToJsonString());
        var paths = Enumerable.Range(0, snapshot.NodeCount).Select(i => snapshot.NodeAt(i).Path);
        Assert.Equal(["/", "/a", "/a-b", "/a//b", "/a/b", "/ab", "/é🧊"], paths);
        Assert.Equal("extra"u8, snapshot.Extra.Span);

        Assert.True(snapshot.TryFindNode("/a/b", out var found));
        var back = found.ToData();
        Assert.Equal((array.Id, array.Path, array.Kind), (back.Id, back.Path, back.Kind));
        Assert.Equal(Document.ToArray(), back.Document.ToArray());
        Assert.Equal(array.Shape, back.Shape);
        Assert.Equal(array.DimensionNames, back.DimensionNames);
        Assert.Equal(manifest.Manifest, back.Manifests[0].Manifest);
        Assert.Equal(manifest.Extents, back.Manifests[0].Extents);
        Assert.Equal("node extra"u8, back.Extra.Span);
        Assert.True(snapshot.TryFindNode("/ab", out found));
        Assert.Empty(found.ToData().Shape);
        Assert.Equal([], found.ToData().DimensionNames);
        Assert.True(snapshot.TryFindNode("/", out found));
        Assert.Equal((NodeKind.Group, null), (found.Kind, found.ToData().DimensionNames));
        Assert.False(snapshot.TryFindNode("/a/", out _));
        Assert.False(snapshot.TryFindNode("", out _));

        Assert.True(snapshot.TryFindManifestFile(manifest.Manifest, out var manifestFile));
        Assert.Equal((123UL, 4U), (manifestFile.SizeBytes, manifestFile.ChunkRefCount));
        Assert.Equal("file extra"u8, manifestFile.Extra.Span);
        Assert.False(snapshot.TryFindManifestFile(Id, out _));
    }

    [Fact]
    public void Every_official_snapshot_is_the_same_after_writing_it_again()
    {
        foreach (var (repository, path, _) in Samples.Files.Where(f =>
            f.Type == FileType.Snapshot && Samples.RepositoriesOfSpec2.Contains(f.Repository)))
        {
            var official = Snapshot.Decode(path, Samples.Read(repository, path));
            var writer = new SnapshotWriter(official.Id, official.FlushedAt, official.Message, official.Metadata, official.Extra);
            for (var i = official.NodeCount - 1; i >= 0; i--)
            {
                writer.AddNode(official.NodeAt(i).ToData());
            }
            foreach (var manifest in official.ManifestFiles)
            {
                writer.AddManifestFile(manifest);
            }
            var file = writer.Finish();
            FlatVerifier.Verify(file, FileType.Snapshot);
            Assert.Equal(SampleDump.Dump(path, official).ToJsonString(), SampleDump.Dump(path, Snapshot.Decode(path, file)).ToJsonString());
        }
    }

    [Fact]
    public void The_initial_snapshot_is_the_official_one()
    {
        var official = Snapshot.Decode("x", Samples.Read("made-by-2.2.2", "snapshots/1CECHNKREP0F1RSTCMT0"));
        var file = SnapshotWriter.InitialSnapshot(official.FlushedAt, out var info);
        FlatVerifier.Verify(file, FileType.Snapshot);
        Assert.Equal(SampleDump.Dump("x", official).ToJsonString(), SampleDump.Dump("x", Snapshot.Decode("x", file)).ToJsonString());
        Assert.Equal((official.Id, null, official.FlushedAt, official.Message), (info.Id, info.Parent, info.FlushedAt, info.Message));
    }

    [Fact]
    public void Half_written_shapes_of_spec_1_count_chunks_rounded_up()
    {
        Assert.Equal(
            [new DimensionShape(10, 4), new DimensionShape(9, 3), new DimensionShape(0, 0), new DimensionShape(1, 1)],
            Snapshot.Decode("x", RawSnapshot(1, [10, 3, 9, 3, 0, 0, 1, ulong.MaxValue])).NodeAt(0).ToData().Shape);
        Assert.Throws<IcechunkFormatException>(() => Snapshot.Decode("x", RawSnapshot(1, [1, 0])));
        Assert.Throws<IcechunkFormatException>(() => Snapshot.Decode("x", RawSnapshot(1, [ulong.MaxValue, 1])));
    }

    [Fact]
    public void A_node_of_unknown_kind_is_unsupported_not_ignored()
    {
        Assert.True(Assert.Throws<IcechunkFormatException>(() => Snapshot.Decode("snapshots/A", RawSnapshot(3, []))).IsUnsupported);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    public void A_path_that_is_none_is_refused_both_ways(string path)
    {
        Assert.Throws<ArgumentException>(() => Writer().AddNode(new NodeData(ObjectId8.New(), path, NodeKind.Group, Document)));
        Assert.Throws<IcechunkFormatException>(() => Snapshot.Decode("x", RawSnapshot(2, [], path)));
    }

    [Theory]
    [InlineData("/a/")]
    [InlineData("/a//b")]
    [InlineData("/a/../b")]
    [InlineData("/.")]
    public void A_path_that_no_file_can_have_is_kept_as_it_is(string path)
    {
        Assert.Equal(path, Snapshot.Decode("x", RawSnapshot(2, [], path)).NodeAt(0).Path);
        var writer = Writer();
        writer.AddNode(new NodeData(ObjectId8.New(), path, NodeKind.Group, Document));
        Assert.Equal(path, Snapshot.Decode("x", writer.Finish()).NodeAt(0).Path);
    }

    [Fact]
    public void The_writer_refuses_what_the_official_client_cannot_read()
    {
        var twice = Writer();
        twice.AddNode(new NodeData(ObjectId8.New(), "/a", NodeKind.Group, Document));
        twice.AddNode(new NodeData(ObjectId8.New(), "/a", NodeKind.Group, Document));
        Assert.Contains("/a", Assert.Throws<InvalidOperationException>(() => twice.Finish()).Message, StringComparison.Ordinal);

        var node =
            new NodeData(ObjectId8.New(), "/a", NodeKind.Array, Document) { Manifests = [new ManifestReference(ObjectId12.New(), [])] };
        var unlisted = Writer();
        unlisted.AddNode(node);
        Assert.Throws<InvalidOperationException>(() => unlisted.Finish());
        var unused = Writer();
        unused.AddManifestFile(new ManifestFile(ObjectId12.New(), 1, 1));
        Assert.Throws<InvalidOperationException>(() => unused.Finish());

        Assert.Throws<ArgumentException>(() => Writer().AddNode(node with { DimensionNames = ["x"] }));
    }

    [Fact]
    public void One_large_document_that_a_thousand_nodes_share_meets_a_limit()
    {
        var builder = new FlatBuilder();
        var document = builder.CreateBytes(new byte[1 << 20]);
        var file = RawSnapshot(builder, Enumerable.Range(0, 1000).Select(i => RawNode(builder, $"/n{i:D4}", 2, [], document)).ToArray());
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<IcechunkFormatException>(() => Snapshot.Decode("snapshots/A", file));
        Assert.Contains("too many times", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
    }

    [Fact]
    public void Nodes_out_of_order_are_corrupt()
    {
        var builder = new FlatBuilder();
        var document = builder.CreateBytes([]);
        int[] nodes = [RawNode(builder, "/b", 2, [], document), RawNode(builder, "/a", 2, [], document)];
        Assert.Throws<IcechunkFormatException>(() => Snapshot.Decode("x", RawSnapshot(builder, nodes)));
    }

    [Fact]
    public void Extents_are_compared_in_the_dimensions_both_sides_have()
    {
        var reference = new ManifestReference(Id, [new ChunkIndexRange(1, 3), new ChunkIndexRange(0, 1)]);
        Assert.True(reference.Contains([2, 0]));
        Assert.False(reference.Contains([3, 0]));
        Assert.False(reference.Contains([0, 0]));
        Assert.False(reference.Contains([1, 1]));
        Assert.True(reference.Contains([1]));
        Assert.True(new ManifestReference(Id, []).Contains([9, 9]));
    }

    private static SnapshotWriter Writer() => new(Id, new Timestamp(1), "", []);

    private static byte[] RawSnapshot(byte kind, ulong[] shape, string path = "/a")
    {
        var builder = new FlatBuilder();
        return RawSnapshot(builder, [RawNode(builder, path, kind, shape, builder.CreateBytes([]))]);
    }

    private static int RawNode(FlatBuilder builder, string path, byte kind, ulong[] shape, int document)
    {
        var manifests = builder.CreateOffsetVector([]);
        var shapeOffset = builder.CreateVector(System.Runtime.InteropServices.MemoryMarshal.AsBytes(shape.AsSpan()), 16, 8);
        builder.StartTable(Slots.ArrayNodeData.Count);
        builder.AddOffset(Slots.ArrayNodeData.Shape, shapeOffset);
        builder.AddOffset(Slots.ArrayNodeData.Manifests, manifests);
        var data = builder.EndTable();
        var pathOffset = builder.CreateString(path);
        builder.StartTable(Slots.NodeSnapshot.Count);
        builder.Add(Slots.NodeSnapshot.Id, ObjectId8.New());
        builder.AddOffset(Slots.NodeSnapshot.Path, pathOffset);
        builder.AddOffset(Slots.NodeSnapshot.UserData, document);
        builder.Add(Slots.NodeSnapshot.NodeDataType, kind);
        builder.AddOffset(Slots.NodeSnapshot.NodeData, data);
        return builder.EndTable();
    }

    private static byte[] RawSnapshot(FlatBuilder builder, int[] nodes)
    {
        var (vector, empty, message) = (builder.CreateOffsetVector(nodes), builder.CreateVector([], 32, 8), builder.CreateString("m"));
        builder.StartTable(Slots.Snapshot.Count);
        builder.Add(Slots.Snapshot.Id, Id);
        builder.AddOffset(Slots.Snapshot.Nodes, vector);
        builder.AddOffset(Slots.Snapshot.Message, message);
        builder.AddOffset(Slots.Snapshot.Metadata, empty);
        builder.AddOffset(Slots.Snapshot.ManifestFiles, empty);
        return IcechunkFile.Encode(FileType.Snapshot, builder.Finish(builder.EndTable()));
    }
}
