namespace ArraylakeFs.Sessions;

/// <summary>What a commit of the session has made of its tree: found by comparing the tree with the new snapshot, then carried out at once.</summary>
/// <param name="tree">The new snapshot.</param>
/// <param name="former">The one below until now, where the new one is that and the changes of the session; null where more may be another.</param>
internal sealed class Absorption(SnapshotTree tree, SnapshotTree? former)
{
    /// <summary>The new snapshot.</summary>
    public SnapshotTree Tree => tree;

    /// <summary>Changed names whose node is in the snapshot now.</summary>
    public List<(SessionDirectory Parent, string Name, SessionNode Node, LowerItem Item)> Absorbed { get; } = [];

    /// <summary>Names that were removed and that the snapshot does not have either.</summary>
    public List<(SessionDirectory Parent, string Name)> Gone { get; } = [];

    /// <summary>The snapshot that has all chunks which the session has not changed, as they are in the new one; null if none does.</summary>
    public SnapshotTree? Former => former;

    /// <summary>Directories whose unchanged chunks need no look: they are objects, and the same in both snapshots.</summary>
    public HashSet<SessionDirectory> Same { get; } = [];

    /// <summary>Unchanged nodes that somebody knows, and what they are now.</summary>
    public Dictionary<SessionNode, LowerItem> Seen { get; } = [];

    /// <summary>What showed through and is no longer in the snapshot, such as a chunk outside a smaller array: it stays, as a name of the session.</summary>
    public HashSet<SessionNode> Left { get; } = [];

    /// <summary>What shows through in a directory from now on.</summary>
    public Dictionary<SessionDirectory, LowerDirectory?> Origins { get; } = [];
}
