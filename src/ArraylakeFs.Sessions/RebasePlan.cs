using ArraylakeFs.Repository;

namespace ArraylakeFs.Sessions;

/// <summary>What is done where both sides changed something.</summary>
public enum RebasePolicy
{
    /// <summary>Nothing: the rebase is refused and the conflicts are told (ESTALE).</summary>
    Fail,

    /// <summary>What the session has takes the place of what others committed.</summary>
    Ours,

    /// <summary>The session gives up its changes where they conflict, and only there.</summary>
    Theirs,
}

/// <summary>What becomes of the tree of a session when another commit is put below its changes: found out first, then carried out at once.</summary>
internal sealed class RebasePlan
{
    /// <summary>What shows through in a directory from now on.</summary>
    public Dictionary<SessionDirectory, LowerDirectory?> Origins { get; } = [];

    /// <summary>Unchanged nodes that somebody knows and that are there still, and what they are now.</summary>
    public Dictionary<SessionNode, LowerItem> Seen { get; } = [];

    /// <summary>Unchanged nodes that are gone or others now.</summary>
    public HashSet<SessionNode> Lost { get; } = [];

    /// <summary>Names that are gone here, and below too, or that stand for something new below.</summary>
    public List<(SessionDirectory Parent, string Name)> Uncovered { get; } = [];

    /// <summary>Directories of the session that lie over one of others now.</summary>
    public List<(SessionDirectory Directory, LowerItem Item)> Merged { get; } = [];

    /// <summary>Groups that others deleted and the session brings back: those it moved, whole; others with what it has in them.</summary>
    public List<(SessionDirectory Group, LowerDirectory Was, bool IsWhole)> Revived { get; } = [];

    /// <summary>Directories that the session had changed something in, and of which nothing is left.</summary>
    public List<SessionDirectory> Emptied { get; } = [];

    /// <summary>Directories whose node others moved: they go there too.</summary>
    public List<(SessionDirectory Directory, LowerDirectory Place)> Followers { get; } = [];

    /// <summary>Places where others moved what the session has elsewhere: they show nothing.</summary>
    public List<LowerDirectory> Hidden { get; } = [];

    /// <summary>What the session's files and names would hide of what others made.</summary>
    public List<Conflict> Conflicts { get; } = [];
}
