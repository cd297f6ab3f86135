using System.Text.Json.Nodes;
using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Processes that read a chunk, change it and write it back, each in its own way, and get in one another's way.</summary>
public sealed class LostUpdateTests
{
    private const int A = 101, B = 202;

    /// <summary>How a tool writes a chunk that it has read.</summary>
    public static TheoryData<string> Ways => ["rename", "truncate", "in place", "remove and create", "exchange"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Who_writes_what_it_read_before_another_wrote_is_named_with_the_other(string way)
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "g/x");
        mount.Commit();
        var (first, second) = (Begin(mount, A, "g/x/c/1", way), Begin(mount, B, "g/x/c/1", way));
        first();
        Assert.Empty(Lost(mount));
        second();
        Assert.Equal(["g/x/c/1 202 over 101"], Lost(mount));
        const string Line = "chunks of which a part may have been lost\n- ⚠️  g/x/c/1 (process 202 wrote it from what it had read before process 101 wrote it)\n";
        Assert.Contains(Line, mount.Kernel.ReadText("status"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Who_reads_again_before_it_writes_is_not_named(string way)
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        for (int i = 0; i < 3; i++)
        {
            Begin(mount, A, "x/c/1", way)();
            Begin(mount, B, "x/c/1", way)();
        }

        Assert.Empty(Lost(mount));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Of_a_chunk_that_is_not_there_yet_nothing_counts_as_read(string way)
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", keys: []);
        mount.Kernel.MakeDirectories(Root("x/c"));
        var (first, second) = (Begin(mount, A, "x/c/1", way), Begin(mount, B, "x/c/1", way));
        first();
        second();
        Assert.Equal(["x/c/1 202 over 101"], Lost(mount));
    }

    [Fact]
    public async Task Of_a_chunk_that_v2_tools_have_missed_in_a_directory_that_nobody_holds_nothing_counts_as_read()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", "[5]");
        mount.Commit();
        foreach (int process in (int[])[A, B])
        {
            mount.Kernel.Process = process;
            Assert.Equal(Errno.NoEntry, mount.Kernel.Stat("root.v2.zarr/x/4", out FileStat _));
        }

        foreach (int process in (int[])[A, B])
        {
            mount.Kernel.Process = process;
            mount.Kernel.Replace("root.v2.zarr/x/4", Documents.Chunk("new"));
        }

        Assert.Equal(["x/c/4 202 over 101"], Lost(mount));
    }

    [Fact]
    public async Task Who_has_read_nothing_overwrites_on_purpose_and_so_does_who_writes_again()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        foreach (int process in (int[])[A, B, A, B])
        {
            mount.Kernel.Process = process;
            mount.Kernel.Write(Root("x/c/0"), "whole");
            mount.Kernel.Replace(Root("x/c/1"), Documents.Chunk("whole"));
        }

        var first = Begin(mount, A, "x/c/2", "rename");
        first();
        first(); // a retry
        mount.Kernel.Process = B;
        mount.Kernel.Write(Root("x/c/2"), "whole");
        first();
        Assert.Empty(Lost(mount));
    }

    [Fact]
    public async Task One_process_does_not_lose_what_it_wrote_itself_and_nobody_is_nobody()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        foreach (int process in (int[])[A, 0])
        {
            var (first, second) = (Begin(mount, process, "x/c/1", "in place"), Begin(mount, process, "x/c/1", "rename"));
            first();
            second();
        }

        Assert.Empty(Lost(mount));
    }

    [Fact]
    public async Task Two_that_write_into_one_chunk_at_the_same_time_without_having_read_it_are_not_named()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", keys: []);
        mount.Kernel.MakeDirectories(Root("x/c"));
        int[] descriptors = new int[2];
        foreach (int i in (int[])[0, 1])
        {
            mount.Kernel.Process = A + i;
            Files.Check(mount.Kernel.Open(Root("x/c/0"), Access.Write | Access.Create | Access.Truncate, out descriptors[i]), "open");
        }

        foreach (int i in (int[])[1, 0])
        {
            Files.Check(mount.Kernel.Write(descriptors[i], 0, Documents.Chunk("whole")), "write");
            Files.Check(mount.Kernel.Close(descriptors[i]), "close");
        }

        Assert.Empty(Lost(mount));
    }

    [Fact]
    public async Task A_change_that_is_discarded_or_removed_or_committed_takes_its_warning_along()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        Zarr.WriteArray(kernel, "y");
        mount.Commit();
        string[] all = ["x/c/0", "x/c/1", "x/c/2", "y/c/0"];
        foreach (string path in all)
        {
            var (first, second) = (Begin(mount, A, path, "rename"), Begin(mount, B, path, "rename"));
            first();
            second();
        }

        Assert.Equal(all.Select(path => $"{path} 202 over 101"), Lost(mount));
        Files.Check(kernel.Command("discard", "x/c/0"), "discard");
        Files.Check(kernel.Unlink(Root("x/c/1")), "unlink");
        Files.Check(kernel.Rename(Root("y"), Root("moved")), "rename");
        Assert.Equal(["moved/c/0 202 over 101", "x/c/2 202 over 101"], Lost(mount));
        mount.Commit(); // stops nothing
        Assert.Empty(Lost(mount));
        kernel.Process = B;
        kernel.Write(Root("x/c/2"), "whole");
        Assert.Empty(Lost(mount));

        var (again, late) = (Begin(mount, A, "x/c/2", "rename"), Begin(mount, B, "x/c/2", "rename"));
        again();
        mount.Commit();
        late(); // what is committed meanwhile is lost all the same
        Assert.Equal(["x/c/2 202 over 101"], Lost(mount));
        Files.Check(kernel.Command("discard", "all"), "discard");
        Assert.Empty(Lost(mount));
    }

    [Fact]
    public async Task What_was_read_before_a_checkout_or_a_discard_counts_no_more()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        string commit = mount.Commit();
        kernel.Write(Root("x/c/1"), "second");
        mount.Commit();
        foreach (var command in (Action[])
                 [
                     () => Files.Check(kernel.Command("discard", "x/c/0"), "discard"),
                     () =>
                     {
                         Files.Check(kernel.Command("discard", "all"), "discard");
                         Files.Check(kernel.Command("checkout", commit), "checkout");
                         Files.Check(kernel.Command("checkout", "main"), "checkout");
                     },
                 ])
        {
            var (first, second) = (Begin(mount, A, "x/c/0", "rename"), Begin(mount, B, "x/c/0", "rename"));
            first();
            command();
            second();
            Assert.Empty(Lost(mount));
        }
    }

    [Fact]
    public async Task Only_chunks_are_watched()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Kernel.Write(Root("x/c/1.partial"), "p");
        foreach (string path in (string[])["x/zarr.json", "x/c/1.partial"])
        {
            var (first, second) = (Begin(mount, A, path, "rename"), Begin(mount, B, path, "rename"));
            first();
            second();
        }

        Assert.Empty(Lost(mount));
    }

    /// <summary>A process reads a chunk; the result writes it back, changed.</summary>
    private static Action Begin(TestMount mount, int process, string path, string way)
    {
        var kernel = mount.Kernel;
        kernel.Process = process;
        int descriptor = -1;
        if (way == "in place" && kernel.Exists(Root(path)))
        {
            Files.Check(kernel.Open(Root(path), Access.Write, out descriptor), "open");
        }
        else
        {
            _ = kernel.TryReadBytes(Root(path), out _);
        }

        return () =>
        {
            kernel.Process = process;
            byte[] bytes = Documents.Chunk($"by {process}");
            if (descriptor >= 0)
            {
                Files.Check(kernel.Write(descriptor, 0, bytes), "write");
                Files.Check(kernel.Close(descriptor), "close");
            }
            else if (way is "truncate" or "in place" || !kernel.Exists(Root(path)))
            {
                kernel.Write(Root(path), bytes);
            }
            else if (way == "remove and create")
            {
                Files.Check(kernel.Unlink(Root(path)), "unlink");
                kernel.Write(Root(path), bytes);
            }
            else
            {
                kernel.Write(Root($"{path}.tmp"), bytes);
                Files.Check(kernel.Rename(Root($"{path}.tmp"), Root(path), way == "exchange" ? RenameFlags.Exchange : RenameFlags.None), "rename");
                _ = way == "exchange" ? kernel.Unlink(Root($"{path}.tmp")) : Errno.None;
            }
        };
    }

    private static string[] Lost(TestMount mount) =>
        [.. mount.Status["lost_updates"]!.AsArray().Select(lost => $"{(string)lost!["path"]!} {Process(lost, 1)} over {Process(lost, 0)}")];

    private static int Process(JsonNode lost, int index) => (int)lost["processes"]![index]!;
}
