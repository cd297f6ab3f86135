using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// A YAML document as JSON, as serde reads it: a tag names the variant of an enum (<c>!s3 {…}</c> is <c>{"s3": {…}}</c>). Aliases are
/// refused, for with them a small file unfolds to an enormous value.
/// </summary>
internal static class YamlValue
{
    /// <summary>Reads the first document; null for an empty one.</summary>
    /// <exception cref="IcechunkFormatException">It is no YAML, or beyond <see cref="Limits"/>.</exception>
    internal static JsonNode? Read(string fileName, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var parser = new Parser(new StringReader(StrictUtf8.GetString(bytes.Span)));
            parser.Consume<StreamStart>();
            return parser.Accept<StreamEnd>(out _) || parser.Consume<DocumentStart>() is null ? null : Value(parser, 0);
        }
        catch (Exception e) when (e is YamlException or FormatException or DecoderFallbackException)
        {
            throw new IcechunkFormatException(fileName, $"it cannot be read as YAML: {e.Message}", inner: e);
        }
    }

    private static JsonNode? Value(IParser parser, int depth)
    {
        if (depth > Limits.MaxValueDepth)
        {
            throw new FormatException($"it is nested deeper than {Limits.MaxValueDepth}");
        }
        switch (parser.Current)
        {
            case Scalar scalar:
                parser.MoveNext();
                return Variant(scalar.Tag, TextOrNumber(scalar));
            case SequenceStart start:
                parser.MoveNext();
                return Variant(start.Tag, Sequence(parser, depth));
            case MappingStart start:
                parser.MoveNext();
                return Variant(start.Tag, Mapping(parser, depth));
            default:
                throw new FormatException("it has an alias");
        }
    }

    private static JsonArray Sequence(IParser parser, int depth)
    {
        var sequence = new JsonArray();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            sequence.Add(Value(parser, depth + 1));
        }
        return sequence;
    }

    private static JsonObject Mapping(IParser parser, int depth)
    {
        var mapping = new JsonObject();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Consume<Scalar>().Value;
            mapping[key] = Value(parser, depth + 1);
        }
        return mapping;
    }

    private static JsonNode? Variant(TagName tag, JsonNode? payload) =>
        !tag.IsEmpty && tag.IsLocal ? new JsonObject { [tag.Value[1..]] = payload } : payload;

    private static JsonValue? TextOrNumber(Scalar scalar)
    {
        if (scalar.Style != ScalarStyle.Plain)
        {
            return JsonValue.Create(scalar.Value);
        }
        return scalar.Value switch
        {
            "" or "~" or "null" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            var text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? JsonValue.Create(number)
                : JsonValue.Create(text),
        };
    }
}
