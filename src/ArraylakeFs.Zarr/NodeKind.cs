namespace ArraylakeFs.Zarr;

/// <summary>What a node of the Zarr hierarchy is.</summary>
public enum NodeKind
{
    /// <summary>A node that holds other nodes.</summary>
    Group,

    /// <summary>A node that holds chunks.</summary>
    Array,
}
