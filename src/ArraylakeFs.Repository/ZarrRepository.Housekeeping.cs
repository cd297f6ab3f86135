using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

// What keeps a repository small, and what must not be removed meanwhile.
public sealed partial class ZarrRepository
{
    /// <summary>
    /// For whoever stores chunk objects before the commit that names them, or takes up a commit or chunk that no branch holds: until the result
    /// is disposed, nothing is collected as garbage, and nothing expires. Commits do so themselves. Null where objects are no local files:
    /// there, only their age protects them.
    /// </summary>
    public async ValueTask<IDisposable?> HoldOffHousekeepingAsync(CancellationToken cancellationToken) =>
        Store.Local is { } local ? await local.HoldOffHousekeepingAsync(cancellationToken) : null;

    /// <summary>
    /// Removes the objects, and from the repository's list the commits, that no branch, tag, lost ancestor or session needs; or, in a dry run,
    /// tells which. It can be repeated after any failure.
    /// </summary>
    /// <exception cref="RepositoryException">A file that is needed is missing or damaged (nothing was deleted then), or the repository is read-only.</exception>
    public async Task<GarbageReport> CollectGarbageAsync(GarbageRequest request, CancellationToken cancellationToken)
    {
        await CheckVersion2Async(cancellationToken);
        return await new GarbageCollection(this, request).RunAsync(cancellationToken);
    }

    /// <summary>
    /// Takes old commits out of the histories: later ones get an older parent, and keep the transaction logs in between. Their files stay until
    /// garbage is collected.
    /// </summary>
    /// <exception cref="RepositoryException">ReadOnly; Invalid, where tags are to be deleted and the repository forbids it.</exception>
    public async Task<ExpirationReport> ExpireAsync(ExpirationRequest request, CancellationToken cancellationToken)
    {
        await CheckVersion2Async(cancellationToken);
        using var begun = !request.IsDryRun && Store.Local is { } local ? await local.BeginHousekeepingAsync(cancellationToken) : null;
        IReadOnlySet<ObjectId12> inUse = request.InUse is null ? new HashSet<ObjectId12>() : await request.InUse(cancellationToken);
        var plan = ExpirationPlan.For((await ReferencesAsync(cancellationToken)).Repo, request, inUse);
        if (!request.IsDryRun && !plan.IsEmpty)
        {
            var change = new HousekeepingChange.Expire(request, inUse);
            await UpdateAsync(change, cancellationToken);
            plan = change.Applied ?? plan;
        }

        return new ExpirationReport(plan.Released, plan.Shortened, plan.Branches, plan.Tags);
    }

    /// <summary>A dry run too would promise what cannot be done.</summary>
    private async Task CheckVersion2Async(CancellationToken cancellationToken)
    {
        if (await ReferencesAsync(cancellationToken) is { SpecVersion: IcechunkFile.SpecVersion1 } references)
        {
            throw new RepositoryException(RepositoryErrorKind.ReadOnly, $"The repository is read-only: {references.ReadOnlyReason}");
        }
    }
}
