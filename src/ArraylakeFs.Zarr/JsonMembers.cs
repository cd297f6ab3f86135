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

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = Limits.MaxDocumentDepth + 2 });
        return document.RootElement.Clone();
    }
}
