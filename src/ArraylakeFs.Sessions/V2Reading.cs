using ArraylakeFs.Zarr;
using ArraylakeFs.Zarr.V2;

namespace ArraylakeFs.Sessions;

/// <summary>What the <c>zarr.json</c> of a directory says, read as Zarr v2.</summary>
public sealed class V2Reading
{
    /// <summary>There is no document.</summary>
    internal static readonly V2Reading Nothing = new(null, 0, default);

    private readonly object? _source;
    private readonly int _changes;

    private V2Reading(object? source, int changes, ReadOnlyMemory<byte> bytes) => (_source, _changes, Bytes) = (source, changes, bytes);

    /// <summary>The node in v2; null where it has no form there, or <c>zarr.json</c> is none.</summary>
    public V2Node? Node { get; private init; }

    /// <summary>Why there is a document and no <see cref="Node"/>.</summary>
    public string? Reason { get; private init; }

    /// <summary>How its chunks are named; null where it is no array that v2 can show.</summary>
    public V2Keys? Keys { get; private init; }

    /// <summary>The bytes of <c>zarr.json</c>.</summary>
    internal ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Whether there is a <c>zarr.json</c>.</summary>
    internal bool HasDocument => _source is not null;

    /// <summary>The bytes of one of its v2 documents; null where it has none of that name.</summary>
    public ReadOnlyMemory<byte>? DocumentNamed(string name)
    {
        byte[]? bytes = name == Node?.FileName ? Node.Document : name == V2Node.AttributesFileName ? Node?.Attributes : null;
        return bytes is null ? default(ReadOnlyMemory<byte>?) : bytes; // a bare null would become an empty memory
    }

    /// <summary>Reads the bytes of a <c>zarr.json</c> that <paramref name="source"/> has, after so many changes.</summary>
    internal static V2Reading Of(object source, int changes, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var node = V2Node.FromV3(bytes.Span);
            var array = NodeDocument.Parse(bytes.Span).Array;
            return new(source, changes, bytes) { Node = node, Keys = array is null ? null : new V2Keys(array.KeyEncoding, array.Rank) };
        }
        catch (ZarrFormatException e)
        {
            return new(source, changes, bytes) { Reason = e.Message };
        }
    }

    internal bool IsOf(object? source, int changes) => ReferenceEquals(_source, source) && _changes == changes;
}
