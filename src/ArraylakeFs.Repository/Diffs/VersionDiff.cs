using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>
/// What two versions of a repository do not have in common, node by node, or what a session would commit: both look the same. The snapshots
/// themselves are compared. Transaction logs say it too, but not for any two versions, and not truly after an amended or expired commit.
/// </summary>
/// <param name="Nodes">Every node that differs, in order of the paths.</param>
public sealed record VersionDiff(IReadOnlyList<NodeDiff> Nodes)
{
    /// <summary>
    /// Compares two versions; nothing (null) has no node. With <paramref name="top"/>, a path such as <c>/a/b</c>, only the nodes that are or
    /// were at or below it. Reads manifests that are not the same in both; see <see cref="ChunkComparison"/>.
    /// </summary>
    /// <exception cref="RepositoryException">A manifest is missing or damaged.</exception>
    public static async Task<VersionDiff> BetweenAsync(
        SnapshotView? before, SnapshotView after, string? top, CancellationToken cancellationToken)
    {
        var pairs = new List<NodePair>();
        foreach (var now in after.Nodes)
        {
            var old = before?.FindNode(now.Id) is { } found && found.Kind == now.Kind ? found : null;
            if ((IsAtOrBelow(now.Path, top) || (old is not null && IsAtOrBelow(old.Path, top))) && (old is null || !IsUntouched(old, now)))
            {
                var chunks = now.Kind == NodeKind.Array ? await ChunkComparison.RunAsync(before, old, after, now, cancellationToken) : null;
                pairs.Add(new NodePair(old is null ? null : new(old), new(now), chunks?.Written, chunks?.Deleted));
            }
        }

        var gone = before?.Nodes.Where(old => IsAtOrBelow(old.Path, top) && after.FindNode(old.Id)?.Kind != old.Kind) ?? [];
        pairs.AddRange(gone.Select(old => new NodePair(new(old), null)));
        return new VersionDiff(NodePair.Describe(pairs));
    }

    /// <summary>
    /// What a commit of these changes would do to its base. <paramref name="written"/> are further chunks that are to be written, which do not
    /// stand in the changes because their bytes are not in their places yet.
    /// </summary>
    /// <exception cref="RepositoryException">A manifest is missing or damaged.</exception>
    public static async Task<VersionDiff> OfAsync(
        SnapshotView @base, ChangeSet changes, IEnumerable<(ObjectId8 Array, uint[] Coordinates)> written, CancellationToken cancellationToken) =>
        new(NodePair.Describe(await new ChangeSetPairs(@base, changes, written).ListAsync(cancellationToken)));

    /// <summary>Whether a node is the same in both versions, told without reading manifests.</summary>
    private static bool IsUntouched(Node old, Node now) =>
        old.Path == now.Path && old.Document.Span.SequenceEqual(now.Document.Span) && (now.Kind == NodeKind.Group
            || (old.Shape.SequenceEqual(now.Shape) && old.Manifests.Select(m => m.Manifest).SequenceEqual(now.Manifests.Select(m => m.Manifest))
                && old.Manifests.Zip(now.Manifests).All(pair => pair.First.Extents.SequenceEqual(pair.Second.Extents))));

    private static bool IsAtOrBelow(string path, string? top) =>
        top is null or NodePath.Root || path == top || (path.StartsWith(top, StringComparison.Ordinal) && path[top.Length] == '/');
}
