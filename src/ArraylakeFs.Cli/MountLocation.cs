using System.CommandLine;
using ArraylakeFs.Fuse;

namespace ArraylakeFs.Cli;

/// <summary>A mount that a command works on: the one that holds the given path, or the current directory.</summary>
internal sealed class MountLocation
{
    private const string ErrorFile = "error";
    private const int ConnectionAborted = 103, NotConnected = 107;

    private readonly ExistingMount _mount;

    private MountLocation(ExistingMount mount) => _mount = mount;

    /// <summary>The argument that names a place in a mount.</summary>
    public static Argument<string?> Argument() => new("mount")
    {
        Description = "a place in a mount (default: the current directory)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The mount; an error if the place is in none.</summary>
    public static MountLocation Of(string? path) => Find(path) ?? throw new CliException(path is null
        ? "the current directory is not in a mount: name one, or cd into it"
        : $"{path} is not in a mount of arraylakefs; `arraylakefs mount REPOSITORY {path}` makes one");

    /// <summary>The mount; null if the place is in none, or if it is rather a repository that is named.</summary>
    public static MountLocation? Find(string? path) =>
        !IsRepository(path) && ExistingMounts.Containing(CanonicalPath.Of(path ?? ".")) is { } mount ? new MountLocation(mount) : null;

    /// <summary>Inside a mount, <c>org/name</c> would be a path in it like any other: only what is there is a place.</summary>
    private static bool IsRepository(string? path) => path is not null
        && (path.Contains("://", StringComparison.Ordinal) || (!Path.IsPathRooted(path) && !path.StartsWith('.') && !Path.Exists(path)));

    /// <summary>The folder of the repository that is mounted.</summary>
    public string Repository => _mount.Source;

    /// <summary>The text of a control file.</summary>
    public async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(PathOf(file), cancellationToken);
        }
        catch (FileNotFoundException)
        {
            throw new CliException($"there is no {file} in the mount at {_mount.Mountpoint}");
        }
        catch (IOException e) when (e.HResult is NotConnected or ConnectionAborted)
        {
            throw new CliException(
                $"the daemon of the mount at {_mount.Mountpoint} has ended, and nothing is lost: mount it again with `arraylakefs mount REPOSITORY {_mount.Mountpoint}`");
        }
        catch (IOException) when (file != ErrorFile && File.ReadAllText(PathOf(ErrorFile)).Trim() is { Length: > 0 } why)
        {
            throw new CliException(why);
        }
    }

    /// <summary>Whether a path of the mount is a file.</summary>
    public bool Has(string path) => File.Exists(PathOf(path));

    /// <summary>Whether a path of the mount is a directory.</summary>
    public bool IsDirectory(string path) => Directory.Exists(PathOf(path));

    /// <summary>Gives a command; a failure is told with the text of <c>error</c>.</summary>
    public async Task WriteAsync(string file, string command, CancellationToken cancellationToken)
    {
        try
        {
            // One write(2) is one command.
            using var handle = File.OpenHandle(PathOf(file), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            await RandomAccess.WriteAsync(handle, System.Text.Encoding.UTF8.GetBytes(command + "\n"), 0, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string why = (await ReadAsync(ErrorFile, cancellationToken)).Trim();
            throw new CliException(why.Length > 0 ? why : e.Message);
        }
    }

    /// <summary>Where a file of the mount is.</summary>
    public string PathOf(string file) => Path.Combine(_mount.Mountpoint, file);
}
