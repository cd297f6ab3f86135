using System.Text.Json;

namespace ArraylakeFs.Zarr;

/// <summary>Text out of untrusted JSON values.</summary>
internal static class JsonText
{
    private const int MaxExcerpt = 80;

    /// <summary>The string that <paramref name="value"/> is; null if it is none, or if it holds half a surrogate pair.</summary>
    public static string? StringOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The JSON text of a value, shortened for a message.</summary>
    public static string Excerpt(JsonElement value)
    {
        var text = TolerantJson.TextOf(value);
        return text.Length <= MaxExcerpt ? text : string.Concat(text.AsSpan(0, MaxExcerpt), "…");
    }
}
