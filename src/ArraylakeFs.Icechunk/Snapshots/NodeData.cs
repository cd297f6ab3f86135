namespace ArraylakeFs.Icechunk;

/// <summary>One node of a snapshot with everything the file holds of it; a changed copy is made with <c>with</c>.</summary>
/// <param name="Id">The node's id: it stays through moves and changes of the document.</param>
/// <param name="Path">Absolute: <c>/</c>, <c>/a/b</c>.</param>
/// <param name="Kind">Array or group.</param>
/// <param name="Document">The exact bytes of <c>zarr.json</c>.</param>
public sealed record NodeData(ObjectId8 Id, string Path, NodeKind Kind, ReadOnlyMemory<byte> Document)
{
    /// <summary>An array's dimensions; empty for a group and for an array without dimensions.</summary>
    public IReadOnlyList<DimensionShape> Shape { get; init; } = [];

    /// <summary>An array's dimension names, null for an unnamed one; null when the document has no <c>dimension_names</c>.</summary>
    public IReadOnlyList<string?>? DimensionNames { get; init; }

    /// <summary>The manifests that hold an array's chunk references; their extents do not overlap.</summary>
    public IReadOnlyList<ManifestReference> Manifests { get; init; } = [];

    /// <summary>Bytes of extensions unknown here; empty when there are none.</summary>
    public ReadOnlyMemory<byte> Extra { get; init; }
}
