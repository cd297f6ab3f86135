namespace ArraylakeFs.TestHarness;

/// <summary>
/// Runs programs of the chroot of a Debian suite, with <c>tests/mount/enter.sh</c>: a folder of the test, with whatever is mounted below it,
/// appears as <c>/mnt</c> and the folder <c>tests/mount</c> as <c>/srv</c>.
/// </summary>
public sealed class Chroot
{
    private Chroot(string suite) => Suite = suite;

    /// <summary>Zarr tools of today.</summary>
    public static Chroot Forky { get; } = new("forky");

    /// <summary>Zarr tools of the time of Zarr v2.</summary>
    public static Chroot Bookworm { get; } = new("bookworm");

    /// <summary>The name of the Debian suite.</summary>
    public string Suite { get; }

    /// <summary>Its folder; null if it is not there.</summary>
    public string? Folder => TestCache.Chroot(Suite);

    /// <summary>Why its programs cannot be run; null if they can be.</summary>
    public string? Missing =>
        Folder is null ? TestCache.ReasonFor(Suite)
        : !Environment.IsPrivilegedProcess ? $"entering the Debian {Suite} chroot needs root"
        : Namespaces;

    private static string? Namespaces { get; } =
        Command.Run("unshare", ["--mount", "true"]).ExitCode != 0 ? "this machine does not allow mount namespaces (unshare --mount)" : null;

    /// <summary>Runs a program; <paramref name="shown"/> is the folder that it sees as <c>/mnt</c>.</summary>
    public CommandResult Run(string shown, params string[] command)
    {
        string scripts = Path.Combine(TestCache.Tests, "mount");
        return Command.Run(
            "bash", [Path.Combine(scripts, "enter.sh"), Folder ?? throw new InvalidOperationException(Missing), shown, scripts, .. command]);
    }
}
