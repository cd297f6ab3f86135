using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Interop.Tests;

/// <summary>References are spread over manifests as the official client spreads them, whoever of the two made the commits before.</summary>
public sealed class SplittingTests : IDisposable
{
    private const string Config = """
        {"manifest": {"splitting": {"split_sizes": [
            [{"path_matches": {"regex": "^/axis"}}, [{"condition": {"Axis": 1}, "num_chunks": 2}]],
            [{"and": [{"name_matches": {"regex": "^named"}}, "any_array"]},
                [{"condition": {"DimensionName": "^ti"}, "num_chunks": 3}, {"condition": "Any", "num_chunks": 2}]],
            [{"or": [{"path_matches": {"regex": "^/cells$"}}, {"name_matches": {"regex": "^nothing$"}}]}, [{"condition": "Any", "num_chunks": 2}]]]}}}
        """;

    private static readonly Dictionary<string, string[]?> _arrays = new()
    {
        ["axis"] = null,
        ["named"] = ["time", "x"],
        ["cells"] = null,
        ["whole"] = null,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [OfficialClientFact]
    public async Task Growing_shrinking_and_writing_give_the_same_manifests_from_both()
    {
        var seed = Random.Shared.Next();
        try
        {
            var steps = Steps(new Random(seed), 9);
            Official("one", Config, []);
            Official("two", Config, []);
            // Each commit of one repository is made by the one client, and that of the other repository by the other.
            for (var i = 0; i < steps.Count; i += 3)
            {
                var (official, ours) = (i / 3) % 2 == 0 ? ("one", "two") : ("two", "one");
                Official(official, null, steps[i..(i + 3)]);
                foreach (var step in steps[i..(i + 3)])
                {
                    await OursAsync(ours, step);
                }
            }

            var (one, two) = (await ManifestsAsync("one"), await ManifestsAsync("two"));
            Assert.Equal(one, two);
            Assert.Contains(one, line => line.EndsWith("kept", StringComparison.Ordinal));
            Assert.True(one.Distinct().Count() > 20);
            await RepositoryView.AssertBothAgreeAsync(_folder["one"]);
            await RepositoryView.AssertBothAgreeAsync(_folder["two"]);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
        }
    }

    private void Official(string repository, string? config, List<Step> steps) => OfficialClient.RunScript(
        "steps.mjs", _folder[repository], new JsonObject
        {
            ["config"] = config is null ? null : JsonNode.Parse(config),
            ["steps"] = JsonSerializer.SerializeToNode(steps, JsonSerializerOptions.Web),
        }.ToJsonString()).Succeed();

    private async Task OursAsync(string folder, Step step)
    {
        await using var store = new LocalObjectStore(_folder[folder]);
        await using var repository = await ZarrRepository.OpenAsync(store, default);
        Assert.True((await repository.ReferencesAsync(default)).TryGetBranch("main", out var tip));
        var view = await repository.SnapshotAsync(tip, default);
        var changes = new ChangeSet();
        var ids = view.Nodes.ToDictionary(node => node.Path, node => node.Id);
        foreach (var (key, document) in step.Documents)
        {
            var path = "/" + key[..^"zarr.json".Length].TrimEnd('/');
            var bytes = Encoding.UTF8.GetBytes(document);
            if (ids.TryGetValue(path, out var known))
            {
                if (!view.FindNode(path)!.Document.Span.SequenceEqual(bytes))
                {
                    changes.Documents[known] = bytes;
                }
            }
            else
            {
                ids[path] = ObjectId8.New();
                changes.NewNodes.Add(new NewNode(ids[path], path, path == "/" ? Zarr.NodeKind.Group : Zarr.NodeKind.Array, bytes));
            }
        }

        foreach (var (key, text) in step.Put.Select(put => (put.Key, put.Value)).Concat(step.Delete.Select(key => (key, ""))))
        {
            var parts = key.Split('/');
            ChunkPayload? payload = text.Length > 0 ? new ChunkPayload.Inline(Encoding.UTF8.GetBytes(text)) : null;
            if (!changes.Chunks.TryGetValue(ids["/" + parts[0]], out var list))
            {
                changes.Chunks.Add(ids["/" + parts[0]], list = []);
            }

            list.Add(new ChunkChange([.. parts[2..].Select(uint.Parse)], payload));
        }

        await repository.CommitAsync(new CommitRequest("main", tip, ObjectId12.New(), "step", [], changes), default);
    }

    /// <summary>A line for each manifest of each array in each commit: its extents, and whether the commit before had it.</summary>
    private async Task<List<string>> ManifestsAsync(string folder)
    {
        await using var store = new LocalObjectStore(_folder[folder]);
        await using var repository = await ZarrRepository.OpenAsync(store, default);
        var references = await repository.ReferencesAsync(default);
        Assert.True(references.TryGetBranch("main", out var tip));
        var lines = new List<string>();
        HashSet<ObjectId12> former = [];
        foreach (var (commit, number) in references.Ancestry(tip).Reverse().Select((commit, number) => (commit, number)))
        {
            var view = await repository.SnapshotAsync(commit.Id, default);
            var manifests = view.Nodes.SelectMany(node => node.Manifests.Select(reference => (node.Path, Reference: reference))).ToList();
            lines.AddRange(manifests.Select(item =>
                $"{number} {item.Path} {string.Join(' ', item.Reference.Extents.Select(range => $"{range.From}-{range.To}"))} " +
                (former.Contains(item.Reference.Manifest) ? "kept" : "new")).Order(StringComparer.Ordinal));
            former = [.. manifests.Select(item => item.Reference.Manifest)];
        }

        return lines;
    }

    /// <summary>The first makes the arrays; each later one resizes some, and writes and deletes chunks of some.</summary>
    private static List<Step> Steps(Random random, int count)
    {
        var shapes = _arrays.Keys.ToDictionary(name => name, _ => new[] { 5, 5 });
        var chunks = new HashSet<(string Array, int Y, int X)>();
        var steps = new List<Step>();
        for (var i = 0; i < count; i++)
        {
            // Both make a commit only where something changes.
            var step = new Step(new() { ["zarr.json"] = Group(i) }, [], []);
            foreach (var (name, dimensions) in _arrays.Where(_ => i == 0 || random.Next(3) > 0))
            {
                if (i > 0 && random.Next(2) == 0)
                {
                    shapes[name] = [.. shapes[name].Select(length => Math.Clamp(length + random.Next(-2, 3), 1, 8))];
                    chunks.RemoveWhere(chunk => chunk.Array == name && (chunk.Y >= shapes[name][0] || chunk.X >= shapes[name][1]));
                }

                step.Documents[$"{name}/zarr.json"] = Document(shapes[name], dimensions, random.Next(2) * i);
                for (var touched = random.Next(i == 0 ? 12 : 6); touched > 0; touched--)
                {
                    var (y, x) = (random.Next(shapes[name][0]), random.Next(shapes[name][1]));
                    var key = $"{name}/c/{y}/{x}";
                    // The official client makes a manifest anew for the deletion of what is not there; we do not.
                    if (random.Next(3) > 0 || step.Put.ContainsKey(key) || !chunks.Contains((name, y, x)))
                    {
                        step.Put[key] = $"{key} in step {i}";
                        step.Delete.Remove(key);
                        chunks.Add((name, y, x));
                    }
                    else
                    {
                        step.Delete.Add(key);
                        chunks.Remove((name, y, x));
                    }
                }
            }

            steps.Add(step);
        }

        return steps;
    }

    private static string Group(int step) => $$$"""{"zarr_format":3,"node_type":"group","attributes":{"step":{{{step}}}}}""";

    private static string Document(int[] shape, string[]? dimensions, int attribute)
    {
        var document = JsonNode.Parse("""
            {"zarr_format":3,"node_type":"array","data_type":"uint8","fill_value":0,"codecs":[{"name":"bytes"}],
            "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1,1]}},
            "chunk_key_encoding":{"name":"default","configuration":{"separator":"/"}}}
            """)!;
        document["shape"] = JsonSerializer.SerializeToNode(shape);
        document["attributes"] = new JsonObject { ["step"] = attribute };
        if (dimensions is not null)
        {
            document["dimension_names"] = JsonSerializer.SerializeToNode(dimensions);
        }

        return document.ToJsonString();
    }

    private sealed record Step(Dictionary<string, string> Documents, Dictionary<string, string> Put, List<string> Delete);
}
