using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.TestHarness;
using NodeKind = ArraylakeFs.Zarr.NodeKind;

namespace ArraylakeFs.Interop.Tests;

/// <summary>
/// The difference of two versions, against what the official client says. It adds up transaction logs, so it also tells what was undone in
/// between, and does not tell of chunks that went because an array shrank. Of one commit the two are the same.
/// </summary>
public sealed class VersionDiffTests : IDisposable
{
    private const int Commits = 15, Ranges = 12;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [OfficialClientFact]
    public async Task Any_two_versions_of_a_random_history_differ_as_the_official_client_says()
    {
        var seed = Environment.GetEnvironmentVariable("ARRAYLAKEFS_SEED") is { Length: > 0 } given ? int.Parse(given) : Random.Shared.Next();
        var random = new Random(seed);
        await using var store = new LocalObjectStore(_folder["repo"]);
        await using var repository = await ZarrRepository.CreateAsync(store, default);
        var (history, edits, tree) = (new List<ObjectId12>(), new RandomEdits(random), new ModelTree());
        while (history.Count < Commits)
        {
            var before = tree.Copy();
            edits.Apply(tree);
            var changes = await tree.ChangesSinceAsync(before, store, random);
            if (!changes.IsEmpty)
            {
                history.Add(await CommitAsync(repository, changes));
            }
        }

        history.Add(ObjectId12.Parse(OfficialClient.Commit(_folder["repo"], "main", "theirs")));
        history.Add(ObjectId12.Parse(OfficialClient.Move(_folder["repo"], "main", "their move", "/official", "/moved-officially")));
        var pairs = Enumerable.Range(1, history.Count - 1).Select(to => (From: to - 1, To: to)).ToList();
        while (pairs.Count < history.Count - 1 + Ranges)
        {
            var to = random.Next(1, history.Count);
            pairs.Add((random.Next(to), to));
        }

        var official = OfficialClient.Diff(_folder["repo"], pairs.Select(pair => ($"{history[pair.From]}", $"{history[pair.To]}")));
        foreach (var ((from, to), theirs) in pairs.Zip(official))
        {
            try
            {
                await CompareAsync(
                    await repository.SnapshotAsync(history[from], default), await repository.SnapshotAsync(history[to], default), theirs, isOneCommit: to == from + 1);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}, from {from} to {to}: {exception.Message}", exception);
            }
        }
    }

    private static async Task CompareAsync(SnapshotView before, SnapshotView after, OfficialChanges theirs, bool isOneCommit)
    {
        var diff = await VersionDiff.BetweenAsync(before, after, null, default);
        AssertTold(Of(diff, NodeDiffKind.Created, NodeKind.Group), theirs.NewGroups, isOneCommit);
        AssertTold(Of(diff, NodeDiffKind.Created, NodeKind.Array), theirs.NewArrays, isOneCommit);
        AssertTold(Of(diff, NodeDiffKind.Deleted, NodeKind.Group), theirs.DeletedGroups, isOneCommit);
        AssertTold(Of(diff, NodeDiffKind.Deleted, NodeKind.Array), theirs.DeletedArrays, isOneCommit);

        // We tell a moved group once, with the number of nodes below; they tell each of them.
        var moves = after.Nodes.Select(now => (Old: before.FindNode(now.Id), Now: now)).Where(pair => pair.Old is { } old && old.Path != pair.Now.Path)
            .Select(pair => $"{pair.Old!.Path} > {pair.Now.Path}").ToList();
        var theirMoves = theirs.MovedNodes.Select(move => (move.From, move.To)).ToHashSet();
        AssertTold(moves, (isOneCommit ? theirMoves : InARow(theirMoves)).Select(move => $"{move.From} > {move.To}"), isOneCommit);
        Assert.Equal(moves.Count, diff.Nodes.Where(node => node.Change == NodeDiffKind.Moved).Sum(node => 1 + node.NodesBelow));
        var documents = diff.Nodes.Where(node => node.Document is not null).Select(node => node.Path);
        AssertTold(documents, theirs.UpdatedGroups.Concat(theirs.UpdatedArrays), isOneCommit && moves.Count == 0);

        var told = diff.Nodes.Where(node => node.Change != NodeDiffKind.Deleted).ToDictionary(node => node.Path);
        foreach (var now in after.Nodes.Where(node => node.Kind == NodeKind.Array))
        {
            var node = told.GetValueOrDefault(now.Path);
            var there = await KeysAsync(after, now);
            var gone = before.FindNode(now.Id) is { } old ? await KeysAsync(before, old) : [];
            gone.ExceptWith(there);
            var updated = theirs.UpdatedChunks.GetValueOrDefault(now.Path, []).Select(coordinates => string.Join('/', coordinates)).ToHashSet();
            var written = updated.Where(there.Contains).ToList();
            if (isOneCommit)
            {
                AssertSame(written, node?.Written);
                AssertSame(gone, node?.Deleted);
                Assert.Empty(updated.Except(written).Except(gone));
            }
            else
            {
                Assert.InRange(node?.Written?.Count ?? 0, 0, written.Count);
                Assert.Empty((node?.Written?.Sample ?? []).Select(coordinates => string.Join('/', coordinates)).Except(written));
                AssertSame(gone, node?.Deleted);
            }
        }
    }

    private static IEnumerable<string> Of(VersionDiff diff, NodeDiffKind change, NodeKind kind) =>
        diff.Nodes.Where(node => node.Change == change && node.Kind == kind).Select(node => node.Path);

    /// <summary>These moves, and those that two or more of them make together: of several commits they tell each.</summary>
    private static HashSet<(string From, string To)> InARow(HashSet<(string From, string To)> moves)
    {
        for (var count = 0; count < moves.Count;)
        {
            count = moves.Count;
            moves.UnionWith([.. moves.SelectMany(first => moves.Where(second => second.From == first.To).Select(second => (first.From, second.To)))]);
        }

        return moves;
    }

    /// <summary>Of one commit, exactly that; of several, theirs may also tell what was undone.</summary>
    private static void AssertTold(IEnumerable<string> ours, IEnumerable<string> theirs, bool exactly)
    {
        var (expected, seen) = (theirs.Order(StringComparer.Ordinal).ToList(), ours.Order(StringComparer.Ordinal).ToList());
        if (exactly)
        {
            Assert.Equal(expected, seen);
        }
        else
        {
            Assert.Empty(seen.Except(expected));
        }
    }

    private static void AssertSame(IReadOnlyCollection<string> keys, TouchedChunks? chunks)
    {
        Assert.Equal(keys.Count, chunks?.Count ?? 0);
        if (chunks is null)
        {
            return;
        }

        var coordinates = keys.Select(key => key.Length == 0 ? [] : key.Split('/').Select(uint.Parse).ToArray()).ToList();
        Assert.Equal(chunks.Box.Select((_, i) => new ChunkIndexRange(coordinates.Min(c => c[i]), coordinates.Max(c => c[i]) + 1)), chunks.Box);
        Assert.Empty(chunks.Sample.Select(sample => string.Join('/', sample)).Except(keys));
    }

    private static async Task<HashSet<string>> KeysAsync(SnapshotView view, Node array) =>
        [.. (await view.ChunksAsync(array, default)).All().Select(chunk => string.Join('/', chunk.Coordinates))];

    private static async Task<ObjectId12> CommitAsync(ZarrRepository repository, ChangeSet changes)
    {
        Assert.True((await repository.ReferencesAsync(default)).TryGetBranch("main", out var tip));
        var request = new CommitRequest("main", tip, ObjectId12.New(), "random", [], changes);
        await repository.CommitAsync(request, default);
        return request.NewSnapshot;
    }
}
