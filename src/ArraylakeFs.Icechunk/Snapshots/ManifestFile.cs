namespace ArraylakeFs.Icechunk;

/// <summary>What a snapshot knows of a manifest file.</summary>
/// <param name="Id">The manifest's id.</param>
/// <param name="SizeBytes">Size of the whole object, header included. The official client reads exactly this many bytes.</param>
/// <param name="ChunkRefCount">References in the file, over all its arrays.</param>
/// <param name="Extra">Bytes of extensions unknown here; empty when there are none.</param>
public readonly record struct ManifestFile(ObjectId12 Id, ulong SizeBytes, uint ChunkRefCount, ReadOnlyMemory<byte> Extra = default);
