namespace ArraylakeFs.TestHarness;

/// <summary>
/// A user's world of its own: home, configuration, state and repositories below one temporary folder, so that tests neither meet each
/// other nor the developer's own sessions. It runs the real <c>arraylakefs</c>.
/// </summary>
public sealed class World : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<MountedRepository> _mounts = [];

    /// <summary>Makes the folders.</summary>
    public World()
    {
        foreach (var name in new[] { "home", "repositories", "mounts", "config", "state", "data", "cache", "run" })
        {
            Directory.CreateDirectory(_folder[name]);
        }

        Environment = new Dictionary<string, string>
        {
            ["HOME"] = _folder["home"],
            ["XDG_CONFIG_HOME"] = _folder["config"],
            ["XDG_STATE_HOME"] = _folder["state"],
            ["XDG_DATA_HOME"] = _folder["data"],
            ["XDG_CACHE_HOME"] = _folder["cache"],
            ["XDG_RUNTIME_DIR"] = _folder["run"],
            ["ARRAYLAKEFS_ROOT"] = _folder["repositories"],
            ["GIT_AUTHOR_NAME"] = AuthorName,
            ["GIT_AUTHOR_EMAIL"] = AuthorEmail,
            ["GIT_CONFIG_NOSYSTEM"] = "1",
        };
    }

    /// <summary>The name that stands in this user's environment as the author's.</summary>
    public const string AuthorName = "Ryan Abernathey";

    /// <summary>The author's e-mail address.</summary>
    public const string AuthorEmail = "ryan@earthmover.io";

    /// <summary>The built program; run it with <c>dotnet exec</c>.</summary>
    public static string Program { get; } = Path.Combine(
        Path.GetDirectoryName(TestCache.Tests)!, "src", "ArraylakeFs.Cli", "bin", BuildConfiguration, "net10.0", "arraylakefs.dll");

    /// <summary>The folder of everything.</summary>
    public string Folder => _folder.Path;

    /// <summary>The variables that make a program live in this world. Tests may add to them.</summary>
    public Dictionary<string, string> Environment { get; }

    private static string BuildConfiguration =>
        AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    /// <summary>The folder in which a repository is stored.</summary>
    public string RepositoryFolder(string name) => Path.Combine(_folder["repositories"], name);

    /// <summary>A path in this world that nothing uses yet.</summary>
    public string NewPath(string name) => _folder[$"{name}-{Guid.NewGuid():N}"];

    /// <summary>Runs <c>arraylakefs</c>.</summary>
    public CommandResult Run(params string[] arguments) => Command.Run("dotnet", ["exec", Program, .. arguments], Environment, folder: Folder);

    /// <summary>Mounts a repository and returns when the mount answers. A mount at the same name is the same session again.</summary>
    /// <param name="repository">As on the command line.</param>
    /// <param name="mountpoint">The last part of the mountpoint's path.</param>
    /// <param name="options">More options of <c>mount</c>.</param>
    /// <exception cref="CommandException">The program ended, or did not answer in time.</exception>
    public MountedRepository Mount(string repository, string mountpoint = "mnt", params string[] options)
    {
        var path = Path.Combine(_folder["mounts"], mountpoint);
        if (MountTable.At(path) is null)
        {
            Directory.CreateDirectory(path); // a dead mount may be there, which answers nothing
        }

        var mount = MountedRepository.Start(this, repository, path, options);
        _mounts.Add(mount);
        return mount;
    }

    /// <summary>Takes down whatever is still mounted and removes the folders.</summary>
    public void Dispose()
    {
        foreach (var mount in _mounts)
        {
            mount.Dispose();
        }

        foreach (var entry in MountTable.Below(Folder))
        {
            entry.ForceDown();
        }

        _folder.Dispose();
    }
}
