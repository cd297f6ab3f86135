using System.Text.Json;

namespace ArraylakeFs.TestHarness;

/// <summary>A repository as the official client sees it.</summary>
/// <param name="SpecVersion">The major version of its format.</param>
/// <param name="Branches">Commit ids by branch.</param>
/// <param name="Tags">Commit ids by tag.</param>
/// <param name="Commits">Every commit that a branch or tag reaches, by id.</param>
public sealed record OfficialRepository(
    int SpecVersion,
    IReadOnlyDictionary<string, string> Branches,
    IReadOnlyDictionary<string, string> Tags,
    IReadOnlyDictionary<string, OfficialCommit> Commits);

/// <summary>One commit.</summary>
/// <param name="Parent">The commit before it; null for the first.</param>
/// <param name="Message">Its message.</param>
/// <param name="Metadata">Its metadata.</param>
/// <param name="Changes">What its transaction log says; null for the first.</param>
/// <param name="Nodes">Its nodes by path, <c>/</c> for the root group.</param>
public sealed record OfficialCommit(
    string? Parent, string Message, JsonElement Metadata, OfficialChanges? Changes, IReadOnlyDictionary<string, OfficialNode> Nodes);

/// <summary>What one commit changed: paths, and the coordinates of chunks by the path of their array.</summary>
public sealed record OfficialChanges(
    IReadOnlyList<string> NewGroups,
    IReadOnlyList<string> NewArrays,
    IReadOnlyList<string> DeletedGroups,
    IReadOnlyList<string> DeletedArrays,
    IReadOnlyList<string> UpdatedGroups,
    IReadOnlyList<string> UpdatedArrays,
    IReadOnlyDictionary<string, uint[][]> UpdatedChunks,
    IReadOnlyList<OfficialMove> MovedNodes);

/// <summary>A node that was moved.</summary>
public sealed record OfficialMove(string From, string To);

/// <summary>One node of a commit.</summary>
/// <param name="Id">Its node id.</param>
/// <param name="Kind"><c>group</c> or <c>array</c>.</param>
/// <param name="Document">The bytes of its <c>zarr.json</c>, in base64.</param>
/// <param name="Chunks">Its chunks by coordinates, <c>0/1</c>; empty text for the chunk of a 0-dimensional array.</param>
public sealed record OfficialNode(string Id, string Kind, string Document, IReadOnlyDictionary<string, OfficialChunk> Chunks)
{
    /// <summary>The bytes of its <c>zarr.json</c>.</summary>
    public byte[] DocumentBytes => Convert.FromBase64String(Document);
}

/// <summary>One chunk.</summary>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Sha256">The SHA-256 of its bytes, in lower-case hexadecimal digits; null for a virtual chunk that cannot be read.</param>
public sealed record OfficialChunk(long Size, string? Sha256);
