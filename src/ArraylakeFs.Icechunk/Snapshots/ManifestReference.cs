namespace ArraylakeFs.Icechunk;

/// <summary>
/// An array's pointer to a manifest. <see cref="Extents"/> is the bounding box of the array's chunks in it; empty contains everything.
/// </summary>
public sealed record ManifestReference(ObjectId12 Manifest, IReadOnlyList<ChunkIndexRange> Extents)
{
    /// <summary>
    /// Whether a chunk can be in this manifest. Only the dimensions that both sides have are compared, as the official client does.
    /// </summary>
    public bool Contains(ReadOnlySpan<uint> coordinates)
    {
        for (var i = 0; i < Math.Min(coordinates.Length, Extents.Count); i++)
        {
            if (coordinates[i] < Extents[i].From || coordinates[i] >= Extents[i].To)
            {
                return false;
            }
        }
        return true;
    }
}
