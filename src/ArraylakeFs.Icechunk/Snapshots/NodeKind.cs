namespace ArraylakeFs.Icechunk;

/// <summary>Kinds of nodes; the numbers are the format's.</summary>
public enum NodeKind : byte
{
    /// <summary>A Zarr array.</summary>
    Array = 1,
    /// <summary>A Zarr group.</summary>
    Group = 2,
}
