using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>
/// What others did between two commits of a branch: read from the transaction logs of their commits, so that it is known which commit did
/// it. Where the history has no such logs, or does not lead from one commit to the other (the branch was reset or amended), the two
/// states are compared, and the tip stands for the commit.
/// </summary>
internal sealed class UpstreamChanges
{
    private readonly List<(TransactionLog Log, ObjectId12 Commit)> _logs = [];
    private readonly Dictionary<ObjectId8, (ArrayChunks Base, ArrayChunks Tip)> _compared = [];
    private readonly HashSet<ObjectId8> _changedChunks = [];
    private readonly Dictionary<ObjectId8, ObjectId12> _updated = [];
    private readonly Dictionary<ObjectId8, ObjectId12> _created = [];
    private readonly Dictionary<ObjectId8, ObjectId12> _deleted = [];

    private UpstreamChanges(SnapshotView @base, SnapshotView tip) => (Base, Tip) = (@base, tip);

    /// <summary>Where the changes of this side began.</summary>
    public SnapshotView Base { get; }

    /// <summary>Where the branch is now.</summary>
    public SnapshotView Tip { get; }

    /// <summary>Nodes that are elsewhere now, in the order of their former paths, and the commit that moved them.</summary>
    public Dictionary<ObjectId8, ObjectId12> Moved { get; } = [];

    /// <summary>Reads what happened.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="base">The commit before.</param>
    /// <param name="tip">The commit after.</param>
    /// <param name="arrays">The arrays whose chunks will be asked for.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<UpstreamChanges> ReadAsync(
        ZarrRepository repository, SnapshotView @base, SnapshotView tip, IEnumerable<ObjectId8> arrays, CancellationToken cancellationToken)
    {
        var changes = new UpstreamChanges(@base, tip);
        if (!await changes.TryReadLogsAsync(repository, cancellationToken))
        {
            await changes.CompareAsync(arrays, cancellationToken);
        }

        return changes;
    }

    /// <summary>Whether a node's document was changed, and by which commit.</summary>
    public bool IsUpdated(ObjectId8 node, out ObjectId12 commit) => _updated.TryGetValue(node, out commit);

    /// <summary>The commit that made a node which is there now and was not before; the tip if that cannot be told.</summary>
    public ObjectId12 CreatorOf(ObjectId8 node) => _created.TryGetValue(node, out var commit) || Moved.TryGetValue(node, out commit) ? commit : Tip.Id;

    /// <summary>The commit that deleted a node; the tip if that cannot be told.</summary>
    public ObjectId12 DeleterOf(ObjectId8 node) => _deleted.GetValueOrDefault(node, Tip.Id);

    /// <summary>Whether any chunk of an array was written or deleted, and by which commit first.</summary>
    public bool HasChunks(ObjectId8 array, out ObjectId12 commit)
    {
        foreach (var (log, by) in _logs)
        {
            if (log.UpdatedChunks.Any(chunks => chunks.NodeId == array && chunks.Count > 0))
            {
                commit = by;
                return true;
            }
        }

        commit = Tip.Id;
        return _changedChunks.Contains(array);
    }

    /// <summary>The chunks among those given that were written or deleted, with the newest commit that did it.</summary>
    public IEnumerable<(uint[] Coordinates, ObjectId12 Commit)> ChangedAmong(ObjectId8 array, IEnumerable<uint[]> coordinates)
    {
        var logs = _logs.AsEnumerable().Reverse().SelectMany(l => l.Log.UpdatedChunks.Where(c => c.NodeId == array).Select(c => (Chunks: c, l.Commit))).ToList();
        var isCompared = _compared.TryGetValue(array, out var states);
        foreach (var chunk in coordinates)
        {
            if (logs.Find(l => l.Chunks.Contains(chunk)) is { Chunks.Count: > 0 } found)
            {
                yield return (chunk, found.Commit);
            }
            else if (isCompared && !IsSame(states.Base, states.Tip, chunk))
            {
                yield return (chunk, Tip.Id);
            }
        }
    }

    private static bool IsSame(ArrayChunks before, ArrayChunks after, uint[] chunk) =>
        before.TryFind(chunk, out var old) ? after.TryFind(chunk, out var now) && old.Source.IsSameAs(now.Source) : !after.TryFind(chunk, out _);

    private async Task<bool> TryReadLogsAsync(ZarrRepository repository, CancellationToken cancellationToken)
    {
        var references = await repository.ReferencesAsync(cancellationToken);
        if (!references.Contains(Tip.Id))
        {
            return false;
        }

        var commits = new List<(ObjectId12 Log, ObjectId12 Commit)>();
        var isFound = false;
        foreach (var commit in references.AncestryWithPruned(Tip.Id))
        {
            if (commit.Log == Base.Id)
            {
                isFound = true;
                break;
            }

            commits.Add(commit);
        }

        for (var i = commits.Count - 1; isFound && i >= 0; i--)
        {
            if (await repository.TransactionLogAsync(commits[i].Log, cancellationToken) is not { } log)
            {
                _logs.Clear();
                return false;
            }

            _logs.Add((log, commits[i].Commit));
        }

        foreach (var (log, commit) in _logs)
        {
            Note(_updated, log.UpdatedArrays.Concat(log.UpdatedGroups), commit);
            Note(_created, log.NewArrays.Concat(log.NewGroups), commit);
            Note(_deleted, log.DeletedArrays.Concat(log.DeletedGroups), commit);
            Note(Moved, log.MovedNodes.Select(move => move.Node), commit);
        }

        return isFound;
    }

    private static void Note(Dictionary<ObjectId8, ObjectId12> nodes, IEnumerable<ObjectId8> ids, ObjectId12 commit)
    {
        foreach (var id in ids)
        {
            nodes[id] = commit;
        }
    }

    private async Task CompareAsync(IEnumerable<ObjectId8> arrays, CancellationToken cancellationToken)
    {
        foreach (var node in Base.Nodes)
        {
            if (Tip.FindNode(node.Id) is not { } now)
            {
                continue;
            }

            if (!now.Document.Span.SequenceEqual(node.Document.Span))
            {
                _updated[node.Id] = Tip.Id;
            }

            if (now.Path != node.Path)
            {
                Moved[node.Id] = Tip.Id;
            }

            if (!HasSameManifests(node, now))
            {
                _changedChunks.Add(node.Id);
            }
        }

        foreach (var id in arrays.Where(_changedChunks.Contains))
        {
            _compared[id] = (await Base.ChunksAsync(Base.FindNode(id)!, cancellationToken), await Tip.ChunksAsync(Tip.FindNode(id)!, cancellationToken));
        }
    }

    private static bool HasSameManifests(Node before, Node after) => before.Manifests.Count == after.Manifests.Count
        && before.Manifests.Zip(after.Manifests).All(pair => pair.First.Manifest == pair.Second.Manifest && pair.First.Extents.SequenceEqual(pair.Second.Extents));
}
