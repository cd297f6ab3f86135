using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.V2;

/// <summary>Writes documents in the manner of zarr-python; what is taken over from another document keeps its text.</summary>
internal static class DocumentWriter
{
    /// <summary>A JSON object whose members <paramref name="write"/> writes, indented by <paramref name="indent"/> blanks.</summary>
    public static byte[] Write(int indent, Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions
        {
            Indented = true,
            IndentSize = indent,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            MaxDepth = Limits.MaxDocumentDepth + 2,
        };
        using (var writer = new Utf8JsonWriter(output, options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>A member that was made here.</summary>
    public static void WriteNode(Utf8JsonWriter writer, string name, JsonNode? value)
    {
        writer.WritePropertyName(name);
        if (value is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            value.WriteTo(writer);
        }
    }

    /// <summary>A member of another document as it was written there, bare NaN and infinities too.</summary>
    public static void WriteRaw(Utf8JsonWriter writer, string name, JsonElement value)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(TolerantJson.TextOf(value), skipInputValidation: true);
    }
}
