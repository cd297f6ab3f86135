using System.Security.Cryptography;
using System.Text;
using ArraylakeFs.Repository;

namespace ArraylakeFs.Sessions;

/// <summary>
/// Branch and tag names as file names: what no file name can hold, or no command could name, is percent-encoded. No two names have the same
/// file name.
/// </summary>
public static class ReferenceName
{
    private const int KeptBytes = 200;
    private const int HashBytes = 8;

    /// <summary>
    /// <c>feature/x</c> gives <c>feature%2Fx</c>; ordinary names stay as they are. What is too long is cut and told apart by a hash.
    /// </summary>
    public static string Encode(string name)
    {
        if (name is "" or "." or "..")
        {
            return name.Length == 0 ? "%" : name.Replace(".", "%2E", StringComparison.Ordinal);
        }

        // A command loses the white space around it.
        bool isPadded = char.IsWhiteSpace(name[0]) || char.IsWhiteSpace(name[^1]);
        if (!isPadded && !name.Any(IsSpecial))
        {
            return Cut(name, name);
        }

        var encoded = new StringBuilder(name.Length + 8);
        for (int i = 0; i < name.Length; i++)
        {
            if (IsSpecial(name[i]) || (isPadded && (i == 0 || i == name.Length - 1) && char.IsWhiteSpace(name[i])))
            {
                foreach (byte b in Encoding.UTF8.GetBytes([name[i]]))
                {
                    encoded.Append('%').Append(b.ToString("X2"));
                }
            }
            else
            {
                encoded.Append(name[i]);
            }
        }

        return Cut(encoded.ToString(), name);
    }

    /// <summary>
    /// The name that a percent-encoded one stands for; a text that is none stands for itself. A name that was cut cannot be undone: look it
    /// up with <see cref="Find"/>.
    /// </summary>
    public static string Decode(string fileName) => fileName == "%" ? "" : Uri.UnescapeDataString(fileName);

    /// <summary>The branch or tag whose file has that name; null if there is none.</summary>
    public static Reference? Find(IEnumerable<Reference> references, string fileName) =>
        references.FirstOrDefault(reference => Encode(reference.Name) == fileName);

    /// <summary>A sign followed by <c>-</c> is in no encoded name, for the sign itself is encoded.</summary>
    private static string Cut(string encoded, string name)
    {
        if (Encoding.UTF8.GetByteCount(encoded) <= Icechunk.Limits.MaxNameBytes)
        {
            return encoded;
        }

        int length = 0;
        for (int bytes = 0; ; length++)
        {
            bytes += char.IsSurrogate(encoded[length]) ? 2 : Encoding.UTF8.GetByteCount(encoded.AsSpan(length, 1));
            if (bytes > KeptBytes)
            {
                break;
            }
        }

        length -= char.IsLowSurrogate(encoded[length]) ? 1 : 0;
        int sign = encoded.LastIndexOf('%', length - 1);
        length = sign >= 0 && sign > length - 3 ? sign : length;
        return $"{encoded[..length]}%-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, HashBytes))}";
    }

    private static bool IsSpecial(char c) => c is '/' or '%' or < ' ' or '\x7f';
}
