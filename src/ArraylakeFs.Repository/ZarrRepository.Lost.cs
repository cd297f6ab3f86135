using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

// Official clients on a local directory replace `repo` without looking (icechunk-format.md 4.1), so that a commit can be gone from it although its
// files are there. A commit looks once more by itself; here is what is done when it is found out later.
public sealed partial class ZarrRepository
{
    /// <summary>
    /// Brings a commit back that is no longer in the repository. Where the branch is still at its parent, it is put there again; where others
    /// have gone on, its changes are made on top of theirs, in a new commit. Returns the commit that has them now. Null where they conflict with
    /// what others did: then it is kept without a branch; and where it was removed on purpose, as garbage: then it stays away.
    /// </summary>
    /// <exception cref="RepositoryException">The branch or the commit's parent is not there, or a file of the commit.</exception>
    public async Task<ObjectId12?> RestoreAsync(string branch, ObjectId12 lost, ObjectId12 parent, CancellationToken cancellationToken)
    {
        using var heldOff = await HoldOffHousekeepingAsync(cancellationToken);
        var references = await ReferencesAsync(cancellationToken);
        if (references.Contains(lost))
        {
            return lost;
        }

        bool isKnown = Enumerable.Range(0, references.Repo.UpdateCount).Any(i => references.Repo.UpdateAt(i).NewSnapshot == lost);
        if (isKnown || await Store.StatAsync(IcechunkPaths.Snapshot(lost), cancellationToken) is null)
        {
            return null;
        }

        var (before, after) = (await SnapshotAsync(parent, cancellationToken), await LoadSnapshotAsync(lost));
        if (!references.TryGetBranch(branch, out var tip))
        {
            throw new RepositoryException(RepositoryErrorKind.NotFound, $"There is no branch '{branch}'.");
        }

        _made.TryAdd(lost, true);
        var info = new SnapshotInfo(lost, parent, after.Snapshot.FlushedAt, after.Message, after.Snapshot.Metadata, []);
        if (tip == parent)
        {
            await UpdateAsync(new RepoChange.Commit(branch, info), cancellationToken);
            return lost;
        }

        var changes = await ChangesOfAsync(before, after, cancellationToken);
        if ((await FindConflictsAsync(parent, tip, changes, cancellationToken)).Count > 0)
        {
            await UpdateAsync(new RepoChange.Detached(info), cancellationToken);
            return null;
        }

        var metadata = MetadataItem.ToJson(IcechunkPaths.Snapshot(lost), after.Snapshot.Metadata);
        var request = new CommitRequest(branch, tip, ObjectId12.New(), after.Message, metadata, changes);
        await CommitAsync(request, cancellationToken);
        return request.NewSnapshot;
    }

    /// <summary>What a commit did, to be done again; its chunks are taken over by reference.</summary>
    private async Task<ChangeSet> ChangesOfAsync(SnapshotView before, SnapshotView after, CancellationToken cancellationToken)
    {
        var log = await TransactionLogAsync(after.Id, cancellationToken) ?? throw new RepositoryException(
            RepositoryErrorKind.Corrupt, $"{IcechunkPaths.TransactionLog(after.Id)}: the file is missing.");
        var changes = new ChangeSet();
        changes.Deletions.UnionWith(log.DeletedArrays.Concat(log.DeletedGroups).Where(id => before.FindNode(id) is not null));
        foreach (var id in log.NewArrays.Concat(log.NewGroups))
        {
            var node = after.FindNode(id)!;
            changes.NewNodes.Add(new NewNode(id, node.Path, node.Kind, node.Document));
        }

        foreach (var id in log.UpdatedArrays.Concat(log.UpdatedGroups).Where(id => before.FindNode(id) is not null))
        {
            changes.Documents[id] = after.FindNode(id)!.Document;
        }

        foreach (var move in log.MovedNodes)
        {
            changes.Moves[move.Node] = move.To;
        }

        foreach (var updated in log.UpdatedChunks)
        {
            var chunks = await after.ChunksAsync(after.FindNode(updated.NodeId)!, cancellationToken);
            changes.Chunks[updated.NodeId] =
            [
                .. Enumerable.Range(0, updated.Count).Select(updated.CoordinatesAt)
                    .Select(chunk => new ChunkChange(chunk, chunks.TryFind(chunk, out var reference) ? new ChunkPayload.Existing(reference) : null)),
            ];
        }

        return changes;
    }
}
