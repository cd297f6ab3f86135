using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

// Making changes on a newer commit than the one they were made for.
public sealed partial class ZarrRepository
{
    /// <summary>
    /// What keeps changes, made for the commit <paramref name="base"/>, from being made on <paramref name="tip"/>; empty where nothing does.
    /// Only the coordinates of the changed chunks count, not their bytes.
    /// </summary>
    /// <exception cref="RepositoryException">A commit or what it needs cannot be read.</exception>
    public async Task<IReadOnlyList<Conflict>> FindConflictsAsync(
        ObjectId12 @base, ObjectId12 tip, ChangeSet changes, CancellationToken cancellationToken)
    {
        if (@base == tip)
        {
            return [];
        }

        var (before, after) = (await SnapshotAsync(@base, cancellationToken), await SnapshotAsync(tip, cancellationToken));
        var arrays = changes.Chunks.Keys.Concat(changes.Deletions).Where(id => before.FindNode(id) is not null);
        return ConflictFinder.Find(await UpstreamChanges.ReadAsync(this, before, after, arrays, cancellationToken), changes);
    }
}
