using System.Text.Json;

namespace ArraylakeFs.Zarr.V2;

/// <summary>
/// One group or array as Zarr v2 writes it: two documents. Bytes of chunks are the same in both formats, so <see cref="ToV3"/> and
/// <see cref="FromV3"/> are all that a v2 face of a v3 hierarchy takes, and the other way round.
/// </summary>
/// <param name="Kind">Group or array.</param>
/// <param name="Document">The bytes of <c>.zgroup</c> or <c>.zarray</c>.</param>
/// <param name="Attributes">The bytes of <c>.zattrs</c>; null where there is no such file.</param>
public sealed record V2Node(NodeKind Kind, byte[] Document, byte[]? Attributes)
{
    /// <summary>A group's own document.</summary>
    public const string GroupFileName = ".zgroup";

    /// <summary>An array's own document.</summary>
    public const string ArrayFileName = ".zarray";

    /// <summary>The attributes of either.</summary>
    public const string AttributesFileName = ".zattrs";

    /// <summary>Copies of all documents below a group: derived, never a source.</summary>
    public const string ConsolidatedFileName = ".zmetadata";

    /// <summary>The attribute in which xarray keeps the names of an array's dimensions; v3 has a member for them.</summary>
    internal const string DimensionsAttribute = "_ARRAY_DIMENSIONS";

    /// <summary>The file that <see cref="Document"/> belongs into.</summary>
    public string FileName => Kind == NodeKind.Group ? GroupFileName : ArrayFileName;

    /// <summary>
    /// The same node as <c>zarr.json</c>. Its chunk keys stay those of v2 (encoding <c>v2</c>) unless <paramref name="before"/> has others.
    /// </summary>
    /// <param name="before">
    /// The <c>zarr.json</c> that the node has now; ignored if it is empty, of another kind, or has no form in v2. What the v2 documents say as
    /// it does keeps its text: all that v2 cannot say, and everything if nothing has changed.
    /// </param>
    /// <exception cref="ZarrFormatException">The documents are no v2 documents, or say what v3 cannot.</exception>
    public byte[] ToV3(ReadOnlySpan<byte> before = default)
    {
        var draft = DocumentToV3.Convert(this);
        var hasNoFill = Reserved.Read(draft.Attributes, Reserved.FillValue) is { ValueKind: JsonValueKind.Null };
        return ShownBefore(before, hasNoFill) is { } shown ? DraftMerge.Merge(before, DocumentToV3.Convert(shown), draft) : draft.Write();
    }

    /// <summary>
    /// A node of v3 in v2. An array's chunk keys become those of <see cref="ChunkKeyEncoding.ToV2"/>: <c>c/0/1</c> becomes <c>0/1</c>.
    /// </summary>
    /// <param name="document">The bytes of <c>zarr.json</c>.</param>
    /// <param name="isComplete">
    /// Whether the array has all its chunks, so that its fill value stands for none: it is null then, where xarray would take it for missing data
    /// that it is not (<see cref="FillAttribute"/>).
    /// </param>
    /// <exception cref="ZarrFormatException">The document is no v3 document, or says what v2 cannot.</exception>
    public static V2Node FromV3(ReadOnlySpan<byte> document, bool isComplete = false) => DocumentToV2.Convert(document, isComplete);

    /// <summary>
    /// How many bytes of a document count: netCDF-C writes over a longer one from the beginning, does not cut it off, and refuses it then itself.
    /// </summary>
    public static int LengthOf(ReadOnlySpan<byte> document) => TolerantJson.EndOfFirstObject(document);

    private V2Node? ShownBefore(ReadOnlySpan<byte> before, bool hasNoFill)
    {
        try
        {
            return !before.IsEmpty && FromV3(before, isComplete: hasNoFill) is { } shown && shown.Kind == Kind ? shown : null;
        }
        catch (ZarrFormatException)
        {
            return null;
        }
    }
}
