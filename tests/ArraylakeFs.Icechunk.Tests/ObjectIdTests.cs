namespace ArraylakeFs.Icechunk.Tests;

public class ObjectIdTests
{
    [Theory]
    [InlineData("0b1cc8d6787580f0e33a6534", "1CECHNKREP0F1RSTCMT0")]
    [InlineData("000102030405060708090a0b", "000G40R40M30E209185G")]
    [InlineData("000000000000000000000000", "00000000000000000000")]
    [InlineData("ffffffffffffffffffffffff", "ZZZZZZZZZZZZZZZZZZZG")]
    public void Text_is_crockford_base32_of_the_bytes(string hex, string text)
    {
        var id = new ObjectId12(Convert.FromHexString(hex));
        Assert.Equal(text, id.ToString());
        Assert.Equal(id, ObjectId12.Parse(text));
        Assert.Equal(id, ObjectId12.Parse(text.ToLowerInvariant()));
    }

    [Fact]
    public void The_initial_snapshot_has_the_well_known_id()
    {
        Assert.Equal(ObjectId12.InitialSnapshot, new ObjectId12(Convert.FromHexString("0b1cc8d6787580f0e33a6534")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1CECHNKREP0F1RSTCMT")]
    [InlineData("1CECHNKREP0F1RSTCMT00")]
    [InlineData("1CECHNKREP0F1RSTCMTU")]
    [InlineData("1CECHNKREP0F1RSTCMI0")]
    [InlineData("1CECHNKREP0F1RSTCM/0")]
    [InlineData("1CECHNKREP0F1RSTCMé0")]
    [InlineData("1CECHNKREP0F1RSTCM\uD83E0")]
    public void What_is_no_id_is_refused(string text)
    {
        Assert.False(ObjectId12.TryParse(text, out _));
        Assert.False(ObjectId8.TryParse(text, out _));
        Assert.Throws<FormatException>(() => ObjectId12.Parse(text));
    }

    [Fact]
    public void Another_number_of_bytes_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new ObjectId12(new byte[11]));
        Assert.Throws<ArgumentException>(() => new ObjectId8(new byte[9]));
    }

    [Fact]
    public void Text_bytes_order_and_equality_agree_for_any_bytes()
    {
        Property.Check(Property.Bytes, seed =>
        {
            var left = new byte[12];
            var right = new byte[12];
            seed.AsSpan(0, Math.Min(12, seed.Length)).CopyTo(left);
            (seed.Length > 12 ? seed.AsSpan(12, Math.Min(12, seed.Length - 12)) : seed.AsSpan(0, seed.Length / 2)).CopyTo(right);
            CheckPair12(left, right);
            CheckPair8(left[..8], right[..8]);
        });
    }

    [Fact]
    public void New_ids_differ()
    {
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => ObjectId12.New()).Distinct().Count());
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => ObjectId8.New()).Distinct().Count());
    }

    private static void CheckPair12(byte[] left, byte[] right)
    {
        var (a, b) = (new ObjectId12(left), new ObjectId12(right));
        var copy = new byte[12];
        ObjectId12.Parse(a.ToString()).CopyTo(copy);
        Assert.Equal(left, copy);
        Assert.Equal(Math.Sign(left.AsSpan().SequenceCompareTo(right)), Math.Sign(a.CompareTo(b)));
        Assert.Equal(Math.Sign(a.CompareTo(b)), Math.Sign(string.CompareOrdinal(a.ToString(), b.ToString())));
        Assert.Equal(left.AsSpan().SequenceEqual(right), a == b);
        Assert.Equal(a < b, b > a);
    }

    private static void CheckPair8(byte[] left, byte[] right)
    {
        var (a, b) = (new ObjectId8(left), new ObjectId8(right));
        var copy = new byte[8];
        ObjectId8.Parse(a.ToString()).CopyTo(copy);
        Assert.Equal(left, copy);
        Assert.Equal(13, a.ToString().Length);
        Assert.Equal(Math.Sign(left.AsSpan().SequenceCompareTo(right)), Math.Sign(a.CompareTo(b)));
        Assert.Equal(left.AsSpan().SequenceEqual(right), a == b);
    }
}
