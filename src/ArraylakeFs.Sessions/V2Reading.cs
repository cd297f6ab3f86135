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
    private V2Reading? _ifComplete;

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

    /// <summary>The array, where v2 shows it otherwise if it has all its chunks (<see cref="V2Node.FromV3"/>).</summary>
    internal ArrayMetadata? DependsOnChunksOf { get; private init; }

    /// <summary>What is shown when the array has all its chunks.</summary>
    internal V2Reading IfComplete => DependsOnChunksOf is null ? this
        : _ifComplete ??= new(_source, _changes, Bytes) { Node = V2Node.FromV3(Bytes.Span, isComplete: true), Keys = Keys };

    /// <summary>Reads the bytes of a <c>zarr.json</c> that <paramref name="source"/> has, after so many changes.</summary>
    internal static V2Reading Of(object source, int changes, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var node = V2Node.FromV3(bytes.Span);
            if (NodeDocument.Parse(bytes.Span).Array is not { } array)
            {
                return new(source, changes, bytes) { Node = node };
            }

            bool depends = !V2Node.FromV3(bytes.Span, isComplete: true).Document.AsSpan().SequenceEqual(node.Document);
            return new(source, changes, bytes)
            {
                Node = node, Keys = new V2Keys(array.KeyEncoding, array.Rank), DependsOnChunksOf = depends ? array : null,
            };
        }
        catch (ZarrFormatException e)
        {
            return new(source, changes, bytes) { Reason = e.Message };
        }
    }

    internal bool IsOf(object? source, int changes) => ReferenceEquals(_source, source) && _changes == changes;
}
