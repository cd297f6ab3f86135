using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Interop.Tests;

/// <summary>
/// All of a repository as lines of text, once as we read it and once as the official client does: equal lines are the same nodes,
/// documents, chunks and history.
/// </summary>
internal static class RepositoryView
{
    private const string Virtual = "virtual";

    /// <summary>As our own code reads it, from a store that knows nothing yet. Virtual chunks are told of with their size only.</summary>
    public static async Task<IReadOnlyList<string>> OursAsync(string folder, params IEnumerable<string> more)
    {
        await using var store = new LocalObjectStore(folder);
        await using var repository = await ZarrRepository.OpenAsync(store, default);
        var references = await repository.ReferencesAsync(default);
        var lines = new List<string>();
        var commits = new Dictionary<string, CommitInfo>();
        foreach (var (kind, reference) in references.Branches.Select(b => ("branch", b)).Concat(references.Tags.Select(t => ("tag", t))))
        {
            lines.Add($"{kind} {reference.Name} {reference.Snapshot}");
            foreach (var commit in references.Ancestry(reference.Snapshot))
            {
                commits[commit.Id.ToString()] = commit;
            }
        }

        foreach (var id in more)
        {
            Assert.True(references.TryGetCommit(Icechunk.ObjectId12.Parse(id), out var commit));
            commits[id] = commit;
        }

        foreach (var commit in commits.Values)
        {
            lines.Add($"commit {commit.Id} parent {commit.Parent} {Canonical(commit.Metadata)} {commit.Message}");
            var snapshot = await repository.SnapshotAsync(commit.Id, default);
            foreach (var node in snapshot.Nodes)
            {
                lines.Add(NodeLine($"{commit.Id}", node.Path, $"{node.Id}", node.Kind.ToString(), node.Document.Span));
                if (node.Kind == Zarr.NodeKind.Array)
                {
                    await AddChunksAsync(lines, repository, snapshot, node);
                }
            }
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    /// <summary>As the official client reads it, whatever bytes it got for the chunks that we call virtual.</summary>
    public static IReadOnlyList<string> Official(OfficialRepository repository, IReadOnlySet<string> virtualChunks)
    {
        var lines = new List<string>();
        lines.AddRange(repository.Branches.Select(branch => $"branch {branch.Key} {branch.Value}"));
        lines.AddRange(repository.Tags.Select(tag => $"tag {tag.Key} {tag.Value}"));
        foreach (var (id, commit) in repository.Commits)
        {
            lines.Add($"commit {id} parent {commit.Parent} {Canonical(JsonObject.Create(commit.Metadata))} {commit.Message}");
            foreach (var (path, node) in commit.Nodes)
            {
                lines.Add(NodeLine(id, path, node.Id, node.Kind, node.DocumentBytes));
                lines.AddRange(node.Chunks.Select(chunk => ChunkLine(id, path, chunk.Key, chunk.Value.Size, Virtual)
                    is var line && virtualChunks.Contains(line) ? line : ChunkLine(id, path, chunk.Key, chunk.Value.Size, chunk.Value.Sha256)));
            }
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    /// <summary>Compares both and returns what the official client saw.</summary>
    public static async Task<OfficialRepository> AssertBothAgreeAsync(string folder)
    {
        var official = OfficialClient.Dump(folder);
        await AssertAgreesAsync(folder, official);
        return official;
    }

    /// <summary>Compares ours with what the official client saw, which may be more commits than branches and tags reach.</summary>
    public static async Task AssertAgreesAsync(string folder, OfficialRepository official, params IEnumerable<string> more)
    {
        var ours = await OursAsync(folder, more);
        var theirs = Official(official, ours.Where(line => line.EndsWith(" " + Virtual, StringComparison.Ordinal)).ToHashSet());
        Assert.True(
            theirs.SequenceEqual(ours),
            $"only the official client sees:\n{string.Join('\n', theirs.Except(ours))}\nonly we see:\n{string.Join('\n', ours.Except(theirs))}");
    }

    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static async Task AddChunksAsync(List<string> lines, ZarrRepository repository, SnapshotView snapshot, Node array)
    {
        var chunks = await snapshot.ChunksAsync(array, default);
        foreach (var (coordinates, chunk) in chunks.All())
        {
            if (chunk.Kind == Icechunk.ChunkKind.Virtual)
            {
                lines.Add(ChunkLine($"{snapshot.Id}", array.Path, string.Join('/', coordinates), chunk.Length, Virtual));
                Assert.NotNull(chunk.Location);
                continue;
            }

            var bytes = new byte[chunk.Length];
            Assert.Equal(bytes.Length, await repository.ReadChunkAsync(chunk, 0, bytes, default));
            lines.Add(ChunkLine($"{snapshot.Id}", array.Path, string.Join('/', coordinates), bytes.Length, Sha256(bytes)));
            Assert.True(chunks.TryFind(coordinates, out var found) && found.Length == chunk.Length);
        }
    }

    private static string NodeLine(string commit, string path, string id, string kind, ReadOnlySpan<byte> document) =>
        $"node {commit} {path} {id} {kind.ToLowerInvariant()} {Sha256(document)}";

    private static string ChunkLine(string commit, string path, string coordinates, long size, string? sha256) =>
        $"chunk {commit} {path} {coordinates} {size} {sha256}";

    private static string Canonical(JsonObject? metadata) => string.Join(
        ',', (metadata ?? []).OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => $"{item.Key}={Text(item.Value)}"));

    private static string Text(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject members => "{" + Canonical(members) + "}",
        JsonArray elements => "[" + string.Join(',', elements.Select(Text)) + "]",
        _ => value.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }),
    };
}
