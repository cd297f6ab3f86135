using System.Text.Json;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using NodeKind = ArraylakeFs.Zarr.NodeKind;

namespace ArraylakeFs.Interop.Tests;

/// <summary>A node of <see cref="ModelTree"/>. A group has neither shape nor chunks.</summary>
internal sealed record ModelNode(string Path, byte[] Document, int[]? Shape, int[]? ChunkShape, IReadOnlyDictionary<string, byte[]> Chunks)
{
    public NodeKind Kind => Shape is null ? NodeKind.Group : NodeKind.Array;

    /// <summary>Chunks along each dimension.</summary>
    public IEnumerable<int> Counts => Shape!.Zip(ChunkShape!, (length, chunk) => (length + chunk - 1) / chunk);

    public bool IsAtOrBelow(string path) => Path == path || Path.StartsWith(path + "/", StringComparison.Ordinal);
}

/// <summary>A tree in plain dictionaries: what a repository should hold after a commit.</summary>
internal sealed class ModelTree
{
    public ModelTree() => Nodes = [];

    private ModelTree(ModelTree other) => Nodes = new(other.Nodes);

    public Dictionary<ObjectId8, ModelNode> Nodes { get; }

    /// <summary>A copy that later changes do not touch.</summary>
    public ModelTree Copy() => new(this);

    public ModelNode? Find(string path) => Nodes.Values.FirstOrDefault(node => node.Path == path);

    /// <summary>The change set that makes this tree out of <paramref name="before"/>. Stores the chunks that it names.</summary>
    public async Task<ChangeSet> ChangesSinceAsync(ModelTree before, IObjectStore store, Random random)
    {
        var changes = new ChangeSet();
        changes.Deletions.UnionWith(before.Nodes.Keys.Except(Nodes.Keys));
        foreach (var (id, node) in Nodes)
        {
            var old = before.Nodes.GetValueOrDefault(id);
            if (old is null)
            {
                changes.NewNodes.Add(new NewNode(id, node.Path, node.Kind, node.Document));
            }
            else
            {
                AddMoveAndDocument(changes, id, old, node);
            }

            var chunks = new List<ChunkChange>();
            foreach (var key in node.Chunks.Keys.Union(old?.Chunks.Keys ?? []))
            {
                await AddChunkAsync(chunks, key, old, node, store, random);
            }

            if (chunks.Count > 0)
            {
                changes.Chunks.Add(id, chunks);
            }
        }

        return changes;
    }

    private static void AddMoveAndDocument(ChangeSet changes, ObjectId8 id, ModelNode old, ModelNode node)
    {
        if (old.Path != node.Path)
        {
            changes.Moves.Add(id, node.Path);
        }

        if (!old.Document.AsSpan().SequenceEqual(node.Document))
        {
            changes.Documents.Add(id, node.Document);
        }
    }

    private static async Task AddChunkAsync(
        List<ChunkChange> chunks, string key, ModelNode? old, ModelNode node, IObjectStore store, Random random)
    {
        var before = old?.Chunks.GetValueOrDefault(key);
        var after = node.Chunks.GetValueOrDefault(key);
        var coordinates = key.Length == 0 ? [] : key.Split('/').Select(uint.Parse).ToArray();
        if (after is null)
        {
            // A shrunk array loses the chunks outside by itself.
            if (node.Counts.Zip(coordinates).All(pair => pair.Second < pair.First))
            {
                chunks.Add(new ChunkChange(coordinates, null));
            }
        }
        else if (before is null || !before.AsSpan().SequenceEqual(after))
        {
            chunks.Add(new ChunkChange(coordinates, await PayloadAsync(after, store, random)));
        }
    }

    private static async Task<ChunkPayload> PayloadAsync(byte[] bytes, IObjectStore store, Random random)
    {
        if (bytes.Length <= 512 && random.Next(2) == 0)
        {
            return new ChunkPayload.Inline(bytes);
        }

        var id = ObjectId12.New();
        await store.PutAsync(IcechunkPaths.Chunk(id), bytes, default);
        return new ChunkPayload.Native(id, bytes.Length);
    }

    public static byte[] Document(int[]? shape, int[]? chunkShape, int version) => JsonSerializer.SerializeToUtf8Bytes<object>(shape is null
        ? new { zarr_format = 3, node_type = "group", attributes = new { version } }
        : new
        {
            zarr_format = 3,
            node_type = "array",
            shape,
            data_type = "uint8",
            chunk_grid = new { name = "regular", configuration = new { chunk_shape = chunkShape } },
            chunk_key_encoding = new { name = "default" },
            fill_value = 0,
            codecs = new[] { new { name = "bytes" } },
            attributes = new { version },
        });
}
