namespace ArraylakeFs.TestHarness;

/// <summary>
/// Runs programs of the Debian forky chroot. Each run has a mount namespace of its own, in which a folder of the test, with whatever is
/// mounted below it, appears as <c>/mnt</c> and the folder <c>tests/mount</c> as <c>/srv</c>: nothing is left behind in the chroot, and
/// runs at the same time do not meet.
/// </summary>
public static class Forky
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

    /// <summary>Runs a program; <paramref name="shown"/> is the folder that it sees as <c>/mnt</c>.</summary>
    public static CommandResult Run(string shown, params string[] command) => Command.Run(
        "unshare",
        [
            "--mount", "--propagation", "slave", "--", "bash", "-c", Enter, "bash",
            TestCache.Forky ?? throw new InvalidOperationException(TestCache.ReasonFor("forky")),
            shown, Path.Combine(TestCache.Tests, "mount"), .. command,
        ]);
}
