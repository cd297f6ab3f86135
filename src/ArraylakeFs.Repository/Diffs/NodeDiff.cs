namespace ArraylakeFs.Repository;

/// <summary>What happened to a node between two versions.</summary>
public enum NodeDiffKind
{
    /// <summary>It was not there before.</summary>
    Created,

    /// <summary>It is gone.</summary>
    Deleted,

    /// <summary>It was moved by itself: not merely along with the group above it. It may have changed as well.</summary>
    Moved,

    /// <summary>Its document or chunks changed.</summary>
    Modified,
}

/// <summary>
/// The difference of one node between two versions. A node is known by its id: one that was deleted and made anew at the same path is two
/// nodes, one deleted and one created.
/// </summary>
/// <param name="Path">Where it is; where it was, if it is gone.</param>
/// <param name="Change">What happened.</param>
/// <param name="Kind">Group or array.</param>
public sealed record NodeDiff(string Path, NodeDiffKind Change, NodeKind Kind)
{
    /// <summary>Where it was, if it is elsewhere now: also where it only moved along with a group.</summary>
    public string? OldPath { get; init; }

    /// <summary>Nodes that moved along below a moved group. They are told of only if they changed as well.</summary>
    public int NodesBelow { get; init; }

    /// <summary>How its document differs; null if it does not, and for a node created or deleted.</summary>
    public DocumentDiff? Document { get; init; }

    /// <summary>Chunks that are new or have other bytes; null if there are none.</summary>
    public TouchedChunks? Written { get; init; }

    /// <summary>Chunks that are gone; null if there are none, and for a deleted node, with which all of them went.</summary>
    public TouchedChunks? Deleted { get; init; }

    /// <summary>The append that the difference is; null if it is none.</summary>
    public ArrayAppend? Append { get; init; }
}
