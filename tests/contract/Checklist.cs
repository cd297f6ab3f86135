using ArraylakeFs.FileSystem;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Contract;

/// <summary>
/// The directory contract of zarr-tools.md section 4, item by item; the number of the item ends each name. Every test runs on both faces, on the
/// file system without a kernel and on a real mount. Tests of single faces and of what only shows on the inside are elsewhere, under the same numbers.
/// </summary>
public abstract partial class Checklist
{
    private readonly Face _face;

    private protected Checklist(Face face) => _face = face;

    /// <summary>A new repository, mounted.</summary>
    private protected abstract Task<IMounted> MountAsync();

    [ChecklistFact]
    public async Task The_root_can_be_emptied_removed_and_made_again_and_that_empties_the_root_group_01()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "old");
        files.Commit();
        Assert.Equal(Errno.NotEmpty, files.RemoveDirectory(At()));
        files.RemoveTree(At());
        Assert.Equal(Errno.NoEntry, files.Stat(At(), out _));
        Assert.DoesNotContain(_face.Name, files.ListNames(""));
        Assert.Equal(Errno.NoEntry, files.Open(At(_face.GroupFile), Access.Write | Access.Create, out _));
        Assert.Equal(Errno.None, files.MakeDirectory(At()));
        Assert.Empty(files.ListNames(At()));
        files.Write(At(_face.GroupFile), _face.Group(1));
        string id = files.Commit();
        Assert.Equal([_face.GroupFile], Committed(files, id));
        _face.AssertSameDocument(_face.Group(1), files.ReadBytes(_face.In(id, _face.GroupFile)));
    }

    [ChecklistFact]
    public async Task Files_of_any_name_live_beside_nodes_and_are_renamed_over_existing_ones_02()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x");
        files.Commit();
        string chunk = Chunk("x", "0");
        foreach (string name in (string[])["0.0123456789abcdef.partial", "zarr.json.__lock", ".zarr.json.Xy12Zz", ".zarray.1.partial", "jl_AbCdEf", "ünï 🐳", "-", "a b\nc"])
        {
            files.Write(At($"x/{name}"), name);
            Assert.Equal(name, files.ReadText(At($"x/{name}")));
            Assert.Contains(name, files.ListNames(At("x")));
            Assert.Equal(Errno.None, files.Rename(At($"x/{name}"), At(chunk)));
            Assert.Equal(name, files.ReadText(At(chunk)));
        }

        Assert.Equal([$"📝 {chunk}"], files.StatusPaths());
    }

    [ChecklistFact]
    public async Task A_link_to_a_document_is_it_and_an_existing_name_is_refused_03()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        string document = At(_face.GroupFile), temporary = At("zarr.1234.partial");
        files.Write(temporary, _face.Group());
        Assert.Equal(Errno.None, files.Link(temporary, document));
        Assert.Equal(Errno.Exists, files.Link(temporary, document));
        Assert.Equal(2u, files.StatOf(document).Links);
        Assert.Equal(files.StatOf(temporary).Inode, files.StatOf(document).Inode);
        Assert.Equal(Errno.None, files.Unlink(temporary));
        Assert.Equal(1u, files.StatOf(document).Links);
        Assert.Equal(_face.Group(), files.ReadBytes(document));
        files.Commit();
        Assert.Equal(Errno.Exists, files.Open(document, Access.Write | Access.Create | Access.Exclusive, out _));
        Assert.Equal(Errno.None, files.Link(document, At("copy"))); // a committed one too
        _face.AssertSameDocument(_face.Group(), files.ReadBytes(At("copy")));
    }

    [ChecklistFact]
    public async Task Many_small_writes_in_place_are_judged_when_they_are_done_04()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        string document = At(_face.GroupFile);
        files.Write(document, _face.Group());
        files.Commit();
        byte[] bytes = _face.Group(1);
        Files.Check(files.Open(document, Access.Write | Access.Create | Access.Truncate, out int file), "open");
        for (int i = 0; i < bytes.Length; i++)
        {
            Assert.Equal(Errno.None, files.Write(file, i, [bytes[i]]));
            Assert.Equal(i + 1, files.StatOf(document).Size);
        }

        Assert.Empty(files.Invalid());
        Assert.Equal(Errno.NoData, files.Command("commit", "too early"));
        Assert.Equal(Errno.None, files.Close(file));
        Assert.Empty(files.Loose());
        string id = files.Commit();
        _face.AssertSameDocument(bytes, files.ReadBytes(_face.In(id, _face.GroupFile)));
    }

    [ChecklistFact]
    public async Task A_document_written_over_a_longer_one_counts_up_to_the_end_of_its_first_value_05()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        string document = At(_face.GroupFile);
        files.Write(document, _face.Group(1234567890));
        files.Commit();
        byte[] shorter = _face.Group();
        long length = files.StatOf(document).Size;
        Files.Check(files.Open(document, Access.Write, out int file), "open");
        Files.Check(files.Write(file, 0, shorter), "write");
        Files.Check(files.Close(file), "close");
        byte[] whole = files.ReadBytes(document);
        Assert.True(length > shorter.Length);
        if (_face == Face.V3)
        {
            Assert.Equal(length, whole.Length);
            Assert.True(whole.AsSpan().StartsWith(shorter));
        }
        else
        {
            Assert.Equal(shorter[..^1], whole); // the old one was ours: netCDF-C would stumble over what is left of it
        }

        string id = files.Commit();
        _face.AssertSameDocument(whole, files.ReadBytes(_face.In(id, _face.GroupFile)));
    }

    [ChecklistFact]
    public async Task A_committed_chunk_is_changed_in_place_at_an_offset_05()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x");
        files.Commit();
        string chunk = Chunk("x", "1");
        byte[] expected = files.ReadBytes(At(chunk));
        ulong inode = files.StatOf(At(chunk)).Inode;
        Files.Check(files.Open(At(chunk), Access.Write, out int file), "open");
        Files.Check(files.Write(file, 600, [1, 2, 3]), "write");
        Files.Check(files.Close(file), "close");
        new byte[] { 1, 2, 3 }.CopyTo(expected, 600);
        Assert.Equal(expected, files.ReadBytes(At(chunk)));
        Assert.Equal(inode, files.StatOf(At(chunk)).Inode);
        Assert.Equal([$"📝 {chunk}"], files.StatusPaths());
    }

    [ChecklistFact]
    public async Task Directories_without_documents_persist_through_commits_and_restarts_06()
    {
        await using var mount = await MountAsync();
        mount.Files.MakeDirectories(At("x/c/0"));
        mount.Files.Write(At(_face.GroupFile), _face.Group());
        mount.Files.Commit();
        await mount.ReopenAsync();
        Assert.Equal(["0"], mount.Files.ListNames(At("x/c")));
        Assert.Equal(Errno.None, mount.Files.RemoveDirectory(At("x/c/0")));
    }

    [ChecklistFact]
    public async Task The_directories_of_chunks_that_were_removed_stay_until_they_are_removed_06()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x", "[2,2]", "[1,1]", ["0/0", "1/1"]);
        files.Commit();
        string row = Chunk("x", "1"), other = Chunk("x", "0"), above = row[..row.LastIndexOf('/')];
        Files.Check(files.Unlink(At($"{row}/1")), "unlink");
        Assert.Empty(files.ListNames(At(row)));
        string id = files.Commit();
        Assert.Equal(Errno.NoEntry, files.Stat(_face.In(id, row), out _));
        Assert.Equal(["0"], files.ListNames(_face.In(id, other)));
        Assert.Equal(["0", "1"], files.ListNames(At(above)).Where(name => name != _face.ArrayFile));
        await mount.ReopenAsync();
        Assert.Empty(mount.Files.ListNames(At(row)));
        Assert.Equal(Errno.None, mount.Files.RemoveDirectory(At(row)));
        Assert.Equal(Errno.NoData, mount.Files.Command("commit", "nothing"));
    }

    [ChecklistFact]
    public async Task Chunks_come_before_their_array_and_outside_its_shape_07()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        string zero = Chunk("x", "0"), five = Chunk("x", "5");
        files.Write(At(_face.GroupFile), _face.Group());
        files.MakeDirectories(At(zero)[..At(zero).LastIndexOf('/')]);
        files.Write(At(zero), Documents.Chunk("zero"));
        files.Write(At(five), Documents.Chunk("five"));
        Assert.Equal([zero, five], files.Loose());
        files.Commit();
        Assert.Equal([zero, five], files.Loose());
        files.Write(At($"x/{_face.ArrayFile}"), _face.Array("[2]", "[1]"));
        Assert.Equal([five], files.Loose());
        string id = files.Commit();
        Assert.Equal(Documents.Chunk("zero"), files.ReadBytes(_face.In(id, zero)));
        Assert.Equal(Errno.NoEntry, files.Stat(_face.In(id, five), out _));
        files.Write(At($"x/{_face.ArrayFile}"), _face.Array("[6]", "[1]"));
        Assert.Equal([$"📝 {five}", "📝 x/zarr.json"], files.StatusPaths());
        id = files.Commit();
        Assert.Equal(Documents.Chunk("five"), files.ReadBytes(_face.In(id, five)));
        Assert.Empty(files.Loose());
    }

    [ChecklistFact]
    public async Task A_child_waits_for_the_group_above_it_08()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        files.Write(At(_face.GroupFile), _face.Group());
        files.MakeDirectories(At("g/h"));
        if (_face == Face.V2)
        {
            files.Write(At("g/h/.zattrs"), """{"first":"come"}""");
            Assert.Equal(["g/h/.zattrs"], files.Loose());
        }

        files.Write(At($"g/h/{_face.GroupFile}"), _face.Group());
        Assert.Equal(["g/h/zarr.json"], files.Loose());
        Assert.Equal(_face == Face.V2, files.ReadText(Face.V3.At("g/h/zarr.json")).Contains("come", StringComparison.Ordinal));
        string id = files.Commit();
        Assert.Equal([_face.GroupFile], Committed(files, id));
        files.Write(At($"g/{_face.GroupFile}"), _face.Group());
        id = files.Commit();
        Assert.Equal(new[] { _face.GroupFile, "h" }.Order(StringComparer.Ordinal), Committed(files, id, "g"));
    }

    [ChecklistTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Chunks_outlive_their_document_and_are_removed_in_any_order_09(bool commitInBetween)
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "g/x");
        string before = files.Commit();
        string chunk = Chunk("g/x", "1");
        byte[] bytes = files.ReadBytes(At(chunk));
        Files.Check(files.Unlink(At($"g/x/{_face.ArrayFile}")), "unlink");
        if (commitInBetween)
        {
            string without = files.Commit();
            Assert.Equal([_face.GroupFile], Committed(files, without, "g"));
            Assert.Equal(["g/x/"], files.Loose());
            await mount.ReopenAsync();
            files = mount.Files;
        }

        Assert.Equal(bytes, files.ReadBytes(At(chunk)));
        Assert.Equal(Errno.NotEmpty, files.RemoveDirectory(At("g/x")));
        Files.Check(files.Unlink(At(chunk)), "unlink");
        Assert.Equal(Errno.NoEntry, files.Stat(At(chunk), out _));
        Assert.True(files.Exists(At(Chunk("g/x", "0"))) && files.Exists(At(Chunk("g/x", "2"))));
        files.RemoveTree(At("g/x"));
        Assert.Equal(Errno.NotEmpty, files.RemoveDirectory(At("g")));
        Assert.Equal(commitInBetween ? Errno.NoData : Errno.None, files.Command("commit", "gone"));
        Assert.Equal(bytes, files.ReadBytes(_face.In(before, chunk)));
    }

    [ChecklistFact]
    public async Task Directories_are_renamed_as_POSIX_says_10()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "g/x");
        files.MakeDirectories(At("empty"));
        files.Commit();
        Assert.Equal(Errno.Invalid, files.Rename(At("g"), At("g/x/g")));
        Assert.Equal(Errno.NotEmpty, files.Rename(At("empty"), At("g")));
        Assert.Equal(Errno.Exists, files.Rename(At("empty"), At("g"), RenameFlags.NoReplace));
        Assert.Equal(Errno.NotDirectory, files.Rename(At("empty"), At(_face.GroupFile)));
        Assert.Equal(Errno.IsDirectory, files.Rename(At(_face.GroupFile), At("empty")));
        Assert.Equal(Errno.None, files.Rename(At("g/x"), At("empty")));
        Assert.Equal(Errno.None, files.Rename(At("empty"), At("g/y")));
        Assert.Equal(new[] { _face.GroupFile, "y" }.Order(StringComparer.Ordinal), files.ListNames(At("g")));
        Assert.Equal(Documents.Chunk("g/x 1"), files.ReadBytes(At(Chunk("g/y", "1"))));
        string id = files.Commit();
        Assert.Equal(Documents.Chunk("g/x 1"), files.ReadBytes(_face.In(id, Chunk("g/y", "1"))));
    }

    [ChecklistFact]
    public async Task Errors_are_those_of_a_disk_11()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x");
        string chunk = Chunk("x", "0");
        for (int round = 0; round < 2; round++)
        {
            Assert.Equal(Errno.NoEntry, files.Stat(At("nothing"), out _));
            Assert.Equal(Errno.NoEntry, files.Stat(At(Chunk("x", "9")), out _));
            Assert.Equal(Errno.NotDirectory, files.Stat(At($"{_face.GroupFile}/{_face.GroupFile}"), out _));
            Assert.Equal(Errno.NotDirectory, files.Stat(At($"{chunk}/{_face.GroupFile}"), out _));
            Assert.Equal(Errno.IsDirectory, files.Open(At("x"), Access.Write, out _));
            Assert.Equal(Errno.IsDirectory, files.Unlink(At("x")));
            Assert.Equal(Errno.NotDirectory, files.RemoveDirectory(At(_face.GroupFile)));
            Assert.Equal(Errno.Exists, files.MakeDirectory(At("x")));
            Assert.Equal(Errno.Exists, files.MakeDirectory(At(_face.GroupFile)));
            Assert.Equal(Errno.Exists, files.Open(At(chunk), Access.Write | Access.Create | Access.Exclusive, out _));
            Assert.Equal(Errno.NameTooLong, files.MakeDirectory(At(new string('ü', 128))));
            Assert.Equal(Errno.NameTooLong, files.Stat(At(new string('n', 256)), out _));
            files.Command("commit", "the same once more, committed");
        }

        Files.Check(files.MakeDirectory(At(new string('ü', 127))), "127 characters of 2 bytes");
    }

    private string At(string path = "") => _face.At(path);

    private string Chunk(string array, string key) => _face.Chunk(array, key);

    /// <summary>The names of a directory in a commit, but for the copy that the v2 face of every commit offers.</summary>
    private string[] Committed(IFiles files, string commit, string path = "") =>
        [.. files.ListNames(_face.In(commit, path)).Where(name => name != ".zmetadata")];
}
