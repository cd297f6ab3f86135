using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ArraylakeFs.Zarr;

/// <summary>
/// Writes JSON as Python's json module does for the Zarr tools: everything beyond ASCII escaped, bare NaN and infinities, one item a line
/// where it is indented. Numbers keep the text that they have.
/// </summary>
internal static class PythonJson
{
    /// <summary>The text of a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="indent">Blanks per level; 0 for a single line.</param>
    /// <param name="sorted">Whether members are sorted by name, as zarr-python 2 does.</param>
    /// <param name="depth">The level that the value itself stands on.</param>
    public static string Text(JsonElement value, int indent, bool sorted = false, int depth = 0)
    {
        var text = new StringBuilder();
        Append(text, value, indent, sorted, depth);
        return text.ToString();
    }

    /// <summary>The bytes of a document.</summary>
    public static byte[] Document(JsonElement value, int indent, bool sorted = false) => Encoding.UTF8.GetBytes(Text(value, indent, sorted));

    /// <summary>The text of a value as it stands in its document, in the spelling for bare tokens that <see cref="TolerantJson"/> reads.</summary>
    public static string RawText(JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? "null" : value.GetRawText();

    /// <summary>A string with its quotes.</summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder("\"", value.Length + 2);
        foreach (var character in value)
        {
            _ = character switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\f' => text.Append("\\f"),
                '\b' => text.Append("\\b"),
                >= ' ' and <= '~' => text.Append(character),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
            };
        }

        return text.Append('"').ToString();
    }

    /// <summary>A number as Python writes a float: the shortest digits that give it back, <c>1e+20</c>, <c>0.0001</c>, <c>NaN</c>.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
        }

        var sign = double.IsNegative(value) ? "-" : "";
        var shortest = Math.Abs(value).ToString("E16", CultureInfo.InvariantCulture);
        for (var precision = 0; precision < 16; precision++)
        {
            var shorter = Math.Abs(value).ToString($"E{precision}", CultureInfo.InvariantCulture);
            if (double.Parse(shorter, CultureInfo.InvariantCulture) == Math.Abs(value))
            {
                shortest = shorter;
                break;
            }
        }

        var at = shortest.IndexOf('E', StringComparison.Ordinal);
        var digits = shortest[..at].Replace(".", "", StringComparison.Ordinal);
        var exponent = int.Parse(shortest.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent is < -4 or >= 16)
        {
            var point = digits.Length > 1 ? "." : "";
            return string.Create(
                CultureInfo.InvariantCulture, $"{sign}{digits[0]}{point}{digits[1..]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        return exponent < 0 ? $"{sign}0.{new string('0', -exponent - 1)}{digits}"
            : digits.Length <= exponent + 1 ? $"{sign}{digits.PadRight(exponent + 1, '0')}.0"
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    private static void Append(StringBuilder text, JsonElement value, int indent, bool sorted, int depth)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                IEnumerable<KeyValuePair<string, JsonElement>> members = JsonMembers.Of(value);
                Append(text, '{', '}', sorted ? members.OrderBy(member => member.Key, _byCodePoint) : members, indent, depth, member =>
                {
                    text.Append(Quote(member.Key)).Append(": ");
                    Append(text, member.Value, indent, sorted, depth + 1);
                });
                break;
            case JsonValueKind.Array:
                Append(text, '[', ']', value.EnumerateArray(), indent, depth, item => Append(text, item, indent, sorted, depth + 1));
                break;
            case JsonValueKind.String when !TolerantJson.IsBareToken(value) && JsonText.StringOf(value) is { } characters:
                text.Append(Quote(characters));
                break;
            case JsonValueKind.Undefined:
                text.Append("null");
                break;
            default:
                text.Append(TolerantJson.TextOf(value));
                break;
        }
    }

    private static void Append<T>(StringBuilder text, char open, char close, IEnumerable<T> items, int indent, int depth, Action<T> append)
    {
        text.Append(open);
        var isFirst = true;
        foreach (var item in items)
        {
            text.Append(isFirst ? "" : indent == 0 ? ", " : ",");
            isFirst = false;
            NewLine(depth + 1);
            append(item);
        }

        if (!isFirst)
        {
            NewLine(depth);
        }

        text.Append(close);

        void NewLine(int level)
        {
            if (indent > 0)
            {
                text.Append('\n').Append(' ', indent * level);
            }
        }
    }

    /// <summary>Python sorts by code points, .NET by UTF-16.</summary>
    private static readonly Comparer<string> _byCodePoint =
        Comparer<string>.Create((a, b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)));
}
