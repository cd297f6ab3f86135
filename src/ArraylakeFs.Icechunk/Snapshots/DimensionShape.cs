namespace ArraylakeFs.Icechunk;

/// <summary>One dimension of an array: its length in elements and in chunks. The chunk shape is in the node's document only.</summary>
public readonly record struct DimensionShape(ulong ArrayLength, uint ChunkCount);
