using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace ArraylakeFs.Zarr;

/// <summary>
/// A parsed <c>zarr.json</c>: the metadata of one group or array (Zarr v3 core specification).
/// </summary>
/// <remarks>
/// The parser takes what tools really write (zarr-tools.md section 0): bare <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, integers of
/// any size, members nobody knows, and a tail behind the first complete JSON value, which is ignored. It never changes a document: the
/// bytes that were written are what is stored.
/// </remarks>
public sealed class NodeDocument
{
    /// <summary>The name of the file that holds a node's metadata.</summary>
    public const string FileName = "zarr.json";

    private NodeDocument(JsonElement root, NodeKind kind, ArrayMetadata? array)
    {
        Root = root;
        Kind = kind;
        Array = array;
    }

    /// <summary>Group or array.</summary>
    public NodeKind Kind { get; }

    /// <summary>The array's metadata; null for a group.</summary>
    public ArrayMetadata? Array { get; }

    /// <summary>The whole document. Bare NaN and infinities read as the strings "NaN", "Infinity" and "-Infinity".</summary>
    public JsonElement Root { get; }

    /// <summary>The user's attributes; of kind <see cref="JsonValueKind.Undefined"/> where the document has none.</summary>
    public JsonElement Attributes => Root.TryGetProperty("attributes", out var attributes) ? attributes : default;

    /// <summary>Parses a document.</summary>
    /// <exception cref="ZarrFormatException">The document breaks <paramref name="rules"/>; the message says where.</exception>
    public static NodeDocument Parse(ReadOnlySpan<byte> utf8, DocumentRules rules = DocumentRules.Complete)
    {
        var root = TolerantJson.ParseFirstValue(utf8);
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ZarrFormatException("the document is not a JSON object");
        }

        CheckFormat(root, rules);
        var kind = ReadKind(root);
        if (rules == DocumentRules.Complete
            && root.TryGetProperty("attributes", out var attributes)
            && attributes.ValueKind != JsonValueKind.Object)
        {
            throw new ZarrFormatException("attributes is not a JSON object");
        }

        return new NodeDocument(root, kind, kind == NodeKind.Array ? ArrayMetadataReader.Read(root, rules) : null);
    }

    /// <summary>Parses a document; false and a sentence in <paramref name="error"/> where <see cref="Parse"/> would throw.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> utf8,
        [NotNullWhen(true)] out NodeDocument? document,
        [NotNullWhen(false)] out string? error,
        DocumentRules rules = DocumentRules.Complete)
    {
        try
        {
            document = Parse(utf8, rules);
            error = null;
            return true;
        }
        catch (ZarrFormatException exception)
        {
            document = null;
            error = exception.Message;
            return false;
        }
    }

    private static void CheckFormat(JsonElement root, DocumentRules rules)
    {
        if (!root.TryGetProperty("zarr_format", out var format))
        {
            if (rules == DocumentRules.Complete)
            {
                throw new ZarrFormatException("zarr_format is missing");
            }
        }
        else if (format.ValueKind == JsonValueKind.String)
        {
            throw new ZarrFormatException($"zarr_format is {format.GetRawText()}: this is the Zarr v3 draft of 2021, which is not supported");
        }
        else if (format.ValueKind != JsonValueKind.Number || !format.TryGetInt32(out var number) || number != 3)
        {
            throw new ZarrFormatException($"zarr_format is {JsonText.Excerpt(format)} where 3 is expected");
        }
    }

    private static NodeKind ReadKind(JsonElement root)
    {
        if (!root.TryGetProperty("node_type", out var type))
        {
            throw new ZarrFormatException("node_type is missing");
        }

        return JsonText.StringOf(type) switch
        {
            "group" => NodeKind.Group,
            "array" => NodeKind.Array,
            _ => throw new ZarrFormatException($"node_type is {JsonText.Excerpt(type)} where \"group\" or \"array\" is expected"),
        };
    }
}
