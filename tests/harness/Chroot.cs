namespace ArraylakeFs.TestHarness;

/// <summary>
/// Runs programs of the chroot of a Debian suite. Each run has a mount namespace of its own, in which a folder of the test, with whatever
/// is mounted below it, appears as <c>/mnt</c> and the folder <c>tests/mount</c> as <c>/srv</c>: nothing is left behind in the chroot, and
/// runs at the same time do not meet.
/// </summary>
public sealed class Chroot
{
    private const string Enter = """
        set -e
        root=$1 shown=$2 scripts=$3; shift 3
        mount --rbind "$shown" "$root/mnt"
        mount --bind "$scripts" "$root/srv"
        mount --rbind /dev "$root/dev"
        mount -t proc proc "$root/proc"
        exec chroot "$root" env -i PATH=/usr/bin:/bin HOME=/tmp LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 "$@"
        """;

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
    public CommandResult Run(string shown, params string[] command) => Command.Run(
        "unshare",
        [
            "--mount", "--propagation", "slave", "--", "bash", "-c", Enter, "bash",
            Folder ?? throw new InvalidOperationException(Missing), shown, Path.Combine(TestCache.Tests, "mount"), .. command,
        ]);
}
