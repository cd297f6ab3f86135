namespace ArraylakeFs.Sessions;

/// <summary>What a commit of the session has made of its tree: found by comparing the tree with the new snapshot, then carried out at once.</summary>
internal sealed class Absorption(SnapshotTree tree)
{
    /// <summary>The new snapshot.</summary>
    public SnapshotTree Tree => tree;

    /// <summary>Changed names whose node is in the snapshot now.</summary>
    public List<(SessionDirectory Parent, string Name, SessionNode Node, LowerItem Item)> Absorbed { get; } = [];

    /// <summary>Names that were removed and that the snapshot does not have either.</summary>
    public List<(SessionDirectory Parent, string Name)> Gone { get; } = [];

    /// <summary>Unchanged nodes that somebody knows, and what they are now.</summary>
    public Dictionary<SessionNode, LowerItem> Seen { get; } = [];

    /// <summary>What showed through and is no longer in the snapshot, such as a chunk outside a smaller array: it stays, as a name of the session.</summary>
    public HashSet<SessionNode> Left { get; } = [];

    /// <summary>What shows through in a directory from now on.</summary>
    public Dictionary<SessionDirectory, LowerDirectory?> Origins { get; } = [];
}
