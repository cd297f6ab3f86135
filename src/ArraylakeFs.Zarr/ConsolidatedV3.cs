using System.Text.Json;

namespace ArraylakeFs.Zarr;

/// <summary>
/// The member <c>consolidated_metadata</c> of a group's <c>zarr.json</c>: copies of the documents of all nodes below it, which readers trust
/// more than the documents themselves.
/// </summary>
public static class ConsolidatedV3
{
    /// <summary>The member's name.</summary>
    public const string Member = "consolidated_metadata";

    /// <summary>Whether a document has such a member, and it is not null. A document that cannot be read has none.</summary>
    public static bool IsIn(ReadOnlySpan<byte> document) => Read(document) is { ValueKind: not JsonValueKind.Null };

    /// <summary>The document without the member, if it has it; every other byte is as it was.</summary>
    public static byte[] Without(ReadOnlySpan<byte> document)
    {
        if (Read(document) is null)
        {
            return document.ToArray();
        }

        var text = JsonObjectText.OfDocument(document);
        text.Remove(Member);
        return text.ToUtf8();
    }

    /// <summary>
    /// Whether the member says the same as the nodes: it has each of them and no other, and each document says the same (<see cref="NodeMeaning"/>).
    /// The copies' own consolidated metadata does not count. False where there is none.
    /// </summary>
    /// <param name="document">The bytes of the group's <c>zarr.json</c>.</param>
    /// <param name="nodes">All nodes below the group by their paths relative to it, <c>a</c>, <c>a/b</c>, with the bytes of their <c>zarr.json</c>.</param>
    public static bool SaysTheSame(ReadOnlySpan<byte> document, IEnumerable<(string Path, ReadOnlyMemory<byte> Document)> nodes)
    {
        if (Read(document) is not { ValueKind: JsonValueKind.Object } member
            || !member.TryGetProperty("metadata", out var metadata) || metadata.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        var copies = JsonMembers.Of(metadata);
        foreach (var (path, bytes) in nodes)
        {
            if (!copies.Remove(path, out var copy) || !Same(copy, bytes.Span))
            {
                return false;
            }
        }

        return copies.Count == 0;
    }

    private static bool Same(JsonElement copy, ReadOnlySpan<byte> document)
    {
        JsonElement root;
        try
        {
            root = TolerantJson.ParseFirstValue(document);
        }
        catch (ZarrFormatException)
        {
            return false;
        }

        return root.ValueKind == JsonValueKind.Object && copy.ValueKind == JsonValueKind.Object && NodeMeaning.Same(copy, root);
    }

    private static JsonElement? Read(ReadOnlySpan<byte> document)
    {
        if (document.IndexOf("consolidated_metadata"u8) < 0)
        {
            return null;
        }

        try
        {
            return TolerantJson.ParseFirstValue(document) is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(Member, out var member)
                ? member
                : null;
        }
        catch (ZarrFormatException)
        {
            return null;
        }
    }
}
