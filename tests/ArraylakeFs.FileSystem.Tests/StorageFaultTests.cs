using System.Text.Json.Nodes;
using ArraylakeFs.Sessions;
using ArraylakeFs.Storage;
using Microsoft.Data.Sqlite;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>
/// The store fails in the middle of a commit, and what its outcome is cannot be told, or not be relied on. The journal fails in the middle of a
/// call, or the program is killed there.
/// </summary>
public sealed class StorageFaultTests
{
    private const int DiskFull = 13;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_changes_until_it_is_known_whether_a_commit_was_made(bool wasMade)
    {
        var store = new MemoryObjectStore();
        await using var mount = await CreateAsync(store: store);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string first = mount.Commit();
        kernel.Write(Root("x/c/0"), Documents.Chunk("second"));
        bool isCut = false;
        void Cut(StoreOperation operation, string key)
        {
            if (isCut || operation == StoreOperation.PutIfMatch)
            {
                isCut = true;
                throw new StorageException(key, "the network is down");
            }
        }

        (store.Before, store.After) = (wasMade ? null : Cut, wasMade ? Cut : null);
        Assert.Equal(Errno.InputOutput, kernel.Command("commit", "second"));
        store.Before = Cut;
        Assert.Contains("cannot be told", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.InputOutput, kernel.MakeDirectory(Root("d")));
        Assert.Contains("until it is known", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.InputOutput, kernel.Open(Root("x/c/0"), Access.Write, out _));
        Assert.Equal(Errno.InputOutput, kernel.Command("commit", "second"));
        Assert.Equal(Documents.Chunk("second"), kernel.ReadBytes(Root("x/c/0")));

        (store.Before, store.After) = (null, null);
        Files.Check(kernel.MakeDirectory(Root("d")), "mkdir");
        Assert.Equal(wasMade ? [] : ["📝 x/c/0"], mount.StatusPaths);
        Assert.Equal(wasMade ? Errno.NoData : Errno.None, kernel.Command("commit", "second"));
        string second = kernel.ReadText("commit").Trim();
        Assert.NotEqual(first, second);
        Assert.Equal(Documents.Chunk("second"), kernel.ReadBytes($"commits/{second}/root.zarr/x/c/0"));
        Assert.Equal(2, kernel.ReadText("log").Split("Commit ID").Length - 1);
    }

    [Fact]
    public async Task A_commit_that_the_disk_does_not_confirm_is_made_and_not_called_safe()
    {
        var store = new MemoryObjectStore();
        await using var mount = await CreateAsync(store: store);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        bool isAnnounced = false;
        store.After = (operation, key) =>
        {
            isAnnounced |= operation == StoreOperation.PutIfMatch;
            Fail(operation, key, StoreOperation.PutIfMatch);
        };
        store.Before = (operation, key) => Fail(operation, key, StoreOperation.Flush);
        void Fail(StoreOperation operation, string key, StoreOperation failing)
        {
            if (isAnnounced && operation == failing)
            {
                throw new StorageException(key, "the disk is dying");
            }
        }

        Assert.Equal(Errno.InputOutput, kernel.Command("commit", "first"));
        Assert.Contains("was made", mount.Error, StringComparison.Ordinal);
        Assert.Contains("power cut", mount.Error, StringComparison.Ordinal);
        (store.Before, store.After) = (null, null);
        Assert.Empty(mount.StatusPaths);
        Assert.Contains(kernel.ReadText("commit").Trim(), kernel.ReadText("log"), StringComparison.Ordinal);
        Assert.Equal(Errno.NoData, kernel.Command("commit", "again"));
        await mount.ReopenAsync();
        Assert.Empty(mount.StatusPaths);
    }

    /// <summary>Each call, and the document that it is about: of an array, a group, or a new array.</summary>
    public static TheoryData<string, string> DocumentCalls()
    {
        var calls = new TheoryData<string, string>();
        foreach (string document in (string[])["x/.zarray", "x/.zattrs", "g/.zgroup", "g/.zattrs"])
        {
            foreach (string call in (string[])["rename over", "rename away", "exchange", "unlink", "write"])
            {
                calls.Add(call, document);
            }
        }

        foreach (string call in (string[])["rename over", "link", "write"])
        {
            calls.Add(call, "n/.zarray");
        }

        return calls;
    }

    [Theory]
    [MemberData(nameof(DocumentCalls))]
    public async Task A_call_on_a_v2_document_that_fails_half_way_leaves_both_faces_saying_the_same(string call, string document)
    {
        foreach (var then in (Func<TestMount, Task>[])[_ => Task.CompletedTask, mount => mount.ReopenAsync(), mount => mount.CrashAsync()])
        {
            for (int failsAt = 1; await FailsAsync(call, document, failsAt, then); failsAt++)
            {
                Assert.InRange(failsAt, 1, 9);
            }
        }
    }

    /// <summary>Whether a call fails when the journal takes one record less than <paramref name="failsAt"/>.</summary>
    private static async Task<bool> FailsAsync(string call, string document, int failsAt, Func<TestMount, Task> then)
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        Zarr.WriteGroups(kernel, "g/x");
        mount.Commit();
        kernel.MakeDirectories(V2("n"));
        string beside = V2(document[..2] + "t");
        kernel.Write(beside, Path.GetFileName(document) switch
        {
            ".zattrs" => """{"a": 1}""",
            ".zgroup" => """{"zarr_format": 2, "b": 1}""",
            _ => kernel.ReadText(V2("x/.zarray")).Replace("3", "9", StringComparison.Ordinal),
        });
        var before = Said(kernel);
        int records = 0;
        mount.Session.Journal.BeforeCommit = () => _ = ++records < failsAt ? 0 : throw new SqliteException("database or disk is full", DiskFull);
        var errno = call switch
        {
            "rename over" => kernel.Rename(beside, V2(document)),
            "rename away" => kernel.Rename(V2(document), V2(document + "~")),
            "exchange" => kernel.Rename(beside, V2(document), RenameFlags.Exchange),
            "link" => kernel.Link(beside, V2(document)),
            "unlink" => kernel.Unlink(V2(document)),
            _ => TryWrite(kernel, V2(document), kernel.ReadBytes(beside)),
        };
        bool fails = errno != Errno.None;
        if (fails)
        {
            Assert.Equal(Errno.NoSpace, errno);
            var halfWay = Said(kernel);
            Assert.True(halfWay.V2.SequenceEqual(halfWay.V3) || mount.Invalid.Contains(document), "a commit would pass over it");
        }

        mount.Session.Journal.BeforeCommit = null;
        await then(mount);
        kernel = mount.Kernel;
        var after = Said(kernel);
        if (call == "write" && !after.V2.SequenceEqual(after.V3))
        {
            Assert.Equal([document], mount.Invalid); // its bytes are there, and nobody knows whether they are newer than those of zarr.json
            Assert.Equal(Errno.Invalid, kernel.Command("commit", "what is there"));
            Files.Check(kernel.Command("discard", document), "discard");
            after = Said(kernel);
        }

        Assert.Equal(after.V2, after.V3);
        if (fails && call != "write")
        {
            Assert.Equal(before.V3, after.V3); // it is one change, which was not made
        }

        Assert.Empty(mount.Invalid);
        Assert.DoesNotContain(document, mount.Loose);
        Assert.Equal(after.V3.SequenceEqual(before.V3) ? Errno.NoData : Errno.None, kernel.Command("commit", "what is there"));
        Assert.Equal(after.V3, Said(kernel).V3);
        return fails;
    }

    /// <summary>The nodes as either face says them.</summary>
    private static (string[] V2, string[] V3) Said(Kernel kernel)
    {
        JsonNode? Document(string path) => kernel.TryReadBytes(path, out byte[] bytes) == Errno.None ? JsonNode.Parse(bytes) : null;
        string Said(string path, JsonNode? document, bool hasMore, JsonNode? attributes)
        {
            attributes?.AsObject().Remove("_zarr_v2_members");
            attributes?.AsObject().Remove("_zarr_v2_attributes");
            return document is null ? $"{path} is none" : $"{path} {document["shape"]?.ToJsonString()} {hasMore} {attributes?.ToJsonString()}";
        }

        string[] paths = ["g", "n", "x"];
        return (
            [.. paths.Select(path => (path, Document: Document(V2($"{path}/.zarray")) ?? Document(V2($"{path}/.zgroup"))))
                .Select(n => Said(n.path, n.Document, n.Document?["b"] is not null, Document(V2($"{n.path}/.zattrs"))))],
            [.. paths.Select(path => (path, Document: Document(Root($"{path}/zarr.json"))))
                .Select(n => Said(n.path, n.Document, n.Document?["attributes"]?["_zarr_v2_members"] is not null, n.Document?["attributes"]))]);
    }

    private static Errno TryWrite(Kernel kernel, string path, byte[] bytes)
    {
        var errno = kernel.Open(path, Access.Write | Access.Create | Access.Truncate, out int descriptor);
        if (errno == Errno.None)
        {
            Files.Check(kernel.Write(descriptor, 0, bytes), path);
            errno = kernel.Close(descriptor);
        }

        return errno;
    }

    [Fact]
    public async Task A_v2_document_that_a_v3_tool_could_not_take_away_stops_the_commit_and_can_be_written_again()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        kernel.Write(V2("x/.zattrs"), """{"theirs": 1}""");
        byte[] mine = Documents.Array("[5]", "[1]", attributes: """{"mine": 2}""");
        Files.Check(kernel.Open(Root("x/zarr.json"), Access.Write | Access.Truncate, out int open), "open");
        Files.Check(kernel.Write(open, 0, mine), "write");
        mount.Session.Journal.BeforeCommit = () => throw new SqliteException("database or disk is full", DiskFull);
        Assert.Equal(Errno.NoSpace, kernel.Close(open));
        mount.Session.Journal.BeforeCommit = null;
        Assert.Equal(["x/.zattrs"], mount.Invalid);
        Assert.Equal(Errno.Invalid, kernel.Command("commit", "both"));
        await mount.ReopenAsync();
        kernel = mount.Kernel;
        Assert.Equal(mine, kernel.ReadBytes(Root("x/zarr.json")));
        kernel.Write(V2("x/.zattrs"), """{"again": 1}""");
        Assert.Empty(mount.Invalid);
        mount.Commit();
        Assert.Contains("again", kernel.ReadText(Root("x/zarr.json")), StringComparison.Ordinal);
    }
}
