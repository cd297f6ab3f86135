using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr;

/// <summary>The members of JSON objects. Of members with one name the last counts, as for every tool.</summary>
internal static class JsonMembers
{
    public static OrderedDictionary<string, JsonElement> Of(JsonElement value)
    {
        var members = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            members[member.Name] = member.Value;
        }

        return members;
    }

    /// <summary>The object with these members.</summary>
    public static JsonElement ToObject(IEnumerable<KeyValuePair<string, JsonElement>> members)
    {
        var text = string.Join(',', members.Select(member => $"{PythonJson.Quote(member.Key)}:{PythonJson.RawText(member.Value)}"));
        return Parse($"{{{text}}}");
    }

    /// <summary>A value that was made here.</summary>
    public static JsonElement ElementOf(JsonNode? value) => Parse(value?.ToJsonString() ?? "null");

    /// <summary>A value that was read, to be put into others.</summary>
    /// <exception cref="ZarrFormatException">A string in it holds half of a surrogate pair, and so is no text.</exception>
    public static JsonNode? NodeOf(JsonElement value)
    {
        var node = JsonNode.Parse(value.GetRawText());
        try
        {
            _ = node?.ToJsonString();
            return node;
        }
        catch (InvalidOperationException exception)
        {
            throw new ZarrFormatException($"{JsonText.Excerpt(value)} holds half of a surrogate pair", exception);
        }
    }

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = Limits.MaxDocumentDepth + 2 });
        return document.RootElement.Clone();
    }
}
