using System.Text.Json;

namespace ArraylakeFs.Zarr.V2;

/// <summary>
/// <c>.zmetadata</c>: the documents of a group and of all below it in one file. It is derived, never a source; a tool that wrote one may go on
/// reading it as long as it says the same as the nodes do.
/// </summary>
public static class ConsolidatedV2
{
    private const int ZarrPythonIndent = 4;

    private const string FormatMember = "zarr_consolidated_format", DocumentsMember = "metadata";

    /// <summary>Makes the file, as zarr-python 2 does.</summary>
    /// <param name="nodes">The group itself, whose path is empty, and all nodes below it: <c>a</c>, <c>a/b</c>.</param>
    /// <exception cref="ZarrFormatException">A document of a node is none.</exception>
    public static byte[] Write(IEnumerable<(string Path, V2Node Node)> nodes)
    {
        var documents = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (path, node) in nodes)
        {
            documents[Key(path, node.FileName)] = Read(node.Document);
            if (node.Attributes is { } attributes)
            {
                documents[Key(path, V2Node.AttributesFileName)] = Read(attributes);
            }
        }

        var root = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            [DocumentsMember] = JsonMembers.ToObject(documents),
            [FormatMember] = JsonMembers.ElementOf(1),
        };
        return PythonJson.Document(JsonMembers.ToObject(root), ZarrPythonIndent, sorted: true);
    }

    /// <summary>
    /// Whether a <c>.zmetadata</c> says the same as the nodes: it has each of them and no other, and each means the same, however it is
    /// written. No attributes are as good as an empty list of them.
    /// </summary>
    /// <param name="consolidated">The bytes of the file; anything.</param>
    /// <param name="nodes">The group itself, whose path is empty, and all nodes below it.</param>
    public static bool SaysTheSame(ReadOnlySpan<byte> consolidated, IEnumerable<(string Path, V2Node Node)> nodes)
    {
        try
        {
            var root = TolerantJson.ParseFirstValue(consolidated);
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty(FormatMember, out var format) || format.ValueKind != JsonValueKind.Number || format.GetRawText() != "1"
                || !root.TryGetProperty(DocumentsMember, out var member) || member.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            var documents = JsonMembers.Of(member);
            foreach (var (path, node) in nodes)
            {
                if (!documents.Remove(Key(path, node.FileName), out var document))
                {
                    return false;
                }

                documents.Remove(Key(path, V2Node.AttributesFileName), out var attributes);
                if (!Same(node, document, attributes))
                {
                    return false;
                }
            }

            return documents.Count == 0;
        }
        catch (ZarrFormatException)
        {
            return false;
        }
    }

    private static bool Same(V2Node node, JsonElement document, JsonElement attributes)
    {
        var given = attributes.ValueKind == JsonValueKind.Object ? JsonMembers.Of(attributes) : [];
        var own = node.Attributes is { } bytes ? JsonMembers.Of(Read(bytes)) : [];
        return JsonMeaning.Same(own, given) && Same(node, document);
    }

    private static bool Same(V2Node node, JsonElement document)
    {
        var own = Read(node.Document);
        if (document.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        // zarr-python 3 repeats in each group's entry that the group has consolidated metadata of its own.
        var (ours, theirs) = (JsonMembers.Of(own), JsonMembers.Of(document));
        theirs.Remove(ConsolidatedV3.Member);
        ours.Remove(ConsolidatedV3.Member);
        if (JsonMeaning.Same(ours, theirs))
        {
            return true;
        }

        if (!JsonMeaning.Same(SeparatorOf(ours), SeparatorOf(theirs)))
        {
            return false; // a document of a node may leave it out and mean the former one (DraftMerge); who reads copies knows of none
        }

        var other = node with { Document = PythonJson.Document(JsonMembers.ToObject(theirs), ZarrPythonIndent), Attributes = null };
        return DocumentToV3.Convert(node with { Attributes = null }).SaysTheSame(DocumentToV3.Convert(other));
    }

    private static JsonElement SeparatorOf(OrderedDictionary<string, JsonElement> document) =>
        document.GetValueOrDefault("dimension_separator") is { ValueKind: JsonValueKind.String } given ? given : JsonMembers.ElementOf(".");

    private static JsonElement Read(byte[] document) => TolerantJson.ParseFirstValue(document) is { ValueKind: JsonValueKind.Object } root
        ? root
        : throw new ZarrFormatException("the document is not a JSON object");

    private static string Key(string path, string fileName) => path.Length == 0 ? fileName : $"{path}/{fileName}";
}
