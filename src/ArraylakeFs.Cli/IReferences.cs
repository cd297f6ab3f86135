namespace ArraylakeFs.Cli;

/// <summary>The branches of a repository, or its tags.</summary>
internal enum ReferenceKind
{
    Branch,
    Tag,
}

/// <summary>
/// The branches, or the tags, that a verb works on. A version is a branch, tag or commit id; without one it is the commit that the mount
/// shows, or the tip of <c>main</c>.
/// </summary>
internal interface IReferences : IAsyncDisposable
{
    /// <summary>Those that there are, with their commits.</summary>
    Task<IReadOnlyList<(string Name, string Commit)>> ListAsync();

    Task CreateAsync(string name, string? version);

    Task DeleteAsync(string name);

    /// <summary>Sets a branch, which is there, to another commit.</summary>
    Task ResetAsync(string branch, string version);
}
