namespace ArraylakeFs.Icechunk.Tests;

public class ManifestTests
{
    private static readonly ObjectId8 FirstNode = ObjectId8.Parse("1000000000000");
    private static readonly ObjectId8 SecondNode = ObjectId8.Parse("Z000000000000");
    private static readonly ObjectId12 Chunk = ObjectId12.Parse("1CECHNKREP0F1RSTCMT0");

    [Fact]
    public void Every_kind_of_reference_comes_back_with_all_its_fields()
    {
        var writer = new ManifestWriter(Chunk);
        writer.BeginArray(FirstNode);
        writer.AddNative([0, 0], Chunk, 7, 1000);
        writer.AddInline([0, 1], "inline"u8);
        writer.AddVirtual([3, 0], "s3://bucket/é", 5, 6, "\"etag\"", 1_700_000_000);
        writer.AddVirtual([3, 1], "s3://bucket/b", 0, ulong.MaxValue);
        Assert.Equal([new ChunkIndexRange(0, 4), new ChunkIndexRange(0, 2)], writer.Extents);
        writer.BeginArray(SecondNode);
        writer.AddNative([], Chunk, 0, 1);
        Assert.Empty(writer.Extents);
        Assert.Equal(5, writer.RefCount);
        var file = writer.Finish();

        FlatVerifier.Verify(file, FileType.Manifest);
        var manifest = Manifest.Decode("x", file);
        Assert.Equal((Chunk, 2, 5L), (manifest.Id, manifest.ArrayCount, manifest.RefCount));
        Assert.True(manifest.TryFindArray(FirstNode, out var refs));
        Assert.Equal(
            [
                "Native [0,0] 1CECHNKREP0F1RSTCMT0 7+1000  '' none 0",
                "Inline [0,1]  0+6 inline '' none 0",
                "Virtual [3,0]  5+6  's3://bucket/é' \"etag\" 1700000000",
                "Virtual [3,1]  0+18446744073709551615  's3://bucket/b' none 0",
            ],
            Describe(refs));
        Assert.True(manifest.TryFindArray(SecondNode, out var scalar));
        Assert.Equal(["Native [] 1CECHNKREP0F1RSTCMT0 0+1  '' none 0"], Describe(scalar));
        Assert.True(scalar.TryFind([], out _));
        Assert.False(manifest.TryFindArray(ObjectId8.New(), out _));
        // 0 must be stored: the schema's default, 1, means compressed locations.
        Assert.Equal(0, Body(file).Root().UInt8(FlatBuffers.Slots.Manifest.CompressionAlgorithm, defaultValue: 1));
    }

    [Fact]
    public void Lookups_agree_with_a_plain_dictionary()
    {
        Property.Check(Property.CoordinateSets, sets =>
        {
            var sorted = sets.DistinctBy(c => string.Join(',', c)).ToList();
            sorted.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
            var model = new Dictionary<string, ulong>();
            var writer = new ManifestWriter(ObjectId12.New());
            writer.BeginArray(FirstNode);
            foreach (var coordinates in sorted)
            {
                var length = (ulong)model.Count + 1;
                model.Add(string.Join(',', coordinates), length);
                writer.AddNative(coordinates, Chunk, 0, length);
            }
            var file = writer.Finish();
            FlatVerifier.Verify(file, FileType.Manifest);
            var manifest = Manifest.Decode("x", file);
            Assert.Equal(sorted.Count > 0, manifest.TryFindArray(FirstNode, out var refs));
            if (sorted.Count == 0)
            {
                return;
            }
            var inFile = Enumerable.Range(0, refs.Count).Select(i => string.Join(',', Coordinates(refs[i])));
            Assert.Equal(sorted.Select(c => string.Join(',', c)), inFile);
            foreach (var asked in sorted.Concat(sorted.Select(c => c.Select(x => x + 1).ToArray())).Append([]))
            {
                var known = model.TryGetValue(string.Join(',', asked), out var length) && asked.Length == sorted[0].Length;
                Assert.Equal(known, refs.TryFind(asked, out var found));
                Assert.True(!known || found.Length == length);
                CheckPrefixes(sorted, refs, asked);
            }
            for (var d = 0; d < sorted[0].Length; d++)
            {
                Assert.Equal(new ChunkIndexRange(sorted.Min(c => c[d]), sorted.Max(c => c[d]) + 1), writer.Extents[d]);
            }
        });
    }

    [Fact]
    public void A_lookup_allocates_nothing()
    {
        var writer = new ManifestWriter(ObjectId12.New(), 10_000);
        writer.BeginArray(FirstNode);
        for (uint i = 0; i < 10_000; i++)
        {
            writer.AddNative([i / 100, i % 100], Chunk, 0, i + 1);
        }
        Manifest.Decode("x", writer.Finish()).TryFindArray(FirstNode, out var refs);
        ulong sum = 0;
        Find(refs, ref sum);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Find(refs, ref sum);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(2UL * 10_000 * 10_001 / 2, sum);

        static void Find(ArrayRefs refs, ref ulong sum)
        {
            for (uint i = 0; i < 10_000; i++)
            {
                Assert.True(refs.TryFind([i / 100, i % 100], out var chunk));
                sum += chunk.Kind == ChunkKind.Native && chunk.ChunkId == Chunk ? chunk.Length : 0;
            }
        }
    }

    [Fact]
    public void A_reference_is_held_in_few_bytes_and_no_object()
    {
        var writer = new ManifestWriter(ObjectId12.New());
        writer.BeginArray(FirstNode);
        for (uint i = 0; i < 100_000; i++)
        {
            writer.AddNative([i / 1000, i / 10 % 100, i % 10], Chunk, 0, i + 1);
        }
        var manifest = Manifest.Decode("x", writer.Finish());
        Assert.InRange(manifest.SizeInMemory / (double)manifest.RefCount, 40, 60);
    }

    [Fact]
    public void Coordinates_of_several_lengths_in_one_array_are_tolerated_when_read()
    {
        var builder = new FlatBuffers.FlatBuilder();
        var file = RawManifest(builder, (FirstNode, [[0], [0, 0], [0, 1], [1]]));
        Manifest.Decode("x", file).TryFindArray(FirstNode, out var refs);
        Assert.True(refs.TryFind([0], out _));
        Assert.True(refs.TryFind([0, 1], out _));
        Assert.Equal((0, 3), refs.RangeOf([0]));
        Assert.Equal((1, 2), refs.RangeOf([0, 0]));
        Assert.Equal((2, 3), refs.RangeOf([0, 1]));
    }

    [Fact]
    public void References_and_arrays_out_of_order_are_corrupt()
    {
        Assert.Throws<IcechunkFormatException>(() => Manifest.Decode("x", RawManifest(new(), (FirstNode, [[1], [0]]))));
        Assert.Throws<IcechunkFormatException>(() => Manifest.Decode("x", RawManifest(new(), (FirstNode, [[1], [1]]))));
        Assert.Throws<IcechunkFormatException>(() => Manifest.Decode("x", RawManifest(new(), (SecondNode, [[1]]), (FirstNode, [[1]]))));
        Assert.Throws<IcechunkFormatException>(() => Manifest.Decode("x", RawManifest(new(), (FirstNode, [[1]]), (FirstNode, [[1]]))));
    }

    [Fact]
    public void The_writer_refuses_what_would_lose_chunks()
    {
        var writer = new ManifestWriter(ObjectId12.New());
        Assert.Throws<InvalidOperationException>(() => writer.AddInline([0], "x"u8));
        writer.BeginArray(SecondNode);
        writer.AddInline([1, 1], "x"u8);
        Assert.Throws<ArgumentException>(() => writer.AddInline([1, 1], "x"u8));
        Assert.Throws<ArgumentException>(() => writer.AddInline([1, 0], "x"u8));
        Assert.Throws<ArgumentException>(() => writer.AddInline([2], "x"u8));
        Assert.Throws<ArgumentException>(() => writer.AddInline([2, 0, 0], "x"u8));
        Assert.Throws<ArgumentException>(() => writer.AddInline([2, uint.MaxValue], "x"u8));
        Assert.ThrowsAny<ArgumentException>(() => writer.AddInline([2, 0], []));
        Assert.ThrowsAny<ArgumentException>(() => writer.AddNative([2, 0], Chunk, 0, 0));
        Assert.ThrowsAny<ArgumentException>(() => writer.AddVirtual([2, 0], "", 0, 1));
        Assert.Throws<ArgumentException>(() => writer.BeginArray(FirstNode));
        Assert.Throws<ArgumentException>(() => writer.BeginArray(SecondNode));
        Assert.Equal(1, writer.RefCount);
        Assert.Equal(1, Manifest.Decode("x", writer.Finish()).RefCount);
    }

    [Fact]
    public void A_copied_reference_keeps_every_field_and_its_extension()
    {
        var source = Manifest.Decode("x", RawManifest(new(), (FirstNode, [[0], [1]])));
        source.TryFindArray(FirstNode, out var refs);
        var writer = new ManifestWriter(ObjectId12.New(), extra: source.Extra);
        writer.BeginArray(FirstNode, refs.Extra.Span);
        writer.Add(refs[0]);
        writer.Add([5], refs[1]);
        var copy = Manifest.Decode("x", writer.Finish());
        copy.TryFindArray(FirstNode, out var copied);
        Assert.Equal("manifest extra"u8, copy.Extra.Span);
        Assert.Equal("array extra"u8, copied.Extra.Span);
        Assert.Equal("ref extra"u8, copied[0].Extra.Span);
        Assert.Equal(5u, copied[1].Coordinate(0));
        Assert.Equal("inline bytes"u8, copied[1].InlineData.Span);
    }

    [Fact]
    public void Locations_compressed_with_a_dictionary_are_read_and_copied_with_it()
    {
        var manifest = Manifest.Decode("x", Samples.Read("virtual-by-2.2.2", CompressedManifest));
        var copy = Copy(manifest);
        Assert.Equal(
            Enumerable.Range(0, manifest.ArrayCount).SelectMany(a => Describe(manifest.ArrayAt(a))),
            Enumerable.Range(0, copy.ArrayCount).SelectMany(a => Describe(copy.ArrayAt(a))));
        for (var i = 0; i < 1200; i++)
        {
            var (official, ours) = (manifest.ArrayAt(0)[i], copy.ArrayAt(0)[i]);
            Assert.Equal((true, true), (official.IsLocationCompressed, ours.IsLocationCompressed));
            Assert.Equal($"s3://bucket/some/long/path/to/data/file-{i:D6}.nc", ours.Location);
            Assert.Equal((1000UL + (ulong)i, 4000UL), (ours.Offset, ours.Length));
            Assert.True(official.IsSameAs(ours) && ours.IsSameAs(official));
            Assert.False(official.IsSameAs(copy.ArrayAt(0)[(i + 1) % 1200]));
        }
    }

    [Fact]
    public void Every_reference_of_the_official_manifests_survives_copying()
    {
        foreach (var (repository, path, _) in Samples.Files.Where(f => f.Type == FileType.Manifest))
        {
            var manifest = Manifest.Decode(path, Samples.Read(repository, path));
            var copy = Copy(manifest);
            Assert.Equal(manifest.ArrayCount, copy.ArrayCount);
            for (var a = 0; a < manifest.ArrayCount; a++)
            {
                Assert.Equal(manifest.ArrayAt(a).NodeId, copy.ArrayAt(a).NodeId);
                Assert.Equal(Describe(manifest.ArrayAt(a)), Describe(copy.ArrayAt(a)));
            }
        }
    }

    private static string CompressedManifest { get; } = Samples.Files
        .Where(f => f.Repository == "virtual-by-2.2.2" && f.Type == FileType.Manifest)
        .MaxBy(f => Samples.Read(f.Repository, f.Path).Length).Path;

    private static Manifest Copy(Manifest manifest)
    {
        var writer = new ManifestWriter(manifest.Id, (int)manifest.RefCount);
        for (var a = 0; a < manifest.ArrayCount; a++)
        {
            var refs = manifest.ArrayAt(a);
            writer.BeginArray(refs.NodeId);
            for (var i = 0; i < refs.Count; i++)
            {
                writer.Add(refs[i]);
            }
        }
        var file = writer.Finish();
        FlatVerifier.Verify(file, FileType.Manifest);
        return Manifest.Decode("copy", file);
    }

    private static void CheckPrefixes(List<uint[]> sorted, ArrayRefs refs, uint[] coordinates)
    {
        for (var length = 0; length <= coordinates.Length; length++)
        {
            var prefix = coordinates[..length];
            var first = sorted.FindIndex(c => c.AsSpan().StartsWith(prefix));
            var count = sorted.Count(c => c.AsSpan().StartsWith(prefix));
            var (start, end) = refs.RangeOf(prefix);
            Assert.Equal(count, end - start);
            Assert.True(count == 0 || start == first);
        }
    }

    /// <summary>A manifest of inline references with extensions everywhere, in whatever order is given.</summary>
    private static byte[] RawManifest(FlatBuffers.FlatBuilder builder, params (ObjectId8 Node, uint[][] Chunks)[] arrays)
    {
        var arrayOffsets = new List<int>();
        foreach (var (node, chunks) in arrays)
        {
            var refOffsets = new List<int>();
            foreach (var chunk in chunks)
            {
                var (index, inline, extra) =
                    (builder.CreateVector(chunk), builder.CreateBytes("inline bytes"u8), builder.CreateBytes("ref extra"u8));
                builder.StartTable(FlatBuffers.Slots.ChunkRef.Count);
                builder.AddOffset(FlatBuffers.Slots.ChunkRef.Index, index);
                builder.AddOffset(FlatBuffers.Slots.ChunkRef.Inline, inline);
                builder.AddOffset(FlatBuffers.Slots.ChunkRef.Extra, extra);
                refOffsets.Add(builder.EndTable());
            }
            var (refs, arrayExtra) = (builder.CreateOffsetVector(refOffsets.ToArray()), builder.CreateBytes("array extra"u8));
            builder.StartTable(FlatBuffers.Slots.ArrayManifest.Count);
            builder.Add(FlatBuffers.Slots.ArrayManifest.NodeId, node);
            builder.AddOffset(FlatBuffers.Slots.ArrayManifest.Refs, refs);
            builder.AddOffset(FlatBuffers.Slots.ArrayManifest.Extra, arrayExtra);
            arrayOffsets.Add(builder.EndTable());
        }
        var (vector, manifestExtra) = (builder.CreateOffsetVector(arrayOffsets.ToArray()), builder.CreateBytes("manifest extra"u8));
        builder.StartTable(FlatBuffers.Slots.Manifest.Count);
        builder.Add(FlatBuffers.Slots.Manifest.Id, Chunk);
        builder.AddOffset(FlatBuffers.Slots.Manifest.Arrays, vector);
        builder.AddOffset(FlatBuffers.Slots.Manifest.Extra, manifestExtra);
        return IcechunkFile.Encode(FileType.Manifest, builder.Finish(builder.EndTable()));
    }

    private static FlatBuffers.FlatBuffer Body(byte[] file) => new("x", IcechunkFile.Decode("x", file, FileType.Manifest));

    private static uint[] Coordinates(ChunkRef chunk)
    {
        var coordinates = new uint[chunk.Rank];
        chunk.CopyCoordinates(coordinates);
        return coordinates;
    }

    private static string[] Describe(ArrayRefs refs) => Enumerable.Range(0, refs.Count).Select(i => Describe(refs[i])).ToArray();

    private static string Describe(ChunkRef chunk) =>
        $"{chunk.Kind} [{string.Join(',', Coordinates(chunk))}] {(chunk.Kind == ChunkKind.Native ? chunk.ChunkId : "")} " +
        $"{chunk.Offset}+{chunk.Length} {System.Text.Encoding.UTF8.GetString(chunk.InlineData.Span)} '{chunk.Location}' " +
        $"{chunk.ChecksumETag ?? "none"} {chunk.ChecksumLastModified}";
}
