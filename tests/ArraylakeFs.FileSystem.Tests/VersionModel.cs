using System.Globalization;
using System.Text.Json.Nodes;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>A node of the model: <see cref="Id"/> stays the same when it is moved.</summary>
internal sealed record ModelNode(string Id, string Document, SortedDictionary<string, string> Chunks)
{
    public bool IsArray => Length is not null;

    public int? Length => (int?)JsonNode.Parse(Document)!["shape"]?[0];

    public bool IsSame(ModelNode other) => Document == other.Document && Chunks.SequenceEqual(other.Chunks);

    public ModelNode Copy() => this with { Chunks = new(Chunks) };
}

/// <summary>A hierarchy of the model: nodes by path, the root's is empty.</summary>
internal sealed class ModelVersion() : SortedDictionary<string, ModelNode>(StringComparer.Ordinal)
{
    public ModelVersion Copy()
    {
        var copy = new ModelVersion();
        foreach (var (path, node) in this)
        {
            copy.Add(path, node.Copy());
        }

        return copy;
    }

    /// <summary>As files of a Zarr directory.</summary>
    public SortedDictionary<string, string> Files()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (path, node) in this)
        {
            string prefix = path.Length == 0 ? "" : path + "/";
            files.Add(prefix + "zarr.json", node.Document);
            foreach (var (key, text) in node.Chunks)
            {
                files.Add($"{prefix}c/{key}", text);
            }
        }

        return files;
    }

    public string? PathOf(string id) => this.FirstOrDefault(node => node.Value.Id == id) is { Value: not null } found ? found.Key : null;

    public IEnumerable<string> Groups => this.Where(node => !node.Value.IsArray).Select(node => node.Key);

    public IEnumerable<string> Arrays => this.Where(node => node.Value.IsArray).Select(node => node.Key);

    /// <summary>The paths at and below one.</summary>
    public List<string> Subtree(string path) => [.. Keys.Where(key => key == path || key.StartsWith(path + "/", StringComparison.Ordinal))];

    public void Delete(string path) => Subtree(path).ForEach(key => Remove(key));

    public void Move(string from, string to)
    {
        foreach (string path in Subtree(from))
        {
            var node = this[path];
            Remove(path);
            Add(to + path[from.Length..], node);
        }
    }

    public static string Parent(string path) => path.LastIndexOf('/') is var slash && slash > 0 ? path[..slash] : "";

    public static string Join(string parent, string name) => parent.Length == 0 ? name : $"{parent}/{name}";
}

/// <summary>What a merge of two sides has to be: worked out node by node and key by key, from the three states alone.</summary>
internal static class ModelMerge
{
    /// <summary>The merged version; null where both sides changed one thing, or the result would be no hierarchy.</summary>
    public static ModelVersion? Of(ModelVersion @base, ModelVersion ours, ModelVersion theirs)
    {
        var merged = new ModelVersion();
        foreach (string id in @base.Values.Concat(ours.Values).Concat(theirs.Values).Select(node => node.Id).Distinct())
        {
            var (b, o, t) = (Find(@base, id), Find(ours, id), Find(theirs, id));
            if (o is null && b is not null)
            {
                if (t is { } changed && !IsSame(changed, b.Value))
                {
                    return null; // deleted here, changed there
                }
            }
            else if (t is null && b is not null)
            {
                if (!IsSame(o!.Value, b.Value) && !IsMovedAlong(b.Value, o.Value, @base, ours))
                {
                    return null; // changed here, deleted there
                }
            }
            else if (Merge(b, o, t) is not { } node || PathOf(id, @base, ours, theirs) is not { } path || !merged.TryAdd(path, node))
            {
                return null;
            }
        }

        return merged.Keys.All(path => path.Length == 0 || (merged.TryGetValue(ModelVersion.Parent(path), out var above) && !above.IsArray)) ? merged : null;
    }

    /// <summary>The ids of the nodes that differ between two versions, in whatever way.</summary>
    public static HashSet<string> Changed(ModelVersion before, ModelVersion after) =>
    [
        .. before.Values.Concat(after.Values).Select(node => node.Id).Distinct()
            .Where(id => (Find(before, id), Find(after, id)) is var (old, now) && (old is null || now is null || !IsSame(old.Value, now.Value))),
    ];

    private static bool IsSame((string Path, ModelNode Node) a, (string Path, ModelNode Node) b) => a.Path == b.Path && a.Node.IsSame(b.Node);

    /// <summary>Whether all that happened to a node is that its group was moved.</summary>
    private static bool IsMovedAlong((string Path, ModelNode Node) before, (string Path, ModelNode Node) now, ModelVersion @base, ModelVersion ours) =>
        now.Node.IsSame(before.Node) && Name(now.Path) == Name(before.Path) && now.Path.Length > 0
        && ours[ModelVersion.Parent(now.Path)].Id == @base[ModelVersion.Parent(before.Path)].Id;

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static (string Path, ModelNode Node)? Find(ModelVersion version, string id) =>
        version.PathOf(id) is { } path ? (path, version[path]) : null;

    private static string? PathOf(string id, ModelVersion @base, ModelVersion ours, ModelVersion theirs)
    {
        string? b = @base.PathOf(id), o = ours.PathOf(id), t = theirs.PathOf(id);
        if (b is null)
        {
            // What they made stays with the group that they made it in.
            return o ?? (t!.Length == 0 ? t : PathOf(theirs[ModelVersion.Parent(t)].Id, @base, ours, theirs) is { } above
                ? ModelVersion.Join(above, t[(t.LastIndexOf('/') + 1)..]) : null);
        }

        return o == b ? t : t == b ? o : null;
    }

    private static ModelNode? Merge((string Path, ModelNode Node)? b, (string Path, ModelNode Node)? o, (string Path, ModelNode Node)? t)
    {
        if (b is null)
        {
            return (o ?? t)!.Value.Node;
        }

        if (Pick(b.Value.Node.Document, o!.Value.Node.Document, t!.Value.Node.Document, out string? document) is false)
        {
            return null;
        }

        var chunks = new SortedDictionary<string, string>();
        foreach (string key in o.Value.Node.Chunks.Keys.Union(t.Value.Node.Chunks.Keys))
        {
            if (!Pick(b.Value.Node.Chunks.GetValueOrDefault(key), o.Value.Node.Chunks.GetValueOrDefault(key), t.Value.Node.Chunks.GetValueOrDefault(key), out string? text))
            {
                return null;
            }

            if (text is not null)
            {
                chunks.Add(key, text);
            }
        }

        var merged = new ModelNode(b.Value.Node.Id, document!, chunks);
        return chunks.Keys.All(key => int.Parse(key, CultureInfo.InvariantCulture) < merged.Length) ? merged : null;
    }

    private static bool Pick(string? b, string? o, string? t, out string? picked)
    {
        picked = o == b ? t : o;
        return o == b || t == b;
    }
}
