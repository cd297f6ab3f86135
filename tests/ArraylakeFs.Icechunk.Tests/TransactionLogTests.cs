namespace ArraylakeFs.Icechunk.Tests;

public class TransactionLogTests
{
    private static readonly ObjectId12 Id = ObjectId12.New();
    private static readonly ObjectId8 A = ObjectId8.Parse("1000000000000");
    private static readonly ObjectId8 B = ObjectId8.Parse("2000000000000");
    private static readonly ObjectId8 C = ObjectId8.Parse("3000000000000");

    [Fact]
    public void Every_list_comes_back_sorted()
    {
        var writer = new TransactionLogWriter(Id);
        foreach (var node in new[] { C, A, B, A })
        {
            writer.AddNew(node, NodeKind.Group);
        }
        writer.AddNew(B, NodeKind.Array);
        writer.AddDeleted(A, NodeKind.Group);
        writer.AddDeleted(C, NodeKind.Array);
        writer.AddUpdated(B, NodeKind.Group);
        writer.AddUpdated(C, NodeKind.Array);
        writer.BeginChunks(A);
        writer.AddChunk([0, 5]);
        writer.AddChunk([1, 0]);
        writer.BeginChunks(B);
        writer.BeginChunks(C);
        writer.AddChunk([]);
        foreach (var to in new[] { "/ab", "/a-b", "/a/b", "/a", "/a/b/c", "/", "/a/b-" })
        {
            writer.AddMoved(new MovedNode(C, to == "/a" ? NodeKind.Array : NodeKind.Group, "/from" + to, to));
        }
        var file = writer.Finish();

        FlatVerifier.Verify(file, FileType.TransactionLog);
        var log = TransactionLog.Decode("x", file);
        Assert.Equal(Id, log.Id);
        Assert.Equal([A, B, C], log.NewGroups);
        Assert.Equal([B], log.NewArrays);
        Assert.Equal([A], log.DeletedGroups);
        Assert.Equal([C], log.DeletedArrays);
        Assert.Equal([B], log.UpdatedGroups);
        Assert.Equal([C], log.UpdatedArrays);
        Assert.Equal([A, C], log.UpdatedChunks.Select(c => c.NodeId));
        Assert.Equal([0u, 5u], log.UpdatedChunks[0].CoordinatesAt(0));
        Assert.True(log.UpdatedChunks[0].Contains([1, 0]));
        Assert.False(log.UpdatedChunks[0].Contains([1, 1]));
        Assert.False(log.UpdatedChunks[0].Contains([1]));
        Assert.True(log.UpdatedChunks[1].Contains([]));
        // Segment by segment, unlike the nodes of a snapshot.
        Assert.Equal(["/", "/a", "/a/b", "/a/b/c", "/a/b-", "/a-b", "/ab"], log.MovedNodes.Select(m => m.To));
        Assert.Equal(new MovedNode(C, NodeKind.Array, "/from/a", "/a"), log.MovedNodes[1]);
    }

    [Fact]
    public void A_log_of_nothing_is_a_log()
    {
        var file = new TransactionLogWriter(Id).Finish();
        FlatVerifier.Verify(file, FileType.TransactionLog);
        Assert.Empty(TransactionLog.Decode("x", file).UpdatedChunks);
    }

    [Fact]
    public void Every_official_log_is_the_same_after_writing_it_again()
    {
        foreach (var (repository, path, _) in Samples.Files.Where(f => f.Type == FileType.TransactionLog))
        {
            var official = TransactionLog.Decode(path, Samples.Read(repository, path));
            var file = WriteAgain(official);
            FlatVerifier.Verify(file, FileType.TransactionLog);
            Assert.Equal(SampleDump.Dump(official).ToJsonString(), SampleDump.Dump(TransactionLog.Decode(path, file)).ToJsonString());
        }
    }

    [Fact]
    public void Chunks_agree_with_a_plain_set()
    {
        Property.Check(Property.CoordinateSets, sets =>
        {
            var sorted = sets.DistinctBy(c => string.Join(',', c)).ToList();
            sorted.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
            var writer = new TransactionLogWriter(Id);
            writer.BeginChunks(A);
            sorted.ForEach(c => writer.AddChunk(c));
            var chunks = TransactionLog.Decode("x", writer.Finish()).UpdatedChunks;
            Assert.Equal(sorted.Count, chunks.Sum(c => c.Count));
            foreach (var asked in sorted.Concat(sorted.Select(c => c.Select(x => x + 1).ToArray())))
            {
                Assert.Equal(sorted.Exists(c => c.AsSpan().SequenceEqual(asked)), chunks[0].Contains(asked));
            }
        }, count: 200);
    }

    [Fact]
    public void Calls_out_of_order_are_refused()
    {
        var writer = new TransactionLogWriter(Id);
        Assert.Throws<InvalidOperationException>(() => writer.AddChunk([0]));
        writer.BeginChunks(B);
        writer.AddChunk([1]);
        Assert.Throws<ArgumentException>(() => writer.AddChunk([1]));
        Assert.Throws<ArgumentException>(() => writer.AddChunk([0]));
        Assert.Throws<ArgumentException>(() => writer.BeginChunks(A));
    }

    private static byte[] WriteAgain(TransactionLog log)
    {
        var writer = new TransactionLogWriter(log.Id);
        Add(log.NewGroups, id => writer.AddNew(id, NodeKind.Group));
        Add(log.NewArrays, id => writer.AddNew(id, NodeKind.Array));
        Add(log.DeletedGroups, id => writer.AddDeleted(id, NodeKind.Group));
        Add(log.DeletedArrays, id => writer.AddDeleted(id, NodeKind.Array));
        Add(log.UpdatedGroups, id => writer.AddUpdated(id, NodeKind.Group));
        Add(log.UpdatedArrays, id => writer.AddUpdated(id, NodeKind.Array));
        foreach (var chunks in log.UpdatedChunks)
        {
            writer.BeginChunks(chunks.NodeId);
            for (var i = 0; i < chunks.Count; i++)
            {
                writer.AddChunk(chunks.CoordinatesAt(i));
            }
        }
        foreach (var move in log.MovedNodes.Reverse())
        {
            writer.AddMoved(move);
        }
        return writer.Finish();

        static void Add(IReadOnlyList<ObjectId8> ids, Action<ObjectId8> add)
        {
            foreach (var id in ids.Reverse())
            {
                add(id);
            }
        }
    }
}
