using System.Buffers;
using System.Text;

namespace Native.Zstd.Tests;

public class ZstdCodecTests
{
    // `zstd -19 --check` of 200 lines: content size, checksum, single segment.
    private const string OfficialFrame =
        "KLUv/WSKEB0IAAbUKRWQK60BKFzj27y7Pe+9t5RSpvj+ByctACUAGgB3d3d3d2ZmZmZmVVVVVVVERERERP8fU8hZUcDgsEAIGIFBoREgKAJHYJAwHAL//388Ho/H4/F4" +
        "PJ5zzjnnnGOMMcYYY0wppZRSSimEEEIIIYQE99577733WmuttdZaW2uttdZaK6WUUkoppQHneZ7neZ7naZqmaZqmaZplWZZlWZZlSZIkSZIkSZIBgMioERD6/TvQU3UR" +
        "JAQ/QiDxA1dLs7O5mVlbVc3NzNZmam1xOtD7HM2rnORtnOIdDvALAAgAgAAACACAAAAI1De8qxu4axvalQ3suob1FQwTGCaYyVoRIFVZJYFR";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(1_000_000)]
    [InlineData(4 << 20)]
    [InlineData((4 << 20) + 1)]
    [InlineData(9_000_001)]
    public void What_is_compressed_comes_back(int length)
    {
        var random = new Random(length);
        var noise = new byte[length];
        random.NextBytes(noise);
        var repetitive = new byte[length];
        for (var i = 0; i < length; i++)
        {
            repetitive[i] = (byte)(i / 1000);
        }
        Assert.Equal(noise, ZstdCodec.Decompress(Compress(noise), length));
        Assert.Equal(repetitive, ZstdCodec.Decompress(Compress(repetitive), length));
    }

    [Fact]
    public void A_written_frame_has_neither_content_size_nor_checksum_as_the_official_client_writes_it()
    {
        Assert.Equal([0x28, 0xb5, 0x2f, 0xfd, 0x00], Compress(new byte[1000])[..5]);
    }

    [Fact]
    public void Output_is_appended_behind_what_the_writer_has()
    {
        var writer = new ArrayBufferWriter<byte>();
        writer.Write("header"u8);
        ZstdCodec.Compress("body"u8, 3, writer);
        Assert.Equal("header"u8, writer.WrittenSpan[..6]);
        Assert.Equal("body"u8, ZstdCodec.Decompress(writer.WrittenSpan[6..], 4));
    }

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 20_000_000)]
    [InlineData(4, 9_000_001)]
    public void What_several_threads_compress_is_one_frame_of_what_was_written(int workers, int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content.AsSpan(length / 2));
        var writer = new ArrayBufferWriter<byte>();
        using (var compressor = new ZstdCompressor(3, writer, workers))
        {
            for (var start = 0; start < length; start += 70_000)
            {
                compressor.Write(content.AsSpan(start, Math.Min(70_000, length - start)));
            }
            compressor.Finish();
        }
        Assert.Equal([0x28, 0xb5, 0x2f, 0xfd, 0x00], writer.WrittenSpan[..5].ToArray());
        Assert.True(content.AsSpan().SequenceEqual(ZstdCodec.Decompress(writer.WrittenSpan, length)));
    }

    [Fact]
    public void A_frame_with_content_size_and_checksum_is_read()
    {
        Assert.Equal(OfficialContent, ZstdCodec.Decompress(Convert.FromBase64String(OfficialFrame), OfficialContent.Length));
    }

    [Fact]
    public void A_wrong_checksum_is_an_error()
    {
        var frame = Convert.FromBase64String(OfficialFrame);
        frame[^1] ^= 1;
        Assert.Throws<ZstdException>(() => ZstdCodec.Decompress(frame, 1 << 20));
    }

    [Fact]
    public void Frames_one_after_another_are_read_as_one()
    {
        byte[] skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9];
        byte[] frames =
            [.. Compress("one "u8), .. Convert.FromBase64String(OfficialFrame), .. skippable, .. Compress([]), .. Compress(" two"u8)];
        byte[] expected = [.. "one "u8, .. OfficialContent, .. " two"u8];
        Assert.Equal(expected, ZstdCodec.Decompress(frames, 1 << 20));
    }

    [Fact]
    public void A_frame_cut_anywhere_is_an_error()
    {
        foreach (var frame in new[] { Convert.FromBase64String(OfficialFrame), Compress(OfficialContent) })
        {
            for (var length = 0; length < frame.Length; length++)
            {
                Assert.Throws<ZstdException>(() => ZstdCodec.Decompress(frame.AsSpan(0, length), 1 << 20));
            }
        }
    }

    [Fact]
    public void A_flipped_bit_gives_an_error_or_a_value_and_nothing_else()
    {
        foreach (var frame in new[] { Convert.FromBase64String(OfficialFrame), Compress(OfficialContent) })
        {
            for (var bit = 0; bit < 8 * frame.Length; bit++)
            {
                frame[bit / 8] ^= (byte)(1 << (bit % 8));
                try
                {
                    Assert.True(ZstdCodec.Decompress(frame, 1 << 16).Length <= 1 << 16);
                }
                catch (ZstdException e)
                {
                    Assert.NotEmpty(e.Message);
                }
                frame[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    [Fact]
    public void Exactly_the_limit_is_allowed_and_one_byte_more_is_not()
    {
        foreach (var length in new[] { 1, 4096, 100_000 })
        {
            var frame = Compress(new byte[length]);
            Assert.Equal(length, ZstdCodec.Decompress(frame, length).Length);
            Assert.Contains(
                "more than", Assert.Throws<ZstdException>(() => ZstdCodec.Decompress(frame, length - 1)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_bomb_meets_the_limit_before_it_fills_the_memory()
    {
        var bomb = Compress(new byte[300 << 20]);
        Assert.True(bomb.Length < 100_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ZstdException>(() => ZstdCodec.Decompress(bomb, 8 << 20));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Something_large_takes_little_more_memory_than_what_comes_out()
    {
        var content = new byte[100 << 20];
        new Random(1).NextBytes(content.AsSpan(0, 10 << 20));
        var frame = Compress(content);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var back = ZstdCodec.Decompress(frame, content.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 105 << 20);
        Assert.True(content.AsSpan().SequenceEqual(back));
    }

    [Fact]
    public void A_frame_made_with_a_dictionary_is_read_with_it_only()
    {
        // `zstd -D` with this raw dictionary.
        using var dictionary = new ZstdDictionary(
            Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("s3://bucket/some/long/path/to/data/file-000000.nc", 3))));
        using var other = new ZstdDictionary("another dictionary"u8);
        var frame = Convert.FromBase64String("KLUv/SQxZQAAKDQyLm5jAQBRUwEBwQsreA==");
        var text = "s3://bucket/some/long/path/to/data/file-000042.nc";
        var target = new byte[100];
        Assert.Equal(text, Encoding.ASCII.GetString(target, 0, dictionary.Decompress(frame, target)));
        Assert.Equal(text.Length, dictionary.Decompress(frame, target.AsSpan(0, text.Length)));
        Assert.Throws<ZstdException>(() => dictionary.Decompress(frame, target.AsSpan(0, text.Length - 1)));
        Assert.Throws<ZstdException>(() => other.Decompress(frame, target));
        Assert.Throws<ZstdException>(() => dictionary.Decompress(frame.AsSpan(0, frame.Length - 1), target));
    }

    [Fact]
    public void A_corrupt_dictionary_is_an_error()
    {
        // The magic number of a structured dictionary, and nothing that one consists of.
        Assert.Throws<ZstdException>(() => new ZstdDictionary([0x37, 0xa4, 0x30, 0xec, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    }

    private static byte[] OfficialContent { get; } =
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(i => $"line {i} of the sample\n")));

    private static byte[] Compress(ReadOnlySpan<byte> bytes)
    {
        var writer = new ArrayBufferWriter<byte>();
        ZstdCodec.Compress(bytes, 3, writer);
        return writer.WrittenSpan.ToArray();
    }
}
