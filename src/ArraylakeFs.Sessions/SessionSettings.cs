using System.Text.Json.Nodes;
using ArraylakeFs.Repository;

namespace ArraylakeFs.Sessions;

/// <summary>How a session is opened.</summary>
/// <param name="Folder">The session's own folder, private to the user: journal, lock, and staged bytes where the repository is not local.</param>
/// <param name="RepositoryName">What the user calls the repository, for messages.</param>
public sealed record SessionSettings(string Folder, string RepositoryName)
{
    /// <summary>The branch to be on; null takes what the session was on, at first <c>main</c>.</summary>
    public string? Branch { get; init; }

    /// <summary>A branch, tag or commit id to look at.</summary>
    public string? Ref { get; init; }

    /// <summary>Refuses all changes.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Who commits; asked for at the first commit, because it can take a while to find out.</summary>
    public Lazy<Author>? Author { get; init; }
}

/// <summary>The author of commits; either part may be missing.</summary>
public sealed record Author(string? Name, string? Email)
{
    /// <summary>What a commit of this author's says of him or her.</summary>
    public JsonObject ToMetadata()
    {
        var metadata = new JsonObject();
        if (Name is not null)
        {
            metadata[CommitInfo.AuthorNameKey] = Name;
        }

        if (Email is not null)
        {
            metadata[CommitInfo.AuthorEmailKey] = Email;
        }

        return metadata;
    }
}

/// <summary>Where a session stands.</summary>
public sealed record SessionState(
    string RepositoryName, string Id, DateTimeOffset StartedAt, string? Branch, Icechunk.ObjectId12 Base, string CheckedOut, string? ReadOnlyReason,
    SessionChanges Changes, Repository.VersionDiff Diff, int CommitsBehind, bool BranchIsGone, IReadOnlyList<Repository.Conflict> Conflicts, bool IsLost,
    IReadOnlyList<LostUpdate> LostUpdates)
{
    /// <summary>The commit that is being made this moment: then there is nothing else to be said of changes. Null if there is none.</summary>
    public CommitProgress? Committing { get; init; }
}
