using System.Text;
using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>What a commit refuses because of its size, and what is left behind and stops no commit.</summary>
public sealed class ChunkSizeTests
{
    /// <summary>Two chunks of six elements; the second reaches beyond the array.</summary>
    private const int ChunkBytes = 24;

    [Theory]
    [InlineData(1)]
    [InlineData(ChunkBytes - 1)]
    [InlineData(ChunkBytes + 4)]
    [InlineData(16)] // what the array has of the chunk, and no more
    public async Task A_chunk_of_the_wrong_size_is_named_with_both_sizes_and_stops_the_commit(int length)
    {
        await using var mount = await CreateAsync();
        WriteArray(mount, "x");
        mount.Kernel.Replace(Root("x/c/0"), Documents.Chunk("", ChunkBytes));
        mount.Kernel.Replace(Root("x/c/1"), new byte[length]);
        string reason = $"it has {length} byte{(length == 1 ? "" : "s")}, and a chunk of this array has {ChunkBytes} bytes";
        Assert.EndsWith($"files that stop a commit\n- 🚫 x/c/1 ({reason})\n", mount.Kernel.ReadText("status"), StringComparison.Ordinal);
        Assert.Equal(reason, (string)mount.Status["invalid"]![0]!["reason"]!);
        Assert.Equal(Errno.Invalid, mount.Kernel.Command("commit", "no"));
        Assert.Contains($"x/c/1: {reason}", mount.Error, StringComparison.Ordinal);
        mount.Kernel.Replace(Root("x/c/1"), Documents.Chunk("", ChunkBytes));
        Assert.Empty(mount.Invalid);
        mount.Commit();
    }

    [Fact]
    public async Task A_chunk_that_stops_the_commit_is_not_told_as_one_that_was_deleted()
    {
        await using var mount = await CreateAsync();
        WriteArray(mount, "x");
        mount.Kernel.Replace(Root("x/c/0"), Documents.Chunk("", ChunkBytes));
        mount.Commit();
        mount.Kernel.Replace(Root("x/c/0"), []);
        Assert.DoesNotContain("❌", mount.Kernel.ReadText("status"), StringComparison.Ordinal);
        Assert.Equal("🚫 x/c/0 (a chunk cannot be empty)", Assert.Single(mount.StatusPaths));
        Assert.Empty(mount.Kernel.ReadText("diff"));
    }

    [Fact]
    public async Task A_size_is_judged_by_the_document_of_the_moment()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        kernel.MakeDirectories(Root("x/c"));
        kernel.Write(Root("x/c/0"), new byte[ChunkBytes + 4]); // before there is an array: nobody knows
        Assert.Empty(mount.Invalid);
        WriteArray(mount, "x");
        Assert.Equal(["x/c/0"], mount.Invalid);
        kernel.Replace(Root("x/zarr.json"), Document("""{"name":"crc32c"}"""));
        Assert.Empty(mount.Invalid);
        kernel.Replace(Root("x/c/0"), new byte[5]);
        Assert.Equal(["x/c/0"], mount.Invalid);
        kernel.Replace(Root("x/zarr.json"), Document("""{"name":"zstd"}"""));
        Assert.Empty(mount.Invalid);
        mount.Commit();
    }

    [Fact]
    public async Task A_chunk_that_is_committed_is_not_judged_until_it_becomes_one_of_another_array()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        WriteArray(mount, "x", """{"name":"gzip"}""");
        kernel.Write(Root("x/c/0"), Documents.Chunk("other", 700));
        kernel.Write(Root("x/c/1"), Documents.Chunk("right", ChunkBytes));
        mount.Commit();
        kernel.Replace(Root("x/zarr.json"), Document());
        Files.Check(kernel.Rename(Root("x"), Root("y")), "a move changes nothing of an array");
        Assert.Empty(mount.Invalid);
        mount.Commit();

        WriteArray(mount, "z");
        Files.Check(kernel.Rename(Root("y/c"), Root("z/c")), "its chunks are those of another now, by their names");
        Assert.Equal(["z/c/0"], mount.Invalid);
        Files.Check(kernel.Rename(Root("z/c"), Root("y/c")), "back");
        Assert.Empty(mount.Invalid);
        kernel.CopyTree(Root("y"), Root("copy"));
        Assert.Equal(["copy/c/0"], mount.Invalid);
        Assert.Equal(Errno.Invalid, kernel.Command("commit", "no"));
        Assert.Contains("copy/c/0: it has 700 bytes", mount.Error, StringComparison.Ordinal);
        Files.Check(kernel.Unlink(Root("copy/c/0")), "unlink");
        Files.Check(kernel.Rename(Root("y/c/0"), Root("y/c/1")), "one chunk in the place of another is a new one there");
        Assert.Equal(["y/c/1"], mount.Invalid);
        Files.Check(kernel.Unlink(Root("y/c/1")), "unlink");
        mount.Commit();
    }

    [Fact]
    public async Task A_chunk_outside_its_array_is_loose_whatever_its_size()
    {
        await using var mount = await CreateAsync();
        WriteArray(mount, "x");
        mount.Kernel.Write(Root("x/c/2"), new byte[5]);
        Assert.Empty(mount.Invalid);
        Assert.Equal(["x/c/2"], mount.Loose);
        mount.Commit();
    }

    [Theory]
    [InlineData("default", "/", "x/c/0.2c1f.partial", "x/c/0.__lock")]
    [InlineData("v2", ".", "x/0.2c1f.partial", "x/0.__lock")]
    [InlineData("v2", "/", "x/0.2c1f.partial", "x/zarr.json.__lock")]
    [InlineData("default", "/", "zarr.json.2c1f.partial", "zarr.json.__lock")]
    [InlineData("default", "/", "no/group/zarr.json.2c1f.partial", "no/group/zarr.json.__lock")]
    public async Task What_tools_leave_behind_is_named_as_that_and_stops_no_commit(string encoding, string separator, string partial, string locked)
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", keys: [encoding == "v2" ? "0" : "c/0"], encoding: encoding, separator: separator);
        foreach (string leftover in (string[])[partial, locked])
        {
            mount.Kernel.MakeDirectories(Path.GetDirectoryName(Root(leftover))!);
            mount.Kernel.Write(Root(leftover), "");
        }

        Assert.Equal(
            new[] { partial, locked }.Select(path => $"📎 {path} (a temporary file of a tool that did not finish)").Order(StringComparer.Ordinal),
            mount.StatusPaths.Where(line => line.StartsWith("📎", StringComparison.Ordinal)));
        string id = mount.Commit();
        Assert.DoesNotContain(mount.Kernel.Contents($"commits/{id}/root.zarr").Keys, path => path == partial || path == locked);
        Assert.Equal(new[] { partial, locked }.Order(StringComparer.Ordinal), mount.Loose);
    }

    private static void WriteArray(TestMount mount, string path, string? codec = null)
    {
        Zarr.WriteGroups(mount.Kernel, path);
        mount.Kernel.MakeDirectories(Root($"{path}/c"));
        mount.Kernel.Write(Root($"{path}/zarr.json"), Document(codec));
    }

    private static byte[] Document(string? codec = null) => Encoding.UTF8.GetBytes($$$"""
        {"zarr_format":3,"node_type":"array","shape":[10],"data_type":"int32","fill_value":0,
         "chunk_grid":{"name":"regular","configuration":{"chunk_shape":[6]}},"chunk_key_encoding":{"name":"default"},
         "codecs":[{"name":"transpose","configuration":{"order":[0]}},{"name":"bytes","configuration":{"endian":"little"}}{{{(codec is null ? "" : ",")}}}{{{codec}}}]}
        """);
}
