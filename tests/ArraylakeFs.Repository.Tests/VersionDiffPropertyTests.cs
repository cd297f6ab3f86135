using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Differences in random histories, against comparing everything that can be read, and against what was committed.</summary>
public sealed class VersionDiffPropertyTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Any_two_versions_differ_in_what_a_reader_of_everything_finds(int seed)
    {
        var random = new Random(seed);
        var lake = await Lake.CreateAsync();
        var history = new RandomHistory(lake, random);
        for (var i = 0; i < 12; i++)
        {
            await history.CommitAsync();
        }

        for (var i = 0; i < 25; i++)
        {
            var before = await lake.Repository.SnapshotAsync(history.Commits[random.Next(history.Commits.Count)], default);
            var after = await lake.Repository.SnapshotAsync(history.Commits[random.Next(history.Commits.Count)], default);
            var diff = await VersionDiff.BetweenAsync(before, after, null, default);
            var (expected, actual) = (await NaiveAsync(lake, before, after), Facts(diff, before, after));
            Assert.True(expected.SequenceEqual(actual), $"missing:\n{string.Join('\n', expected.Except(actual))}\ntoo much:\n{string.Join('\n', actual.Except(expected))}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_change_set_is_told_like_the_commit_that_is_made_of_it(int seed)
    {
        var lake = await Lake.CreateAsync();
        var history = new RandomHistory(lake, new Random(seed));
        for (var i = 0; i < 25; i++)
        {
            var (before, changes, after) = await history.CommitAsync();
            var committed = DiffLines.Of(await VersionDiff.BetweenAsync(before, after, null, default));
            Assert.Equal(committed, DiffLines.Of(await VersionDiff.OfAsync(before, changes, [], default)));

            // As in a session: the chunks stand beside the change set until their bytes are in their places.
            var written = changes.Chunks.SelectMany(pair => pair.Value.Where(c => c.Payload is not null).Select(c => (pair.Key, c.Coordinates))).ToList();
            foreach (var list in changes.Chunks.Values)
            {
                list.RemoveAll(change => change.Payload is not null);
            }

            Assert.Equal(committed, DiffLines.Of(await VersionDiff.OfAsync(before, changes, written, default)));
        }
    }

    /// <summary>Nodes, documents, and every chunk that one of the versions has, by node ids.</summary>
    private static async Task<string[]> NaiveAsync(Lake lake, SnapshotView before, SnapshotView after)
    {
        var (left, right) = (await ReadAsync(lake, before), await ReadAsync(lake, after));
        var facts = new List<string>();
        foreach (var id in left.Keys.Union(right.Keys))
        {
            var (old, now) = (left.GetValueOrDefault(id), right.GetValueOrDefault(id));
            if (old is null || now is null)
            {
                facts.Add($"{id} {(old is null ? "created" : "deleted")}");
            }

            if (old is not null && now is not null && old.Path != now.Path)
            {
                facts.Add($"{id} moved");
            }

            if (old is not null && now is not null && old.Document != now.Document)
            {
                facts.Add($"{id} document");
            }

            if (now is not null)
            {
                var written = now.Chunks.Where(chunk => old?.Chunks.GetValueOrDefault(chunk.Key) != chunk.Value).Select(chunk => chunk.Key).ToList();
                var deleted = old?.Chunks.Keys.Where(key => !now.Chunks.ContainsKey(key)).ToList() ?? [];
                facts.AddRange(new[] { ("written", written), ("deleted", deleted) }.Where(part => part.Item2.Count > 0).Select(part => $"{id} {part.Item1} {Box(part.Item2)}"));
            }
        }

        return [.. facts.Order(StringComparer.Ordinal)];
    }

    private static string[] Facts(VersionDiff diff, SnapshotView before, SnapshotView after)
    {
        var facts = new List<string>();
        var told = new HashSet<ObjectId8>();
        foreach (var node in diff.Nodes)
        {
            var id = (node.Change == NodeDiffKind.Deleted ? before : after).FindNode(node.Path)!.Id;
            if (node.Change is NodeDiffKind.Created or NodeDiffKind.Deleted)
            {
                facts.Add($"{id} {node.Change.ToString().ToLowerInvariant()}");
            }

            facts.AddRange(node.Document is null ? [] : [$"{id} document"]);
            facts.AddRange(node.Written is { } written ? [$"{id} written {Box(written)}"] : []);
            facts.AddRange(node.Deleted is { } deleted ? [$"{id} deleted {Box(deleted)}"] : []);
            if (node.Change == NodeDiffKind.Moved)
            {
                // It says of how many others it speaks.
                var along = after.Nodes.Where(below => below.Path.StartsWith(node.Path + "/", StringComparison.Ordinal)
                    && before.FindNode(below.Id)?.Path == node.OldPath + below.Path[node.Path.Length..]).ToList();
                Assert.True(node.NodesBelow <= along.Count);
                told.Add(id);
                facts.AddRange(along.Take(node.Kind == NodeKind.Group ? int.MaxValue : 0).Where(below => told.Add(below.Id)).Select(below => $"{below.Id} moved"));
                facts.Add($"{id} moved");
            }
        }

        return [.. facts.Distinct().Order(StringComparer.Ordinal)];
    }

    private static async Task<Dictionary<ObjectId8, ReadNode>> ReadAsync(Lake lake, SnapshotView view)
    {
        var nodes = new Dictionary<ObjectId8, ReadNode>();
        foreach (var node in view.Nodes)
        {
            var chunks = new Dictionary<string, string>();
            foreach (var (coordinates, chunk) in node.Kind == NodeKind.Array ? (await view.ChunksAsync(node, default)).All() : [])
            {
                chunks.Add(string.Join('/', coordinates), await lake.ReadAsync(chunk));
            }

            nodes.Add(node.Id, new ReadNode(node.Path, System.Text.Encoding.UTF8.GetString(node.Document.Span), chunks));
        }

        return nodes;
    }

    private static string Box(List<string> keys)
    {
        var coordinates = keys.Select(key => key.Split('/').Select(uint.Parse).ToArray()).ToList();
        return $"{keys.Count} {string.Join(' ', Enumerable.Range(0, 2).Select(i => $"{coordinates.Min(c => c[i])}-{coordinates.Max(c => c[i]) + 1}"))}";
    }

    private static string Box(TouchedChunks chunks) => $"{chunks.Count} {string.Join(' ', chunks.Box.Select(range => $"{range.From}-{range.To}"))}";

    private sealed record ReadNode(string Path, string Document, Dictionary<string, string> Chunks);
}
