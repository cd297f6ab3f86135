using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// The kernel keeps names, absent names, attributes and pages for a long time. After a checkout, a discard or a commit none of them is
/// stale: whatever was looked at before, the tree is what the version says.
/// </summary>
public sealed class CacheTests : IDisposable
{
    private const string Prelude = """
        set -e
        fail() { echo "$1" >&2; exit 1; }
        says() { [ "$(cat "$1")" = "$2" ] || fail "$1 says $(head -c 100 "$1"), not $2"; }
        is() { [ "$1" = "$2" ] || fail "'$(echo "$1" | head -c 200)' is not '$(echo "$2" | head -c 200)'"; }
        gone() { ! [ -e "$1" ] || fail "$1 is there"; }
        # Everything that a kernel can cache of a tree, and of names that are not in it.
        warm() {
            find "$1" -ls > /dev/null; find "$1" -type f -exec cat {} + > /dev/null
            for name in a/c/0 a/c/1 a/c/2 a/c/3 a/c/9 one one/zarr.json two two/zarr.json one/x two/x a/zarr.json loose; do
                stat "$1/$name" > /dev/null 2>&1 || true
            done
        }
        same() { diff -r "$1" "$2" && diff <(facts "$1") <(facts "$2"); }
        facts() { (cd "$1" && find . -printf '%P %y %s\n' | sort); }
        letters() { head -c $2 /dev/zero | tr '\0' $1; }
        """;

    private const string Versions = """
        array() { printf '{"zarr_format":3,"node_type":"array","shape":[10],"data_type":"uint8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
            "chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}],"attributes":{"version":"%s"}}' $1 > root.zarr/a/zarr.json; }
        group='{"zarr_format":3,"node_type":"group"}'
        mkdir -p root.zarr/a/c root.zarr/one
        echo $group | tee root.zarr/zarr.json > root.zarr/one/zarr.json
        array first
        letters A 300000 > root.zarr/a/c/0; letters A 200 > root.zarr/a/c/1; letters A 1000 > root.zarr/a/c/2
        echo first > commit
        rm -r root.zarr/one; mkdir root.zarr/two; echo $group > root.zarr/two/zarr.json
        array second
        letters B 200000 > root.zarr/a/c/0; letters B 1 > root.zarr/a/c/1; rm root.zarr/a/c/2; letters B 70000 > root.zarr/a/c/3
        echo second > commit
        """;

    private const string Ids = """
        idof() { grep -lx $1 commits/*/message | cut -d / -f 2; }
        first=$(idof first) second=$(idof second)
        """;

    private readonly World _world = new();
    private readonly MountedRepository _mount;

    public CacheTests()
    {
        _world.Run("create", "org/repo").Succeed();
        _mount = _world.Mount("org/repo");
    }

    public void Dispose() => _world.Dispose();

    [MountFact]
    public void After_a_checkout_every_name_size_and_byte_is_that_of_the_version() => Run("""
        for i in 1 2 3 4 5 6; do
            for version in $first $second; do
                warm root.zarr
                echo $version > checkout
                same root.zarr commits/$version/root.zarr
            done
        done
        """);

    [MountFact]
    public void A_name_that_was_absent_is_found_and_one_that_was_there_is_gone() => Run("""
        for i in 1 2 3; do
            echo $first > checkout
            gone root.zarr/two; gone root.zarr/two/zarr.json; gone root.zarr/a/c/3; cat root.zarr/one/zarr.json root.zarr/a/c/2 > /dev/null
            echo $second > checkout
            gone root.zarr/one; gone root.zarr/one/zarr.json; gone root.zarr/a/c/2; cat root.zarr/two/zarr.json root.zarr/a/c/3 > /dev/null
        done
        """);

    [MountFact]
    public void A_file_that_is_open_keeps_its_bytes_when_another_version_is_checked_out() => Run("""
        echo $first > checkout
        exec 3< root.zarr/a/c/0 4< root.zarr/a/c/2 5< root.zarr/a/zarr.json
        is "$(head -c 4096 <&3)" "$(letters A 4096)"
        echo $second > checkout
        is "$(sha256sum < root.zarr/a/c/0)" "$(letters B 200000 | sha256sum)"
        # head may have read ahead of the 4096 bytes that it showed: what counts is that what is left is of the old version.
        is "$(cat <&3 | tr -d A | head -c 10)" ""
        is "$(sha256sum <&4)" "$(letters A 1000 | sha256sum)"
        grep -q first <&5 || fail "old bytes of a document"
        grep -q second root.zarr/a/zarr.json || fail "new bytes of a document"
        """);

    [MountWithPythonFact]
    public void An_open_file_that_was_never_read_before_the_checkout_reads_as_it_was_opened() => Run("""
        echo $first > checkout
        python=$1
        $python - "$second" <<'END'
        import os, sys
        old = os.open("root.zarr/a/c/0", os.O_RDONLY)
        control = os.open("checkout", os.O_WRONLY)
        os.write(control, sys.argv[1].encode())
        os.close(control)
        with open("root.zarr/a/c/0", "rb") as new:
            assert new.read() == b"B" * 200000, "the new bytes"
        assert os.fstat(old).st_size == 300000, f"size {os.fstat(old).st_size}"
        for start in (0, 199999, 250000, 299990):
            part = os.pread(old, 100, start)
            assert part == b"A" * min(100, 300000 - start), (start, part)
        assert os.stat("root.zarr/a/c/0").st_size == 200000
        END
        """);

    [MountFact]
    public void A_shell_that_stands_in_root_zarr_sees_the_new_version() => Run("""
        echo $first > checkout
        cd root.zarr
        warm .
        echo $second > ../checkout
        same . ../commits/$second/root.zarr
        echo $first > ../checkout
        same . ../commits/$first/root.zarr
        cd a
        echo $second > ../../checkout
        # This directory belongs to a version that is no longer shown; the same path leads to the one that is.
        cd "$PWD" && grep -q second zarr.json
        """);

    [MountFact]
    public void After_a_discard_the_tree_is_as_it_was_committed() => Run("""
        echo main > checkout
        for i in 1 2 3; do
            warm root.zarr
            letters C 50 > root.zarr/a/c/0; rm root.zarr/a/c/1; letters C 90000 > root.zarr/a/c/9; echo text > root.zarr/loose
            mv root.zarr/two root.zarr/one
            warm root.zarr
            says root.zarr/a/c/0 "$(letters C 50)"; gone root.zarr/a/c/1; gone root.zarr/two
            echo all > discard
            same root.zarr commits/$second/root.zarr
            letters C 50 > root.zarr/a/c/0; letters C 50 > root.zarr/a/c/1
            echo a/c/0 > discard
            is $(stat -c %s root.zarr/a/c/0) 200000; cmp root.zarr/a/c/0 commits/$second/root.zarr/a/c/0
            says root.zarr/a/c/1 "$(letters C 50)"
            echo all > discard
        done
        """);

    [MountFact]
    public void A_commit_changes_no_name_number_time_or_byte_of_the_tree() => Run("""
        echo main > checkout
        letters C 50 > root.zarr/a/c/0; letters C 90000 > root.zarr/a/c/9; mv root.zarr/two root.zarr/one; rm root.zarr/a/c/3; echo text > root.zarr/loose
        exec 3< root.zarr/a/c/9
        warm root.zarr
        before=$(find root.zarr -printf '%P %y %i %s %T@\n' | sort)
        sums=$(find root.zarr -type f -exec sha256sum {} + | sort)
        echo third > commit
        is "$before" "$(find root.zarr -printf '%P %y %i %s %T@\n' | sort)"
        is "$sums" "$(find root.zarr -type f -exec sha256sum {} + | sort)"
        is "$(sha256sum <&3)" "$(letters C 90000 | sha256sum)"
        rm root.zarr/loose
        same root.zarr commits/$(cat commit)/root.zarr
        """);

    [MountFact]
    public void What_is_written_is_read_by_everyone_at_once() => Run("""
        echo main > checkout
        for size in 10 5000 100 300000 1; do
            letters D $size > root.zarr/a/c/0
            is $(stat -c %s root.zarr/a/c/0) $size; is "$(sha256sum < root.zarr/a/c/0)" "$(letters D $size | sha256sum)"
            letters E $size > root.zarr/a/c/0.partial; mv root.zarr/a/c/0.partial root.zarr/a/c/0
            is $(stat -c %s root.zarr/a/c/0) $size; is "$(sha256sum < root.zarr/a/c/0)" "$(letters E $size | sha256sum)"
            letters F 3 >> root.zarr/a/c/0
            is $(stat -c %s root.zarr/a/c/0) $((size + 3)); is "$(tail -c 3 root.zarr/a/c/0)" FFF
            truncate -s $((size + 10)) root.zarr/a/c/0
            is $(stat -c %s root.zarr/a/c/0) $((size + 10)); is "$(tail -c 7 root.zarr/a/c/0 | tr '\0' z)" zzzzzzz
        done
        """);

    [MountFact]
    public void New_commits_of_others_appear_among_commits_and_branches_without_a_checkout() => Run("""
        cat commits/0123456789ABCDEFGHJK/message 2> /dev/null && fail "what is this"
        ls -l commits branches > /dev/null
        other=$2
        letters G 7 > "$other/root.zarr/a/c/5"
        echo theirs > "$other/commit"
        third=$(cat "$other/commit")
        gone root.zarr/a/c/5
        says commits/$third/message theirs
        says branches/main/root.zarr/a/c/5 GGGGGGG
        is "$(basename $(readlink branches/main))" $third
        ls commits | grep -q $third
        """);

    private void Run(string script)
    {
        _mount.Shell($"{Prelude}\n{Versions}").Succeed();
        var other = script.Contains("$2", StringComparison.Ordinal) ? _world.Mount("org/repo", "other").Path : "";
        _mount.Shell($"{Prelude}\n{Ids}\n{script}", Python.Program ?? "", other).Succeed();
    }
}
