using ArraylakeFs.Repository;

namespace ArraylakeFs.Sessions;

// What the session changed, said as for any two versions.
public sealed partial class Session
{
    /// <summary>What a commit would change, as a difference from the commit below.</summary>
    public async Task<VersionDiff> DiffAsync(CancellationToken cancellationToken)
    {
        using var frozen = await Tree.FreezeAsync();
        return await DiffOfAsync(await ChangeCollector.CollectAsync(Tree, cancellationToken), cancellationToken);
    }

    private Task<VersionDiff> DiffOfAsync(SessionChanges changes, CancellationToken cancellationToken) =>
        VersionDiff.OfAsync(Tree.Base.Snapshot, changes.Set, changes.Chunks.Select(c => (c.Array, c.Coordinates)), cancellationToken);
}
