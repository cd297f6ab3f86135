namespace Native.Blosc.Tests;

public class BloscCodecTests
{
    public static TheoryData<string, int, int> Ways => new()
    {
        { "lz4", 5, 1 }, { "zstd", 3, 2 }, { "zlib", 1, 0 }, { "blosclz", 9, 1 }, { "lz4hc", 9, 2 }, { "lz4", 0, 0 },
    };

    [BloscTheory]
    [MemberData(nameof(Ways))]
    public void What_was_compressed_comes_out_again(string compressor, int level, int shuffle)
    {
        foreach (var size in (int[])[0, 1, 7, 4096, 1_000_003])
        {
            var bytes = Sample(size);
            var compressed = BloscCodec.Compress(bytes, compressor, level, shuffle, typeSize: 4);
            Assert.Equal(bytes, BloscCodec.Decompress(compressed, maxBytes: size));
        }
    }

    [BloscFact]
    public void What_becomes_too_large_is_refused()
    {
        var compressed = BloscCodec.Compress(new byte[100_000], "lz4", 5, 1, 4);
        Assert.Contains("more than the 99999", Assert.Throws<BloscException>(() => BloscCodec.Decompress(compressed, 99_999)).Message, StringComparison.Ordinal);
    }

    [BloscFact]
    public void An_unknown_compressor_is_named() => Assert.Contains(
        "'nonsense'", Assert.Throws<BloscException>(() => BloscCodec.Compress(new byte[10], "nonsense", 5, 1, 4)).Message, StringComparison.Ordinal);

    [BloscFact]
    public void Whatever_bytes_come_the_answer_is_bytes_or_an_exception()
    {
        var random = new Random(1);
        var compressed = BloscCodec.Compress(Sample(20_000), "lz4", 5, 1, 4);
        Assert.Throws<BloscException>(() => BloscCodec.Decompress(compressed.AsSpan(0, compressed.Length / 2), 20_000));
        for (var i = 0; i < 3000; i++)
        {
            var damaged = compressed.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                damaged[random.Next(2) == 0 ? random.Next(16) : random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            }

            try
            {
                Assert.InRange(BloscCodec.Decompress(damaged.AsSpan(0, random.Next(4) == 0 ? random.Next(damaged.Length) : damaged.Length), 30_000).Length, 0, 30_000);
            }
            catch (BloscException)
            {
                // as it should
            }
        }
    }

    private static byte[] Sample(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)(i / 16))];
}

/// <summary>A test that needs libblosc.</summary>
public sealed class BloscFactAttribute : FactAttribute
{
    /// <summary>Skips where it is missing.</summary>
    public BloscFactAttribute() => Skip = BloscCodec.IsAvailable ? null : "libblosc.so.1 is not installed";
}

/// <summary>As <see cref="BloscFactAttribute"/>, with data.</summary>
public sealed class BloscTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips where it is missing.</summary>
    public BloscTheoryAttribute() => Skip = BloscCodec.IsAvailable ? null : "libblosc.so.1 is not installed";
}
