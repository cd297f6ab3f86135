using System.Text.Json.Nodes;

namespace ArraylakeFs.Icechunk;

/// <summary>One named value of a snapshot's or repository's metadata; the value is kept as the FlexBuffers bytes of the file.</summary>
public readonly record struct MetadataItem(string Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>
    /// The values as a JSON object. A value that cannot be read is an <see cref="IcechunkFormatException"/> for <paramref
    /// name="fileName"/>.
    /// </summary>
    public static JsonObject ToJson(string fileName, IEnumerable<MetadataItem> items)
    {
        var json = new JsonObject();
        foreach (var item in items)
        {
            json[item.Name] = FlexBuffer.Read(fileName, item.Value.Span);
        }
        return json;
    }

    /// <summary>The items to store for <paramref name="json"/>.</summary>
    public static IReadOnlyList<MetadataItem> FromJson(JsonObject json) =>
        json.Select(pair => new MetadataItem(pair.Key, FlexBuffer.Write(pair.Value))).ToArray();
}
