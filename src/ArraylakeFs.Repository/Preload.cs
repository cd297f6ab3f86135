using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>
/// Which manifests the configuration wants in memory before anybody asks (<c>manifest.preload</c>): small ones, of coordinates, which every
/// reader of a data set looks at first. Bounded in references and in arrays looked at.
/// </summary>
internal sealed record Preload(JsonNode Condition, long MaxRefs, long MaxArrays)
{
    private const long DefaultMaxRefs = 10_000;
    private const long DefaultMaxArrays = 50;

    private static JsonNode DefaultCondition { get; } = JsonNode.Parse("""
        {"and": [
            {"or": [
                {"name_matches": {"regex": "^(t|(valid_?)?time|date|year|month|day|hour|step)[0-9]*$"}},
                {"name_matches": {"regex": "^(x|y|z|i|j|[xy]c|[nr]?(lat|lon)(itude)?)[0-9]*$"}},
                {"name_matches": {"regex": "^(lev(el)?|depth|height|altitude|pressure|sigma)[0-9]*$"}}]},
            {"num_refs": {"from": "Unbounded", "to": {"Included": 1000}}}]}
        """)!;

    /// <summary>Reads <c>manifest.preload</c>; what is absent has its default.</summary>
    public static Preload Read(JsonObject? config) => new(
        config?["preload_if"] ?? DefaultCondition,
        NumberOf(config?["max_total_refs"]) ?? DefaultMaxRefs,
        NumberOf(config?["max_arrays_to_scan"]) ?? DefaultMaxArrays);

    /// <summary>The manifests of a snapshot, in the order of its nodes.</summary>
    public IEnumerable<ObjectId12> Choose(SnapshotView view)
    {
        var chosen = new HashSet<ObjectId12>();
        var refs = 0L;
        foreach (var array in view.Nodes.Where(node => node.Kind == NodeKind.Array).Take((int)Math.Min(MaxArrays, int.MaxValue)))
        {
            foreach (var reference in array.Manifests)
            {
                if (!chosen.Contains(reference.Manifest) && view.Snapshot.TryFindManifestFile(reference.Manifest, out var file)
                    && refs + file.ChunkRefCount <= MaxRefs && ArrayCondition.Matches(Condition, array.Path, file.ChunkRefCount))
                {
                    refs += file.ChunkRefCount;
                    chosen.Add(reference.Manifest);
                    yield return reference.Manifest;
                }
            }
        }
    }

    private static long? NumberOf(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<long>(out var number) && number >= 0 ? number : null;
}
