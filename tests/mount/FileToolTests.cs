using System.Text.Json.Nodes;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// Editors, file managers and what a shell has, each on a plain directory first and then on a mount, where half of the files are committed: what
/// they say, and what comes of it, is the same.
/// </summary>
public sealed class FileToolTests : IDisposable
{
    private readonly World _world = new();
    private readonly MountedRepository _mount;
    private readonly string _disk, _outsideOfDisk, _outsideOfMount;

    public FileToolTests()
    {
        _world.Run("create", "org/repo").Succeed();
        _mount = _world.Mount("org/repo");
        (_disk, _outsideOfDisk, _outsideOfMount) = (_world.NewPath("disk"), _world.NewPath("of-disk"), _world.NewPath("of-mount"));
        Directory.CreateDirectory(_disk);
        Run("make", _disk, _outsideOfDisk);
        Run("make", _mount.Tree, _outsideOfMount);
        _mount.Commit("made");
    }

    public void Dispose() => _world.Dispose();

    [ToolFact]
    public void Cp_copies_in_and_out_and_inside_with_times_modes_and_links() => IsAsOnADisk("cp", "back/a/c/5~");

    [ToolFact("rsync")]
    public void Rsync_sends_what_has_changed_and_nothing_for_a_second_time_not_even_after_a_commit()
    {
        IsAsOnADisk("rsync", "back/g/a/c/5.old");
        Assert.Equal("again: \n", Run("rsync-again", _mount.Tree, _outsideOfMount));
    }

    [ToolFact]
    public void Tar_packs_and_unpacks_what_is_there() => IsAsOnADisk("tar", "packed.tar.gz");

    [ToolFact]
    public void Mv_moves_in_and_out_and_inside() => IsAsOnADisk("mv", "g/h/19", "g/in/renamed/c/5~");

    [ToolFact]
    public void Rm_removes_what_it_is_told_to_and_nothing_else() => IsAsOnADisk("rm");

    [ToolFact]
    public void Find_grep_and_ls_find_what_is_there() => IsAsOnADisk("find");

    [ToolFact]
    public void Du_says_the_sum_of_the_files() => IsAsOnADisk("du");

    [ToolFact]
    public void Diff_and_checksums_tell_what_differs() => IsAsOnADisk("diff");

    [ToolFact("vim", "vim.tiny")]
    public void Vim_saves_a_document_whatever_it_does_about_backups() => IsAsOnADisk("vim", "copy.json");

    [ToolFact("python3")]
    public void Editors_save_in_place_and_by_renaming() => IsAsOnADisk("edit", "g/zarr.json.bak", "g/dots/0.0~");

    [ToolFact]
    public void What_file_managers_leave_behind_is_loose() => IsAsOnADisk(
        "manager", ".DS_Store", "g/._zarr.json", "g/a/Thumbs.db", "g/a/c/desktop.ini", "g/dots/.directory", ".Trash-0/files/19");

    [ToolFact("rsync")]
    public void File_tools_and_editors_do_in_the_v2_face_what_they_do_on_a_disk()
    {
        var mount = _world.Mount("org/repo", "v2");
        string tree = mount["root.v2.zarr"], disk = _world.NewPath("v2-disk");
        mount.Shell("rm -r root.v2.zarr; mkdir root.v2.zarr").Succeed();
        Run("v2-make", tree, _outsideOfMount);
        mount.Commit("as zarr-python would have written it");
        Command.Run("cp", ["-a", tree, disk]).Succeed();
        Assert.Equal(Run("v2", disk, _outsideOfDisk), Run("v2", tree, _outsideOfMount));
        var id = mount.Commit("everything");
        var status = JsonNode.Parse(mount.Read("status.json"))!;
        Assert.Equal([".zattrs.bak"], status["loose"]!.AsArray().Select(file => (string)file!["path"]!));
        var (shown, committed) = (FileTree.Of(mount, "root.v2.zarr"), FileTree.Of(mount, $"commits/{id}/root.v2.zarr"));
        Assert.True(shown.Remove(".zattrs.bak") && committed.Remove(".zmetadata"));
        Assert.Equal(shown, committed);
    }

    /// <summary>Does the same on both, and then commits: what is committed is what is shown, but for what is loose.</summary>
    private void IsAsOnADisk(string what, params string[] loose)
    {
        Assert.Equal(Run(what, _disk, _outsideOfDisk), Run(what, _mount.Tree, _outsideOfMount));
        var left = Loose();
        Assert.All(loose, path => Assert.Contains(path, left));
        if (what != "du") // which changes nothing
        {
            _mount.Commit(what);
        }

        var shown = FileTree.Of(_mount, "root.zarr");
        foreach (var path in left)
        {
            Assert.True(shown.Remove(path), path);
        }

        Assert.Equal(shown, FileTree.Of(_mount, $"commits/{_mount.Read("commit").Trim()}/root.zarr"));
        Assert.Equal(left, Loose());
        Assert.Empty(StatusFile.Of(_mount).Modified);
    }

    private string[] Loose() => [.. JsonNode.Parse(_mount.Read("status.json"))!["loose"]!.AsArray().Select(file => (string)file!["path"]!)];

    private static string Run(string what, string tree, string outside) =>
        Command.Run("bash", [Path.Combine(TestCache.Tests, "mount", "file_tools.sh"), what, tree, outside]).Succeed()
            .Replace(outside, "OUTSIDE", StringComparison.Ordinal).Replace(tree, "TREE", StringComparison.Ordinal);

    /// <summary>A test that mounts and needs one of some programs.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ToolFactAttribute : FactAttribute
    {
        /// <summary>Skips where nothing can be mounted, or none of the programs is there.</summary>
        public ToolFactAttribute(params string[] programs) =>
            Skip = Missing.Mounting ?? (programs.Length == 0 || programs.Any(program => Command.Find(program) is not null)
                ? null : $"{string.Join(" or ", programs)} is not installed");
    }
}
