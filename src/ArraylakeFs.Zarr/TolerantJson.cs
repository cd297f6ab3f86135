using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace ArraylakeFs.Zarr;

/// <summary>
/// JSON as Zarr tools write it. zarr-python and nczarr write bare <c>NaN</c> and infinities; nczarr rewrites a document in place and
/// leaves the end of a longer old one behind it.
/// </summary>
internal static class TolerantJson
{
    private static readonly SearchValues<byte> _bareTokenStarts = SearchValues.Create("NI"u8);

    /// <summary>
    /// What stands for a bare token: a string of the same characters, in a spelling that no tool writes, so that the token is found again.
    /// </summary>
    private static readonly (string Token, string Text)[] _spellings =
        [("NaN", "\"\\u004eaN\""), ("-Infinity", "\"\\u002dInfinity\""), ("Infinity", "\"\\u0049nfinity\"")];

    /// <summary>Parses the first complete JSON value of <paramref name="utf8"/> and ignores what follows it.</summary>
    /// <exception cref="ZarrFormatException">There is none, or it breaks <see cref="Limits"/>.</exception>
    public static JsonElement ParseFirstValue(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > Limits.MaxDocumentBytes)
        {
            throw new ZarrFormatException($"the document has {utf8.Length} bytes, more than the {Limits.MaxDocumentBytes} allowed");
        }

        if (utf8.StartsWith("\uFEFF"u8))
        {
            throw new ZarrFormatException("the document starts with a byte order mark, which JSON forbids");
        }

        var text = QuoteBareTokens(utf8);
        var options = new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = Limits.MaxDocumentDepth };
        var reader = new Utf8JsonReader(text, options);
        JsonElement value;
        try
        {
            value = JsonElement.ParseValue(ref reader);
        }
        catch (JsonException exception)
        {
            throw new ZarrFormatException(Describe(exception, utf8), exception);
        }

        var consumed = text[..(int)reader.BytesConsumed];
        if (!Utf8.IsValid(consumed))
        {
            throw new ZarrFormatException("the document is not valid UTF-8");
        }

        CheckNames(consumed, options);
        return value;
    }

    /// <summary>Where the object that a text begins with ends, if something else than white space follows it; its whole length otherwise.</summary>
    public static int EndOfFirstObject(ReadOnlySpan<byte> utf8)
    {
        var depth = 0;
        for (var position = 0; position < utf8.Length; position++)
        {
            switch (utf8[position])
            {
                case (byte)'"':
                    position = EndOfString(utf8, position) - 1;
                    break;
                case (byte)'{':
                    depth++;
                    break;
                case (byte)'}' when --depth <= 0:
                    return utf8[(position + 1)..].IndexOfAnyExcept(" \t\r\n"u8) < 0 ? utf8.Length : position + 1;
            }
        }

        return utf8.Length;
    }

    /// <summary>The text of a value as it was written, bare tokens too.</summary>
    public static string TextOf(JsonElement value)
    {
        var text = value.GetRawText();
        foreach (var (token, spelling) in _spellings)
        {
            text = text.Replace(spelling, token, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>Whether a value is a bare token: NaN and not "NaN".</summary>
    public static bool IsBareToken(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        var text = value.GetRawText();
        return _spellings.Any(spelling => spelling.Text == text);
    }

    /// <summary>Refuses a member whose name has half of a surrogate pair: looking members up by name would throw.</summary>
    private static void CheckNames(ReadOnlySpan<byte> text, JsonReaderOptions options)
    {
        if (text.IndexOf("\\u"u8) < 0)
        {
            return;
        }

        // Everything between the braces of the first value has a depth of 1 or more.
        var reader = new Utf8JsonReader(text, options);
        reader.Read();
        while (reader.Read() && reader.CurrentDepth > 0)
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                try
                {
                    reader.GetString();
                }
                catch (InvalidOperationException exception)
                {
                    throw new ZarrFormatException("a member's name holds half of a surrogate pair", exception);
                }
            }
        }
    }

    /// <summary>Puts quotes around bare NaN, Infinity and -Infinity outside of strings; returns the input itself where there are none.</summary>
    private static ReadOnlySpan<byte> QuoteBareTokens(ReadOnlySpan<byte> utf8)
    {
        if (!utf8.ContainsAny(_bareTokenStarts))
        {
            return utf8;
        }

        ArrayBufferWriter<byte>? output = null;
        var copied = 0;
        var position = 0;
        while (position < utf8.Length)
        {
            if (utf8[position] == '"')
            {
                position = EndOfString(utf8, position);
                continue;
            }

            var length = BareTokenLength(utf8[position..]);
            if (length == 0)
            {
                position++;
                continue;
            }

            output ??= new ArrayBufferWriter<byte>(utf8.Length + 64);
            output.Write(utf8[copied..position]);
            output.Write(SpellingOf(utf8.Slice(position, length)));
            position += length;
            copied = position;
        }

        if (output is null)
        {
            return utf8;
        }

        output.Write(utf8[copied..]);
        return output.WrittenSpan;
    }

    private static byte[] SpellingOf(ReadOnlySpan<byte> token)
    {
        var text = Encoding.ASCII.GetString(token);
        return Encoding.ASCII.GetBytes(_spellings.First(spelling => spelling.Token == text).Text);
    }

    /// <summary>The position behind the closing quote of a string.</summary>
    public static int EndOfString(ReadOnlySpan<byte> utf8, int openingQuote)
    {
        var position = openingQuote + 1;
        while (true)
        {
            var step = utf8[position..].IndexOfAny((byte)'"', (byte)'\\');
            if (step < 0)
            {
                return utf8.Length;
            }

            position += step;
            if (utf8[position] == '"')
            {
                return position + 1;
            }

            position = Math.Min(position + 2, utf8.Length);
        }
    }

    private static int BareTokenLength(ReadOnlySpan<byte> text)
    {
        var length = text[0] switch
        {
            (byte)'N' when text.StartsWith("NaN"u8) => 3,
            (byte)'I' when text.StartsWith("Infinity"u8) => 8,
            (byte)'-' when text.StartsWith("-Infinity"u8) => 9,
            _ => 0,
        };

        // A bare word in front of a colon would be a member's name, which no tool writes: it stays an error.
        return length > 0 && text[length..].TrimStart(" \t\r\n"u8) is not [(byte)':', ..] ? length : 0;
    }

    private static string Describe(JsonException exception, ReadOnlySpan<byte> utf8)
    {
        if (utf8.Trim(" \t\r\n"u8).IsEmpty)
        {
            return "the document is empty";
        }

        var reason = exception.Message;
        var end = reason.IndexOf(" LineNumber:", StringComparison.Ordinal);
        reason = end < 0 ? reason : reason[..end].TrimEnd('.');
        return $"the document is not JSON: {reason} (line {exception.LineNumber + 1})";
    }
}
