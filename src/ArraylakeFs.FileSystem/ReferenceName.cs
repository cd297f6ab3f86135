using System.Text;

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

    private static bool IsSpecial(char c) => c is '/' or '%' or < ' ' or '\x7f';
}
