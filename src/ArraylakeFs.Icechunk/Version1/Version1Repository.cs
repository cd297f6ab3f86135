namespace ArraylakeFs.Icechunk;

/// <summary>
/// A repository of spec version 1, gathered from its many small files: what <c>repo</c> would say of it. Spec version 1 has no such file.
/// </summary>
/// <param name="Commits">The commits that branches and tags reach, in any order; the parent of each is among them.</param>
/// <param name="Branches">Branches, in any order.</param>
/// <param name="Tags">Tags, in any order.</param>
/// <param name="DeletedTags">Names that no tag may have any more.</param>
/// <param name="Config">As <see cref="Version1Config"/> gives it; null where everything is at its default.</param>
public sealed record Version1Repository(
    IReadOnlyCollection<SnapshotInfo> Commits,
    IReadOnlyCollection<RepoRef> Branches,
    IReadOnlyCollection<RepoRef> Tags,
    IReadOnlyCollection<string> DeletedTags,
    System.Text.Json.Nodes.JsonObject? Config)
{
    /// <summary>
    /// The file <c>repo</c> that makes of it a repository of spec version 2, as the official migration does: all other files stay as
    /// they are. <paramref name="update"/> is its operations log.
    /// </summary>
    public byte[] ToRepo(RepoStatus status, RepoUpdate update) => new RepoInfoWriter
    {
        Previous = null,
        First = [.. Commits.OrderBy(commit => commit.Id)],
        FirstConfig = Config is null ? default : FlexBuffer.Write(Config),
        Branches = [.. Branches.OrderBy(branch => branch.Name, Utf8Order.Instance)],
        Tags = [.. Tags.OrderBy(tag => tag.Name, Utf8Order.Instance)],
        DeletedTags = [.. DeletedTags.Order(Utf8Order.Instance)],
        Updates = [update],
        RepoBeforeUpdates = null,
        Status = status,
    }.Write();
}
