using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Tests;

/// <summary>Random change sets of every kind on a small repository: few names, so that paths are used again, and splits that change.</summary>
internal sealed class RandomHistory(Lake lake, Random random)
{
    private static readonly string[] _names = ["a", "b", "c"];

    /// <summary>The commits made, oldest first.</summary>
    public List<ObjectId12> Commits { get; } = [];

    /// <summary>Commits random changes; gives back what they were, and on what.</summary>
    public async Task<(SnapshotView Base, ChangeSet Changes, SnapshotView After)> CommitAsync()
    {
        var before = await lake.ViewAsync();
        while (true)
        {
            var changes = new ChangeSet();
            for (var edits = random.Next(1, 5); edits > 0; edits--)
            {
                await EditAsync(changes, before);
            }

            if (changes.IsEmpty)
            {
                continue;
            }

            var size = random.Next(0, 4);
            var rules = size == 0 ? "[]" : $$"""[["any_array",[{"condition":{"Axis":{{random.Next(2)}}},"num_chunks":{{size}}},{"condition":"Any","num_chunks":2}]]]""";
            try
            {
                Commits.Add(await lake.CommitSplitAsync(rules, chosen => Copy(changes, chosen)));
            }
            catch (RepositoryException refused) when (refused.Kind == RepositoryErrorKind.Invalid)
            {
                continue; // two nodes at one path, say
            }

            return (before, changes, await lake.ViewAsync());
        }
    }

    private async Task EditAsync(ChangeSet changes, SnapshotView before)
    {
        var node = before.Nodes.Count == 0 ? null : before.Nodes[random.Next(before.Nodes.Count)];
        var edit = random.Next(8);
        if (node is null || edit < 2)
        {
            var group = before.Nodes.Where(candidate => candidate.Kind == NodeKind.Group).OrderBy(_ => random.Next()).FirstOrDefault();
            Create(changes, $"{group?.Path.TrimEnd('/')}/{_names[random.Next(_names.Length)]}");
        }
        else if (edit == 2)
        {
            foreach (var below in before.Nodes.Where(below => IsAtOrBelow(below, node)))
            {
                changes.Deletions.Add(below.Id);
                _ = changes.Documents.Remove(below.Id) | changes.Moves.Remove(below.Id) | changes.Chunks.Remove(below.Id);
            }
        }
        else if (edit == 3)
        {
            Move(changes, before, node);
        }
        else if (!changes.Deletions.Contains(node.Id))
        {
            await ChangeAsync(changes, node, resize: edit == 4);
        }
    }

    private void Create(ChangeSet changes, string path)
    {
        if (random.Next(3) == 0)
        {
            changes.AddGroup(path);
            return;
        }

        int[] shape = [random.Next(1, 8), random.Next(1, 8)];
        var array = changes.AddArray(path, shape, [2, 1]);
        Write(changes, array, shape);
    }

    private void Move(ChangeSet changes, SnapshotView before, Node node)
    {
        var path = $"/{_names[random.Next(_names.Length)]}";
        foreach (var below in before.Nodes.Where(below => IsAtOrBelow(below, node) && !changes.Deletions.Contains(below.Id)))
        {
            changes.Moves[below.Id] = path + below.Path[node.Path.Length..];
        }
    }

    private async Task ChangeAsync(ChangeSet changes, Node node, bool resize)
    {
        if (node.Kind == NodeKind.Group)
        {
            changes.Documents[node.Id] = Documents.Group($$"""{"v":{{random.Next(3)}}}""");
            return;
        }

        int[] shape = [.. node.Array!.Shape.Select(length => (int)length)];
        if (resize)
        {
            shape = [.. shape.Select(length => random.Next(2) == 0 ? length : random.Next(1, 10))];
            changes.Documents[node.Id] = Documents.Array(shape, [2, 1]);
            changes.Chunks.Remove(node.Id);
        }
        else if (changes.Documents.ContainsKey(node.Id))
        {
            return;
        }

        Write(changes, node.Id, shape);
        if (random.Next(2) == 0 && changes.Chunks.TryGetValue(node.Id, out var list))
        {
            list[0] = list[0] with { Payload = await lake.PutChunkAsync($"{random.Next()}") };
        }
    }

    private void Write(ChangeSet changes, ObjectId8 array, int[] shape)
    {
        changes.Chunks.Remove(array);
        var touched = Enumerable.Range(0, random.Next(0, 8)).Select(_ => ((uint)random.Next((shape[0] + 1) / 2), (uint)random.Next(shape[1]))).Distinct();
        foreach (var (y, x) in touched)
        {
            if (random.Next(4) == 0)
            {
                changes.Put(array, null, y, x);
            }
            else
            {
                changes.PutText(array, $"{random.Next()}", y, x);
            }
        }
    }

    private static bool IsAtOrBelow(Node node, Node top) => node.Path == top.Path || node.Path.StartsWith(top.Path.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static void Copy(ChangeSet from, ChangeSet to)
    {
        to.NewNodes.AddRange(from.NewNodes);
        to.Deletions.UnionWith(from.Deletions);
        foreach (var (id, path) in from.Moves)
        {
            to.Moves[id] = path;
        }

        foreach (var (id, document) in from.Documents)
        {
            to.Documents[id] = document;
        }

        foreach (var (id, chunks) in from.Chunks)
        {
            to.Chunks[id] = [.. chunks];
        }
    }
}
