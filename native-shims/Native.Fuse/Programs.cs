namespace Native.Fuse;

/// <summary>
/// Where other programs are. .NET looks for a name in the current directory before PATH, and so would run whatever lies in the folder that
/// a user happens to stand in, as that user or as root: give <see cref="System.Diagnostics.Process"/> absolute paths only.
/// </summary>
public static class Programs
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The absolute path of a program; null if no absolute entry of PATH has it. Empty and relative entries do not count.</summary>
    public static string? Find(string name) => Find(name, Environment.GetEnvironmentVariable("PATH"));

    internal static string? Find(string name, string? searchPath) => (searchPath ?? "").Split(Path.PathSeparator)
        .Where(Path.IsPathRooted)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(IsExecutable);

    private static bool IsExecutable(string path) =>
        OperatingSystem.IsLinux() && File.Exists(path) && (File.GetUnixFileMode(path) & Executable) != 0;
}
