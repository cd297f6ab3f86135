using ArraylakeFs.Storage;

namespace ArraylakeFs.Sessions;

/// <summary>A folder that only the user may look into.</summary>
public static class PrivateFolder
{
    /// <summary>Creates it with all folders above, if it is not there; what was created survives a power cut. Throws <see cref="IOException"/>.</summary>
    public static void Create(string path)
    {
        var above = new Stack<string>();
        for (string? folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            above.Push(Path.GetDirectoryName(folder) ?? folder);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        foreach (string folder in above)
        {
            DurableDirectory.Sync(folder);
        }
    }
}
