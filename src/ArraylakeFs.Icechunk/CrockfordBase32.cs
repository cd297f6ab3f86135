using System.Diagnostics;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// Crockford base32 as Icechunk uses it: most significant bit first, zero bits appended on the right, upper case, no padding.
/// Decoding accepts lower case and ignores the value of the appended bits, as the official client does.
/// </summary>
internal static class CrockfordBase32
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static readonly sbyte[] Values = MakeValues();

    /// <summary>Characters that <paramref name="byteCount"/> bytes need.</summary>
    internal static int TextLength(int byteCount) => (byteCount * 8 + 4) / 5;

    /// <summary>Encodes <paramref name="bytes"/> into exactly <see cref="TextLength"/> characters.</summary>
    internal static void Encode(ReadOnlySpan<byte> bytes, Span<char> text)
    {
        Debug.Assert(text.Length == TextLength(bytes.Length));
        uint pending = 0;
        var pendingBits = 0;
        var at = 0;
        foreach (var b in bytes)
        {
            pending = (pending << 8) | b;
            pendingBits += 8;
            while (pendingBits >= 5)
            {
                pendingBits -= 5;
                text[at++] = Alphabet[(int)(pending >> pendingBits) & 31];
            }
        }
        if (pendingBits > 0)
        {
            text[at] = Alphabet[(int)(pending << (5 - pendingBits)) & 31];
        }
    }

    /// <summary>Decodes into <paramref name="bytes"/>; false when the length or a character is wrong.</summary>
    internal static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (text.Length != TextLength(bytes.Length))
        {
            return false;
        }
        uint pending = 0;
        var pendingBits = 0;
        var at = 0;
        foreach (var c in text)
        {
            if (c >= Values.Length || Values[c] < 0)
            {
                return false;
            }
            pending = (pending << 5) | (byte)Values[c];
            pendingBits += 5;
            if (pendingBits >= 8)
            {
                pendingBits -= 8;
                bytes[at++] = (byte)(pending >> pendingBits);
            }
        }
        return true;
    }

    private static sbyte[] MakeValues()
    {
        var values = new sbyte[128];
        Array.Fill(values, (sbyte)-1);
        for (var i = 0; i < Alphabet.Length; i++)
        {
            values[Alphabet[i]] = (sbyte)i;
            values[char.ToLowerInvariant(Alphabet[i])] = (sbyte)i;
        }
        return values;
    }
}
