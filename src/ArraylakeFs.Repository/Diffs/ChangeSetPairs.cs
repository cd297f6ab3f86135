using ArraylakeFs.Icechunk;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Repository;

/// <summary>The nodes that a change set changes, before and after.</summary>
internal sealed class ChangeSetPairs(SnapshotView @base, ChangeSet changes, IEnumerable<(ObjectId8 Array, uint[] Coordinates)> written)
{
    private readonly ILookup<ObjectId8, uint[]> _written = written.ToLookup(chunk => chunk.Array, chunk => chunk.Coordinates);

    public async Task<IReadOnlyList<NodePair>> ListAsync(CancellationToken cancellationToken)
    {
        var pairs = new List<NodePair>();
        foreach (var node in changes.NewNodes)
        {
            pairs.Add(new NodePair(null, new NodeVersion(node.Path, node.Kind, node.Document), TallyWritten(node.Id)));
        }

        var created = changes.NewNodes.Select(node => node.Id).ToHashSet();
        var changed = changes.Documents.Keys.Union(changes.Moves.Keys).Union(changes.Chunks.Keys).Union(_written.Select(chunks => chunks.Key));
        foreach (var old in changed.Where(id => !created.Contains(id)).Select(@base.FindNode).OfType<Node>())
        {
            var document = changes.Documents.TryGetValue(old.Id, out var replaced) ? replaced : old.Document;
            var now = new NodeVersion(changes.Moves.GetValueOrDefault(old.Id, old.Path), old.Kind, document);
            pairs.Add(new NodePair(new(old), now, TallyWritten(old.Id), await TallyDeletedAsync(old, now, cancellationToken)));
        }

        pairs.AddRange(changes.Deletions.Select(@base.FindNode).OfType<Node>().Select(old => new NodePair(new(old), null)));
        return pairs;
    }

    private ChunkTally? TallyWritten(ObjectId8 array) => TallyOf(Listed(array, isDeleted: false).Concat(_written[array]));

    private async ValueTask<ChunkTally?> TallyDeletedAsync(Node old, NodeVersion now, CancellationToken cancellationToken)
    {
        var listed = Listed(old.Id, isDeleted: true).ToList();
        var array = now.Array;
        var isCut = array is not null && IsCut(old, array);
        if (listed.Count == 0 && !isCut)
        {
            return null;
        }

        // What lies outside of the new shape goes without being listed.
        var before = await @base.ChunksAsync(old, cancellationToken);
        var outside = isCut ? before.All().Select(chunk => chunk.Coordinates).Where(coordinates => !array!.Contains(coordinates)) : [];
        return TallyOf(listed.Where(coordinates => (array?.Contains(coordinates) ?? true) && before.TryFind(coordinates, out _)).Concat(outside));
    }

    private IEnumerable<uint[]> Listed(ObjectId8 array, bool isDeleted) =>
        changes.Chunks.GetValueOrDefault(array)?.Where(chunk => chunk.Payload is null == isDeleted).Select(chunk => chunk.Coordinates) ?? [];

    private static ChunkTally? TallyOf(IEnumerable<uint[]> chunks)
    {
        ChunkTally? tally = null;
        foreach (var coordinates in chunks)
        {
            tally ??= new ChunkTally(coordinates.Length);
            tally.Add(coordinates);
        }

        return tally;
    }

    /// <summary>Whether a chunk of the old grid may lie outside of the new one.</summary>
    private static bool IsCut(Node old, ArrayMetadata now) =>
        old.Shape.Count != now.Rank || old.Shape.Where((dimension, i) => dimension.ChunkCount > now.Grid.ChunkCounts[i]).Any();
}
