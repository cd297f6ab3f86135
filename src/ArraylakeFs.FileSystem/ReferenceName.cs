using System.Globalization;
using System.Text;
using ArraylakeFs.Repository;

namespace ArraylakeFs.FileSystem;

/// <summary>Branch and tag names as file names: what no file name can hold is percent-encoded.</summary>
public static class ReferenceName
{
    /// <summary><c>feature/x</c> gives <c>feature%2Fx</c>; ordinary names stay as they are.</summary>
    public static string Encode(string name)
    {
        if (name is "" or "." or "..")
        {
            return name.Length == 0 ? "%" : name.Replace(".", "%2E", StringComparison.Ordinal);
        }

        if (!name.Any(IsSpecial))
        {
            return name;
        }

        var encoded = new StringBuilder(name.Length + 8);
        foreach (char c in name)
        {
            if (IsSpecial(c))
            {
                encoded.Append('%').Append(((int)c).ToString("X2"));
            }
            else
            {
                encoded.Append(c);
            }
        }

        return encoded.ToString();
    }

    /// <summary>Undoes <see cref="Encode"/>; null for what it never gives, such as <c>50%</c> or <c>a%2fb</c>.</summary>
    public static string? Decode(string fileName)
    {
        var name = new StringBuilder(fileName.Length);
        for (int i = 0; i < fileName.Length; i++)
        {
            if (fileName[i] != '%')
            {
                name.Append(fileName[i]);
            }
            else if (fileName.Length - i > 2 && byte.TryParse(fileName.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, null, out byte code))
            {
                name.Append((char)code);
                i += 2;
            }
        }

        string decoded = name.ToString();
        return Encode(decoded) == fileName ? decoded : null;
    }

    /// <summary>The name that a user means: what was written, or, if no branch or tag has that name, what it is the file name of.</summary>
    public static string Meant(string text, References references)
    {
        return !Exists(text) && Decode(text) is { } decoded && Exists(decoded) ? decoded : text;

        bool Exists(string name) => references.TryGetBranch(name, out _) || references.TryGetTag(name, out _);
    }

    private static bool IsSpecial(char c) => c is '/' or '%' or < ' ' or '\x7f';
}
