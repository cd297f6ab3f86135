using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace ArraylakeFs.Zarr;

/// <summary>
/// Whether two JSON values say the same, whoever wrote them: the order of members, blanks, escapes and the spelling of a number
/// (<c>1e2</c>, <c>100.0</c>) do not count. Whole numbers and others differ (1 is not 1.0), as do NaN and "NaN".
/// </summary>
internal static class JsonMeaning
{
    private const int MaxDigits = 4096;

    public static bool Same(JsonElement a, JsonElement b)
    {
        if (a.ValueKind != b.ValueKind)
        {
            return false;
        }

        return a.ValueKind switch
        {
            JsonValueKind.String => SameText(a, b),
            JsonValueKind.Number => SameNumber(a.GetRawText(), b.GetRawText()),
            JsonValueKind.Array => a.GetArrayLength() == b.GetArrayLength()
                && a.EnumerateArray().Zip(b.EnumerateArray()).All(pair => Same(pair.First, pair.Second)),
            JsonValueKind.Object => Same(JsonMembers.Of(a), JsonMembers.Of(b)),
            _ => true,
        };
    }

    /// <summary>Whether two objects have the same members.</summary>
    public static bool Same(OrderedDictionary<string, JsonElement> a, OrderedDictionary<string, JsonElement> b) =>
        a.Count == b.Count && a.All(member => b.TryGetValue(member.Key, out var other) && Same(member.Value, other));

    /// <summary>As <see cref="Same(JsonElement, JsonElement)"/>, where the spelling of a number counts too.</summary>
    public static bool SameSpelling(JsonElement a, JsonElement b) =>
        a.ValueKind == b.ValueKind && PythonJson.Text(a, indent: 0, sorted: true) == PythonJson.Text(b, indent: 0, sorted: true);

    private static bool SameText(JsonElement a, JsonElement b)
    {
        if (TolerantJson.IsBareToken(a) != TolerantJson.IsBareToken(b))
        {
            return false;
        }

        var (first, second) = (JsonText.StringOf(a), JsonText.StringOf(b));
        return first is null || second is null ? a.GetRawText() == b.GetRawText() : first == second;
    }

    private static bool SameNumber(string a, string b)
    {
        if (a == b)
        {
            return true;
        }

        var isWhole = IsWhole(a);
        if (isWhole != IsWhole(b) || a.Length > MaxDigits || b.Length > MaxDigits)
        {
            return false;
        }

        if (isWhole)
        {
            return BigInteger.Parse(a, CultureInfo.InvariantCulture) == BigInteger.Parse(b, CultureInfo.InvariantCulture);
        }

        var (first, second) = (double.Parse(a, CultureInfo.InvariantCulture), double.Parse(b, CultureInfo.InvariantCulture));
        return double.IsFinite(first) && BitConverter.DoubleToInt64Bits(first) == BitConverter.DoubleToInt64Bits(second);
    }

    private static bool IsWhole(string number) => number.AsSpan().IndexOfAny('.', 'e', 'E') < 0;
}
