using System.Text.Json;
using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Repository;

/// <summary>
/// Finds what keeps changes from being made on a newer commit. The rules are those of the official client (icechunk-format.md 7.2), and
/// stricter where that would lose or orphan a node: see docs/decisions/015-rebase.md.
/// </summary>
internal sealed class ConflictFinder
{
    private readonly UpstreamChanges _upstream;
    private readonly ChangeSet _changes;
    private readonly MergedTree _merged;
    private readonly List<Conflict> _conflicts = [];

    private ConflictFinder(UpstreamChanges upstream, ChangeSet changes)
    {
        (_upstream, _changes) = (upstream, changes);
        _merged = new MergedTree(upstream, changes);
    }

    private SnapshotView Base => _upstream.Base;

    private SnapshotView Tip => _upstream.Tip;

    /// <summary>All conflicts, in the order of their paths.</summary>
    public static IReadOnlyList<Conflict> Find(UpstreamChanges upstream, ChangeSet changes)
    {
        if (changes.IsEmpty)
        {
            return [];
        }

        var finder = new ConflictFinder(upstream, changes);
        finder.FindMoves();
        finder.FindStructure();
        finder.FindNewBelowDeleted();
        finder.FindDocuments();
        finder.FindChunks();
        finder.FindDeletions();
        return [.. finder._conflicts.OrderBy(conflict => conflict.Path, StringComparer.Ordinal).ThenBy(conflict => conflict.Kind)];
    }

    private void Add(ConflictKind kind, string path, ObjectId12 theirs, string sentence, ObjectId8? array = null, uint[][]? chunks = null) =>
        _conflicts.Add(new Conflict(kind, path, theirs, sentence) { Array = array, Chunks = chunks ?? [] });

    private void FindMoves()
    {
        foreach (var (id, commit) in _upstream.Moved)
        {
            if (Base.FindNode(id) is not { } before || (ParentIn(Base, before) is { } above && _upstream.Moved.ContainsKey(above.Id)))
            {
                continue; // made and moved by them, or told of with the group above
            }

            var now = Tip.FindNode(id);
            Add(ConflictKind.OthersMoved, before.Path, commit, now is null ? "was moved, and then deleted" : $"was moved to {now.Path}");
        }

        foreach (var (id, path) in _changes.Moves)
        {
            // What only went along with its group is not what was moved: the group goes without it.
            if (Tip.FindNode(id) is null && !IsMovedAlong(Base.FindNode(id)!, path))
            {
                Add(ConflictKind.MovedDeletedNode, path, _upstream.DeleterOf(id), $"was {Base.FindNode(id)!.Path}, which was deleted");
            }
        }
    }

    private bool IsMovedAlong(Node node, string path) => ParentIn(Base, node) is { } above
        && _changes.Moves.TryGetValue(above.Id, out var aboveNow) && path == $"{aboveNow}/{NodePath.Name(node.Path)}";

    private void FindStructure()
    {
        foreach (var (ours, theirs) in _merged.Collisions)
        {
            var what = Base.FindNode(theirs.Id) is null ? "made" : "moved here";
            Add(ConflictKind.PathTaken, ours.Path, _upstream.CreatorOf(theirs.Id), $"another {theirs.Kind.ToString().ToLowerInvariant()} was {what}");
        }

        foreach (var node in _merged.Nodes.Values)
        {
            var above = _merged.KindAbove(node.Path);
            if (node.Path == NodePath.Root || above == Icechunk.NodeKind.Group || IsAsInTip(node, above))
            {
                continue;
            }

            var parent = NodePath.Parent(node.Path);
            if (node.IsOurs)
            {
                var theirs = _merged.Nodes.TryGetValue(parent, out var array) ? _upstream.CreatorOf(array.Id)
                    : Base.FindNode(parent) is { } gone ? _upstream.DeleterOf(gone.Id) : Tip.Id;
                Add(above is null ? ConflictKind.GroupGone : ConflictKind.BelowArray, node.Path, theirs,
                    above is null ? $"the group {parent} above it was deleted" : $"an array was made at {parent} above it");
            }
            else if (above is not null)
            {
                Add(ConflictKind.BelowArray, parent, _upstream.CreatorOf(node.Id), $"{node.Path} was made, which would be below this array");
            }
            else if (ParentIn(Tip, Tip.FindNode(node.Id)!) is not { } former || !_changes.Deletions.Contains(former.Id))
            {
                Add(ConflictKind.GroupGone, node.Path, _upstream.CreatorOf(node.Id), $"it was made or moved below {parent}, where no group would be");
            }
        }
    }

    private void FindNewBelowDeleted()
    {
        foreach (var node in Tip.Nodes.Where(node => Base.FindNode(node.Id) is null))
        {
            if (ParentIn(Tip, node) is { } above && _changes.Deletions.Contains(above.Id))
            {
                Add(ConflictKind.DeletedChangedNode, Base.FindNode(above.Id)!.Path, _upstream.CreatorOf(node.Id), $"{node.Path} was made below it, and it is deleted here");
            }
        }
    }

    /// <summary>What others have committed and nothing here makes worse is not for this rebase to judge.</summary>
    private bool IsAsInTip(in MergedNode node, Icechunk.NodeKind? above) =>
        !node.IsOurs && Tip.FindNode(node.Id) is { } now && now.Path == node.Path && ParentIn(Tip, now)?.Data.Kind == above;

    private void FindDocuments()
    {
        foreach (var (id, document) in _changes.Documents)
        {
            var node = Base.FindNode(id)!;
            var path = _changes.Moves.GetValueOrDefault(id, node.Path);
            if (Tip.FindNode(id) is null)
            {
                Add(ConflictKind.DocumentOfDeletedNode, path, _upstream.DeleterOf(id), "was deleted, and its document is changed here");
            }
            else if (_upstream.IsUpdated(id, out var commit))
            {
                Add(ConflictKind.DocumentChangedTwice, path, commit, "its document was changed, and is changed here too");
            }
            else if (node.Kind == NodeKind.Array && _upstream.HasChunks(id, out commit) && !IsCompatible(node.Document.Span, document.Span))
            {
                Add(ConflictKind.DocumentUnderNewChunks, path, commit, "chunks were written, and the document that is changed here does not go with them");
            }
        }
    }

    private void FindChunks()
    {
        foreach (var (id, chunks) in _changes.Chunks)
        {
            if (Base.FindNode(id) is not { } node || chunks.Count == 0)
            {
                continue;
            }

            var path = _changes.Moves.GetValueOrDefault(id, node.Path);
            uint[][] all = [.. chunks.Select(chunk => chunk.Coordinates).Order(Comparer<uint[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)))];
            if (Tip.FindNode(id) is null)
            {
                Add(ConflictKind.ChunksOfDeletedArray, path, _upstream.DeleterOf(id), "was deleted, and chunks of it are written here", id, all);
            }
            else if (_upstream.IsUpdated(id, out var updater))
            {
                var kind = IsCompatible(node.Document.Span, Tip.FindNode(id)!.Document.Span) ? ConflictKind.ChunksOfChangedArray : ConflictKind.ChunksOfReshapedArray;
                Add(kind, path, updater, "its document was changed, and chunks of it are written here", id, all);
            }
            else
            {
                foreach (var twice in _upstream.ChangedAmong(id, all).GroupBy(chunk => chunk.Commit))
                {
                    uint[][] both = [.. twice.Select(chunk => chunk.Coordinates)];
                    Add(ConflictKind.ChunksChangedTwice, path, twice.Key, $"{both.Length} chunk(s) were written, and are written here too", id, both);
                }
            }
        }
    }

    private void FindDeletions()
    {
        foreach (var id in _changes.Deletions)
        {
            if (Tip.FindNode(id) is null)
            {
                continue;
            }

            var path = Base.FindNode(id)!.Path;
            if (_upstream.IsUpdated(id, out var commit))
            {
                Add(ConflictKind.DeletedChangedNode, path, commit, "its document was changed, and it is deleted here");
            }
            else if (_upstream.HasChunks(id, out commit))
            {
                Add(ConflictKind.DeletedChangedNode, path, commit, "chunks of it were written, and it is deleted here");
            }
        }
    }

    private static Node? ParentIn(SnapshotView view, Node node) => node.Path == NodePath.Root ? null : view.FindNode(NodePath.Parent(node.Path));

    /// <summary>Whether chunks written for one document mean the same under the other: the array may grow and may be described otherwise.</summary>
    private static bool IsCompatible(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        if (!NodeDocument.TryParse(before, out var old, out _, DocumentRules.Stored) || !NodeDocument.TryParse(after, out var now, out _, DocumentRules.Stored)
            || old.Array is not { } was || now.Array is not { } becomes || was.Rank != becomes.Rank)
        {
            return false;
        }

        return was.Grid.ChunkCounts.Zip(becomes.Grid.ChunkCounts).All(counts => counts.First <= counts.Second)
            && JsonNode.DeepEquals(WithoutDescription(old.Root), WithoutDescription(now.Root));
    }

    private static JsonObject WithoutDescription(JsonElement document)
    {
        var rest = JsonObject.Create(document)!;
        foreach (var name in (ReadOnlySpan<string>)["shape", "attributes", "dimension_names"])
        {
            rest.Remove(name);
        }

        return (JsonObject)rest.DeepClone();
    }
}
