using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk.FlexBuffers;
using FsCheck;
using FsCheck.Fluent;

namespace ArraylakeFs.Icechunk.Tests;

public class FlexBufferTests
{
    [Fact]
    public void The_root_marker_is_written_as_the_official_client_writes_it()
    {
        var bytes = FlexBuffer.Write(new JsonObject { ["is_root"] = true });
        Assert.Equal("69735f726f6f740001090101010168022401", Convert.ToHexStringLower(bytes));
    }

    [Fact]
    public void The_stored_configurations_come_back_when_written_again()
    {
        foreach (var repository in Samples.RepositoriesOfSpec2)
        {
            var config = RepoInfo.Decode("repo", Samples.Read(repository, "repo")).Config;
            var json = FlexBuffer.Read("repo", config.Span)!;
            var again = FlexBuffer.Write(json);
            // The official client stores keys in the order of its own structures, so only the size can be the same.
            Assert.InRange(again.Length, config.Length - 8, config.Length + 8);
            Assert.Equal(json.ToJsonString(), FlexBuffer.Read("repo", again)!.ToJsonString());
        }
    }

    [Theory]
    [InlineData("000001", "null")]
    [InlineData("010401", "1")]
    [InlineData("ff0401", "-1")]
    [InlineData("ff0801", "255")]
    [InlineData("ffff0902", "65535")]
    [InlineData("0000c03f0e04", "1.5")]
    [InlineData("016801", "true")]
    [InlineData("006801", "false")]
    [InlineData("003e0d02", "1.5")] // half float
    [InlineData("0261620003 1401", "\"ab\"")] // string
    [InlineData("616200 03 1001", "\"ab\"")] // key
    [InlineData("fe 01 1801", "-2")] // indirect int
    [InlineData("fe 01 1c01", "254")] // indirect uint
    [InlineData("0000c03f 04 2201", "1.5")] // indirect float
    [InlineData("03010203 03 2c01", "[1,2,3]")] // vector of ints
    [InlineData("02ff00 02 3001", "[255,0]")] // vector of uints
    [InlineData("010000c03f 04 3601", null)] // vector of floats, count of the wrong width
    [InlineData("010000000000c03f 04 3601", "[1.5]")] // vector of floats
    [InlineData("6100 6200 02 0603 02 3801", null)] // vector of keys that point too far
    [InlineData("6100 6200 02 0504 02 3801", "[\"a\",\"b\"]")] // vector of keys
    [InlineData("01ff 02 4001", "[1,-1]")] // two ints
    [InlineData("01ff 02 4401", "[1,255]")] // two uints
    [InlineData("01ff02 03 4c01", "[1,-1,2]")] // three ints
    [InlineData("01ff02fe 04 5801", "[1,-1,2,-2]")] // four ints
    [InlineData("02fffe 02 6401", "[255,254]")] // blob
    [InlineData("020100 02 9001", "[true,false]")] // vector of bools
    [InlineData("016161 00 01 04 01 3c01", "[\"a\"]")] // deprecated vector of strings
    [InlineData("00 00 2801", "[]")] // vector
    public void Every_type_is_read(string hex, string? json)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        if (json is null)
        {
            Assert.Throws<IcechunkFormatException>(() => FlexBuffer.Read("x", bytes));
        }
        else
        {
            Assert.Equal(json, FlexBuffer.Read("x", bytes)?.ToJsonString() ?? "null");
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("-9223372036854775808")]
    [InlineData("18446744073709551615")]
    [InlineData("42.0")]
    [InlineData("1e300")]
    [InlineData("0.1")]
    [InlineData("\"é🧊\"")]
    [InlineData("[[],{},[[]]]")]
    [InlineData("[1,2.5,\"a\",null,true]")]
    [InlineData("[-1,1]")]
    [InlineData("{\"z\":{\"a\":1},\"a\":{\"z\":1,\"a\":2}}")]
    public void Json_comes_back(string json)
    {
        var node = JsonNode.Parse(json);
        var back = FlexBuffer.Read("x", FlexBuffer.Write(node));
        Assert.True(JsonNode.DeepEquals(node, JsonNode.Parse(back?.ToJsonString() ?? "null")), back?.ToJsonString());
    }

    [Fact]
    public void A_whole_float_stays_a_float()
    {
        Assert.IsType<double>(FlexBuffer.Read("x", FlexBuffer.Write(JsonNode.Parse("42.0")))!.GetValue<object>());
        Assert.IsType<double>(FlexBuffer.Read("x", FlexBuffer.Write(JsonValue.Create(42.0)))!.GetValue<object>());
        Assert.IsType<long>(FlexBuffer.Read("x", FlexBuffer.Write(JsonValue.Create(42)))!.GetValue<object>());
    }

    [Fact]
    public void A_number_that_json_does_not_have_is_read_as_null()
    {
        Assert.Null(FlexBuffer.Read("x", Convert.FromHexString("0000c07f0e04"))); // NaN
    }

    [Fact]
    public void A_key_with_a_nul_is_refused()
    {
        Assert.Throws<ArgumentException>(() => FlexBuffer.Write(new JsonObject { ["a\0b"] = 1 }));
    }

    [Fact]
    public void Any_json_comes_back_and_any_change_of_its_bytes_is_an_error_or_a_value()
    {
        var random = new Random(7);
        Property.Check(Json(4).ToArbitrary(), text =>
        {
            var node = JsonNode.Parse(text);
            var bytes = FlexBuffer.Write(node);
            var back = FlexBuffer.Read("x", bytes);
            Assert.True(JsonNode.DeepEquals(node, JsonNode.Parse(back?.ToJsonString() ?? "null")), back?.ToJsonString());
            for (var i = 0; i < 50; i++)
            {
                var damaged = bytes.ToArray();
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                ReadOrFail(damaged);
                ReadOrFail(bytes.AsSpan(random.Next(bytes.Length)));
                ReadOrFail(bytes.AsSpan(0, random.Next(bytes.Length)));
            }
        });
    }

    [Fact]
    public void Vectors_that_refer_to_one_another_many_times_meet_a_limit()
    {
        // 60 vectors, each with two references to the one before: 2^60 values when unfolded.
        var bytes = new List<byte> { 0 };
        var inner = 1;
        for (var level = 0; level < 60; level++)
        {
            bytes.Add(2);
            var start = bytes.Count;
            bytes.AddRange([(byte)(start - inner), (byte)(start + 1 - inner), 0x28, 0x28]);
            inner = start;
        }
        bytes.AddRange([(byte)(bytes.Count - inner), 0x28, 1]);
        var error = Assert.Throws<IcechunkFormatException>(() => FlexBuffer.Read("repo", bytes.ToArray()));
        Assert.Contains($"more than {bytes.Count} values", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(FlexType.Vector), 100, "values")]
    [InlineData(nameof(FlexType.String), 100, "same text")]
    [InlineData(nameof(FlexType.Key), 255, null)]
    [InlineData(nameof(FlexType.Key), 256, "same text")]
    public void Only_short_keys_may_be_referred_to_many_times(string typeName, int length, string? problem)
    {
        var type = Enum.Parse<FlexType>(typeName);
        // A vector of 200 references to one thing of that length: a vector of nulls, a text, a key.
        byte[] content = [.. Enumerable.Repeat((byte)'x', length), 0];
        byte[] thing = type switch
        {
            FlexType.Vector => [(byte)length, .. new byte[2 * length]],
            FlexType.String => [(byte)length, .. content],
            _ => content,
        };
        var start = type == FlexType.Key ? 0 : 1;
        var bytes = new List<byte>(thing);
        bytes.AddRange([200, 0]);
        var vector = bytes.Count;
        for (var i = 0; i < 200; i++)
        {
            bytes.AddRange(BitConverter.GetBytes((ushort)(bytes.Count - start)));
        }
        bytes.AddRange(Enumerable.Repeat((byte)((byte)type << 2), 200));
        bytes.AddRange([.. BitConverter.GetBytes((ushort)(bytes.Count - vector)), 0x29, 2]);
        var failure = Record.Exception(() => FlexBuffer.Read("repo", bytes.ToArray()));
        Assert.Equal(problem is null, failure is null);
        Assert.True(problem is null || failure is IcechunkFormatException && failure.Message.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Deep_nesting_meets_a_limit_both_ways()
    {
        JsonNode? node = null;
        for (var i = 0; i < Limits.MaxValueDepth; i++)
        {
            node = new JsonArray(node);
        }
        var bytes = FlexBuffer.Write(node);
        Assert.NotNull(FlexBuffer.Read("x", bytes));
        Assert.Throws<ArgumentException>(() => FlexBuffer.Write(new JsonArray(node)));

        var deeper = new List<byte>(bytes[..^3]);
        deeper.AddRange([1, (byte)(deeper.Count + 1 - (bytes.Length - 3 - bytes[^3])), 0x28, 2, 0x28, 1]);
        Assert.Throws<IcechunkFormatException>(() => FlexBuffer.Read("x", deeper.ToArray()));
    }

    private static void ReadOrFail(ReadOnlySpan<byte> bytes)
    {
        try
        {
            FlexBuffer.Read("x", bytes)?.ToJsonString();
        }
        catch (IcechunkFormatException e)
        {
            Assert.StartsWith("x: ", e.Message, StringComparison.Ordinal);
        }
    }

    private static Gen<string> Json(int depth)
    {
        var scalar = Gen.OneOf(
            Gen.Elements(
                "null", "true", "false", "0", "1", "-1", "127", "128", "-129", "65536", "4294967296", "-4294967297", "1.5", "0.1", "1e100"),
            Text);
        return depth == 0 ? scalar : Gen.OneOf(
            scalar,
            Gen.ListOf(Json(depth - 1)).Select(items => $"[{string.Join(',', items.Take(8))}]"),
            Gen.ListOf(Gen.Choose(0, 99999).Select(i => (long)i)).Select(items => $"[{string.Join(',', items)}]"),
            Gen.ListOf(Json(depth - 1).SelectMany(value => Text.Select(name => (name, value)))).Select(items =>
                $"{{{string.Join(',', items.Take(8).DistinctBy(i => i.name).Select(i => $"{i.name}:{i.value}"))}}}"));
    }

    private static Gen<string> Text => Gen.OneOf(
        Gen.Elements("\"\"", "\"a\"", "\"key\"", "\"é🧊\"", "\"a b\"", $"\"{new string('x', 300)}\""),
        Gen.Choose(0, 999).Select(i => $"\"k{i}\""));
}
