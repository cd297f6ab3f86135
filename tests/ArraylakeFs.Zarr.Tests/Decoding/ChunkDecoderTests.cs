using ArraylakeFs.Zarr.Decoding;
using Native.Blosc;

namespace ArraylakeFs.Zarr.Tests.Decoding;

public class ChunkDecoderTests
{
    private const string Bytes = """{"name": "bytes", "configuration": {"endian": "little"}}""";

    /// <summary>A chunk of the arrays below: 10 floats.</summary>
    private static readonly byte[] _chunk = [.. Enumerable.Range(0, 40).Select(i => (byte)(i / 3))];

    public static TheoryData<string, byte[]> Chunks => new()
    {
        { "", _chunk },
        { """, {"name": "gzip", "configuration": {"level": 1}}""", Encoded.Gzip(_chunk) },
        { """, {"name": "numcodecs.gzip"}""", Encoded.Gzip(_chunk) },
        { """, {"name": "numcodecs.zlib"}""", Encoded.Zlib(_chunk) },
        { """, {"name": "zstd", "configuration": {"level": 1}}""", Encoded.Zstd(_chunk) },
        { """, {"name": "crc32c"}""", Encoded.Crc32C(_chunk) },
        { """, {"name": "crc32c"}, {"name": "gzip"}, {"name": "zstd"}""", Encoded.Zstd(Encoded.Gzip(Encoded.Crc32C(_chunk))) },
        { """, {"name": "numcodecs.shuffle", "configuration": {"elementsize": 4}}, {"name": "numcodecs.zlib"}""", Encoded.Zlib(_chunk) },
    };

    [Theory]
    [MemberData(nameof(Chunks))]
    public void A_chunk_as_its_codecs_make_it_is_good_and_a_shorter_one_is_not(string codecs, byte[] chunk)
    {
        var decoder = DecoderOf($"[{Bytes}{codecs}]");
        Assert.Null(decoder.NotChecked);
        decoder.Check(chunk);
        decoder.Check(new ReadOnlyMemory<byte>([1, .. chunk, 2])[1..^1]);
        for (var length = 0; length < chunk.Length; length++)
        {
            var failure = Record.Exception(() => decoder.Check(chunk.AsMemory(0, length)));
            Assert.True(failure is ChunkDecodingException, $"{length} of {chunk.Length} bytes ({Convert.ToHexString(chunk)}): {failure}");
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("crc32c")]
    public void A_flipped_byte_is_found_where_there_is_a_checksum_or_the_structure_breaks(string codec)
    {
        var bytes = new byte[40];
        new Random(1).NextBytes(bytes);
        var chunk = codec switch { "gzip" => Encoded.Gzip(bytes), "zstd" => Encoded.Zstd(bytes), _ => Encoded.Crc32C(bytes) };
        var decoder = DecoderOf($$"""[{{Bytes}}, {"name": "{{codec}}"}]""");
        var found = 0;
        for (var i = 0; i < chunk.Length; i++)
        {
            var damaged = chunk.ToArray();
            damaged[i] ^= 0x55;
            try
            {
                decoder.Check(damaged);
            }
            catch (ChunkDecodingException failure)
            {
                Assert.StartsWith(codec, failure.Message.StartsWith("it decodes", StringComparison.Ordinal) ? codec : failure.Message, StringComparison.Ordinal);
                found++;
            }
        }

        // gzip does not look at some bytes of its header, and zstd has no checksum here, so that stored bytes may be any.
        Assert.InRange(found, codec == "crc32c" ? chunk.Length : codec == "gzip" ? 40 : 5, chunk.Length);
    }

    [Fact]
    public void Blosc_is_checked_if_its_library_is_there_and_said_not_to_be_otherwise()
    {
        var decoder = DecoderOf("[" + Bytes + """, {"name": "blosc", "configuration": {"cname": "lz4"}}]""");
        if (!BloscCodec.IsAvailable)
        {
            Assert.Contains("libblosc.so.1", decoder.NotChecked!, StringComparison.Ordinal);
            return;
        }

        var chunk = Encoded.Blosc(_chunk);
        decoder.Check(chunk);
        foreach (var position in (int[])[0, 4, 12, 15])
        {
            var damaged = chunk.ToArray();
            damaged[position] ^= 0xFF;
            Assert.Throws<ChunkDecodingException>(() => decoder.Check(damaged));
        }
    }

    [Theory]
    [InlineData(39)]
    [InlineData(41)]
    [InlineData(0)]
    public void A_chunk_of_another_size_is_told_with_both_sizes(int size)
    {
        var message = Assert.Throws<ChunkDecodingException>(() => DecoderOf($"[{Bytes}]").Check(new byte[size])).Message;
        Assert.Equal($"it decodes to {size} bytes, and a chunk has 40", message);
    }

    [Fact]
    public void A_bomb_does_not_explode()
    {
        var decoder = DecoderOf($$"""[{{Bytes}}, {"name": "gzip"}]""");
        var bomb = Encoded.Gzip(new byte[50_000_000]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("more than 40 bytes", Assert.Throws<ChunkDecodingException>(() => decoder.Check(bomb)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Theory]
    [InlineData("""[{"name": "bytes"}, {"name": "our_own"}]""", "our_own")]
    [InlineData("""[{"name": "bytes"}, {"name": "numcodecs.lz4"}]""", "numcodecs.lz4")]
    [InlineData("""[{"name": "numcodecs.pcodec"}]""", "numcodecs.pcodec")]
    [InlineData("""[{"name": "transpose", "configuration": {"order": [0]}}]""", "bytes of the elements")]
    [InlineData("""[{"name": "sharding_indexed", "configuration": {"chunk_shape": [3], "codecs": [{"name": "bytes"}]}}]""", "whole number")]
    public void What_cannot_be_checked_says_why(string codecs, string reason) =>
        Assert.Contains(reason, DecoderOf(codecs).NotChecked!, StringComparison.Ordinal);

    [Fact]
    public void Chunks_too_large_to_decode_are_not_checked() => Assert.Contains(
        "more than the", DecoderOf($"[{Bytes}]", ("shape", "[9000000000]"), ("chunk_grid", GridOf(9_000_000_000))).NotChecked!, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"name": "numcodecs.delta", "configuration": {"dtype": "<f4", "astype": "<f8"}}""", 80)]
    [InlineData("""{"name": "numcodecs.fixedscaleoffset", "configuration": {"dtype": "<f4", "astype": "|i1", "scale": 1, "offset": 0}}""", 10)]
    [InlineData("""{"name": "numcodecs.astype", "configuration": {"decode_dtype": "<f4", "encode_dtype": "<i2"}}""", 20)]
    [InlineData("""{"name": "numcodecs.bitround", "configuration": {"keepbits": 3}}""", 40)]
    [InlineData("""{"name": "transpose", "configuration": {"order": [0]}}""", 40)]
    [InlineData("""{"name": "numcodecs.packbits"}""", 3)]
    public void Filters_on_elements_change_the_size_of_a_chunk(string filter, int size) => DecoderOf($"[{filter}, {Bytes}]").Check(new byte[size]);

    [Fact]
    public void Texts_of_varying_length_are_looked_through()
    {
        var decoder = DecoderOf("""[{"name": "vlen-utf8"}]""", ("data_type", "\"string\""), ("fill_value", "\"\""));
        string[] texts = ["", "a", "ü🐳", "c", "d", "e", "f", "g", "h", "i"];
        var good = Encoded.Texts(texts);
        decoder.Check(good);
        AssertBad(decoder, Encoded.Texts(texts[..9]), "9 elements");
        AssertBad(decoder, [.. good, 0], "follow");
        AssertBad(decoder, good[..^1], "ends behind");
        AssertBad(decoder, good[..2], "in the middle");
        AssertBad(decoder, [.. Encoded.Number(10), .. Encoded.Number(uint.MaxValue)], "ends behind");
        var damaged = good.ToArray();
        damaged[Array.IndexOf(damaged, (byte)'a')] = 0xFF;
        AssertBad(decoder, damaged, "not UTF-8");
    }

    [Theory]
    [InlineData("start")]
    [InlineData("end")]
    public void The_chunks_in_a_shard_are_checked_one_by_one(string location)
    {
        var decoder = DecoderOf(
            $$$"""
            [{"name": "sharding_indexed", "configuration": {"chunk_shape": [5], "index_location": "{{{location}}}",
              "codecs": [{{{Bytes}}}, {"name": "gzip"}], "index_codecs": [{{{Bytes}}}, {"name": "crc32c"}]}}]
            """);
        var inner = Encoded.Gzip(_chunk[..20]);
        byte[] Shard(byte[] content, params ulong[] entries) => location == "end"
            ? [.. content, .. Encoded.Crc32C(Encoded.Numbers(entries))]
            : [.. Encoded.Crc32C(Encoded.Numbers(entries)), .. content];
        var start = location == "end" ? 0UL : 36;
        decoder.Check(Shard(inner, start, (ulong)inner.Length, ulong.MaxValue, ulong.MaxValue));
        decoder.Check(Shard([.. inner, .. inner], start, (ulong)inner.Length, start + (ulong)inner.Length, (ulong)inner.Length));
        AssertBad(decoder, Shard(inner[..^1], start, (ulong)inner.Length - 1, ulong.MaxValue, ulong.MaxValue), "chunk 0 of the shard: ");
        AssertBad(decoder, Shard(inner, ulong.MaxValue, ulong.MaxValue, start, 1UL << 63), "chunk 1 of the shard ends");
        AssertBad(decoder, Shard(inner, ulong.MaxValue, 5, ulong.MaxValue, ulong.MaxValue), "chunk 0 of the shard ends");
        AssertBad(decoder, [1, 2, 3], "fewer than its index");
        var damaged = Shard(inner, start, (ulong)inner.Length, ulong.MaxValue, ulong.MaxValue);
        damaged[location == "end" ? ^5 : 20] ^= 1;
        AssertBad(decoder, damaged, "the index of the shard is damaged");
    }

    private static void AssertBad(ChunkDecoder decoder, byte[] chunk, string problem) =>
        Assert.Contains(problem, Assert.Throws<ChunkDecodingException>(() => decoder.Check(chunk)).Message, StringComparison.Ordinal);

    private static string GridOf(long chunk) => $$$"""{"name": "regular", "configuration": {"chunk_shape": [{{{chunk}}}]}}""";

    private static ChunkDecoder DecoderOf(string codecs, params (string, string?)[] changes) =>
        ChunkDecoder.For(Documents.Array([("codecs", codecs), .. changes]));
}
