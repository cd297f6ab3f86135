namespace ArraylakeFs.Zarr.Tests;

public class ChunkKeyEncodingTests
{
    public static TheoryData<string> Encodings => ["default /", "default .", "v2 .", "v2 /"];

    [Theory]
    [InlineData("default /", "c/0/1", "c/4294967295", "c")]
    [InlineData("default .", "c.0.1", "c.4294967295", "c")]
    [InlineData("v2 .", "0.1", "4294967295", "0")]
    [InlineData("v2 /", "0/1", "4294967295", "0")]
    public void Keys_are_named_as_the_specification_says(string name, string two, string one, string none)
    {
        var encoding = Named(name);
        Assert.Equal(two, encoding.Format([0, 1]));
        Assert.Equal(one, encoding.Format([uint.MaxValue]));
        Assert.Equal(none, encoding.Format([]));
    }

    [Theory]
    [InlineData("default /", 1, "c/01", "c/+1", "c/-1", "c/ 1", "c/1 ", "c/4294967296", "c/99999999999999999999", "c/", "c", "c/1/", "/c/1", "c//1", "c.1", "C/1", "1", "", "c/1/2", "c/1\0", "c/١", "c/1_0", "c/0x1")]
    [InlineData("default .", 1, "c.01", "c/1", "c.", "c", "c.1.", "c.1.2", ".1", "1", "")]
    [InlineData("v2 .", 1, "01", "c/1", "", ".", "1.", ".1", "1.2", "+1", "1e1", "1\0")]
    [InlineData("v2 /", 2, "0", "0/", "/0", "0/01", "0.1", "0//1", "0/1/2", "", "c/0/1")]
    [InlineData("default /", 0, "", "0", "c/", "c/0", "cc")]
    [InlineData("default .", 0, "", "0", "c.", "c.0")]
    [InlineData("v2 .", 0, "", "c", "00", "0.", "1")]
    [InlineData("v2 /", 0, "", "c", "00", "0/", "1")]
    public void Only_canonical_keys_are_keys(string name, int rank, params string[] keys)
    {
        var coordinates = new uint[4];
        Assert.All(keys, key => Assert.False(Named(name).TryParse(key, rank, coordinates), $"'{key}' was accepted"));
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void A_key_that_was_formatted_is_parsed_back_whole_and_part_by_part(string name) => Property.Check(Property.Coordinates, coordinates =>
    {
        var encoding = Named(name);
        var rank = coordinates.Length;
        var key = encoding.Format(coordinates);
        var parts = key.Split('/');
        var whole = new uint[rank];
        var byParts = new uint[rank];
        Assert.True(encoding.TryParse(key, rank, whole));
        Assert.Equal(coordinates, whole);
        Assert.Equal(parts.Length, encoding.KeyParts(rank));
        for (var i = 0; i < parts.Length; i++)
        {
            Assert.Equal(parts[i], encoding.Part(i, coordinates));
            Assert.True(encoding.TryParsePart(i, parts[i], rank, byParts));
            var known = encoding.CoordinatesFixedBy(i + 1, rank);
            Assert.Equal(coordinates[..known], byParts[..known]);
        }

        Assert.Equal(rank, encoding.CoordinatesFixedBy(parts.Length, rank));
        Assert.Equal(0, encoding.CoordinatesFixedBy(0, rank));
    });

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Whatever_is_parsed_is_the_one_name_of_its_coordinates(string name) => Property.Check(Property.KeyLikeText, text =>
    {
        var encoding = Named(name);
        for (var rank = 0; rank <= 3; rank++)
        {
            var coordinates = new uint[rank];
            if (encoding.TryParse(text, rank, coordinates))
            {
                Assert.Equal(text, encoding.Format(coordinates));
            }
        }
    });

    [Theory]
    [MemberData(nameof(Encodings))]
    public void A_text_is_a_key_just_when_each_of_its_parts_is_one(string name) => Property.Check(Property.KeyLikeText, text =>
    {
        var encoding = Named(name);
        var parts = text.Split('/');
        for (var rank = 0; rank <= 3; rank++)
        {
            var whole = new uint[rank];
            var byParts = new uint[rank];
            var isKey = encoding.TryParse(text, rank, whole);
            var isPath = parts.Length == encoding.KeyParts(rank)
                && Enumerable.Range(0, parts.Length).All(i => encoding.TryParsePart(i, parts[i], rank, byParts));
            Assert.Equal(isKey, isPath);
            if (isKey)
            {
                Assert.Equal(whole, byParts);
            }
        }
    });

    [Fact]
    public void A_part_of_a_key_writes_only_its_own_coordinates()
    {
        uint[] coordinates = [7, 7, 7];
        Assert.True(ChunkKeyEncoding.DefaultSlash.TryParsePart(2, "5", 3, coordinates));
        Assert.Equal([7U, 5U, 7U], coordinates);
        Assert.True(ChunkKeyEncoding.V2Slash.TryParsePart(2, "6", 3, coordinates));
        Assert.Equal([7U, 5U, 6U], coordinates);
        Assert.True(ChunkKeyEncoding.DefaultSlash.TryParsePart(0, "c", 3, coordinates));
        Assert.Equal([7U, 5U, 6U], coordinates);
    }

    [Fact]
    public void There_is_no_part_behind_the_last()
    {
        var coordinates = new uint[1];
        Assert.False(ChunkKeyEncoding.DefaultSlash.TryParsePart(2, "0", 1, coordinates));
        Assert.False(ChunkKeyEncoding.V2Dot.TryParsePart(1, "0", 1, coordinates));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChunkKeyEncoding.V2Slash.Part(1, [0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChunkKeyEncoding.V2Slash.CoordinatesFixedBy(2, 1));
    }

    private static ChunkKeyEncoding Named(string name) => name switch
    {
        "default /" => ChunkKeyEncoding.DefaultSlash,
        "default ." => ChunkKeyEncoding.DefaultDot,
        "v2 ." => ChunkKeyEncoding.V2Dot,
        _ => ChunkKeyEncoding.V2Slash,
    };

    [Fact]
    public void In_v2_the_separator_is_the_same_and_there_is_no_prefix()
    {
        Assert.Same(ChunkKeyEncoding.V2Slash, ChunkKeyEncoding.DefaultSlash.ToV2());
        Assert.Same(ChunkKeyEncoding.V2Dot, ChunkKeyEncoding.DefaultDot.ToV2());
        Assert.Same(ChunkKeyEncoding.V2Slash, ChunkKeyEncoding.V2Slash.ToV2());
        Assert.Same(ChunkKeyEncoding.V2Dot, ChunkKeyEncoding.V2Dot.ToV2());
    }
}
