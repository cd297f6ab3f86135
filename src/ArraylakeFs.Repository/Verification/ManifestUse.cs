using ArraylakeFs.Icechunk;
using ArraylakeFs.Zarr.Decoding;

namespace ArraylakeFs.Repository.Verification;

/// <summary>How an array uses a manifest, in one commit or many. Holds nothing of the snapshot, which may be large.</summary>
/// <param name="Array">The array's node.</param>
/// <param name="Path">Its path in the newest of these commits.</param>
/// <param name="Grid">Chunks along each dimension.</param>
/// <param name="Extents">Where the snapshot says that the array's chunks in this manifest are.</param>
/// <param name="Decoder">What the array's chunks are decoded with; null where the document is not understood, or nothing is to be decoded.</param>
/// <param name="Commit">The newest of these commits.</param>
internal sealed record ManifestUse(
    ObjectId8 Array, string Path, uint[] Grid, IReadOnlyList<ChunkIndexRange> Extents, ChunkDecoder? Decoder, ObjectId12 Commit)
{
    /// <summary>The number of these commits.</summary>
    public int Commits { get; set; } = 1;

    /// <summary>Whether two uses differ in nothing but their commits: then one look is enough.</summary>
    public bool IsSameAs(ManifestUse other) =>
        Array == other.Array && Decoder == other.Decoder && Grid.AsSpan().SequenceEqual(other.Grid) && Extents.SequenceEqual(other.Extents);

    /// <summary>Whether a chunk is part of the array.</summary>
    public bool IsInGrid(ReadOnlySpan<uint> coordinates)
    {
        if (coordinates.Length != Grid.Length)
        {
            return false;
        }

        for (var i = 0; i < Grid.Length; i++)
        {
            if (coordinates[i] >= Grid[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether readers look for a chunk in this manifest.</summary>
    public bool IsInExtents(ReadOnlySpan<uint> coordinates)
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

/// <summary>A manifest, what the snapshots say of it, and the arrays that use it.</summary>
internal sealed class UsedManifest
{
    /// <summary>What the lists of manifest files say of it, each once.</summary>
    public List<(ulong SizeBytes, uint ChunkRefCount, ObjectId12 Commit)> Descriptions { get; } = [];

    /// <summary>The different ways in which arrays use it.</summary>
    public List<ManifestUse> Uses { get; } = [];

    /// <summary>The references that it holds, if what is said of it is true; 0 if nothing is.</summary>
    public long ChunkRefCount => Descriptions.Count == 0 ? 0 : Descriptions.Max(description => (long)description.ChunkRefCount);

    public void Describe(ManifestFile file, ObjectId12 commit)
    {
        if (!Descriptions.Exists(known => known.SizeBytes == file.SizeBytes && known.ChunkRefCount == file.ChunkRefCount))
        {
            Descriptions.Add((file.SizeBytes, file.ChunkRefCount, commit));
        }
    }

    public void Use(ManifestUse use)
    {
        if (Uses.Find(use.IsSameAs) is { } known)
        {
            known.Commits++;
        }
        else
        {
            Uses.Add(use);
        }
    }
}
