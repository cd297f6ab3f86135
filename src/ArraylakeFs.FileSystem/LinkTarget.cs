using ArraylakeFs.FileSystem.Inodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem;

/// <summary>
/// What a symbolic link that somebody makes in <c>branches/</c> or <c>tags/</c> points to: <c>../commits/ID</c>, <c>../branches/NAME</c>,
/// <c>../tags/NAME</c>, the same as absolute paths, a name beside the link, or a branch, tag or commit id by name alone.
/// </summary>
internal static class LinkTarget
{
    private const string Commits = "commits";

    /// <summary>The commit. ENOENT where nothing is there, EINVAL for what leads elsewhere.</summary>
    /// <param name="target">The link's text.</param>
    /// <param name="directory">The directory of the link.</param>
    /// <param name="references">What there is.</param>
    /// <param name="mountpoint">Where the mount is, if that is known.</param>
    public static ObjectId12 Resolve(string target, string directory, References references, string? mountpoint)
    {
        string[] steps = [.. target.Split('/').Where(step => step is not ("" or "."))];
        string[] way = target.StartsWith('/') ? (mountpoint is not null && BelowOf(steps, mountpoint) is { } below ? below : throw Elsewhere(target))
            : steps is ["..", .. var rest] ? rest : [directory, .. steps];
        return way switch
        {
            [Commits, var id] => ObjectId12.TryParse(id, out var commit) && references.Contains(commit) ? commit : throw Missing("commit", id),
            [BranchesInode.Name, var name] when Decoded(references.Branches, name, references.TryGetBranch) is { } tip => tip,
            [TagsInode.Name, var name] when Decoded(references.Tags, name, references.TryGetTag) is { } tagged => tagged,
            [BranchesInode.Name or TagsInode.Name, var name] when steps is [_] => Session.Resolve(references, name).Snapshot,
            [BranchesInode.Name, var name] => throw Missing("branch", name),
            [TagsInode.Name, var name] => throw Missing("tag", name),
            _ => throw Elsewhere(target),
        };
    }

    private delegate bool TryGet(string name, out ObjectId12 commit);

    private static ObjectId12? Decoded(IReadOnlyList<Reference> known, string name, TryGet tryGet) =>
        ReferenceName.NameOf(known, name) is { } decoded && tryGet(decoded, out var commit) ? commit : null;

    private static string[]? BelowOf(string[] steps, string mountpoint)
    {
        string[] place = mountpoint.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return steps.AsSpan().StartsWith(place) ? steps[place.Length..] : null;
    }

    private static SessionException Missing(string what, string name) => new(Errno.NoEntry, $"there is no {what} '{name}'");

    private static SessionException Elsewhere(string target) => new(Errno.Invalid,
        $"'{target}' is no commit of this mount: a branch or tag is a link to ../commits/ID, ../branches/NAME or ../tags/NAME");
}
