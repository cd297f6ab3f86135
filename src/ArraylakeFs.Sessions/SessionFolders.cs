using System.Security.Cryptography;
using System.Text;

namespace ArraylakeFs.Sessions;

/// <summary>Which folder belongs to which session.</summary>
public static class SessionFolders
{
    private const int NameBytes = 12;

    /// <summary>The folder below <paramref name="root"/> of one repository's session of that name; the same every time.</summary>
    public static string Of(string root, string repository, string name) => Path.Combine(
        root, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{repository}\n{name}")).AsSpan(0, NameBytes)));
}
