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
    private const string CutMark = "%-";
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
    /// Undoes <see cref="Encode"/>; null for what it never gives, such as <c>50%</c> or <c>a%2fb</c>, and for a name that was cut: that can only
    /// be found (<see cref="NameOf"/>).
    /// </summary>
    public static string? Decode(string fileName)
    {
        string name = fileName == "%" ? "" : Uri.UnescapeDataString(fileName);
        return Encode(name) == fileName ? name : null;
    }

    /// <summary>The name of the branch or tag whose file has that name, if it is one of those given or could be; else null.</summary>
    public static string? NameOf(IEnumerable<Reference> references, string fileName) =>
        Decode(fileName) ?? (fileName.Contains(CutMark, StringComparison.Ordinal) ? Find(references, fileName)?.Name : null);

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
        return $"{encoded[..length]}{CutMark}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, HashBytes))}";
    }

    private static bool IsSpecial(char c) => c is '/' or '%' or < ' ' or '\x7f';
}
