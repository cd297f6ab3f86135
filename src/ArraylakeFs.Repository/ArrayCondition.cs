using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ArraylakeFs.Repository;

/// <summary>
/// The conditions by which a repository's configuration chooses arrays (icechunk-format.md 3.3). What is not understood chooses none: a newer
/// client may have written it.
/// </summary>
internal static class ArrayCondition
{
    /// <summary>Whether an array is chosen; <paramref name="refs"/> are the references of the manifest in question, where there is one.</summary>
    public static bool Matches(JsonNode? condition, string path, uint? refs = null) => condition switch
    {
        JsonValue value => TextOf(value) is "any_array" or "true",
        JsonObject { Count: 1 } choice => choice.First() switch
        {
            ("or", JsonArray parts) => parts.Any(part => Matches(part, path, refs)),
            ("and", JsonArray parts) => parts.All(part => Matches(part, path, refs)),
            ("path_matches", JsonObject match) => MatchesText(match["regex"], path),
            ("name_matches", JsonObject match) => MatchesText(match["regex"], NodePath.Name(path)),
            ("num_refs", JsonObject range) => refs is { } count && IsAfter(range["from"], count) && IsBefore(range["to"], count),
            _ => false,
        },
        _ => false,
    };

    /// <summary>Whether a regular expression, which may be anything, is found in a text.</summary>
    public static bool MatchesText(JsonNode? pattern, string text)
    {
        try
        {
            // Like the official client's, this engine takes linear time whatever the pattern.
            return pattern is JsonValue value && TextOf(value) is { } regex
                && Regex.IsMatch(text, regex, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>A text; null for a value of another kind.</summary>
    public static string? TextOf(JsonValue value) => value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static bool IsAfter(JsonNode? bound, uint count) =>
        Bound(bound, long.MinValue) is var (limit, isIncluded) && (count > limit || (isIncluded && count == limit));

    private static bool IsBefore(JsonNode? bound, uint count) =>
        Bound(bound, long.MaxValue) is var (limit, isIncluded) && (count < limit || (isIncluded && count == limit));

    private static (long Limit, bool IsIncluded)? Bound(JsonNode? bound, long unbounded) => bound switch
    {
        JsonValue value when TextOf(value) == "Unbounded" => (unbounded, true),
        JsonObject { Count: 1 } choice when choice.First() is (("Included" or "Excluded") and var kind, JsonValue limit)
            && limit.TryGetValue<long>(out var number) => (number, kind == "Included"),
        _ => null,
    };
}
