using System.Text.Json.Nodes;
using ArraylakeFs.Sessions;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.FileSystem.Reports;

/// <summary>The files below <c>info/</c>: one node's facts, as the tutorial's <c>.info</c>.</summary>
public static class InfoText
{
    private const string StoreType = "arraylakefs (Icechunk)";

    /// <summary>The table of a node.</summary>
    public static string Text(NodeFacts facts, bool readOnly) => ArrayInfo.ToText(Rows(facts, readOnly));

    /// <summary>The same for programs: an object with the table's rows.</summary>
    public static string Json(NodeFacts facts, bool readOnly) =>
        JsonText.Of(new JsonObject(Rows(facts, readOnly).Select(row => KeyValuePair.Create(row.Key, (JsonNode?)row.Value))));

    private static IReadOnlyList<KeyValuePair<string, string>> Rows(NodeFacts facts, bool readOnly) => facts.Node.Array is { } array
        ? ArrayInfo.Describe(facts.Node.Path, array, readOnly, StoreType, (ulong)facts.StoredBytes, (ulong)facts.Chunks)
        : ArrayInfo.DescribeGroup(
            facts.Node.Path, readOnly, StoreType,
            [.. facts.Children.Where(c => c.Kind == NodeKind.Group).Select(c => c.Name)],
            [.. facts.Children.Where(c => c.Kind == NodeKind.Array).Select(c => c.Name)]);
}
