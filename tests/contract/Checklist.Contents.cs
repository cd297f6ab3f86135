using System.Text.Json.Nodes;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Contract;

// What the files mean, what is offered and what is not.
public abstract partial class Checklist
{
    [ChecklistFact]
    public async Task Attributes_that_are_not_quite_JSON_come_back_as_they_were_written_19()
    {
        const string Attributes = """{"a":NaN,"b":[Infinity,-Infinity],"c":123456789012345678901234567890,"d":1.0,"e":1e3,  "u":"\u00fc ü"}""";
        await using var mount = await MountAsync();
        var files = mount.Files;
        files.Write(At(_face.GroupFile), _face.Group());
        string path = _face == Face.V3 ? "zarr.json" : ".zattrs";
        string text = _face == Face.V3 ? $$"""  {"more":{"must_understand":false}, "node_type":"group", "zarr_format":3, "attributes":{{Attributes}} }  """ : Attributes;
        files.Write(At(path), text);
        Assert.Equal(text, files.ReadText(At(path)));
        string id = files.Commit();
        foreach (string shown in (string[])[files.ReadText(_face.In(id, path)), files.ReadText(_face.Other.In(id, path == ".zattrs" ? "zarr.json" : ".zattrs"))])
        {
            foreach (string token in (string[])["NaN", "-Infinity", "123456789012345678901234567890", "1.0", "1e3"])
            {
                Assert.Contains(token, shown, StringComparison.Ordinal);
            }
        }

        Assert.Equal(_face == Face.V3 ? text : files.ReadText(At(path)), files.ReadText(_face.In(id, path)));
    }

    [ChecklistFact]
    public async Task Nothing_of_ours_is_listed_in_the_tree_21()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x");
        string[] expected = [.. files.Walk(At()).Keys];
        Assert.Equal(
            new[] { _face.GroupFile, "x/", $"x/{_face.ArrayFile}", Chunk("x", "0"), Chunk("x", "1"), Chunk("x", "2") }
                .Concat(_face == Face.V3 ? ["x/c/"] : []).Order(StringComparer.Ordinal),
            expected);
        for (int round = 0; round < 2; round++)
        {
            files.Commit($"commit {round}");
            Assert.Equal(expected, files.Walk(At()).Keys);
            files.Write(At(Chunk("x", "0")), Documents.Chunk($"again {round}"));
            Assert.Equal(expected, files.Walk(At()).Keys);
        }
    }

    [ChecklistFact]
    public async Task Foreign_files_are_kept_told_of_and_never_committed_22()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x");
        string[] foreign = ["OME/METADATA.ome.xml", "README", "pam.aux.xml", $"x/{_face.ArrayFile}.gmac"];
        files.MakeDirectories(At("OME"));
        Array.ForEach(foreign, path => files.Write(At(path), path));
        Assert.Equal(foreign, files.Loose());
        string id = files.Commit();
        Assert.Equal(new[] { _face.GroupFile, "x" }.Order(StringComparer.Ordinal), Committed(files, id));
        await mount.ReopenAsync();
        files = mount.Files;
        Assert.Equal(foreign, files.Loose());
        Assert.All(foreign, path => Assert.Equal(path, files.ReadText(At(path))));
        Assert.Equal(Errno.Busy, files.Command("checkout", id)); // they would be lost
        Assert.Contains("discard", files.Error(), StringComparison.Ordinal);
    }

    [ChecklistFact]
    public async Task Files_and_directories_can_be_flushed_to_the_disk_23()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        Files.Check(files.Open(At(_face.GroupFile), Access.Write | Access.Create, out int file), "open");
        Files.Check(files.Write(file, 0, _face.Group()), "write");
        Assert.Equal(Errno.None, files.Sync(file));
        Assert.Equal(Errno.None, files.SyncDirectory(At()));
        string id = files.Commit("synced is complete, though still open");
        Assert.Equal([_face.GroupFile], Committed(files, id));
        Files.Check(files.Close(file), "close");
    }

    [ChecklistFact]
    public async Task What_is_not_offered_is_refused_with_the_errno_that_tools_expect_23()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        Files.Check(files.Open(At("f"), Access.Write | Access.Create, out int file), "open");
        Assert.Equal(Errno.NotSupported, files.Allocate(file, 100));
        Assert.Equal(Errno.NoData, files.GetAttribute(At("f"), "user.anything", out _));
        Assert.Equal(Errno.NotPermitted, files.MakeSymbolicLink("f", At("link")));
        Files.Check(files.Close(file), "close");
    }

    [ChecklistFact]
    public async Task Modes_and_times_are_accepted_and_kept_24()
    {
        await using var mount = await MountAsync();
        _face.WriteArray(mount.Files, "x");
        mount.Files.Commit();
        string[] paths = [_face.GroupFile, Chunk("x", "0"), "x"];
        foreach (string path in paths)
        {
            Files.Check(mount.Files.ChangeMode(At(path), 0x180), path);
            Files.Check(mount.Files.SetTime(At(path), 1_500_000_000_000_000_100), path);
        }

        await mount.ReopenAsync();
        foreach (string path in paths)
        {
            var stat = mount.Files.StatOf(At(path));
            Assert.Equal((path, 1_500_000_000_000_000_100, 0x180u), (path, stat.ModifiedNs, stat.Mode));
        }

        Assert.Empty(mount.Files.StatusPaths());
    }

    [ChecklistFact]
    public async Task Copies_of_documents_never_say_what_was_25()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x");
        string holder = At(_face == Face.V3 ? "zarr.json" : ".zmetadata"), document = At($"x/{_face.ArrayFile}");
        string array = files.ReadText(document);
        string copies = _face == Face.V3
            ? """{"zarr_format":3, "node_type":"group",  "consolidated_metadata":{"kind":"inline", "must_understand":false, "metadata":{"x":""" + array + "}}}"
            : """{"zarr_consolidated_format":1,  "metadata":{".zgroup":""" + files.ReadText(At(".zgroup")) + """, "x/.zarray":""" + array + "}}";
        files.Write(holder, copies);
        Assert.Equal(copies, files.ReadText(holder));
        files.Replace(document, _face.Array("[5]", "[1]"));
        string now = files.ReadText(holder);
        Assert.All(ShapesIn(JsonNode.Parse(now)), shape => Assert.Equal("[5]", shape));
        string id = files.Commit();
        files.Replace(document, _face.Array("[7]", "[1]"));
        Assert.All(ShapesIn(JsonNode.Parse(files.ReadText(holder))), shape => Assert.Equal("[7]", shape));
        string committed = files.ReadText(_face.In(id, holder[(holder.IndexOf('/') + 1)..]));
        Assert.All(ShapesIn(JsonNode.Parse(committed)), shape => Assert.Equal("[5]", shape));
        Assert.Equal(_face == Face.V2, ShapesIn(JsonNode.Parse(now)).Any() && ShapesIn(JsonNode.Parse(committed)).Any());
    }

    [ChecklistFact]
    public async Task The_root_has_a_name_that_tools_take_for_a_store_26()
    {
        await using var mount = await MountAsync();
        Assert.Contains(mount.Files.ListNames(""), name => name == _face.Name && name.EndsWith(".zarr", StringComparison.Ordinal));
        Assert.True(mount.Files.StatOf(At()).IsDirectory);
    }

    [ChecklistFact]
    public async Task A_read_only_view_refuses_every_change_and_serves_every_read_27()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "g/x");
        string id = files.Commit();
        byte[] document = files.ReadBytes(At(_face.GroupFile));
        AssertReadOnly(files, _face.In(id));
        Files.Check(files.Command("checkout", id), "checkout");
        AssertReadOnly(files, At());
        Assert.Contains("not a branch", files.Error(), StringComparison.Ordinal);
        Assert.Equal(Errno.ReadOnly, files.Command("commit", "no"));
        Assert.Equal(document, files.ReadBytes(At(_face.GroupFile)));
        Assert.Equal(Documents.Chunk("g/x 1"), files.ReadBytes(At(Chunk("g/x", "1"))));
    }

    [ChecklistFact]
    public async Task An_invalid_document_stays_visible_is_named_and_stops_the_commit_28()
    {
        string text = _face == Face.V3 ? """{"zarr_format":3,"node_type":"array"}""" : """{"zarr_format":2,"chunks":[1]}""";
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x");
        string before = files.Commit();
        string document = $"x/{_face.ArrayFile}", chunk = Chunk("x", "0");
        string[] names = files.ListNames(At("x"));
        files.Write(At(document), text);
        files.Write(At(chunk), Documents.Chunk("new"));
        Assert.Equal([document], files.Invalid());
        Assert.Contains($"🚫 {document} (shape is missing)", files.ReadText("status"), StringComparison.Ordinal);
        Assert.Equal(Errno.Invalid, files.Command("commit", "no"));
        Assert.Contains($"{document}: shape is missing", files.Error(), StringComparison.Ordinal);
        Assert.Equal(text, files.ReadText(At(document)));
        Assert.Equal(names, files.ListNames(At("x")));
        Files.Check(files.Command("discard", document), "discard");
        Assert.Equal([$"📝 {chunk}"], files.StatusPaths());
        Assert.NotEqual(before, files.Commit());
    }

    [ChecklistFact]
    public async Task Removing_a_document_removes_nothing_else_29()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "g/x");
        files.Commit();
        string[] left = [.. files.Walk(At()).Keys.Where(path => path != $"g/{_face.GroupFile}")];
        Files.Check(files.Unlink(At($"g/{_face.GroupFile}")), "unlink");
        Assert.Equal(left, files.Walk(At()).Keys);
        Assert.Equal(Errno.Invalid, files.Command("commit", "an array without the group above it"));
        Assert.Contains("g/x/zarr.json: there is no group above it: g/zarr.json is missing", files.Error(), StringComparison.Ordinal);
        Assert.Equal(left, files.Walk(At()).Keys);
        Assert.Equal(Documents.Chunk("g/x 1"), files.ReadBytes(At(Chunk("g/x", "1"))));
    }

    [ChecklistFact]
    public async Task A_chunk_has_one_name_29()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x");
        files.Commit();
        string[] others = _face == Face.V3 ? ["c/00", "c/+1", "c/1.0", "C/1", "c.1", "0", "1", "c/1/0"] : ["00", "+1", "1.0", "c", "c/1", "C/1", "c.1", "1/0"];
        foreach (string name in others)
        {
            Assert.True(files.Stat(At($"x/{name}"), out _) is Errno.NoEntry or Errno.NotDirectory, name);
        }
    }

    [ChecklistFact]
    public async Task No_size_is_made_up_and_no_stat_fails_30()
    {
        await using var mount = await MountAsync();
        _face.WriteArray(mount.Files, "x");
        mount.Files.Commit();
        var sizes = mount.Files.Walk(At()).ToDictionary(e => e.Key, e => e.Value.Size);
        Directory.Delete(Path.Combine(mount.Repository, "chunks"), recursive: true); // not one is asked for
        await mount.ReopenAsync();
        Assert.Equal(sizes, mount.Files.Walk(At()).ToDictionary(e => e.Key, e => e.Value.Size));
        Assert.Equal(700, mount.Files.StatOf(At(Chunk("x", "2"))).Size);
    }

    [ChecklistFact]
    public async Task Nothing_is_renamed_to_a_name_of_ours_31()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x");
        files.Commit();
        string[] names = [.. files.Walk(At()).Keys];
        string unlinked = Chunk("x", "0"), replaced = Chunk("x", "1");
        Files.Check(files.Open(At(unlinked), Access.Write, out int first), "open");
        Files.Check(files.Open(At(replaced), Access.Write, out int second), "open");
        Files.Check(files.Unlink(At(unlinked)), "unlink");
        files.Replace(At(replaced), Documents.Chunk("another"));
        Assert.Equal(names.Where(name => name != unlinked), files.Walk(At()).Keys);
        files.Close(first);
        files.Close(second);
        Assert.Equal(names.Where(name => name != unlinked), files.Walk(At()).Keys);
    }

    [ChecklistFact]
    public async Task Only_one_kind_of_document_is_listed_32()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x");
        _face.Other.WriteArray(files, "y");
        string id = files.Commit();
        string[] names = [.. files.Walk(At()).Keys, .. files.Walk(_face.In(id)).Keys];
        Assert.Contains($"y/{_face.ArrayFile}", names);
        Assert.DoesNotContain(names, n => n.Contains(_face == Face.V3 ? ".z" : "zarr.json", StringComparison.Ordinal));
    }

    [ChecklistTheory]
    [InlineData("""{"zarr_format":"https://purl.org/zarr/spec/protocol/core/3.0","metadata_encoding":"x"}""")]
    [InlineData("""{"zarr_format":4,"node_type":"group"}""")]
    [InlineData("not JSON")]
    [InlineData("")]
    [InlineData("[1]")]
    public async Task Documents_of_other_formats_are_named_and_refused_33(string document)
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        files.Write(At(_face.GroupFile), document);
        files.MakeDirectories(At("meta/root"));
        files.Write(At("meta/root/x.array.json"), "the draft's");
        Assert.Equal([_face.GroupFile], files.Invalid());
        Assert.Equal(["meta/root/x.array.json"], files.Loose());
        Assert.Equal(Errno.Invalid, files.Command("commit", "no"));
        Assert.Contains($"{_face.GroupFile}: ", files.Error(), StringComparison.Ordinal);
        Assert.Equal(document, files.ReadText(At(_face.GroupFile)));
    }

    [ChecklistFact]
    public async Task A_document_of_the_other_format_is_none_here_33()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        files.Write(At(_face.GroupFile), _face.Group());
        string other = At(_face.Other.GroupFile);
        if (_face == Face.V2)
        {
            Assert.Equal(Errno.NotPermitted, files.Open(other, Access.Write | Access.Create, out _));
            Assert.Equal(Errno.NoEntry, files.Stat(other, out _));
        }
        else
        {
            files.Write(other, Face.V2.Group());
            Assert.Equal([".zgroup"], files.Loose());
            Assert.Contains("a document of Zarr v2", files.ReadText("status"), StringComparison.Ordinal);
        }

        Assert.Equal([_face.GroupFile], Committed(files, files.Commit()));
    }

    [ChecklistFact]
    public async Task Chunks_of_a_size_that_cannot_be_stop_a_commit_and_what_tools_leave_behind_does_not_28()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x");
        _face.WriteArray(files, "y", keys: []);
        files.Write(At($"y/{_face.ArrayFile}"), _face.PlainArray("[3]", "[2]"));
        string empty = Chunk("x", "0"), plain = Chunk("y", "0"), outside = Chunk("y", "2");
        files.MakeDirectories(At(plain)[..At(plain).LastIndexOf('/')]);
        files.Write(At(plain), new byte[8]);
        string[] leftovers = [$"{plain}.0a1b.partial", $"{plain}.__lock"];
        Array.ForEach(leftovers, path => files.Write(At(path), "left"));
        files.Write(At(outside), new byte[8]);
        Assert.Equal(leftovers.Append(outside).Order(StringComparer.Ordinal), files.Loose());
        Assert.Empty(files.Invalid());
        files.Commit();
        files.Write(At(empty), []);
        files.Write(At(plain), new byte[7]);
        Assert.Equal([empty, plain], files.Invalid());
        Assert.Equal(Errno.Invalid, files.Command("commit", "no"));
        Assert.Contains($"{empty}: ", files.Error(), StringComparison.Ordinal);
        Assert.Contains($"{plain} (it has 7 bytes, and a chunk of this array has 8 bytes)", files.ReadText("status"), StringComparison.Ordinal);
        files.Write(At(empty), Documents.Chunk("full"));
        files.Write(At(plain), new byte[8]);
        Assert.Empty(files.Invalid());
        files.Commit();
    }

    [ChecklistFact]
    public async Task Names_that_differ_in_case_or_in_normalization_are_different_names_34()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        string[] names = ["A", "a", "\u00e9", "e\u0301"];
        Array.ForEach(names, name => _face.WriteArray(files, name));
        string id = files.Commit();
        Assert.Equal(names.Append(_face.GroupFile).Order(StringComparer.Ordinal), Committed(files, id));
        Assert.Equal(Documents.Chunk("e\u0301 0"), files.ReadBytes(_face.In(id, Chunk("e\u0301", "0"))));
        Assert.Equal(Errno.NoEntry, files.Stat(At(_face.GroupFile.ToUpperInvariant()), out _));
    }

    [ChecklistFact]
    public async Task Readers_are_not_held_back_by_a_file_that_is_open_34()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        Files.Check(files.Open(At("t.partial"), Access.Write | Access.Create, out int file), "open");
        Files.Check(files.Write(file, 0, "half"u8.ToArray()), "write");
        Assert.Equal("half", files.ReadText(At("t.partial")));
        Assert.Contains("t.partial", files.ListNames(At()));
        Files.Check(files.Close(file), "close");
    }

    private void AssertReadOnly(IFiles files, string root)
    {
        string document = $"{root}/{_face.GroupFile}";
        Assert.Equal(Errno.ReadOnly, files.MakeDirectory($"{root}/new"));
        Assert.Equal(Errno.ReadOnly, files.Open($"{root}/new", Access.Write | Access.Create, out _));
        Assert.Equal(Errno.ReadOnly, files.Open(document, Access.Write, out _));
        Assert.Equal(Errno.ReadOnly, files.Unlink(document));
        Assert.Equal(Errno.ReadOnly, files.RemoveDirectory($"{root}/g"));
        Assert.Equal(Errno.ReadOnly, files.Rename($"{root}/g", $"{root}/h"));
        Assert.Equal(Errno.ReadOnly, files.Link(document, $"{root}/other"));
        Assert.Equal(Errno.ReadOnly, files.Truncate(document, 0));
        Assert.Equal(Errno.ReadOnly, files.SetTime(document, 1));
        Assert.Equal(Errno.ReadOnly, files.ChangeMode($"{root}/g", 0x1FF));
        _face.AssertSameDocument(_face.Group(), files.ReadBytes(document));
    }

    private static IEnumerable<string> ShapesIn(JsonNode? json) => json switch
    {
        JsonObject o => o.SelectMany(member => member.Key == "shape" ? [member.Value!.ToJsonString()] : ShapesIn(member.Value)),
        JsonArray a => a.SelectMany(ShapesIn),
        _ => [],
    };
}
