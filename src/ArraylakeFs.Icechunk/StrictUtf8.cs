using System.Text;

namespace ArraylakeFs.Icechunk;

/// <summary>UTF-8 that refuses what it cannot represent, both ways.</summary>
internal static class StrictUtf8
{
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="DecoderFallbackException">No UTF-8.</exception>
    internal static string GetString(ReadOnlySpan<byte> bytes) => Encoding.GetString(bytes);

    /// <exception cref="ArgumentException">The text has half a surrogate pair.</exception>
    internal static byte[] GetBytes(string text) => Encoding.GetBytes(text);
}
