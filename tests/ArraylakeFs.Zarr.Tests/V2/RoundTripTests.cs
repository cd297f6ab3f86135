using System.Text.Json.Nodes;
using ArraylakeFs.Zarr.V2;
using FsCheck.Fluent;
using static ArraylakeFs.Zarr.Tests.V2.V2Documents;

namespace ArraylakeFs.Zarr.Tests.V2;

public class RoundTripTests
{
    private const int Count = 1_000;

    [Fact]
    public void From_v2_to_v3_and_back_nothing_changes() => Property.Check(V2Generators.V2Arrays.ToArbitrary(), text =>
    {
        var node = new V2Node(NodeKind.Array, Documents.Bytes(text.Document), BytesOrNone(text.Attributes));
        var back = V2Node.FromV3(node.ToV3());
        AssertSame(text.Document, back.Document);
        Assert.Equal(text.Attributes is null, back.Attributes is null);
        if (text.Attributes is { } attributes)
        {
            AssertSame(attributes, back.Attributes!);
        }

        var again = V2Node.FromV3(back.ToV3());
        Assert.Equal((Text(back.Document), Text(back.Attributes)), (Text(again.Document), Text(again.Attributes)));
    }, Count);

    [Fact]
    public void From_v3_to_v2_and_back_not_a_byte_changes() => Property.Check(V2Generators.V3Arrays.ToArbitrary(), text =>
    {
        var before = Documents.Bytes(text);
        Assert.Equal(text, Text(V2Node.FromV3(before).ToV3(before)));
    }, Count);

    [Fact]
    public void Whatever_a_v2_tool_writes_over_a_v3_array_is_what_v2_shows_then() => Property.Check(
        (from before in V2Generators.V3Arrays from after in V2Generators.V2Arrays select (before, after)).ToArbitrary(), pair =>
    {
        var node = new V2Node(NodeKind.Array, Documents.Bytes(pair.after.Document), BytesOrNone(pair.after.Attributes));
        var merged = node.ToV3(Documents.Bytes(pair.before));
        var shown = V2Node.FromV3(merged);
        var document = JsonNode.Parse(Plain(Text(shown.Document)))!.AsObject();
        if (!pair.after.Document.Contains("dimension_separator", StringComparison.Ordinal))
        {
            document.Remove("dimension_separator"); // then the array keeps the one that it had
        }

        AssertSame(Plain(pair.after.Document), Documents.Bytes(document.ToJsonString()));
        AssertSame(pair.after.Attributes ?? "{}", shown.Attributes ?? Documents.Bytes("{}"));
        if (pair.before.Contains("\"hint\"", StringComparison.Ordinal))
        {
            Assert.Contains("\"hint\": {\"must_understand\": false, \"x\": 1.00}", Text(merged), StringComparison.Ordinal);
        }
    }, Count);

    /// <summary>Only the attributes change: what a v2 tool does that sets one.</summary>
    [Fact]
    public void A_new_attribute_changes_nothing_else() => Property.Check(V2Generators.V3Arrays.ToArbitrary(), text =>
    {
        var before = Documents.Bytes(text);
        var shown = V2Node.FromV3(before);
        var given = shown.Attributes is null ? "{}" : Text(shown.Attributes);
        var attributes = JsonNode.Parse(given.Replace("NaN", "1.5", StringComparison.Ordinal))!.AsObject();
        attributes["new"] = 7;
        var after = Text((shown with { Attributes = Documents.Bytes(attributes.ToJsonString()) }).ToV3(before));
        Assert.Equal("7", RawMember(RawMember(after, "attributes"), "new"));
        foreach (var member in (string[])["shape", "data_type", "chunk_grid", "chunk_key_encoding", "dimension_names", "fill_value", "codecs", "hint"])
        {
            Assert.Equal(RawMember(text, member), RawMember(after, member));
        }
    }, Count);

    /// <summary>A separator that is a point may be left out; 0 and 0.0 are one fill value of a float.</summary>
    private static string Plain(string document)
    {
        var members = JsonNode.Parse(Canonical(document))!.AsObject();
        if ((string?)members["dimension_separator"] == ".")
        {
            members.Remove("dimension_separator");
        }

        if (members["fill_value"]?.ToJsonString() is "0.0" or "[0.0,0.0]")
        {
            members["fill_value"] = 0;
        }

        return members.ToJsonString();
    }
}
