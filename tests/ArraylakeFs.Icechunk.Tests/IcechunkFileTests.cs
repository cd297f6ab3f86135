using System.Buffers;
using System.Text;
using Native.Zstd;

namespace ArraylakeFs.Icechunk.Tests;

public class IcechunkFileTests
{
    [Fact]
    public void A_written_file_has_the_header_of_the_specification()
    {
        var file = IcechunkFile.Encode(FileType.Manifest, "body"u8);
        Assert.Equal("494345f09fa78a4348554e4b", Convert.ToHexStringLower(file[..12]));
        Assert.StartsWith("icfs-", Encoding.ASCII.GetString(file, 12, 24), StringComparison.Ordinal);
        Assert.Equal([2, 2, 1], file[36..39]);
        Assert.Equal("body"u8, IcechunkFile.Decode("x", file, FileType.Manifest));
    }

    [Fact]
    public void Files_of_other_programs_are_told_from_ours()
    {
        Assert.False(IcechunkFile.IsForeign(IcechunkFile.Encode(FileType.Manifest, "body"u8)));
        Assert.True(IcechunkFile.IsForeign(Samples.Read("test-repo-v2", "repo")));
        Assert.True(IcechunkFile.IsForeign("ICE🧊CHUNK"u8));
    }

    [Fact]
    public void A_body_stored_without_compression_is_read()
    {
        var file = IcechunkFile.Encode(FileType.Snapshot, []);
        byte[] plain = [.. file[..38], 0, .. "body"u8];
        Assert.Equal("body"u8, IcechunkFile.Decode("x", plain, FileType.Snapshot));
    }

    [Fact]
    public void A_repo_file_of_spec_version_1_is_refused_for_there_is_no_such_file()
    {
        var file = Samples.Read("test-repo-v2", "repo");
        file[36] = 1;
        var error = Assert.Throws<IcechunkFormatException>(() => RepoInfo.Decode("repo", file));
        Assert.Contains("repo: the file is of Icechunk spec version 1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(36, 0, true, "spec version 0")]
    [InlineData(36, 3, true, "spec version 3")]
    [InlineData(37, 2, false, "of type Manifest where Snapshot is expected")]
    [InlineData(37, 99, false, "of type 99 where Snapshot is expected")]
    [InlineData(38, 2, true, "unknown compression 2")]
    [InlineData(0, 0, false, "no Icechunk file")]
    public void A_wrong_header_byte_is_named(int offset, byte value, bool isUnsupported, string text)
    {
        var file = IcechunkFile.Encode(FileType.Snapshot, "body"u8);
        file[offset] = value;
        var error = Assert.Throws<IcechunkFormatException>(() => IcechunkFile.Decode("snapshots/A", file, FileType.Snapshot));
        Assert.StartsWith("snapshots/A: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.Equal(isUnsupported, error.IsUnsupported);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(38)]
    [InlineData(39)]
    public void A_file_that_ends_early_is_an_error(int length)
    {
        var file = IcechunkFile.Encode(FileType.Snapshot, "body"u8)[..length];
        Assert.Throws<IcechunkFormatException>(() => IcechunkFile.Decode("x", file, FileType.Snapshot));
    }

    [Fact]
    public void A_body_that_grows_beyond_the_ratio_is_refused_before_it_fills_the_memory()
    {
        var bomb = Compressed(new byte[5 << 20]);
        Assert.True((long)bomb.Length * Limits.MaxCompressionRatio < 5 << 20);
        var error = Assert.Throws<IcechunkFormatException>(() => IcechunkFile.Decode("manifests/A", bomb, FileType.Manifest));
        Assert.Contains("manifests/A", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_body_may_become_depends_on_its_stored_size_and_on_the_memory()
    {
        const long GiB = 1L << 30;
        Assert.Equal(4 << 20, IcechunkFile.MaxBodyBytes(storedBytes: 100, memoryBytes: 16 * GiB));
        Assert.Equal(100_000_000, IcechunkFile.MaxBodyBytes(storedBytes: 100_000, memoryBytes: 16 * GiB));
        Assert.Equal(Limits.MaxBodyBytes, IcechunkFile.MaxBodyBytes(storedBytes: GiB, memoryBytes: 16 * GiB));
        Assert.Equal(GiB / 4, IcechunkFile.MaxBodyBytes(storedBytes: GiB, memoryBytes: GiB));
        Assert.Equal(4 << 20, IcechunkFile.MaxBodyBytes(storedBytes: GiB, memoryBytes: 0));
    }

    [Fact]
    public void Nothing_is_written_that_could_not_be_read()
    {
        var blanks = new byte[5 << 20];
        Assert.Throws<InvalidOperationException>(() => IcechunkFile.Encode(FileType.Snapshot, blanks));
        Assert.Equal(4 << 20, IcechunkFile.Decode("x", IcechunkFile.Encode(FileType.Snapshot, blanks.AsSpan(0, 4 << 20)), FileType.Snapshot).Length);
    }

    private static byte[] Compressed(ReadOnlySpan<byte> body)
    {
        var file = new ArrayBufferWriter<byte>();
        file.Write(IcechunkFile.Encode(FileType.Manifest, []).AsSpan(0, IcechunkFile.HeaderSize));
        ZstdCodec.Compress(body, 3, file);
        return file.WrittenSpan.ToArray();
    }

    [Fact]
    public void Backup_names_count_down_so_that_the_newest_sorts_first()
    {
        var earlier = IcechunkPaths.NewBackupName(new Timestamp(1_775_664_957_464_916));
        var later = IcechunkPaths.NewBackupName(new Timestamp(1_775_664_957_465_916));
        Assert.StartsWith("repo.30728015042536.", earlier, StringComparison.Ordinal);
        Assert.Equal("repo.30728015042536.PTXGHH5DYGZ1JY7JBK70".Length, earlier.Length);
        Assert.True(string.CompareOrdinal(later, earlier) < 0);
    }

    [Fact]
    public void Timestamps_are_exact_microseconds()
    {
        var time = new Timestamp(1_775_664_957_441_284);
        Assert.Equal("2026-04-08T16:15:57.4412840+00:00", time.ToDateTimeOffset().ToString("o"));
        Assert.Equal(time, Timestamp.From(time.ToDateTimeOffset()));
        Assert.Equal(9999, new Timestamp(ulong.MaxValue).ToDateTimeOffset().Year);
    }
}
