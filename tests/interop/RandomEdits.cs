using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Interop.Tests;

/// <summary>Random changes to a <see cref="ModelTree"/>, of every kind that a commit can hold, with few names so that paths are used again.</summary>
internal sealed class RandomEdits(Random random)
{
    private static readonly string[] _names = ["a", "a-b", "b", "c", "0", "Ozean 🌊"];
    private static readonly Dictionary<string, byte[]> _noChunks = [];
    private int _version;

    /// <summary>Makes some changes; the first call makes the root group.</summary>
    public void Apply(ModelTree tree)
    {
        if (tree.Nodes.Count == 0)
        {
            Add(tree, "/", null, null);
        }

        for (var count = random.Next(1, 12); count > 0; count--)
        {
            Action<ModelTree> edit = random.Next(10) switch
            {
                0 or 1 => AddGroup,
                2 or 3 => AddArray,
                4 => ChangeDocument,
                5 => Resize,
                6 or 7 => WriteChunks,
                8 => DeleteChunk,
                _ => random.Next(2) == 0 ? Move : Delete,
            };
            edit(tree);
        }
    }

    private void AddGroup(ModelTree tree)
    {
        if (NewPath(tree) is { } path)
        {
            Add(tree, path, null, null);
        }
    }

    private void AddArray(ModelTree tree)
    {
        if (NewPath(tree) is { } path)
        {
            var chunkShape = Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(1, 4)).ToArray();
            Add(tree, path, [.. chunkShape.Select(_ => random.Next(10))], chunkShape);
        }
    }

    private void Add(ModelTree tree, string path, int[]? shape, int[]? chunkShape) =>
        tree.Nodes.Add(ObjectId8.New(), new ModelNode(path, ModelTree.Document(shape, chunkShape, _version++), shape, chunkShape, _noChunks));

    private void ChangeDocument(ModelTree tree)
    {
        var (id, node) = Pick(tree, _ => true)!.Value;
        tree.Nodes[id] = node with { Document = ModelTree.Document(node.Shape, node.ChunkShape, _version++) };
    }

    private void Resize(ModelTree tree)
    {
        if (Pick(tree, node => node.Shape is { Length: > 0 }) is not ({ } id, { } node))
        {
            return;
        }

        var shape = node.Shape!.Select(_ => random.Next(12)).ToArray();
        var resized = node with { Shape = shape, Document = ModelTree.Document(shape, node.ChunkShape, _version++) };
        var counts = resized.Counts.ToArray();
        tree.Nodes[id] = resized with
        {
            Chunks = node.Chunks.Where(chunk => chunk.Key.Split('/').Zip(counts).All(pair => int.Parse(pair.First) < pair.Second)).ToDictionary(),
        };
    }

    private void WriteChunks(ModelTree tree)
    {
        if (Pick(tree, node => node.Shape is not null && node.Counts.All(count => count > 0)) is not ({ } id, { } node))
        {
            return;
        }

        var chunks = node.Chunks.ToDictionary();
        for (var writes = random.Next(1, 6); writes > 0; writes--)
        {
            var bytes = new byte[random.Next(3) == 0 ? random.Next(500, 3000) : random.Next(1, 20)];
            random.NextBytes(bytes);
            chunks[string.Join('/', node.Counts.Select(count => random.Next(count)))] = bytes;
        }

        tree.Nodes[id] = node with { Chunks = chunks };
    }

    private void DeleteChunk(ModelTree tree)
    {
        if (Pick(tree, node => node.Chunks.Count > 0) is ({ } id, { } node))
        {
            var chunks = node.Chunks.ToDictionary();
            chunks.Remove(chunks.Keys.ElementAt(random.Next(chunks.Count)));
            tree.Nodes[id] = node with { Chunks = chunks };
        }
    }

    private void Delete(ModelTree tree)
    {
        if (Pick(tree, node => node.Path != "/") is (_, { } top))
        {
            foreach (var id in tree.Nodes.Where(pair => pair.Value.IsAtOrBelow(top.Path)).Select(pair => pair.Key).ToList())
            {
                tree.Nodes.Remove(id);
            }
        }
    }

    private void Move(ModelTree tree)
    {
        if (Pick(tree, node => node.Path != "/") is not (_, { } top) || NewPath(tree) is not { } path
            || path.StartsWith(top.Path + "/", StringComparison.Ordinal))
        {
            return;
        }

        foreach (var (id, node) in tree.Nodes.Where(pair => pair.Value.IsAtOrBelow(top.Path)).ToList())
        {
            tree.Nodes[id] = node with { Path = path + node.Path[top.Path.Length..] };
        }
    }

    /// <summary>A path below a group, at which there is nothing; null if the random choice was taken.</summary>
    private string? NewPath(ModelTree tree)
    {
        var parent = Pick(tree, node => node.Shape is null)!.Value.Node.Path;
        var path = $"{(parent == "/" ? "" : parent)}/{_names[random.Next(_names.Length)]}";
        return tree.Find(path) is null ? path : null;
    }

    private (ObjectId8 Id, ModelNode Node)? Pick(ModelTree tree, Func<ModelNode, bool> condition)
    {
        var candidates = tree.Nodes.Where(pair => condition(pair.Value)).OrderBy(pair => pair.Value.Path, StringComparer.Ordinal).ToList();
        return candidates.Count == 0 ? null : candidates[random.Next(candidates.Count)] is var (id, node) ? (id, node) : null;
    }
}
