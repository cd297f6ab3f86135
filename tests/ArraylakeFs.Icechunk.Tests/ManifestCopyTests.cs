using System.Buffers;
using System.Text;
using ArraylakeFs.Icechunk.FlatBuffers;
using Native.Zstd;

namespace ArraylakeFs.Icechunk.Tests;

/// <summary>References of other manifests, as whoever wrote them laid them out, copied into a new manifest.</summary>
public class ManifestCopyTests
{
    private static readonly ObjectId8 Node = ObjectId8.Parse("1000000000000");

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_is_copied_and_added_comes_back_in_order(int seed)
    {
        var random = new Random(seed);
        var sources = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Foreign.Random(random, random.Next(0, 200))).ToArray();
        var box = new ChunkIndexRange[] { new((uint)random.Next(20), (uint)random.Next(20, 60)), new(0, (uint)random.Next(1, 8)) };
        var expected = new SortedDictionary<uint[], string>(Comparer<uint[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)));
        var writer = new ManifestWriter(ObjectId12.New());
        writer.BeginArray(Node);
        for (var part = 0; part < sources.Length; part++)
        {
            // Each source behind the one before, then something new behind it.
            var shift = (uint)(100 * part);
            if (part == 0)
            {
                CopyBox(sources[part]);
            }
            else
            {
                CopyShifted(sources[part], shift);
            }
            var chunk = ObjectId12.New();
            writer.AddNative([shift + 80, 1], chunk, shift, 9);
            expected.Add([shift + 80, 1], $"Native {chunk} {shift}+9    0 ");
        }
        var file = writer.Finish(3, out var made);
        FlatVerifier.Verify(file, FileType.Manifest);
        var copy = Manifest.Decode("copy", file);
        Assert.Equal(Bytes(copy), Bytes(made));
        Assert.True(copy.TryFindArray(Node, out var refs));
        Assert.Equal(expected.Select(entry => $"[{string.Join(',', entry.Key)}] {entry.Value}"), Describe(refs));
        Assert.All(expected.Keys, key => Assert.True(refs.TryFind(key, out _)));
        for (var d = 0; d < 2; d++)
        {
            Assert.Equal(new ChunkIndexRange(expected.Keys.Min(c => c[d]), expected.Keys.Max(c => c[d]) + 1), writer.Extents[d]);
        }

        void CopyBox(Manifest source)
        {
            if (source.TryFindArray(Node, out var old))
            {
                var (start, end) = (random.Next(old.Count / 2 + 1), random.Next(old.Count / 2, old.Count + 1));
                writer.AddRange(old, start, end, box);
                foreach (var chunk in Enumerable.Range(start, Math.Max(0, end - start)).Select(i => old[i]))
                {
                    if (chunk.Rank == 2 && box[0].From <= chunk.Coordinate(0) && chunk.Coordinate(0) < box[0].To && chunk.Coordinate(1) < box[1].To)
                    {
                        expected.Add([chunk.Coordinate(0), chunk.Coordinate(1)], Describe(chunk));
                    }
                }
            }
        }

        void CopyShifted(Manifest source, uint shift)
        {
            if (source.TryFindArray(Node, out var old))
            {
                foreach (var chunk in Enumerable.Range(0, old.Count).Select(i => old[i]).Where(chunk => chunk.Rank == 2))
                {
                    uint[] to = [chunk.Coordinate(0) + shift, chunk.Coordinate(1)];
                    writer.Add(to, chunk);
                    expected.Add(to, Describe(chunk));
                }
            }
        }
    }

    [Fact]
    public void Compressed_locations_are_copied_as_they_are_and_plain_where_another_dictionary_made_them()
    {
        var first = Foreign.Virtual("dictionary A"u8, [0, 0], [0, 1]);
        var other = Foreign.Virtual("dictionary B"u8, [1, 0]);
        var same = Foreign.Virtual("dictionary A"u8, [2, 0]);
        var writer = new ManifestWriter(ObjectId12.New());
        writer.BeginArray(Node);
        foreach (var source in new[] { first, other, same })
        {
            source.TryFindArray(Node, out var refs);
            writer.AddRange(refs, 0, refs.Count, [new(0, 9), new(0, 9)]);
        }
        writer.AddVirtual([3, 0], "s3://plain/too", 0, 1);
        var file = writer.Finish();
        FlatVerifier.Verify(file, FileType.Manifest);
        Manifest.Decode("x", file).TryFindArray(Node, out var copied);
        var all = Enumerable.Range(0, copied.Count).Select(i => copied[i]).ToArray();
        Assert.Equal([true, true, false, true, false], all.Select(chunk => chunk.IsLocationCompressed));
        Assert.Equal(["s3://foreign/0", "s3://foreign/1", "s3://foreign/0", "s3://foreign/0", "s3://plain/too"], all.Select(chunk => chunk.Location));
    }

    [Fact]
    public void A_compressed_location_without_its_dictionary_stops_the_copy()
    {
        var broken = Foreign.Virtual([], [0, 0]);
        broken.TryFindArray(Node, out var refs);
        var writer = new ManifestWriter(ObjectId12.New());
        writer.BeginArray(Node);
        Assert.Throws<IcechunkFormatException>(() => writer.AddRange(refs, 0, 1, [new(0, 9), new(0, 9)]));
    }

    [Fact]
    public void One_changed_reference_in_a_million_takes_little_more_memory_than_the_new_manifest_and_its_file()
    {
        const int Side = 1000;
        var source = Foreign.Million(Side);
        var before = GC.GetAllocatedBytesForCurrentThread();
        source.TryFindArray(Node, out var refs);
        var writer = new ManifestWriter(ObjectId12.New(), refs.Count + 1);
        writer.BeginArray(Node);
        var changed = refs.LowerBound([500, 500]);
        ChunkIndexRange[] box = [new(0, Side), new(0, Side)];
        writer.AddRange(refs, 0, changed, box);
        writer.AddInline([500, 500], "changed"u8);
        writer.AddRange(refs, changed + 1, refs.Count, box);
        var file = writer.Finish(3, out var made);
        // 12 bytes for each reference to remember it, the new manifest, and the compressed file: as it grows, and at last.
        Assert.InRange(
            GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * Side * Side + made.SizeInMemory + 4L * file.Length + source.SizeInMemory / 4);
        Assert.InRange(source.SizeInMemory, 0, 100 * Side * Side);

        var copy = Manifest.Decode("copy", file);
        Assert.True(Bytes(copy).AsSpan().SequenceEqual(Bytes(made)));
        copy.TryFindArray(Node, out var copied);
        Assert.InRange(copy.SizeInMemory, 0, 100 * Side * Side);
        Assert.Equal(Side * Side, copied.Count);
        foreach (var i in new[] { 0, 1, changed - 1, changed + 1, copied.Count - 1 })
        {
            Assert.Equal(Describe(refs[i]), Describe(copied[i]));
        }
        Assert.Equal("changed"u8, copied[changed].InlineData.Span);
    }

    private static string[] Describe(ArrayRefs refs) => [.. Enumerable.Range(0, refs.Count).Select(i =>
        $"[{string.Join(',', Enumerable.Range(0, refs[i].Rank).Select(refs[i].Coordinate))}] {Describe(refs[i])}")];

    private static byte[] Bytes(Manifest manifest) => manifest.Buffer.Slice(0, manifest.Buffer.Length, "all").ToArray();

    private static string Describe(ChunkRef chunk) =>
        $"{chunk.Kind} {(chunk.Kind == ChunkKind.Native ? chunk.ChunkId : "")} {chunk.Offset}+{chunk.Length} " +
        $"{Encoding.UTF8.GetString(chunk.InlineData.Span)} {chunk.Location} {chunk.ChecksumETag} {chunk.ChecksumLastModified} " +
        Encoding.UTF8.GetString(chunk.Extra.Span);

    /// <summary>Manifests laid out as the official client lays them out: children first.</summary>
    private static class Foreign
    {
        public static Manifest Random(Random random, int chunks)
        {
            var coordinates = Enumerable.Range(0, chunks).Select(_ => new[] { (uint)random.Next(60), (uint)random.Next(8) })
                .Concat(random.Next(3) == 0 ? [[5u], [7, 7, 7]] : [])
                .DistinctBy(c => string.Join(',', c)).ToList();
            coordinates.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
            var dictionary = random.Next(3) switch { 0 => [], 1 => "dictionary A"u8.ToArray(), _ => "dictionary B"u8.ToArray() };
            var kinds = Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(16)).ToArray();
            return Build(dictionary, coordinates, (builder, i) =>
            {
                var kind = kinds[random.Next(kinds.Length)];
                var (index, isChecked, hasExtra) = (builder.CreateVector(coordinates[i]), (kind & 4) != 0, (kind & 8) != 0);
                var etag = isChecked && random.Next(2) == 0 ? builder.CreateString(random.Next(3) == 0 ? "" : $"\"e{i}\"") : 0;
                var extra = hasExtra ? builder.CreateBytes(Encoding.UTF8.GetBytes($"extra {i}")) : 0;
                var text = $"s3://b/{new string('é', random.Next(9))}/{i}";
                var (inline, plain, compressed) = (kind & 3, dictionary.Length) switch
                {
                    (1, _) => (builder.CreateBytes(Encoding.UTF8.GetBytes(text)), 0, 0),
                    (2, _) or (3, 0) => (0, builder.CreateString(text), 0),
                    (3, _) => (0, 0, builder.CreateBytes(Compress(text))),
                    _ => (0, 0, 0),
                };
                builder.StartTable(Slots.ChunkRef.Count);
                builder.AddOffset(Slots.ChunkRef.Index, index);
                builder.AddOffset(Slots.ChunkRef.Inline, inline);
                builder.AddOffset(Slots.ChunkRef.Location, plain);
                builder.AddOffset(Slots.ChunkRef.CompressedLocation, compressed);
                builder.AddOffset(Slots.ChunkRef.Extra, extra);
                if ((kind & 3) == 0)
                {
                    builder.Add(Slots.ChunkRef.ChunkId, ObjectId12.New());
                }
                if (inline == 0)
                {
                    builder.Add(Slots.ChunkRef.Offset, (ulong)random.Next(2) * (ulong)i);
                    builder.Add(Slots.ChunkRef.Length, (ulong)i + 1);
                }
                if (plain != 0 || compressed != 0)
                {
                    builder.AddOffset(Slots.ChunkRef.ChecksumETag, etag);
                    builder.Add(Slots.ChunkRef.ChecksumLastModified, isChecked ? (uint)random.Next(2) * 1_700_000_000 : 0);
                }
                return builder.EndTable();
            });
        }

        public static Manifest Virtual(ReadOnlySpan<byte> dictionary, params uint[][] coordinates)
        {
            return Build(dictionary.ToArray(), coordinates, (builder, i) =>
            {
                var (index, location) = (builder.CreateVector(coordinates[i]), builder.CreateBytes(Compress($"s3://foreign/{i}")));
                builder.StartTable(Slots.ChunkRef.Count);
                builder.Add(Slots.ChunkRef.Length, 1ul);
                builder.AddOffset(Slots.ChunkRef.Index, index);
                builder.AddOffset(Slots.ChunkRef.CompressedLocation, location);
                return builder.EndTable();
            });
        }

        /// <summary>A square of virtual references, each with 24 bytes of a location that is compressed.</summary>
        public static Manifest Million(int side)
        {
            var coordinates = Enumerable.Range(0, side * side).Select(i => new[] { (uint)(i / side), (uint)(i % side) }).ToArray();
            var location = Compress($"s3://foreign/{7}");
            return Build("dictionary A"u8.ToArray(), coordinates, (builder, i) =>
            {
                var (index, compressed) = (builder.CreateVector(coordinates[i]), builder.CreateBytes(location));
                builder.StartTable(Slots.ChunkRef.Count);
                builder.Add(Slots.ChunkRef.Length, 4096ul);
                builder.Add(Slots.ChunkRef.Offset, 4096ul * (ulong)(i + 1));
                builder.AddOffset(Slots.ChunkRef.Index, index);
                builder.AddOffset(Slots.ChunkRef.CompressedLocation, compressed);
                return builder.EndTable();
            });
        }

        private static Manifest Build(byte[] dictionary, IReadOnlyList<uint[]> coordinates, Func<FlatBuilder, int, int> write)
        {
            var builder = new FlatBuilder(100 * coordinates.Count);
            var refs = Enumerable.Range(0, coordinates.Count).Select(i => write(builder, i)).ToArray();
            var vector = builder.CreateOffsetVector(refs);
            builder.StartTable(Slots.ArrayManifest.Count);
            builder.Add(Slots.ArrayManifest.NodeId, Node);
            builder.AddOffset(Slots.ArrayManifest.Refs, vector);
            var arrays = builder.CreateOffsetVector([builder.EndTable()]);
            var dictionaryBytes = dictionary.Length > 0 ? builder.CreateBytes(dictionary) : 0;
            builder.StartTable(Slots.Manifest.Count);
            builder.Add(Slots.Manifest.Id, ObjectId12.New());
            builder.AddOffset(Slots.Manifest.Arrays, arrays);
            builder.AddOffset(Slots.Manifest.LocationDictionary, dictionaryBytes);
            builder.Add(Slots.Manifest.CompressionAlgorithm, (byte)(dictionary.Length > 0 ? 1 : 0), defaultValue: 1);
            return Manifest.Decode("foreign", IcechunkFile.Encode(FileType.Manifest, builder.Finish(builder.EndTable()), 1));
        }

        /// <summary>A frame that a dictionary without structure can be given for: it refers to nothing in it.</summary>
        private static byte[] Compress(string text)
        {
            var frame = new ArrayBufferWriter<byte>();
            ZstdCodec.Compress(Encoding.UTF8.GetBytes(text), 3, frame);
            return frame.WrittenSpan.ToArray();
        }
    }
}
