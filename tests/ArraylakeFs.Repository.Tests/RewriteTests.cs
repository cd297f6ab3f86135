using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Tests;

/// <summary>What others wrote into a manifest survives when one of its chunks changes.</summary>
public sealed class RewriteTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task References_of_every_kind_stay_as_they_were_where_nothing_changed(int seed)
    {
        var random = new Random(seed);
        var lake = await Lake.CreateAsync();
        var id = await Foreign.CommitArrayAsync(lake, "/x", [6, 6], writer => Fill(writer, random));
        for (var step = 0; step < 4; step++)
        {
            var expected = await DescribeAsync(lake);
            var touched = Enumerable.Range(0, random.Next(1, 6)).Select(_ => (Y: (uint)random.Next(6), X: (uint)random.Next(6))).Distinct().ToArray();
            var rules = random.Next(2) == 0 ? "[]" : """[["any_array",[{"condition":"Any","num_chunks":4}]]]""";
            var copied = (await lake.ChunksAsync("/x")).All().ToArray() is { Length: > 0 } all ? all[random.Next(all.Length)] : default;
            await lake.CommitSplitAsync(rules, changes =>
            {
                foreach (var (y, x) in touched)
                {
                    switch (random.Next(copied.Coordinates is null ? 2 : 3))
                    {
                        case 0:
                            changes.Put(id, null, y, x);
                            expected.Remove($"{y}/{x}");
                            break;
                        case 1:
                            changes.PutText(id, $"new {step}", y, x);
                            expected[$"{y}/{x}"] = $"Inline 0+5  'new {step}'  0";
                            break;
                        default:
                            changes.Put(id, new ChunkPayload.Existing(copied.Chunk), y, x);
                            expected[$"{y}/{x}"] = Describe(copied.Chunk.Source);
                            break;
                    }
                }
            });
            Assert.Equal(expected, await DescribeAsync(lake));
        }
    }

    [Fact]
    public async Task Extensions_of_a_manifest_and_its_array_stay()
    {
        var lake = await Lake.CreateAsync();
        var node = ObjectId8.New();
        var writer = new ManifestWriter(ObjectId12.New(), extra: "of the manifest"u8.ToArray());
        writer.BeginArray(node, "of the array"u8);
        writer.AddInline([0], "first"u8);
        var file = writer.Finish();
        await lake.Store.PutAsync(IcechunkPaths.Manifest(writer.Id), file, default);
        await Foreign.CommitAsync(lake, snapshot =>
        {
            snapshot.AddManifestFile(new ManifestFile(writer.Id, (ulong)file.Length, 1));
            snapshot.AddNode(new NodeData(node, "/x", Icechunk.NodeKind.Array, Documents.Array([2], [1]))
            {
                Shape = [new DimensionShape(2, 2)],
                Manifests = [new ManifestReference(writer.Id, [new ChunkIndexRange(0, 1)])],
            });
        });
        await lake.CommitAsync(changes => changes.PutText(node, "second", 1));
        var refs = (await lake.ChunksAsync("/x")).Parts.Single().Refs;
        Assert.NotEqual(writer.Id, refs.Manifest.Id);
        Assert.Equal("of the manifest"u8, refs.Manifest.Extra.Span);
        Assert.Equal("of the array"u8, refs.Extra.Span);
    }

    private static void Fill(ManifestWriter writer, Random random)
    {
        for (uint y = 0; y < 6; y++)
        {
            for (uint x = 0; x < 6; x++)
            {
                switch (random.Next(5))
                {
                    case 0:
                        writer.AddNative([y, x], ObjectId12.New(), y, x + 1);
                        break;
                    case 1:
                        writer.AddInline([y, x], "inline"u8);
                        break;
                    case 2:
                        writer.AddVirtual([y, x], $"s3://bucket/{y}/{x}", x, 7, random.Next(2) == 0 ? "\"etag\"" : null, (uint)random.Next(3));
                        break;
                }
            }
        }

        if (writer.RefCount == 0)
        {
            writer.AddInline([5, 5], "inline"u8);
        }
    }

    private static async Task<SortedDictionary<string, string>> DescribeAsync(Lake lake)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (coordinates, chunk) in (await lake.ChunksAsync("/x")).All())
        {
            found.Add(string.Join('/', coordinates), Describe(chunk.Source));
        }

        return found;
    }

    private static string Describe(ChunkRef chunk) =>
        $"{chunk.Kind} {(chunk.Kind == ChunkKind.Native ? chunk.ChunkId + " " : "")}{chunk.Offset}+{chunk.Length} {chunk.Location} " +
        $"'{System.Text.Encoding.UTF8.GetString(chunk.InlineData.Span)}' {chunk.ChecksumETag} {chunk.ChecksumLastModified}";
}
