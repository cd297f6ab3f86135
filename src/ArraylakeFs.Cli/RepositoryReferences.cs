using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Cli;

/// <summary>The branches or tags of a repository that is opened directly.</summary>
internal sealed class RepositoryReferences(ZarrRepository repository, ReferenceKind kind) : IReferences
{
    public async Task<IReadOnlyList<(string Name, string Commit)>> ListAsync()
    {
        var references = await repository.ReferencesAsync(default);
        return [.. (kind == ReferenceKind.Branch ? references.Branches : references.Tags).Select(r => (r.Name, r.Snapshot.ToString()))];
    }

    public async Task CreateAsync(string name, string? version)
    {
        var commit = await CommitAsync(version ?? "main");
        await (kind == ReferenceKind.Branch ? repository.CreateBranchAsync(name, commit, default) : repository.CreateTagAsync(name, commit, default));
    }

    public Task DeleteAsync(string name) =>
        kind == ReferenceKind.Branch ? repository.DeleteBranchAsync(name, null, default) : repository.DeleteTagAsync(name, default);

    public async Task ResetAsync(string branch, string version) =>
        await repository.ResetBranchAsync(branch, await CommitAsync(version), null, default);

    public ValueTask DisposeAsync() => repository.DisposeAsync();

    private async Task<ObjectId12> CommitAsync(string version)
    {
        var references = await repository.ReferencesAsync(default);
        return Session.Resolve(references, version).Snapshot;
    }
}
