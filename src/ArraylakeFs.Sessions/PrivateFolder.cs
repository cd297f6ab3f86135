namespace ArraylakeFs.Sessions;

/// <summary>A folder that only the user may look into.</summary>
internal static class PrivateFolder
{
    /// <summary>Creates it with all folders above, if it is not there.</summary>
    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
