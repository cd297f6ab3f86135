using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Habits of shells and tools: how they write a command, where they stand, how they list.</summary>
public sealed class ShellTests : IDisposable
{
    private const string Group = """{"zarr_format":3,"node_type":"group"}""";

    private readonly World _world = new();
    private readonly MountedRepository _mount;

    public ShellTests()
    {
        _world.Run("create", "org/repo").Succeed();
        _mount = _world.Mount("org/repo");
        _mount.Shell("cd root.zarr; mkdir -p g/h; echo \"$1\" | tee zarr.json g/zarr.json > g/h/zarr.json", Group).Succeed();
    }

    public void Dispose() => _world.Dispose();

    [MountTheory]
    [InlineData("printf 'Title\\n\\nBody\\n' > commit")]
    [InlineData("echo $'Title\\n\\nBody' > commit")]
    [InlineData("{ echo Title; echo Body; } > commit")]
    [InlineData("exec 3> commit; echo Title >&3; echo Body >&3")]
    [InlineData("(echo Title; sleep 0.3; echo Body) | tee commit > /dev/null")]
    public void What_a_shell_writes_after_the_first_line_is_refused_with_the_way_out(string script)
    {
        var answer = _mount.Shell(script);
        Assert.Equal("EINVAL", answer.Errno);
        var commit = _mount.Read("commit").Trim();
        Assert.Equal("Title\n", _mount.Read($"commits/{commit}/message"));
        var text = _mount.Read("error");
        string[] words = [commit, "'Title'", "cat <<'EOF' > commit", "arraylakefs commit -m"];
        Assert.All(words, word => Assert.Contains(word, text, StringComparison.Ordinal));
        Assert.Single(_mount.List("commits"), id => id != commit); // beside the repository's first, this is the only one
    }

    [MountTheory]
    [InlineData("cat <<'EOF' > commit\nTitle\n\nBody\nEOF")]
    [InlineData("tee commit <<< $'Title\\n\\nBody' > /dev/null")]
    [InlineData("printf 'Title\\n\\nBody\\n' > /dev/shm/$$; cp /dev/shm/$$ commit; code=$?; rm /dev/shm/$$; exit $code")]
    [InlineData("/usr/bin/printf 'Title\\n\\nBody\\n' > commit")]
    [InlineData("printf 'Title\\n\\nBody\\n' | dd of=commit bs=4096 iflag=fullblock status=none")]
    public void A_message_of_many_lines_in_one_write_is_one_commit(string script)
    {
        _mount.Shell(script).Succeed();
        Assert.Equal("Title\n\nBody\n", _mount.Read($"commits/{_mount.Read("commit").Trim()}/message"));
    }

    [MountWithPythonFact]
    public void A_message_of_many_lines_from_Python_is_one_commit()
    {
        _mount.Shell("$1 -c 'with open(\"commit\", \"w\") as f: print(\"Title\\n\", file=f); print(\"Body\", file=f)'", Python.Program!).Succeed();
        Assert.Equal("Title\n\nBody\n", _mount.Read($"commits/{_mount.Read("commit").Trim()}/message"));
    }

    [MountFact]
    public void A_command_that_failed_may_be_given_again_through_the_same_open()
    {
        const string Script = "exec 3> commit; say() { /usr/bin/printf \"$1\" >&3; }; say '\\n' || say Title && ! say Body && cat commit";
        var commit = _mount.Shell(Script).Succeed().Trim();
        Assert.Equal("Title\n", _mount.Read($"commits/{commit}/message"));
    }

    [MountWithPythonFact]
    public void Who_stands_in_root_zarr_or_in_info_stays_there()
    {
        _mount.Commit("first");
        var first = _mount.Read("commit").Trim();
        _mount.Shell("rm -r root.zarr/g; mkdir root.zarr/later; echo \"$1\" > root.zarr/later/zarr.json; echo second > commit", Group).Succeed();
        Assert.Equal("", Python.Run("mount/standing.py", _mount.Path, first).Succeed());
    }

    [MountFact]
    public void An_array_that_goes_or_becomes_a_group_does_so_in_info_too()
    {
        const string Script = """
            array='{"zarr_format":3,"node_type":"array","shape":[1],"data_type":"uint8",
                "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},"chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"}]}'
            mkdir root.zarr/a; echo "$array" > root.zarr/a/zarr.json
            grep -q uint8 info/a && test -f info/a || exit 1
            rm root.zarr/a/zarr.json
            test -e info/a && exit 2
            echo "$1" > root.zarr/a/zarr.json
            test -d info/a && grep -q Type info/a/.info
            """;
        _mount.Shell(Script, Group).Succeed();
    }

    [MountWithPythonFact]
    public void A_directory_that_is_rewound_is_listed_again()
    {
        const string Script = """
            import os, sys
            folder = os.open("root.zarr", os.O_RDONLY)
            assert "new" not in os.listdir(folder)
            open("root.zarr/new", "w").close()
            assert "new" in os.listdir(folder), "the name that came"  # Python rewinds before and after
            os.unlink("root.zarr/new")
            assert "new" not in os.listdir(folder), "the name that went"
            """;
        _mount.Shell("$1 -c \"$2\"", Python.Program!, Script).Succeed();
    }
}
