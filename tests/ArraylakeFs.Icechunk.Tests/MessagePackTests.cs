namespace ArraylakeFs.Icechunk.Tests;

/// <summary>Metadata values of files of spec version 1, written by hand from the MessagePack specification.</summary>
public class MessagePackTests
{
    [Theory]
    [InlineData("c0", "null")]
    [InlineData("c2", "false")]
    [InlineData("c3", "true")]
    [InlineData("7f", "127")]
    [InlineData("ff", "-1")]
    [InlineData("d1ff00", "-256")]
    [InlineData("cf7fffffffffffffff", "9223372036854775807")]
    [InlineData("cfffffffffffffffff", "18446744073709551615")]
    [InlineData("d38000000000000000", "-9223372036854775808")]
    [InlineData("ca3fc00000", "1.5")]
    [InlineData("cb3ff8000000000000", "1.5")]
    [InlineData("cb7ff0000000000000", "null")]
    [InlineData("a0", "\"\"")]
    [InlineData("a4f09fa78a", "\"\\uD83E\\uDDCA\"")]
    [InlineData("90", "[]")]
    [InlineData("9301c0a161", "[1,null,\"a\"]")]
    [InlineData("dc000201cc02", "[1,2]")]
    [InlineData("80", "{}")]
    [InlineData("81a769735f726f6f74c3", "{\"is_root\":true}")]
    [InlineData("82a1618101a16202", null)]
    [InlineData("82a16190a16281a16301", "{\"a\":[],\"b\":{\"c\":1}}")]
    [InlineData("", null)]
    [InlineData("c1", null)]
    [InlineData("c0c0", null)]
    [InlineData("c40100", null)]
    [InlineData("d40100", null)]
    [InlineData("8101c0", null)]
    [InlineData("a2ff", null)]
    [InlineData("a1ff", null)]
    [InlineData("92c0", null)]
    [InlineData("dbffffffff", null)]
    [InlineData("ddffffffff", null)]
    [InlineData("dfffffffff", null)]
    [InlineData("dd00100000", null)]
    public void Values_are_read_and_what_is_none_is_an_error(string hex, string? json)
    {
        var bytes = Convert.FromHexString(hex);
        if (json is not null)
        {
            Assert.Equal(json, MessagePackValue.Read("snapshots/A", bytes)?.ToJsonString() ?? "null");
            return;
        }
        var error = Assert.Throws<IcechunkFormatException>(() => MessagePackValue.Read("snapshots/A", bytes));
        Assert.StartsWith("snapshots/A: a metadata value (MessagePack) is corrupt: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        byte[] Nested(int depth) => [.. Enumerable.Repeat((byte)0x91, depth), 0xc0];
        Assert.NotNull(MessagePackValue.Read("x", Nested(Limits.MaxValueDepth)));
        Assert.Throws<IcechunkFormatException>(() => MessagePackValue.Read("x", Nested(Limits.MaxValueDepth + 1)));
        Assert.Throws<IcechunkFormatException>(() => MessagePackValue.Read("x", Nested(1_000_000)));
    }

    [Fact]
    public void The_number_of_values_is_bounded()
    {
        byte[] many = [0xdd, 0, 0x10, 0, 0, .. Enumerable.Repeat((byte)0xc0, 1 << 20)];
        Assert.Throws<IcechunkFormatException>(() => MessagePackValue.Read("x", many));
    }

    [Fact]
    public void Any_bytes_are_a_value_or_an_error()
    {
        var random = new Random(1);
        var honest = Convert.FromHexString("83a1619301ccffc0a16281a163ca3fc00000a164d90378797a");
        Assert.Equal("""{"a":[1,255,null],"b":{"c":1.5},"d":"xyz"}""", MessagePackValue.Read("x", honest)!.ToJsonString());
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = honest.ToArray();
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                MessagePackValue.Read("x", bytes.AsMemory(0, random.Next(bytes.Length + 1)));
            }
            catch (IcechunkFormatException)
            {
            }
        }
    }
}
