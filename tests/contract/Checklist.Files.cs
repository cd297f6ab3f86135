using System.Text;
using System.Text.Json.Nodes;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Contract;

// Sizes, times, handles, listings and bytes.
public abstract partial class Checklist
{
    [ChecklistFact]
    public async Task A_chunk_whose_object_is_lost_fails_when_it_is_read_and_not_before_12()
    {
        await using var mount = await MountAsync();
        _face.WriteArray(mount.Files, "x");
        mount.Files.Commit();
        string chunk = At(Chunk("x", "1"));
        Files.Check(mount.Files.GetAttribute(chunk, "user.icechunk.chunk_id", out string id), "chunk_id");
        File.Delete(Path.Combine(mount.Repository, "chunks", id));
        await mount.ReopenAsync();
        var files = mount.Files;
        Assert.Equal(700, files.StatOf(chunk).Size);
        Files.Check(files.Open(chunk, Access.Read, out int file), "open");
        Assert.Equal(Errno.InputOutput, files.Read(file, 0, 10, out _));
        files.Close(file);
        Assert.Contains(id, files.Error(), StringComparison.Ordinal);
    }

    [ChecklistFact]
    public async Task Sizes_are_exact_at_any_time_and_reads_go_anywhere_13()
    {
        await using var mount = await MountAsync();
        string chunk = At(Chunk("x", "0"));
        _face.WriteArray(mount.Files, "x", chunkBytes: 5000);
        Files.Check(mount.Files.Open(chunk, Access.Write, out int file), "open");
        Files.Check(mount.Files.Write(file, 6000, [9]), "write");
        Assert.Equal(6001, mount.Files.StatOf(chunk).Size);
        Files.Check(mount.Files.Close(file), "close");
        mount.Files.Commit();
        await mount.ReopenAsync();
        var files = mount.Files;
        Assert.Equal(6001, files.StatOf(chunk).Size);
        Files.Check(files.Open(chunk, Access.Read, out file), "open");
        Files.Check(files.Read(file, 5999, 100, out byte[] tail), "read");
        Assert.Equal([0, 9], tail);
        Files.Check(files.Read(file, 6001, 100, out byte[] nothing), "read");
        Assert.Empty(nothing);
        Files.Check(files.Read(file, 1L << 40, 100, out nothing), "read");
        Assert.Empty(nothing);
        files.Close(file);
    }

    [ChecklistFact]
    public async Task Inode_numbers_and_times_last_through_renames_commits_and_restarts_14()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        string chunk = Chunk("g/x", "0");
        _face.WriteArray(files, "g/x");
        Files.Check(files.SetTime(At(chunk), 1_600_000_000_123_456_789), "utimens");
        ulong inode = files.StatOf(At(chunk)).Inode;
        Files.Check(files.Rename(At(chunk), At($"{chunk}.away")), "rename");
        Assert.Equal(inode, files.StatOf(At($"{chunk}.away")).Inode);
        Files.Check(files.Rename(At($"{chunk}.away"), At(chunk)), "rename");
        var before = NumbersAndTimes(files, At());
        files.Commit();
        var committed = NumbersAndTimes(files, At());
        Assert.Equal(before.Where(e => IsKeptByCommits(e.Key)), committed.Where(e => IsKeptByCommits(e.Key)));
        await mount.ReopenAsync();
        Assert.Equal(committed, NumbersAndTimes(mount.Files, At()));

        files = mount.Files;
        files.Write(At($"g/{_face.GroupFile}"), _face.Group(1));
        files.Commit();
        await mount.ReopenAsync();
        files = mount.Files;
        var after = NumbersAndTimes(files, At());
        string changed = $"g/{_face.GroupFile}";
        Assert.Equal(committed.Where(e => e.Key != changed && e.Key != "g/"), after.Where(e => e.Key != changed && e.Key != "g/"));
        Assert.NotEqual(committed[changed].ModifiedNs, after[changed].ModifiedNs);
        Assert.Equal(committed[changed].Inode, after[changed].Inode);
        Assert.Equal((inode, 1_600_000_000_123_456_789), after[chunk]);

        Files.Check(files.Rename(At("g/x"), At("y")), "rename");
        files.Commit();
        await mount.ReopenAsync();
        var moved = NumbersAndTimes(mount.Files, At("y"));
        Assert.Equal(after.Where(e => e.Key.StartsWith("g/x/", StringComparison.Ordinal) && e.Key.Length > 4).Select(e => e.Value), moved.Values);
    }

    [ChecklistFact]
    public async Task Content_counts_from_close_or_rename_on_not_from_release_15()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        string chunk = Chunk("x", "0");
        _face.WriteArray(files, "x");
        files.Commit();
        Files.Check(files.Open(At(chunk), Access.Write | Access.Truncate, out int file), "open");
        Files.Check(files.Write(file, 0, Documents.Chunk("new")), "write");
        Files.Check(files.Flush(file), "close(2) of a copy");
        string id = files.Commit();
        Assert.Equal(Documents.Chunk("new"), files.ReadBytes(_face.In(id, chunk)));
        Files.Check(files.Close(file), "close");
        Assert.Empty(files.StatusPaths());

        // A file that is renamed while it is open has its new name when it is closed, and the old one's place is taken at once.
        string temporary = $"{chunk}.partial";
        Files.Check(files.Open(At(temporary), Access.Write | Access.Create, out file), "open");
        Files.Check(files.Write(file, 0, Documents.Chunk("renamed")), "write");
        Files.Check(files.Rename(At(temporary), At(chunk)), "rename");
        Assert.Equal(Documents.Chunk("renamed"), files.ReadBytes(At(chunk)));
        Files.Check(files.Close(file), "close");
        Assert.Equal([$"📝 {chunk}"], files.StatusPaths());
        id = files.Commit();
        Assert.Equal(Documents.Chunk("renamed"), files.ReadBytes(_face.In(id, chunk)));
    }

    [ChecklistFact]
    public async Task Readers_keep_the_bytes_that_they_opened_15()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        string zero = At(Chunk("x", "0")), one = At(Chunk("x", "1"));
        _face.WriteArray(files, "x");
        for (int round = 0; round < 2; round++)
        {
            byte[] old = files.ReadBytes(zero);
            Files.Check(files.Open(zero, Access.Read, out int replaced), "open");
            Files.Check(files.Open(one, Access.Read, out int removed), "open");
            files.Replace(zero, Documents.Chunk($"new {round}"));
            Files.Check(files.Unlink(one), "unlink");
            Files.Check(files.Read(replaced, 0, 700, out byte[] bytes), "read");
            Assert.Equal(old, bytes);
            Files.Check(files.Read(removed, 0, 700, out bytes), "read");
            Assert.Equal(Documents.Chunk("x 1"), bytes);
            files.Write(one, Documents.Chunk("x 1"));
            files.Commit();
            Files.Check(files.Read(replaced, 0, 700, out bytes), "read");
            Assert.Equal(old, bytes);
            files.Close(replaced);
            files.Close(removed);
        }
    }

    [ChecklistFact]
    public async Task An_open_file_that_is_unlinked_leaves_no_name_and_its_directory_can_be_removed_15()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        files.MakeDirectories(At("d"));
        Files.Check(files.Open(At("d/f"), Access.Write | Access.Create, out int file), "open");
        Files.Check(files.Unlink(At("d/f")), "unlink");
        Assert.Empty(files.ListNames(At("d")));
        Assert.Equal(Errno.None, files.RemoveDirectory(At("d")));
        Files.Check(files.Write(file, 0, "still here"u8.ToArray()), "write");
        Files.Check(files.Read(file, 0, 99, out byte[] bytes), "read");
        Assert.Equal("still here", Encoding.UTF8.GetString(bytes));
        Files.Check(files.Close(file), "close");
    }

    [ChecklistTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_listing_skips_nothing_when_names_are_removed_meanwhile_16(bool isCommitted)
    {
        const int Count = 2100;
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x", $"[{Count}]", "[1]", [.. Enumerable.Range(0, Count).Select(i => $"{i}")], chunkBytes: 20);
        string folder = At(Chunk("x", "0"))[..^2];
        if (isCommitted)
        {
            files.Commit();
            await mount.ReopenAsync();
            files = mount.Files;
        }

        var seen = new List<string>();
        Files.Check(files.List(folder, name =>
        {
            seen.Add(name);
            if (seen.Count % 3 == 1 && name != _face.ArrayFile)
            {
                Files.Check(files.Unlink($"{folder}/{name}"), name);
            }
        }), "readdir");
        string[] chunks = [.. seen.Where(name => name != _face.ArrayFile)];
        Assert.Equal(Count, chunks.Length);
        Assert.Equal(Count, chunks.Distinct().Count());
        Assert.InRange(files.ListNames(folder).Count(name => name != _face.ArrayFile), Count * 2 / 3, (Count * 2 / 3) + 1);
        files.RemoveTree(At("x"));
    }

    [ChecklistFact]
    public async Task A_name_that_was_just_made_is_found_by_everybody_17()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        string document = At(_face.GroupFile), otherDocument = _face.Other.At(_face.Other.GroupFile);
        foreach (string path in (string[])[document, otherDocument, At("a"), At("y"), $"{At("y")}/0", _face.Other.At("a")])
        {
            Assert.Equal(Errno.NoEntry, files.Stat(path, out _));
        }

        files.Replace(document, _face.Group());
        Assert.True(files.Exists(document) && files.Exists(otherDocument));
        Files.Check(files.MakeDirectory(At("a")), "mkdir");
        Assert.True(files.Exists(_face.Other.At("a")));
        Files.Check(files.Rename(At("a"), At("b")), "rename");
        Assert.False(files.Exists(At("a")) || files.Exists(_face.Other.At("a")));
        Assert.True(files.Exists(At("b")) && files.Exists(_face.Other.At("b")));

        // What the other face is used to write, is here.
        _face.Other.WriteArray(files, "y");
        Assert.Equal(Documents.Chunk("y 0"), files.ReadBytes(At("y/0")));
        Assert.True(files.Exists(At($"y/{_face.ArrayFile}")));
        Files.Check(files.Unlink(_face.Other.At(_face.Other.Chunk("y", "0"))), "unlink");
        Assert.Equal(Errno.NoEntry, files.Stat(At("y/0"), out _));
    }

    /// <summary>The kernel has the bytes and the sizes of both faces in its cache.</summary>
    [ChecklistFact]
    public async Task What_one_face_is_used_to_change_is_changed_in_the_other_at_once_17()
    {
        await using var mount = await MountAsync();
        var files = mount.Files;
        _face.WriteArray(files, "x");
        string first = files.Commit();
        string chunk = At(Chunk("x", "0")), sameChunk = _face.Other.At("x/0");
        string document = At($"x/{_face.ArrayFile}"), otherDocument = _face.Other.At($"x/{_face.Other.ArrayFile}");
        AssertSameDirectory(files, At("x"), _face.Other.At("x"));
        for (int round = 0; round < 3; round++)
        {
            Assert.Equal(files.ReadBytes(chunk), files.ReadBytes(sameChunk));
            files.Write(chunk, Documents.Chunk($"written here {round}", 700 + round));
            Assert.Equal(Documents.Chunk($"written here {round}", 700 + round), files.ReadBytes(sameChunk));
            files.Replace(sameChunk, Documents.Chunk($"replaced there {round}", 900 - round));
            Assert.Equal(Documents.Chunk($"replaced there {round}", 900 - round), files.ReadBytes(chunk));
            Files.Check(files.Open(sameChunk, Access.Write, out int file), "open");
            Files.Check(files.Write(file, 2, "TWO"u8.ToArray()), "write");
            Files.Check(files.Close(file), "close");
            Assert.Equal("TWO"u8, files.ReadBytes(chunk).AsSpan(2, 3));

            files.ReadBytes(otherDocument);
            files.Replace(document, _face.Array($"[{40 + round}]", "[1]"));
            Assert.Contains($"{40 + round}", files.ReadText(otherDocument), StringComparison.Ordinal);
            string changed = files.ReadText(otherDocument).Replace($"{40 + round}", $"1234{round}", StringComparison.Ordinal);
            files.Write(otherDocument, changed);
            Assert.Contains($"1234{round}", files.ReadText(document), StringComparison.Ordinal);
            Assert.Equal(files.StatOf(document).Size, files.ReadBytes(document).Length);
            Assert.Equal(files.StatOf(otherDocument).Size, files.ReadBytes(otherDocument).Length);
        }

        string second = files.Commit();
        foreach (string version in (string[])[first, second, first, "main"])
        {
            Files.Check(files.Command("checkout", version), version);
            string id = version == "main" ? second : version;
            Assert.Equal(files.ReadBytes(_face.In(id, Chunk("x", "0"))), files.ReadBytes(chunk));
            Assert.Equal(files.ReadBytes(chunk), files.ReadBytes(sameChunk));
            Assert.Equal(version == first ? "[3]" : "[12342]", Assert.Single(ShapesIn(JsonNode.Parse(files.ReadText(document)))));
            Assert.Equal(version == first ? "[3]" : "[12342]", Assert.Single(ShapesIn(JsonNode.Parse(files.ReadText(otherDocument)))));
        }

        files.Write(document, _face.Array("[5]", "[1]"));
        files.Write(sameChunk, Documents.Chunk("to be discarded"));
        Files.Check(files.Command("discard", "all"), "discard");
        Assert.Equal(files.ReadBytes(_face.In(second, Chunk("x", "0"))), files.ReadBytes(sameChunk));
        Assert.Equal(files.ReadBytes(sameChunk), files.ReadBytes(chunk));
        Assert.Equal("[12342]", Assert.Single(ShapesIn(JsonNode.Parse(files.ReadText(otherDocument)))));
    }

    /// <summary>What is done to a directory there shows here, although the kernel may believe what it was told of it.</summary>
    private static void AssertSameDirectory(IFiles files, string here, string there)
    {
        const long Time = 1_500_000_000_000_000_100;
        foreach (uint mode in (uint[])[0x1C0, 0x1ED])
        {
            Files.Check(files.ChangeMode(there, mode), "chmod");
            Assert.Equal(mode, files.StatOf(here).Mode);
        }

        Files.Check(files.SetTime(there, Time), "utimensat");
        Assert.Equal(Time, files.StatOf(here).ModifiedNs);
        files.Write($"{there}/new", "new");
        Assert.NotEqual(Time, files.StatOf(here).ModifiedNs);
        Files.Check(files.SetTime(here, Time), "utimensat");
        Assert.Equal(Time, files.StatOf(there).ModifiedNs);
        Files.Check(files.Unlink($"{there}/new"), "unlink");
        Assert.NotEqual(Time, files.StatOf(here).ModifiedNs);
    }

    [ChecklistFact]
    public async Task Threads_that_make_the_same_directories_and_different_files_do_not_disturb_each_other_18()
    {
        const int Directories = 50;
        await using var mount = await MountAsync();
        var made = new int[4];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Factory.StartNew(
            () =>
            {
                var files = mount.FilesOfAnother();
                for (int i = 0; i < Directories; i++)
                {
                    var errno = files.MakeDirectory(At($"d{i}"));
                    Assert.True(errno is Errno.None or Errno.Exists, errno.ToString());
                    made[worker] += errno == Errno.None ? 1 : 0;
                    files.Replace(At($"d{i}/f{worker}"), Encoding.UTF8.GetBytes($"{i} {worker}"));
                    files.Replace(At($"d{i}/shared"), Encoding.UTF8.GetBytes($"{i}"));
                }
            },
            TaskCreationOptions.LongRunning)));
        Assert.Equal(Directories, made.Sum());
        for (int i = 0; i < Directories; i++)
        {
            Assert.Equal(["f0", "f1", "f2", "f3", "shared"], mount.Files.ListNames(At($"d{i}")));
            Assert.Equal($"{i} 3", mount.Files.ReadText(At($"d{i}/f3")));
            Assert.Equal($"{i}", mount.Files.ReadText(At($"d{i}/shared")));
        }
    }

    [ChecklistTheory]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData((5 << 20) + 7)]
    public async Task Chunks_of_any_size_come_back_byte_for_byte_20(int length)
    {
        await using var mount = await MountAsync();
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        string chunk = Chunk("x", "0");
        _face.WriteArray(mount.Files, "x", "[1]", "[1]", ["0"]);
        mount.Files.Replace(At(chunk), bytes);
        string id = mount.Files.Commit();
        await mount.ReopenAsync();
        Assert.True(bytes.AsSpan().SequenceEqual(mount.Files.ReadBytes(At(chunk))));
        Assert.True(bytes.AsSpan().SequenceEqual(mount.Files.ReadBytes(_face.In(id, chunk))));
        Files.Check(mount.Files.GetAttribute(At(chunk), "user.icechunk.kind", out string kind), "kind");
        Assert.Equal(length <= 512 ? "inline" : "native", kind);
    }

    /// <summary>The documents of v2 are made anew by a commit.</summary>
    private bool IsKeptByCommits(string path) => _face == Face.V3 || !path.Contains(".z", StringComparison.Ordinal);

    private static SortedDictionary<string, (ulong Inode, long ModifiedNs)> NumbersAndTimes(IFiles files, string path) =>
        new(files.Walk(path).ToDictionary(e => e.Key, e => (e.Value.Inode, e.Value.ModifiedNs)), StringComparer.Ordinal);
}
