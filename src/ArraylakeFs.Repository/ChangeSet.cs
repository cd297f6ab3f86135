using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>What to commit, on which branch.</summary>
/// <param name="Branch">The branch, which must be at <paramref name="Base"/>.</param>
/// <param name="Base">The commit that the changes were made on.</param>
/// <param name="NewSnapshot">The new commit's id, chosen by the caller: a commit repeated under the same id happens once.</param>
/// <param name="Message">The commit message.</param>
/// <param name="Metadata">JSON values by name, such as <see cref="CommitInfo.AuthorNameKey"/>.</param>
/// <param name="Changes">The changes.</param>
public sealed record CommitRequest(string Branch, ObjectId12 Base, ObjectId12 NewSnapshot, string Message, JsonObject Metadata, ChangeSet Changes)
{
    /// <summary>
    /// Whether the new commit takes the place of <see cref="Base"/>: it holds the changes of both, and its parent is that of the base. The base
    /// stays, reachable by its id. The first commit of a repository cannot be replaced.
    /// </summary>
    public bool Amends { get; init; }

    /// <summary>
    /// Ends when the chunk objects are there that the changes name, or fails, and the commit with it. Manifests and the snapshot are written
    /// meanwhile: until <c>repo</c> knows them, they mean nothing.
    /// </summary>
    public Task Placing { get; init; } = Task.CompletedTask;

    /// <summary>Called when everything is written, and the disk is to be waited for.</summary>
    public Action? Flushing { get; init; }
}

/// <summary>The changes of one commit against its base. The caller lists every node concerned: descendants of a moved or deleted group too.</summary>
public sealed class ChangeSet
{
    /// <summary>Nodes that are created.</summary>
    public List<NewNode> NewNodes { get; } = [];

    /// <summary>New <c>zarr.json</c> bytes of nodes that exist. A group stays a group and an array an array.</summary>
    public Dictionary<ObjectId8, ReadOnlyMemory<byte>> Documents { get; } = [];

    /// <summary>New paths of nodes that exist. Nothing else of a moved node changes.</summary>
    public Dictionary<ObjectId8, string> Moves { get; } = [];

    /// <summary>Nodes that are deleted.</summary>
    public HashSet<ObjectId8> Deletions { get; } = [];

    /// <summary>Chunks written or deleted, by array, new or old; in any order, each chunk once.</summary>
    public Dictionary<ObjectId8, List<ChunkChange>> Chunks { get; } = [];

    /// <summary>Whether there is nothing to commit.</summary>
    public bool IsEmpty =>
        NewNodes.Count == 0 && Documents.Count == 0 && Moves.Count == 0 && Deletions.Count == 0 && Chunks.Values.All(changes => changes.Count == 0);
}

/// <summary>A node to create.</summary>
/// <param name="Id">A new random id.</param>
/// <param name="Path">Absolute: <c>/</c>, <c>/a/b</c>.</param>
/// <param name="Kind">Array or group, as the document says.</param>
/// <param name="Document">The bytes of <c>zarr.json</c>, stored exactly.</param>
public sealed record NewNode(ObjectId8 Id, string Path, NodeKind Kind, ReadOnlyMemory<byte> Document);

/// <summary>A chunk that was written, or deleted when <see cref="Payload"/> is null.</summary>
public readonly record struct ChunkChange(uint[] Coordinates, ChunkPayload? Payload);

/// <summary>What a written chunk consists of.</summary>
public abstract record ChunkPayload
{
    private ChunkPayload()
    {
    }

    /// <summary>The object <c>chunks/ID</c> as a whole, which the caller has put (or adopted) before. At least 1 byte.</summary>
    public sealed record Native(ObjectId12 ChunkId, long Length) : ChunkPayload;

    /// <summary>Bytes stored in the manifest, at least 1; for chunks up to <see cref="References.InlineThresholdBytes"/>.</summary>
    public sealed record Inline(ReadOnlyMemory<byte> Data) : ChunkPayload;

    /// <summary>A reference taken over from anywhere in the repository, of any kind.</summary>
    public sealed record Existing(ChunkReference Reference) : ChunkPayload;
}
