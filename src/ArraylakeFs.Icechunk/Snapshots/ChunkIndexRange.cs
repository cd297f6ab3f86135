namespace ArraylakeFs.Icechunk;

/// <summary>A half-open range of chunk coordinates along one dimension.</summary>
public readonly record struct ChunkIndexRange(uint From, uint To);
