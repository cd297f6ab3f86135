using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Branches and tags changed with the tools that everybody has, through a real kernel.</summary>
public sealed class ReferenceTests : IDisposable
{
    private const string Prelude = """
        set -e
        fail() { echo "$1" >&2; exit 1; }
        is() { [ "$1" = "$2" ] || fail "'$1' is not '$2'"; }
        at() { [ -L "$1" ] || fail "$1 is no link"; is "$(readlink "$1")" "../commits/$2"; }
        gone() { ! [ -L "$1" ] && ! [ -e "$1" ] || fail "$1 is there"; }
        # The call fails with this errno, and `error` says this.
        refused() { ! LC_ALL=C "${@:3}" 2> /dev/shm/$$ || fail "${*:3} went through"; grep -q "$1" /dev/shm/$$ || fail "${*:3}: $(cat /dev/shm/$$)"
            rm /dev/shm/$$; [ "$2" = - ] || grep -qF -- "$2" error || fail "error says $(cat error)"; }
        first=$1 second=$2
        """;

    private readonly World _world = new();
    private readonly MountedRepository _mount;
    private readonly string _first;
    private readonly string _second;

    public ReferenceTests()
    {
        _world.Run("create", "org/repo").Succeed();
        _mount = _world.Mount("org/repo");
        _mount.Write("root.zarr/zarr.json", """{"zarr_format":3,"node_type":"group","attributes":{"n":1}}""").Succeed();
        _first = _mount.Commit("first");
        _mount.Write("root.zarr/zarr.json", """{"zarr_format":3,"node_type":"group","attributes":{"n":2}}""").Succeed();
        _second = _mount.Commit("second");
    }

    public void Dispose() => _world.Dispose();

    [MountFact]
    public void Ln_and_mkdir_make_branches_and_tags() => Run("""
        ln -s ../commits/$first branches/dev; at branches/dev $first
        mkdir branches/here; at branches/here $second
        mkdir tags/now; at tags/now $second
        [ "$(stat -c %F branches/here)" = 'symbolic link' ]
        ls -l branches | grep -q "^l.* here -> ../commits/$second"
        mkdir -p branches/there; mkdir -p branches/there; at branches/there $second
        ln -s $PWD/commits/$first/ tags/v1; at tags/v1 $first
        (cd branches && ln -s ../tags/v1 again && ln -s dev more); at branches/again $first; at branches/more $first
        ln -s $first tags/bare; at tags/bare $first
        cp -P branches/dev branches/copied; at branches/copied $first
        is "$(ls branches | xargs)" 'again copied dev here main more there'
        is "$(ls tags | xargs)" 'bare now v1'
        is "$(cat branches/dev/root.zarr/zarr.json)" "$(cat commits/$first/root.zarr/zarr.json)"
        is "$(cat branches/here/message)" second
        """);

    [MountFact]
    public void A_link_over_a_branch_resets_it() => Run("""
        mkdir branches/dev
        ln -sfn ../commits/$first branches/dev; at branches/dev $first
        is "$(cat branches/dev/message)" first
        ln -sfT ../commits/$second branches/dev; at branches/dev $second
        ln -sfn ../commits/$first branches/new; at branches/new $first
        ln -s ../commits/$first branches/tmp; mv -T branches/tmp branches/dev; at branches/dev $first; gone branches/tmp
        ln -sfn ../commits/$first branches/main; at branches/main $first
        ln -sfn ../commits/$second branches/main
        is "$(ls branches | xargs)" 'dev main new'
        """);

    [MountFact]
    public void Mv_renames_a_branch_and_rm_deletes_it() => Run("""
        mkdir branches/dev
        stat branches/dev branches/other > /dev/null 2>&1 || true
        mv branches/dev branches/other; gone branches/dev; at branches/other $second
        mv -n branches/other branches/new; at branches/new $second
        rm branches/new; gone branches/new
        mkdir branches/new; at branches/new $second
        ln -sfn ../commits/$first branches/new
        rm -r branches/new; gone branches/new
        is "$(ls branches)" main
        is "$(cat commits/$first/message)" first
        """);

    [MountFact]
    public void What_cannot_be_done_is_refused_and_error_says_why() => Run("""
        mkdir tags/v1
        refused 'File exists' - mkdir branches/main
        refused 'File exists' - ln -sT ../commits/$first branches/main
        refused 'Operation not permitted' 'cannot be deleted' rm branches/main
        refused 'Operation not permitted' 'cannot be renamed' mv branches/main branches/other
        refused 'Operation not permitted' 'never moved' ln -sfn ../commits/$first tags/v1
        refused 'Operation not permitted' 'never moved' mv tags/v1 tags/v2
        refused 'Operation not permitted' 'stays in tags/' mv tags/v1 branches/v1
        refused 'Invalid argument' '/etc/passwd' ln -s /etc/passwd branches/x
        refused 'Invalid argument' 'no commit of this mount' ln -s commits/$first branches/x
        refused 'No such file' '0123456789' ln -s ../commits/0123456789 branches/x
        refused 'Not a directory' - rmdir tags/v1
        refused 'Operation not permitted' 'holds symbolic links' touch branches/file
        refused 'Invalid argument' '%25' mkdir 'branches/50%'
        rm tags/v1
        refused 'File exists' 'never used again' mkdir tags/v1
        refused 'File exists' 'never used again' ln -s ../commits/$first tags/v1
        refused 'Read-only' - ln -s ../$first commits/x
        is "$(ls branches tags | xargs)" 'branches: main tags:'
        """);

    [MountFact]
    public void A_read_only_mount_keeps_its_branches_and_tags()
    {
        _mount.Shell("mkdir branches/dev tags/v1").Succeed();
        Assert.Equal(0, _mount.Unmount());
        Run(_world.Mount("org/repo", "mnt", "--read-only"), """
            refused 'Read-only' 'mounted read-only' mkdir branches/new
            refused 'Read-only' 'mounted read-only' ln -s ../commits/$first branches/new
            refused 'Read-only' 'mounted read-only' ln -sfn ../commits/$first branches/dev
            refused 'Read-only' 'mounted read-only' rm branches/dev
            refused 'Read-only' 'mounted read-only' rm tags/v1
            refused 'Read-only' 'mounted read-only' mv branches/dev branches/other
            at branches/dev $second; at tags/v1 $second
            """);
    }

    /// <summary>A process that stands in a branch's tree stays there; a path is looked up anew each time.</summary>
    [MountFact]
    public void Two_mounts_see_each_other_s_branches_at_once()
    {
        var other = _world.Mount("org/repo", "other");
        for (var i = 0; i < 3; i++)
        {
            _mount.Shell($"mkdir branches/b{i} && ln -sfn ../commits/{_first} branches/b{i}").Succeed();
            Run(other, $"at branches/b{i} $first; mv branches/b{i} branches/c{i}; ln -sfn ../commits/$second branches/c{i}");
            Run($"gone branches/b{i}; at branches/c{i} $second; [ \"$(cat branches/c{i}/message)\" = second ]; rm branches/c{i}");
            Run(other, $"gone branches/c{i}");
        }
    }

    [MountFact]
    public void Many_who_change_branches_at_once_lose_nothing() => Run("""
        work() { for i in 1 2 3 4 5; do mkdir branches/$1-$i; ln -sfn ../commits/$first branches/$1-$i; mv branches/$1-$i branches/$1.$i; mkdir tags/$1-$i; done; }
        pids=; for name in a b c; do work $name & pids="$pids $!"; done
        for pid in $pids; do wait $pid; done
        is "$(ls branches | wc -l)" 16; is "$(ls tags | wc -l)" 15
        for name in a b c; do for i in 1 2 3 4 5; do at branches/$name.$i $first; at tags/$name-$i $second; done; done
        """);

    private void Run(string script) => Run(_mount, script);

    private void Run(MountedRepository mount, string script) => mount.Shell(Prelude + "\n" + script, _first, _second).Succeed();
}
