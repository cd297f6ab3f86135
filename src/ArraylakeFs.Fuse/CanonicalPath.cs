using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>
/// The one spelling of a place: absolute, without symbolic links, dots and a separator at its end. Sessions, mounts and repositories are
/// told apart by it, so that whoever goes another way to the same place finds the same thing.
/// </summary>
public static class CanonicalPath
{
    private const int MostLinks = 40; // as the kernel has it

    /// <summary>
    /// The canonical spelling, as realpath(3) has it. What cannot be walked, because it does not exist yet or lies on a mount that is dead,
    /// is taken as it is written, behind the part that can.
    /// </summary>
    /// <exception cref="IOException">The path is empty, or the current directory that it starts from is gone.</exception>
    public static string Of(string path) => path.Length > 0 ? Of(path, MostLinks) : throw new IOException("an empty path names no place");

    private static string Of(string path, int links)
    {
        if (MountSyscalls.RealPath(path, out _) is { } real)
        {
            return real;
        }

        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent)
        {
            return full;
        }

        var holder = Of(parent, links);
        return links > 0 && new FileInfo(full).LinkTarget is { } target
            ? Of(Path.Combine(holder, target), links - 1) // to something that does not exist yet
            : Path.Combine(holder, Path.GetFileName(full));
    }
}
