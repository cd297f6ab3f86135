using System.Diagnostics.CodeAnalysis;

namespace ArraylakeFs.Repository;

/// <summary>
/// <c>file://</c> URLs of this machine, which every local virtual chunk and every allowed prefix is: an absolute path, percent-encoded.
/// </summary>
internal static class FileUrl
{
    /// <summary>What such a URL begins with.</summary>
    public const string Scheme = "file://";

    private const string LocalHost = "localhost";

    /// <summary>
    /// The path of a URL, decoded once. It is absolute, and none of its parts is empty, <c>.</c> or <c>..</c>; a slash may end it. Otherwise
    /// false, and why.
    /// </summary>
    public static bool TryParse(string url, [NotNullWhen(true)] out string? path, [NotNullWhen(false)] out string? problem)
    {
        path = null;
        var place = url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? url[Scheme.Length..] : "";
        place = place.StartsWith(LocalHost + "/", StringComparison.OrdinalIgnoreCase) ? place[LocalHost.Length..] : place;
        if (!place.StartsWith('/'))
        {
            problem = "it is no file:/// URL with an absolute path on this machine";
            return false;
        }

        if (place.AsSpan().ContainsAny('?', '#'))
        {
            problem = "a '?' in it must be written %3F, a '#' %23";
            return false;
        }

        // Decoded first: %2e%2e and %2f are what they stand for.
        var decoded = Uri.UnescapeDataString(place);
        if (decoded.Contains('\0', StringComparison.Ordinal))
        {
            problem = "no path holds a NUL byte";
            return false;
        }

        var parts = decoded[1..].Split('/');
        if (parts.Any(part => part is "." or "..") || parts.SkipLast(1).Contains(""))
        {
            problem = "none of its parts may be empty, '.' or '..'";
            return false;
        }

        (path, problem) = (decoded, null);
        return true;
    }

    /// <summary>The URL of an absolute path. Safe to show and to type, whatever characters the path has.</summary>
    public static string Of(string path) => Scheme + string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
