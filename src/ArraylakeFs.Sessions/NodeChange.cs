using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;

namespace ArraylakeFs.Sessions;

/// <summary>What happened to a node.</summary>
public enum NodeChangeKind
{
    /// <summary>It is new.</summary>
    Created,
    /// <summary>It is gone.</summary>
    Deleted,
    /// <summary>It has another path.</summary>
    Moved,
    /// <summary>Its document or chunks changed.</summary>
    Modified,
}

/// <summary>The change of one node.</summary>
/// <param name="Path">Where it is; where it was, if it is gone.</param>
/// <param name="Kind">What happened.</param>
/// <param name="IsArray">Whether it is an array, else a group.</param>
/// <param name="OldPath">Where a moved node was; else null.</param>
/// <param name="MetadataChanged">Whether its document is another.</param>
/// <param name="ChunksWritten">Chunks written.</param>
/// <param name="ChunksDeleted">Chunks deleted.</param>
public sealed record NodeChange(
    string Path, NodeChangeKind Kind, bool IsArray, string? OldPath, bool MetadataChanged, int ChunksWritten, int ChunksDeleted)
{
    /// <summary>The changes of a session by node, in order of the paths.</summary>
    internal static IReadOnlyList<NodeChange> Of(SessionChanges changes, SnapshotView before)
    {
        var set = changes.Set;
        var written = changes.Chunks.GroupBy(c => c.Array).ToDictionary(g => g.Key, g => g.Count());
        (int Written, int Deleted) Chunks(ObjectId8 id)
        {
            var list = set.Chunks.GetValueOrDefault(id) ?? [];
            int deleted = list.Count(c => c.Payload is null);
            return (written.GetValueOrDefault(id) + list.Count - deleted, deleted);
        }

        var result = new List<NodeChange>();
        foreach (var node in set.NewNodes)
        {
            var (w, d) = Chunks(node.Id);
            result.Add(new(node.Path, NodeChangeKind.Created, node.Kind == NodeKind.Array, null, false, w, d));
        }

        foreach (var id in set.Deletions)
        {
            var node = before.FindNode(id)!;
            result.Add(new(node.Path, NodeChangeKind.Deleted, node.Kind == NodeKind.Array, null, false, 0, 0));
        }

        var created = set.NewNodes.Select(n => n.Id).ToHashSet();
        foreach (var id in set.Documents.Keys.Concat(set.Moves.Keys).Concat(set.Chunks.Keys).Concat(written.Keys).Distinct())
        {
            if (created.Contains(id))
            {
                continue;
            }

            var node = before.FindNode(id)!;
            bool isMoved = set.Moves.TryGetValue(id, out string? path);
            var (w, d) = Chunks(id);
            result.Add(new(path ?? node.Path, isMoved ? NodeChangeKind.Moved : NodeChangeKind.Modified, node.Kind == NodeKind.Array,
                isMoved ? node.Path : null, set.Documents.ContainsKey(id), w, d));
        }

        return [.. result.OrderBy(c => c.Path, StringComparer.Ordinal)];
    }
}
