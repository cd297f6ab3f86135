using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>What stands in the way when changes are to be made on a newer commit than the one they were made for.</summary>
public enum ConflictKind
{
    /// <summary>Others moved nodes. As for the official client, nothing goes over that by itself.</summary>
    OthersMoved,

    /// <summary>A new or moved node has the path of a node that others made or moved there.</summary>
    PathTaken,

    /// <summary>A new or moved node would stand below an array.</summary>
    BelowArray,

    /// <summary>A new or moved node would stand below a group that others deleted or moved.</summary>
    GroupGone,

    /// <summary>Both changed the document of a node.</summary>
    DocumentChangedTwice,

    /// <summary>A document changed here is that of a node that others deleted.</summary>
    DocumentOfDeletedNode,

    /// <summary>Chunks written here belong to an array that others deleted.</summary>
    ChunksOfDeletedArray,

    /// <summary>Chunks written here belong to an array whose document others changed.</summary>
    ChunksOfChangedArray,

    /// <summary>The same, and the chunks would mean something else under the new document, or lie outside of the array.</summary>
    ChunksOfReshapedArray,

    /// <summary>Both wrote or deleted the same chunks.</summary>
    ChunksChangedTwice,

    /// <summary>A document changed here says other things about chunks than the one that others wrote chunks for.</summary>
    DocumentUnderNewChunks,

    /// <summary>A node deleted here was changed by others, or others made nodes below it.</summary>
    DeletedChangedNode,

    /// <summary>A node moved here was deleted by others.</summary>
    MovedDeletedNode,

    /// <summary>A file that is no part of the hierarchy has the name of a node that others made.</summary>
    NameTaken,
}

/// <summary>One thing that both sides changed.</summary>
/// <param name="Kind">Why the two do not go together.</param>
/// <param name="Path">The node, where the session has it: <c>/</c>, <c>/a/b</c>.</param>
/// <param name="Theirs">The commit of others that did it; the branch's tip where it cannot be told which.</param>
/// <param name="Sentence">What happened, for people; without the path.</param>
public sealed record Conflict(ConflictKind Kind, string Path, ObjectId12 Theirs, string Sentence)
{
    /// <summary>The coordinates of all chunks concerned, in lexicographic order; empty where it is not about chunks.</summary>
    public IReadOnlyList<uint[]> Chunks { get; init; } = [];

    /// <summary>The array that <see cref="Chunks"/> are of.</summary>
    public ObjectId8? Array { get; init; }
}
