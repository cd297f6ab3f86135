using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Repositories whose configuration spreads an array's references over several manifests.</summary>
public sealed class SplittingTests
{
    private const string ByTwo = """[["any_array",[{"condition":"Any","num_chunks":2}]]]""";

    [Fact]
    public async Task Each_cell_has_a_manifest_and_only_changed_cells_get_a_new_one()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 array = default;
        await lake.CommitSplitAsync(ByTwo, changes =>
        {
            array = changes.AddArray("/x", [4, 4], [1, 1]);
            foreach (var (y, x) in new (uint, uint)[] { (0, 0), (1, 1), (0, 3), (3, 0), (2, 2), (3, 3) })
            {
                changes.PutText(array, $"{y}{x}", y, x);
            }
        });
        var before = (await lake.NodeAsync("/x")).Manifests;
        Assert.Equal(["0-2 0-2", "0-1 3-4", "3-4 0-1", "2-4 2-4"], before.Select(Extents));
        await lake.CommitSplitAsync(ByTwo, changes =>
        {
            changes.PutText(array, "new", 0, 2);
            changes.Put(array, null, 3, 0);
        });
        var after = (await lake.NodeAsync("/x")).Manifests;
        Assert.Equal(["0-2 0-2", "0-1 2-4", "2-4 2-4"], after.Select(Extents));
        Assert.Equal((before[0].Manifest, before[3].Manifest), (after[0].Manifest, after[2].Manifest));
        Assert.NotEqual(before[1].Manifest, after[1].Manifest);
        Assert.Equal(
            CommitTests.Contents(("0/0", "00"), ("0/2", "new"), ("0/3", "03"), ("1/1", "11"), ("2/2", "22"), ("3/3", "33")), await lake.ContentAsync("/x"));
    }

    [Fact]
    public async Task A_manifest_beyond_the_new_shape_goes_and_the_others_stay()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 array = default;
        await lake.CommitSplitAsync(ByTwo, changes =>
        {
            array = changes.AddArray("/x", [6], [1]);
            changes.PutText(array, "first", 0);
            changes.PutText(array, "last", 5);
        });
        var before = (await lake.NodeAsync("/x")).Manifests;
        await lake.CommitSplitAsync(ByTwo, changes => changes.Documents[array] = Documents.Array([4], [1]));
        Assert.Equal(before[0].Manifest, Assert.Single((await lake.NodeAsync("/x")).Manifests).Manifest);
    }

    [Fact]
    public async Task Deleting_what_is_not_there_makes_no_manifest()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 array = default;
        await lake.CommitAsync(changes =>
        {
            array = changes.AddArray("/x", [4], [1]);
            changes.PutText(array, "first", 0);
        });
        var before = (await lake.NodeAsync("/x")).Manifests;
        await lake.CommitAsync(changes => changes.Put(array, null, 2));
        Assert.Equal(before.Select(manifest => manifest.Manifest), (await lake.NodeAsync("/x")).Manifests.Select(manifest => manifest.Manifest));
    }

    [Fact]
    public async Task Another_configuration_regroups_what_is_touched()
    {
        var lake = await Lake.CreateAsync();
        ObjectId8 array = default;
        await lake.CommitAsync(changes =>
        {
            array = changes.AddArray("/x", [6], [1]);
            for (uint i = 0; i < 6; i++)
            {
                changes.PutText(array, $"{i}", i);
            }
        });
        await lake.CommitSplitAsync(ByTwo, changes => changes.PutText(array, "new", 3));
        Assert.Equal(["0-2", "2-4", "4-6"], (await lake.NodeAsync("/x")).Manifests.Select(Extents));
        await lake.CommitAsync(changes => changes.PutText(array, "again", 0));
        Assert.Equal(["0-6"], (await lake.NodeAsync("/x")).Manifests.Select(Extents));
        Assert.Equal(
            CommitTests.Contents(("0", "again"), ("1", "1"), ("2", "2"), ("3", "new"), ("4", "4"), ("5", "5")), await lake.ContentAsync("/x"));
    }

    [Fact]
    public async Task Overlapping_manifests_of_others_are_sorted_out_when_touched()
    {
        var lake = await Lake.CreateAsync();
        var node = ObjectId8.New();
        var first = await Foreign.PutManifestAsync(lake, node, "f", 0, 2, 4);
        var second = await Foreign.PutManifestAsync(lake, node, "s", 1, 2, 3, 5);
        await Foreign.CommitAsync(lake, writer =>
        {
            writer.AddManifestFile(first);
            writer.AddManifestFile(second);
            writer.AddNode(new NodeData(node, "/x", Icechunk.NodeKind.Array, Documents.Array([6], [1]))
            {
                Shape = [new DimensionShape(6, 6)],
                Manifests = [new ManifestReference(first.Id, [new ChunkIndexRange(0, 5)]), new ManifestReference(second.Id, [new ChunkIndexRange(1, 6)])],
            });
        });
        var seen = CommitTests.Contents(("0", "f0"), ("2", "f2"), ("4", "f4"), ("5", "s5"));
        Assert.Equal(seen, await lake.ContentAsync("/x"));
        await lake.CommitAsync(changes => changes.Documents[node] = Documents.Array([6], [1], """{"a":1}"""));
        Assert.Equal(seen, await lake.ContentAsync("/x"));
        Assert.Equal(["0-6"], (await lake.NodeAsync("/x")).Manifests.Select(Extents));
    }

    [Theory]
    [InlineData("""[]""", "/a/x", "4294967295 4294967295")]
    [InlineData("""[["any_array",[{"condition":{"Axis":1},"num_chunks":3}]]]""", "/a/x", "4294967295 3")]
    [InlineData("""[["any_array",[{"condition":{"DimensionName":"^ti"},"num_chunks":3},{"condition":"Any","num_chunks":5}]]]""", "/a/x", "3 5")]
    [InlineData("""[[{"path_matches":{"regex":"^/b"}},[{"condition":"Any","num_chunks":3}]],["any_array",[{"condition":"Any","num_chunks":7}]]]""", "/a/x", "7 7")]
    [InlineData("""[[{"name_matches":{"regex":"^x$"}},[{"condition":"Any","num_chunks":3}]],["any_array",[{"condition":"Any","num_chunks":7}]]]""", "/a/x", "3 3")]
    [InlineData("""[[{"and":[{"name_matches":{"regex":"x"}},{"path_matches":{"regex":"^/b"}}]},[{"condition":"Any","num_chunks":3}]]]""", "/a/x", "4294967295 4294967295")]
    [InlineData("""[[{"or":[{"name_matches":{"regex":"x"}},{"path_matches":{"regex":"^/b"}}]},[{"condition":"Any","num_chunks":3}]]]""", "/a/x", "3 3")]
    [InlineData("""[[{"name_matches":{"regex":"("}},[{"condition":"Any","num_chunks":3}]]]""", "/a/x", "4294967295 4294967295")]
    [InlineData("""[["any_array",[{"condition":"Any","num_chunks":0}]],7,[1],["any_array","x"]]""", "/a/x", "4294967295 4294967295")]
    [InlineData("""[[{"new":"kind"},[{"condition":"Any","num_chunks":3}]],["any_array",[{"condition":{"new":1},"num_chunks":3}]]]""", "/a/x", "4294967295 4294967295")]
    public void Rules_are_read_as_the_official_client_reads_them(string rules, string path, string expected)
    {
        var array = new NodeData(ObjectId8.New(), path, Icechunk.NodeKind.Array, default)
        {
            Shape = [new DimensionShape(100, 100), new DimensionShape(100, 100)],
            DimensionNames = ["time", null],
        };
        var cells = ManifestCells.Of(array, (JsonArray)JsonNode.Parse(rules)!);
        var sizes = expected.Split(' ').Select(uint.Parse).ToArray();
        foreach (var (y, x) in new (uint, uint)[] { (0, 0), (2, 2), (3, 3), (4, 5), (99, 99), (6, 7) })
        {
            var same = y / sizes[0] == 0 && x / sizes[1] == 0;
            Assert.Equal(same, cells.CellOf([y, x]) == cells.CellOf([0, 0]));
        }
    }

    [Fact]
    public void More_cells_than_can_be_numbered_are_no_problem()
    {
        var array = new NodeData(ObjectId8.New(), "/x", Icechunk.NodeKind.Array, default)
        {
            Shape = [.. Enumerable.Repeat(new DimensionShape(uint.MaxValue, uint.MaxValue), 5)],
        };
        var cells = ManifestCells.Of(array, (JsonArray)JsonNode.Parse("""[["any_array",[{"condition":"Any","num_chunks":1}]]]""")!);
        Assert.NotEqual(cells.CellOf([0, 0, 0, 0, 1]), cells.CellOf([0, 0, 0, 0, 2]));
        Assert.True(cells.TryGetCell([], out _) == false);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Any_sequence_of_commits_gives_what_a_dictionary_gives(int seed)
    {
        var random = new Random(seed);
        var lake = await Lake.CreateAsync();
        var rank = random.Next(1, 4);
        var shape = Enumerable.Range(0, rank).Select(_ => random.Next(1, 6)).ToArray();
        var model = new SortedDictionary<uint[], string>(ArrayChunksTests.ByCoordinates);
        ObjectId8 array = default;
        await lake.CommitAsync(changes => array = changes.AddArray("/x", shape, [.. shape.Select(_ => 1)]));
        for (var step = 0; step < 12; step++)
        {
            var size = random.Next(0, 4);
            var rules = size == 0 ? "[]" : $$"""[["any_array",[{"condition":{"Axis":{{random.Next(rank)}}},"num_chunks":{{size}}},{"condition":"Any","num_chunks":{{random.Next(1, 4)}}}]]]""";
            await lake.CommitSplitAsync(rules, changes => Change(changes, step));
            var expected = model.ToDictionary(entry => string.Join('/', entry.Key), entry => entry.Value);
            Assert.Equal(new SortedDictionary<string, string>(expected, StringComparer.Ordinal), await lake.ContentAsync("/x"));
            await AssertWellFormedAsync(lake, model.Count);
        }

        void Change(ChangeSet changes, int step)
        {
            if (random.Next(3) == 0)
            {
                shape = [.. shape.Select(length => Math.Max(1, length + random.Next(-2, 3)))];
                changes.Documents[array] = Documents.Array(shape, [.. shape.Select(_ => 1)]);
                foreach (var gone in model.Keys.Where(key => key.Where((c, i) => c >= shape[i]).Any()).ToArray())
                {
                    model.Remove(gone);
                }
            }

            var touched = new SortedSet<uint[]>(ArrayChunksTests.ByCoordinates);
            for (var i = random.Next(0, 20); i > 0; i--)
            {
                touched.Add([.. shape.Select(length => (uint)random.Next(length))]);
            }

            foreach (var coordinates in touched.OrderBy(_ => random.Next()))
            {
                if (random.Next(3) == 0)
                {
                    model.Remove(coordinates);
                    changes.Put(array, null, coordinates);
                }
                else
                {
                    model[coordinates] = $"{step}:{string.Join(',', coordinates)}";
                    changes.PutText(array, model[coordinates], coordinates);
                }
            }
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 25)];

    /// <summary>What the official client relies on: extents are bounding boxes, do not overlap, and the counts are exact.</summary>
    private static async Task AssertWellFormedAsync(Lake lake, int count)
    {
        var view = await lake.ViewAsync();
        var node = view.FindNode("/x")!;
        var parts = (await view.ChunksAsync(node, default)).Parts;
        Assert.Equal(node.Manifests.Count, parts.Length);
        Assert.Equal(count, parts.Sum(part => part.Refs.Count));
        Assert.Equal(view.Snapshot.ManifestFiles.Select(file => file.Id).Order(), node.Manifests.Select(reference => reference.Manifest).Order());
        for (var i = 0; i < parts.Length; i++)
        {
            var refs = parts[i].Refs;
            Assert.True(view.Snapshot.TryFindManifestFile(parts[i].Reference.Manifest, out var file));
            Assert.Equal((uint)refs.Count, file.ChunkRefCount);
            Assert.Equal((long)file.SizeBytes, (await lake.Store.StatAsync(IcechunkPaths.Manifest(file.Id), default))!.Size);
            for (var dimension = 0; dimension < node.Shape.Count; dimension++)
            {
                var along = Enumerable.Range(0, refs.Count).Select(position => refs[position].Coordinate(dimension)).ToArray();
                Assert.Equal(new ChunkIndexRange(along.Min(), along.Max() + 1), parts[i].Reference.Extents[dimension]);
            }

            Assert.All(parts[..i], other => Assert.Contains(
                Enumerable.Range(0, node.Shape.Count),
                d => other.Reference.Extents[d].To <= parts[i].Reference.Extents[d].From || parts[i].Reference.Extents[d].To <= other.Reference.Extents[d].From));
        }
    }

    private static string Extents(ManifestReference reference) => string.Join(' ', reference.Extents.Select(range => $"{range.From}-{range.To}"));
}
