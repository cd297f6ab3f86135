using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

/// <summary>
/// How the chunks of one array are named in Zarr v2, where its own names are others: <c>c/0/1</c> is <c>0/1</c>, <c>c.0.1</c> is <c>0.1</c>,
/// and the only chunk of a 0-dimensional array, <c>c</c>, is <c>0</c>. Only the first part of a name differs.
/// </summary>
/// <param name="Encoding">The names that the array has in v3.</param>
/// <param name="Rank">Its dimensions.</param>
public readonly record struct V2Keys(ChunkKeyEncoding Encoding, int Rank)
{
    /// <summary>The directory whose entries v2 has directly in the array's.</summary>
    public const string PrefixDirectory = "c";

    private const string OnlyChunkInV2 = "0", OnlyChunkInV3 = "c";

    /// <summary>Whether the entries of <see cref="PrefixDirectory"/> are shown in its place.</summary>
    public bool HasPrefixDirectory => Encoding == ChunkKeyEncoding.DefaultSlash && Rank > 0;

    /// <summary>Whether a name in the array's directory is that of something in <see cref="PrefixDirectory"/>.</summary>
    public bool IsBelowPrefix(string name) => HasPrefixDirectory && Encoding.TryParsePart(1, name, Rank, new uint[Rank]);

    /// <summary>The v3 name of a v2 name that is not below the prefix.</summary>
    public string ToV3(string name)
    {
        if (Encoding != ChunkKeyEncoding.DefaultDot && Encoding != ChunkKeyEncoding.DefaultSlash)
        {
            return name;
        }

        return Rank == 0 ? name == OnlyChunkInV2 ? OnlyChunkInV3 : name
            : Encoding == ChunkKeyEncoding.DefaultDot && ChunkKeyEncoding.V2Dot.TryParse(name, Rank, new uint[Rank]) ? "c." + name
            : name;
    }

    /// <summary>The v2 name of a v3 name; null for <see cref="PrefixDirectory"/>.</summary>
    public string? ToV2(string name)
    {
        if (HasPrefixDirectory && name == PrefixDirectory)
        {
            return null;
        }

        bool isKey = Encoding == ChunkKeyEncoding.DefaultDot || Encoding == ChunkKeyEncoding.DefaultSlash
            ? Rank == 0 || Encoding == ChunkKeyEncoding.DefaultDot : false;
        return isKey && Encoding.TryParse(name, Rank, new uint[Rank]) ? Rank == 0 ? OnlyChunkInV2 : name[2..] : name;
    }
}
