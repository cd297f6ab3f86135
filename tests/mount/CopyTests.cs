using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Copies with plain tools: within a mount they copy no data, into it, out of it and between mounts every byte.</summary>
public sealed class CopyTests : IDisposable
{
    private const int Chunks = 10_000;
    private const string Group = """{"zarr_format":3,"node_type":"group"}""";

    private readonly World _world = new();
    private readonly MountedRepository _mount;

    public CopyTests()
    {
        _world.Run("create", "org/repo").Succeed();
        _mount = _world.Mount("org/repo");
    }

    public void Dispose() => _world.Dispose();

    [MountWithPythonFact(officialClient: true)]
    public void A_copy_of_a_group_of_ten_thousand_chunks_adds_no_bytes_to_chunks()
    {
        Write(Chunks, chunkBytes: 600);
        _mount.Commit("source");
        var before = StoredBytes();
        Assert.Equal(((long)Chunks, Chunks * 600L), before);

        _mount.Shell("cp -r root.zarr/g root.zarr/copy").Succeed();
        Assert.Equal(before, StoredBytes());
        Assert.Equal(2, Directory.GetFiles(StagingFolder, "*", SearchOption.AllDirectories).Length); // the documents
        _mount.Commit("copied");
        Assert.Equal(before, StoredBytes());
        var digest = _mount.Shell("cd root.zarr/copy/a/c && ls | LC_ALL=C sort | xargs cat | sha256sum").Succeed()[..64];
        var official = OfficialClient.RunScript("digests.mjs", _world.RepositoryFolder("org/repo"), "g/a", "copy/a").Succeed();
        Assert.Equal($"{Chunks} {digest}\n{Chunks} {digest}\n", official);
    }

    [MountWithPythonFact]
    public void Trees_are_copied_out_of_a_mount_and_into_it_and_to_another_mount()
    {
        Write(chunks: 40, chunkBytes: 3000);
        _mount.Shell("""
            set -e
            touch -d '2001-02-03 04:05:06.123456789' root.zarr/g/a/c/7
            cp -r root.zarr/g "$1"; diff -r root.zarr/g "$1"
            cp -r "$1" root.zarr/back; diff -r root.zarr/g root.zarr/back
            cp -a root.zarr/g root.zarr/kept; diff -r root.zarr/g root.zarr/kept
            [ $(stat -c %.9Y root.zarr/kept/a/c/7) = $(stat -c %.9Y root.zarr/g/a/c/7) ]
            cp -a root.zarr/kept "$1.kept"; diff -r root.zarr/g "$1.kept"
            """, _world.NewPath("out")).Succeed();
        var commit = _mount.Commit("all of them");
        var other = _world.Mount("org/repo", "other");
        other.Shell("""
            set -e
            cp -r "$1/root.zarr/g" root.zarr/theirs; diff -r "$1/root.zarr/g" root.zarr/theirs
            cp -r commits/$2/root.zarr/g root.zarr/ours; diff -r root.zarr/ours root.zarr/theirs
            cp -r branches/main/root.zarr/g root.zarr/tip; diff -r root.zarr/ours root.zarr/tip
            """, _mount.Path, commit).Succeed();
        Assert.Equal("native", Kind(other, "root.zarr/ours/a/c/7"));
        Assert.Equal("native", Kind(other, "root.zarr/tip/a/c/7"));
        Assert.Equal("staged", Kind(other, "root.zarr/theirs/a/c/7"));
    }

    [MountWithPythonFact]
    public void Copies_outlive_a_daemon_that_is_killed_and_each_changes_alone()
    {
        Write(chunks: 3, chunkBytes: 3000);
        _mount.Shell("cp root.zarr/g/a/c/0 root.zarr/staged").Succeed();
        _mount.Commit("source");
        _mount.Shell("cd root.zarr; cp g/a/c/0 committed; cp -r g copy; cp committed second; printf new > copy/a/c/1; echo more >> copy/a/c/2").Succeed();
        var before = _mount.Shell("cd root.zarr; find . -type f | sort | xargs sha256sum").Succeed();
        _mount.Kill();
        var again = _world.Mount("org/repo");
        Assert.Equal(before, again.Shell("cd root.zarr; find . -type f | sort | xargs sha256sum").Succeed());
        Assert.Equal("", again.Shell("cmp root.zarr/staged root.zarr/second && cmp root.zarr/second root.zarr/g/a/c/0").Succeed());
        Assert.Equal("1", again.Shell("cmp -s root.zarr/copy/a/c/1 root.zarr/g/a/c/1; echo $?").Output.Trim());
        again.Commit("copies");
        Assert.Equal(before, again.Shell("cd root.zarr; find . -type f | sort | xargs sha256sum").Succeed());
        Assert.Equal(3 + 1, StoredBytes().Files); // "new" is small enough for the manifest
    }

    [MountWithPythonFact]
    public void Python_copies_files_and_trees()
    {
        Write(chunks: 5, chunkBytes: 3000);
        _mount.Commit("source");
        var script = """
            import errno, os, shutil
            shutil.copytree('root.zarr/g', 'root.zarr/tree')
            shutil.copy2('root.zarr/g/a/c/0', 'root.zarr/file')
            def copy(source, offset, target, at, count):
                a, b = os.open(source, os.O_RDONLY), os.open(target, os.O_WRONLY | os.O_CREAT)
                done = os.copy_file_range(a, b, count, offset, at)
                os.close(a); os.close(b)
                return done
            assert copy('root.zarr/g/a/c/0', 0, 'root.zarr/whole', 0, 1 << 40) == 3000
            assert copy('root.zarr/g/a/c/0', 2900, 'root.zarr/part', 50, 1000) == 100
            assert copy('root.zarr/g/a/c/1', 0, 'root.zarr/whole', 10, 7) == 7
            def read(path): return open(path, 'rb').read()
            first, second = read('root.zarr/g/a/c/0'), read('root.zarr/g/a/c/1')
            assert read('root.zarr/file') == first
            assert read('root.zarr/part') == bytes(50) + first[2900:]
            assert read('root.zarr/whole') == first[:10] + second[:7] + first[17:]
            try:
                a = os.open('root.zarr/g/a/c/0', os.O_RDONLY); b = os.open('root.zarr/cloned', os.O_WRONLY | os.O_CREAT)
                import fcntl; fcntl.ioctl(b, 0x40049409, a); raise SystemExit('FICLONE was carried out')
            except OSError as e:
                assert e.errno == errno.EOPNOTSUPP, e
            """;
        _mount.Shell("$1 -c \"$2\"", Python.Program!, script).Succeed();
        Assert.Equal("", _mount.Shell("diff -r root.zarr/g root.zarr/tree").Succeed());
    }

    private string StagingFolder => Path.Combine(_world.RepositoryFolder("org/repo"), ".arraylakefs", "staging");

    /// <summary>A group with an array of so many chunks, each with bytes of its own.</summary>
    private void Write(int chunks, int chunkBytes)
    {
        var array = $$$"""
            {"zarr_format":3,"node_type":"array","shape":[{{{chunks * chunkBytes}}}],"data_type":"uint8","chunk_grid":{"name":"regular",
            "configuration":{"chunk_shape":[{{{chunkBytes}}}]}},"chunk_key_encoding":{"name":"default"},"fill_value":0,
            "codecs":[{"name":"bytes"},{"name":"gzip"}],"attributes":{}}
            """;
        _mount.Shell("""
            mkdir -p root.zarr/g/a/c; echo "$2" | tee root.zarr/zarr.json > root.zarr/g/zarr.json; echo "$3" > root.zarr/g/a/zarr.json
            "$1" -c 'import sys
            for i in range(int(sys.argv[1])):
                with open(f"root.zarr/g/a/c/{i}", "wb") as f: f.write((b"%08d" % i) * (int(sys.argv[2]) // 8))' "$4" "$5"
            """, Python.Program!, Group, array, $"{chunks}", $"{chunkBytes}").Succeed();
    }

    private (long Files, long Bytes) StoredBytes()
    {
        var files = new DirectoryInfo(Path.Combine(_world.RepositoryFolder("org/repo"), "chunks")).GetFiles();
        return (files.Length, files.Sum(f => f.Length));
    }

    private static string Kind(MountedRepository mount, string path) => mount.Shell(
        "\"$1\" -c 'import os, sys; print(os.getxattr(sys.argv[1], \"user.icechunk.kind\").decode())' \"$2\"", Python.Program!, path).Succeed().Trim();
}
