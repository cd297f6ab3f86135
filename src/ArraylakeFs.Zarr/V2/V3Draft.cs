using System.Text.Json;

namespace ArraylakeFs.Zarr.V2;

/// <summary>What a v3 document is to say, before it has a text.</summary>
/// <param name="Members">Its members, but for the attributes.</param>
/// <param name="Attributes">The attributes; null where there is no such member.</param>
internal sealed record V3Draft(OrderedDictionary<string, JsonElement> Members, OrderedDictionary<string, JsonElement>? Attributes)
{
    private const int ZarrPythonIndent = 2;

    /// <summary>Whether the v2 node that it was made of has a file of attributes.</summary>
    public bool HasFile { get; init; }

    /// <summary>Whether another draft means the same; spellings that only v2 has do not count.</summary>
    public bool SaysTheSame(V3Draft other) => DraftMerge.IsSame(this, other);

    /// <summary>The document, in the manner of zarr-python.</summary>
    public byte[] Write()
    {
        var members = new List<KeyValuePair<string, JsonElement>>(Members);
        if (Attributes is not null)
        {
            var at = members.FindIndex(member => member.Key == "dimension_names");
            members.Insert(at < 0 ? members.Count : at, KeyValuePair.Create("attributes", JsonMembers.ToObject(Attributes)));
        }

        return PythonJson.Document(JsonMembers.ToObject(members), ZarrPythonIndent);
    }
}
