using System.Text.Json.Nodes;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// One named value of a snapshot's or repository's metadata; the value is kept as the bytes of the file: FlexBuffers, or MessagePack where
/// the file is of spec version 1.
/// </summary>
public readonly record struct MetadataItem(string Name, ReadOnlyMemory<byte> Value, bool IsMessagePack = false)
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
            json[item.Name] = item.ToJson(fileName);
        }
        return json;
    }

    /// <summary>The items to store for <paramref name="json"/>.</summary>
    public static IReadOnlyList<MetadataItem> FromJson(JsonObject json) =>
        json.Select(pair => new MetadataItem(pair.Key, FlexBuffer.Write(pair.Value))).ToArray();

    /// <summary>The value as a file of spec version 2 holds it.</summary>
    internal ReadOnlyMemory<byte> ToFlexBuffer() => IsMessagePack ? FlexBuffer.Write(ToJson(Name)) : Value;

    private JsonNode? ToJson(string fileName) =>
        IsMessagePack ? MessagePackValue.Read(fileName, Value) : FlexBuffer.Read(fileName, Value.Span);
}
