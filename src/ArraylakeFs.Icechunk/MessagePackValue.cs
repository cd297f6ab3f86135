using System.Buffers;
using System.Text.Json.Nodes;
using MessagePack;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// MessagePack, the encoding of metadata values in files of spec version 1, to JSON (icechunk-format.md 3.1). Numbers become what <see
/// cref="FlexBuffer.Read"/> makes of them. Each value takes a byte at least, so that a value unfolds to no more than it has bytes.
/// </summary>
internal static class MessagePackValue
{
    /// <summary>Reads a value; null stands for JSON null.</summary>
    /// <exception cref="IcechunkFormatException">The bytes are no MessagePack, hold what JSON cannot, or are beyond <see cref="Limits"/>.</exception>
    internal static JsonNode? Read(string fileName, ReadOnlyMemory<byte> bytes)
    {
        var reader = new MessagePackReader(bytes);
        var count = 0;
        try
        {
            var value = Value(ref reader, ref count, 0);
            return reader.End ? value : throw new FormatException("bytes follow it");
        }
        // The library lets some mistakes through to the classes below it.
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or FormatException
            or ArgumentException or OverflowException)
        {
            throw new IcechunkFormatException(fileName, $"a metadata value (MessagePack) is corrupt: {e.Message}.", inner: e);
        }
    }

    private static JsonNode? Value(ref MessagePackReader reader, ref int count, int depth)
    {
        if (depth > Limits.MaxValueDepth)
        {
            throw new FormatException($"it is nested deeper than {Limits.MaxValueDepth}");
        }
        if (++count > Limits.MaxValueCount)
        {
            throw new FormatException($"it has more than {Limits.MaxValueCount} values");
        }
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Nil:
                reader.ReadNil();
                return null;
            case MessagePackType.Boolean:
                return JsonValue.Create(reader.ReadBoolean());
            case MessagePackType.Integer:
                return Integer(ref reader);
            case MessagePackType.Float:
                var number = reader.ReadDouble();
                return double.IsFinite(number) ? JsonValue.Create(number) : null;
            case MessagePackType.String:
                return JsonValue.Create(Text(ref reader));
            case MessagePackType.Array:
                return Array(ref reader, ref count, depth);
            case MessagePackType.Map:
                return Map(ref reader, ref count, depth);
            default:
                throw new FormatException($"it holds a value of type {reader.NextMessagePackType}");
        }
    }

    private static JsonValue Integer(ref MessagePackReader reader)
    {
        if (reader.NextCode != MessagePackCode.UInt64)
        {
            return JsonValue.Create(reader.ReadInt64());
        }
        var number = reader.ReadUInt64();
        return number <= long.MaxValue ? JsonValue.Create((long)number) : JsonValue.Create(number);
    }

    private static JsonArray Array(ref MessagePackReader reader, ref int count, int depth)
    {
        var array = new JsonArray();
        for (var left = reader.ReadArrayHeader(); left > 0; left--)
        {
            array.Add(Value(ref reader, ref count, depth + 1));
        }
        return array;
    }

    private static JsonObject Map(ref MessagePackReader reader, ref int count, int depth)
    {
        var map = new JsonObject();
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            var key = reader.NextMessagePackType == MessagePackType.String
                ? Text(ref reader)
                : throw new FormatException("the name of a member is no text");
            map[key] = Value(ref reader, ref count, depth + 1);
        }
        return map;
    }

    private static string Text(ref MessagePackReader reader) => StrictUtf8.GetString(reader.ReadStringSequence()!.Value.ToArray());
}
