using System.Text.Json.Nodes;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Compares what two tools found in a tree, node by node.</summary>
internal static class ToolComparison
{
    private const string Refusal = "cannot";
    private static readonly string[] _reserved = ["_zarr_v2_", "_NCZARR_"];

    /// <summary>
    /// What differs, in sentences. What a reader cannot do does not count, but has to be as it was told; where it has read the same tree on a
    /// plain directory, it may find that once more.
    /// </summary>
    public static IEnumerable<string> Differences(JsonObject expected, JsonObject found, ToolReader? reader = null, JsonObject? onDisk = null) =>
        found.ContainsKey(Refusal)
            ? [$"nothing can be read: {found[Refusal]}"]
            : expected.Select(node => node.Key).Union(found.Select(node => node.Key)).Order(StringComparer.Ordinal)
                .Where(path => onDisk is null || !IsSame(onDisk[path], found[path], isRefused: reader?.Cannot.ContainsKey(path) is true))
                .Select(path => (onDisk is null ? Limit(path, expected[path], found[path], reader) : null) is { } told
                    ? told.Length == 0 ? null : $"{path}: {told}"
                    : Difference(expected[path], found[path], reader, path))
                .OfType<string>();

    /// <summary>Fails with every sentence.</summary>
    public static void AssertNone(IEnumerable<string> differences)
    {
        var all = string.Join('\n', differences);
        Assert.True(all.Length == 0, all);
    }

    /// <summary>Null where the reader is not limited, empty where its limit is as it was told.</summary>
    private static string? Limit(string path, JsonNode? expected, JsonNode? found, ToolReader? reader)
    {
        if (reader?.Cannot.TryGetValue(path, out var message) is true)
        {
            var said = found is null ? "" : found[Refusal]?.GetValue<string>();
            return said is not null && said.Contains(message, StringComparison.Ordinal) && (said.Length > 0) == (message.Length > 0)
                ? ""
                : $"should be refused with \"{message}\", but there is {found?.ToJsonString() ?? "nothing"}";
        }

        return reader?.Misreads.Contains(path) is not true ? null
            : Difference(expected, found, reader, path) is null ? "should be misread, but is right"
            : "";
    }

    /// <summary>What a tool cannot read it refuses or does not show: that depends on whether there is consolidated metadata.</summary>
    private static bool IsSame(JsonNode? onDisk, JsonNode? found, bool isRefused) =>
        JsonNode.DeepEquals(onDisk, found) || (isRefused && (found is null || found[Refusal] is not null));

    private static string? Difference(JsonNode? expected, JsonNode? found, ToolReader? reader, string path)
    {
        if (expected is null || found is null || found[Refusal] is not null)
        {
            return $"{path}: expected {expected?.ToJsonString() ?? "nothing"}, found {found?.ToJsonString() ?? "nothing"}";
        }

        var members = expected.AsObject().Select(member => member.Key).Union(found.AsObject().Select(member => member.Key))
            .Where(name => !IsAsExpected(expected[name], found[name], reader, name))
            .Select(name => $"{name}: expected {expected[name]?.ToJsonString()}, found {found[name]?.ToJsonString()}")
            .ToList();
        return members.Count == 0 ? null : $"{path}: {string.Join("; ", members)}";
    }

    /// <summary>A tool that has no names for dimensions says nothing about them; others may know them.</summary>
    private static bool IsAsExpected(JsonNode? expected, JsonNode? found, ToolReader? reader, string member) =>
        JsonNode.DeepEquals(expected, reader?.Tree is not null && member == "attributes" ? WithoutReserved(found) : found)
        || (member == "dimensions" && expected is null)
        || (member == "dtype" && reader is not null && expected is not null
            && reader.Types.TryGetValue(expected.GetValue<string>(), out var shown) && shown == found?.GetValue<string>());

    /// <summary>Seen from the other face, a document has attributes that keep what has no other place there.</summary>
    private static JsonObject? WithoutReserved(JsonNode? attributes) => attributes is null ? null : new JsonObject(
        attributes.AsObject()
            .Where(attribute => !_reserved.Any(prefix => attribute.Key.StartsWith(prefix, StringComparison.Ordinal)))
            .Select(attribute => KeyValuePair.Create(attribute.Key, attribute.Value?.DeepClone())));
}
