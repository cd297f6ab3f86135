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

    /// <summary>
    /// Removes all sessions below <paramref name="root"/> of a repository that is to be deleted. EBUSY if one is in use: then none is.
    /// </summary>
    public static void RemoveAll(string root, string repository)
    {
        string[] folders = Directory.Exists(root) ? [.. Directory.EnumerateDirectories(root).Where(folder => RepositoryOf(folder) == repository)] : [];
        Array.ForEach(folders, folder => SessionLock.Take(folder).Dispose());
        Array.ForEach(folders, folder => Directory.Delete(folder, recursive: true));
    }

    private static string? RepositoryOf(string folder)
    {
        string path = Path.Combine(folder, Journal.FileName);
        try
        {
            using var journal = File.Exists(path) ? Journal.Open(path) : null;
            return journal?.ReadValues().GetValueOrDefault(Session.RepositoryKey);
        }
        catch (SessionException)
        {
            return null; // whatever it is, it is not known to be of this repository
        }
    }
}
