using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// The whole program for a user who is not root: it mounts through <c>fusermount3</c>. The tests' user is root, so that it can become
/// another one, in a mount namespace where <c>/dev/fuse</c> is open to all and which ends with the test.
/// </summary>
public sealed class OtherUserTests : IDisposable
{
    private const string Prelude = """
        set -eE
        trap 'echo "line $LINENO: $BASH_COMMAND" >&2' ERR
        folder=$1 program=$2 M=$1/user/mnt
        trap 'umount -l "$M" 2> /dev/null || true' EXIT
        chmod 755 "$folder"; cp -r "$(dirname "$program")" "$folder/app"; chmod -R a+rX "$folder/app"
        mknod -m 666 "$folder/fuse" c 10 229; mount --bind "$folder/fuse" /dev/fuse
        mkdir -p "$M"; chown -R 65534:65534 "$folder/user"; cd /
        as() { setpriv --reuid=$1 --regid=$1 --clear-groups env -i PATH="$PATH" LC_ALL=C.UTF-8 HOME="$folder/user" GIT_AUTHOR_NAME=Nobody "${@:2}"; }
        nobody() { as 65534 "$@"; }
        al() { nobody dotnet exec "$folder/app/$(basename "$program")" "$@"; }
        sh() { nobody bash -c "set -e; cd $M; $1"; }
        refused() { if "$@" 2> /dev/null; then echo "not refused: $*" >&2; exit 1; fi; }
        daemon() { pgrep -u 65534 -f "mount org/repo $M"; }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [OtherUserFact]
    public void A_user_who_is_not_root_creates_mounts_writes_commits_and_unmounts() => Run("""
        al create org/repo
        al mount org/repo "$M"
        grep -F " $M " /proc/self/mountinfo | grep -q user_id=65534
        [ "$(nobody stat -c '%u %a' "$M/root.zarr" "$M/commit" | tr '\n' ' ')" = "65534 755 65534 600 " ]
        sh 'echo "{\"zarr_format\":3,\"node_type\":\"group\"}" > root.zarr/zarr.json; echo first > commit; grep -q Nobody log'
        sh 'mkdir root.zarr/g; echo "{\"zarr_format\":3,\"node_type\":\"group\"}" > root.zarr/g/zarr.json'
        sh 'refused() { ! "$@" 2> /dev/null; }; refused mkdir commits/x; echo > commit || grep -q message error'
        al umount "$M"
        refused grep -F " $M " /proc/self/mountinfo
        al mount org/repo "$M"
        sh 'grep -q g/zarr.json status; echo second > commit; [ $(ls commits | wc -l) = 3 ]'
        al umount "$M"
        al mount org/repo "$M" --ref main --immutable
        sh 'grep -q second message; grep -q group root.zarr/g/zarr.json; ! touch root.zarr/new 2> /dev/null'
        al umount "$M"
        find "$folder/user" ! -user 65534 | { refused grep .; }
        """);

    [OtherUserFact]
    public void The_dead_mount_of_a_user_who_is_not_root_is_taken_over() => Run("""
        al create org/repo
        al mount org/repo "$M"
        sh 'echo "{\"zarr_format\":3,\"node_type\":\"group\"}" > root.zarr/zarr.json'
        kill -9 $(daemon)
        while daemon > /dev/null; do sleep 0.05; done
        refused sh 'cat status'
        al mount org/repo "$M"
        [ $(grep -cF " $M " /proc/self/mountinfo) = 1 ]
        sh 'grep -q zarr.json status; echo first > commit'
        al umount "$M"
        """);

    [OtherUserFact]
    public void Other_users_cannot_look_in_and_root_cannot_either() => Run("""
        al create org/repo
        al mount org/repo "$M"
        refused as 1 ls "$M"
        refused as 1 cat "$M/status"
        refused as 1 bash -c "echo message > $M/commit"
        refused ls "$M"
        sh 'cat status > /dev/null'

        # What is kept of the session is private too.
        [ "$(find "$folder/user/.local/state" -name journal.sqlite | wc -l)" = 1 ]
        refused as 1 bash -c "cat $(find "$folder/user/.local/state" -name journal.sqlite)"
        al umount "$M"
        """);

    private void Run(string script) =>
        Command.Run("unshare", ["--mount", "--propagation", "private", "bash", "-c", $"{Prelude}\n{script}", "bash", _folder.Path, World.Program]).Succeed();
}

/// <summary>A test that becomes a user who is not root, in a mount namespace of its own.</summary>
public sealed class OtherUserFactAttribute : FactAttribute
{
    /// <summary>Skips where that is not possible.</summary>
    public OtherUserFactAttribute() => Skip = Missing.Mounting
        ?? (!Environment.IsPrivilegedProcess ? "becoming another user needs root" : null)
        ?? (new[] { "fusermount3", "unshare", "setpriv", "mknod", "pgrep" }.FirstOrDefault(tool => Command.Find(tool) is null) is { } missing
            ? $"{missing} is not installed" : null)
        ?? (Command.Run("setpriv", ["--reuid=65534", "--clear-groups", "test", "-x", Command.Find("dotnet")!]).ExitCode != 0 ? "other users cannot run dotnet" : null)
        ?? (Command.Run("unshare", ["--mount", "true"]).ExitCode != 0 ? "this machine does not allow mount namespaces (unshare --mount)" : null);
}
