using System.Text.Json;
using static ArraylakeFs.Zarr.Tests.Documents;

namespace ArraylakeFs.Zarr.Tests;

public class NodeDocumentTests
{
    [Fact]
    public void The_tutorials_array_is_read()
    {
        var document = NodeDocument.Parse(Bytes(Temperature));
        var array = document.Array!;
        Assert.Equal(NodeKind.Array, document.Kind);
        Assert.Equal((ulong[])[100], array.Shape);
        Assert.Equal((uint[])[10], array.Grid.ChunkCounts);
        Assert.Equal((ulong[])[10], array.Grid.ChunkShape!.Value);
        Assert.Same(ChunkKeyEncoding.DefaultSlash, array.KeyEncoding);
        Assert.Equal("float32", array.DataTypeName);
        Assert.Equal(4, array.ItemSizeBytes);
        Assert.Equal("NaN", array.FillValueText);
        Assert.Equal(["bytes", "blosc"], array.Codecs.Select(codec => codec.Name));
        Assert.Equal("C", array.Order);
        Assert.Null(array.InnerChunkShape);
        Assert.Null(array.DimensionNames);
        Assert.Equal("degrees Celsius", document.Attributes.GetProperty("units").GetString());
    }

    [Fact]
    public void A_group_is_read()
    {
        var document = NodeDocument.Parse("""{"zarr_format":3,"node_type":"group","consolidated_metadata":null}"""u8);
        Assert.Equal(NodeKind.Group, document.Kind);
        Assert.Null(document.Array);
        Assert.Equal(JsonValueKind.Undefined, document.Attributes.ValueKind);
    }

    [Fact]
    public void Bare_NaN_and_infinities_are_read_as_strings_and_strings_stay_as_they_are()
    {
        var text = """
            {"zarr_format":3,"node_type":"group","attributes":{"a": NaN,"b":[Infinity,-Infinity ,NaN],"c":"NaN, \"NaN, Infinity","d":"\\","e":NaN}}
            """;
        var attributes = NodeDocument.Parse(Bytes(text)).Attributes;
        Assert.Equal("NaN", attributes.GetProperty("a").GetString());
        Assert.Equal(["Infinity", "-Infinity", "NaN"], attributes.GetProperty("b").EnumerateArray().Select(value => value.GetString()));
        Assert.Equal("NaN, \"NaN, Infinity", attributes.GetProperty("c").GetString());
        Assert.Equal("\\", attributes.GetProperty("d").GetString());
        Assert.Equal("NaN", attributes.GetProperty("e").GetString());
    }

    [Fact]
    public void A_bare_NaN_fill_value_reads_as_the_string_does()
    {
        var text = Temperature.Replace("\"NaN\"", "NaN", StringComparison.Ordinal);
        Assert.Equal("NaN", NodeDocument.Parse(Bytes(text)).Array!.FillValueText);
    }

    [Theory]
    [InlineData("""{"zarr_format":3,"node_type":"group",NaN:1}""")]
    [InlineData("""{"zarr_format":3,"node_type":"group","a":NaNs}""")]
    [InlineData("""{"zarr_format":3,"node_type":"group","a":nan}""")]
    [InlineData("""{"zarr_format":3,"node_type":"group","a":+Infinity}""")]
    [InlineData("""{"zarr_format":3,"node_type":"group","a":1,}""")]
    [InlineData("""{"zarr_format":3,"node_type":"group","a":'x'}""")]
    [InlineData("""{"zarr_format":3,"node_type":"group" /* why */}""")]
    [InlineData("""{"zarr_format":3,"node_type":"group\""")]
    [InlineData("""{"zarr_format":3,"node_type":"group"N""")]
    public void What_no_Zarr_tool_writes_is_an_error(string text) => Assert.StartsWith("the document is not JSON", ErrorOf(Bytes(text)));

    [Fact]
    public void Integers_of_any_size_keep_their_digits()
    {
        const string Digits = "123456789012345678901234567890";
        var document = NodeDocument.Parse(Bytes($$$"""{"zarr_format":3,"node_type":"group","attributes":{"big":{{{Digits}}},"one":1.0}}"""));
        Assert.Equal(Digits, document.Attributes.GetProperty("big").GetRawText());
        Assert.Equal("1.0", document.Attributes.GetProperty("one").GetRawText());
        Assert.Equal("18446744073709551615", Array(("fill_value", "18446744073709551615")).FillValueText);
    }

    [Theory]
    [InlineData("}\"<U1\", \"x\": 1}}}")]
    [InlineData(" {\"zarr_format\": 2}")]
    [InlineData("\0\0\0")]
    [InlineData("NaN \"")]
    public void A_tail_behind_the_document_is_ignored(string tail)
    {
        var text = """{"zarr_format":3,"node_type":"group","attributes":{"a":NaN}}""" + tail;
        Assert.Equal(NodeKind.Group, NodeDocument.Parse(Bytes(text)).Kind);
    }

    [Theory]
    [InlineData("", "the document is empty")]
    [InlineData(" \n\t ", "the document is empty")]
    [InlineData("[]", "the document is not a JSON object")]
    [InlineData("3", "the document is not a JSON object")]
    [InlineData("\"\\u0041\"x", "the document is not a JSON object")]
    [InlineData("7 \\u0041", "the document is not a JSON object")]
    [InlineData("\uFEFF{}", "the document starts with a byte order mark, which JSON forbids")]
    [InlineData("{}", "zarr_format is missing")]
    [InlineData("""{"zarr_format":2,"node_type":"group"}""", "zarr_format is 2 where 3 is expected")]
    [InlineData("""{"zarr_format":3.5,"node_type":"group"}""", "zarr_format is 3.5 where 3 is expected")]
    [InlineData("""{"zarr_format":99999999999999999999}""", "zarr_format is 99999999999999999999 where 3 is expected")]
    [InlineData("""{"zarr_format":3}""", "node_type is missing")]
    [InlineData("""{"zarr_format":3,"node_type":"table"}""", "node_type is \"table\" where \"group\" or \"array\" is expected")]
    [InlineData("""{"zarr_format":3,"node_type":7}""", "node_type is 7 where \"group\" or \"array\" is expected")]
    [InlineData("""{"zarr_format":3,"node_type":"\ud800"}""", "node_type is \"\\ud800\" where \"group\" or \"array\" is expected")]
    [InlineData("""{"zarr_format":3,"node_type":"group","attributes":[]}""", "attributes is not a JSON object")]
    public void Each_flaw_of_a_document_is_named(string text, string error) => Assert.Equal(error, ErrorOf(Bytes(text)));

    [Fact]
    public void The_draft_of_2021_is_named()
    {
        var error = ErrorOf("""{"zarr_format":"https://purl.org/zarr/spec/protocol/core/3.0","metadata_encoding":"x"}"""u8);
        Assert.Contains("draft of 2021", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_document_is_an_error_wherever_it_ends()
    {
        var bytes = Bytes(Temperature);
        for (var length = 0; length < bytes.Length - 1; length++)
        {
            Assert.False(NodeDocument.TryParse(bytes.AsSpan(0, length), out _, out var error), $"{length} bytes were accepted");
            Assert.NotEmpty(error);
        }
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_an_error_inside_the_document_and_ignored_behind_it()
    {
        var inside = Bytes("""{"zarr_format":3,"node_type":"group","attributes":{"a":"?"}}""");
        inside[Array(inside, '?')] = 0xFF;
        Assert.Equal("the document is not valid UTF-8", ErrorOf(inside));
        var behind = (byte[])[.. """{"zarr_format":3,"node_type":"group"}"""u8, 0xFF, 0xFE];
        Assert.Equal(NodeKind.Group, NodeDocument.Parse(behind).Kind);

        static int Array(byte[] bytes, char character) => System.Array.IndexOf(bytes, (byte)character);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_an_error_in_a_name_and_kept_in_a_value()
    {
        var value = NodeDocument.Parse("""{"zarr_format":3,"node_type":"group","attributes":{"a":"\udc80"}}"""u8);
        Assert.Equal("\"\\udc80\"", value.Attributes.GetProperty("a").GetRawText());
        Assert.Equal(
            "a member's name holds half of a surrogate pair",
            ErrorOf("""{"zarr_format":3,"node_type":"group","attributes":{"x":{"\ud800yz":1}}}"""u8));
        Assert.Equal(NodeKind.Group, NodeDocument.Parse("""{"zarr_format":3,"node_type":"group","\ud83e\uddca":1}"""u8).Kind);
    }

    [Fact]
    public void Nesting_is_bounded_at_the_official_clients_depth()
    {
        static byte[] Nested(int levels) => Bytes(
            """{"zarr_format":3,"node_type":"group","attributes":{"a":""" + new string('[', levels) + new string(']', levels) + "}}");

        Assert.Equal(NodeKind.Group, NodeDocument.Parse(Nested(Limits.MaxDocumentDepth - 2)).Kind);
        Assert.StartsWith("the document is not JSON", ErrorOf(Nested(Limits.MaxDocumentDepth - 1)));
        Assert.StartsWith("the document is not JSON", ErrorOf(Nested(5_000_000)));
    }

    [Fact]
    public void The_last_of_two_members_of_one_name_counts()
    {
        var document = NodeDocument.Parse("""{"zarr_format":2,"zarr_format":3,"node_type":"array","node_type":"group"}"""u8);
        Assert.Equal(NodeKind.Group, document.Kind);
    }

    [Fact]
    public void Random_damage_gives_an_answer_and_never_another_exception()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = Bytes(Temperature);
            for (var damage = random.Next(1, 4); damage > 0; damage--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            foreach (var rules in Enum.GetValues<DocumentRules>())
            {
                var accepted = NodeDocument.TryParse(bytes, out var document, out var error, rules);
                Assert.True(accepted == (document is not null) && accepted == (error is null), $"seed {seed}, round {round}");
                if (document?.Array is { } array)
                {
                    Assert.NotEmpty(ArrayInfo.ToText(ArrayInfo.Describe("/a", array, false, "s", 1, 1)));
                }
            }
        }
    }

    [Fact]
    public void Parsing_costs_memory_in_proportion_to_the_document()
    {
        var document = ArrayWith(
            ("shape", "[18446744073709551615]"),
            ("chunk_grid", """{"name":"rectilinear","configuration":{"chunk_shapes":[[[1,4294967295]]]}}"""));
        NodeDocument.Parse(document);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal((uint[])[uint.MaxValue], NodeDocument.Parse(document).Array!.Grid.ChunkCounts);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1 << 20);
    }
}
