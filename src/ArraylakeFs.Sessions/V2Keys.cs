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

    /// <summary>
    /// Where a name in the array's directory may be in the tree: first where it belongs, then where else something may lie that has no other name
    /// in v2: a file beside the chunks that is called like one, or one among the chunks that is not. Null where nothing can be.
    /// </summary>
    public (V2Place First, V2Place? Second)? PlacesOf(string name)
    {
        if (HasPrefixDirectory)
        {
            V2Place among = new(IsAmongChunks: true, name), beside = new(IsAmongChunks: false, name);
            return name == PrefixDirectory ? null : Encoding.TryParsePart(1, name, Rank, new uint[Rank]) ? (among, beside) : (beside, among);
        }

        if (Encoding != ChunkKeyEncoding.DefaultDot && Encoding != ChunkKeyEncoding.DefaultSlash)
        {
            return (new(IsAmongChunks: false, name), null);
        }

        if (Encoding.TryParse(name, Rank, new uint[Rank]))
        {
            return null; // a key of v3, which has another name in v2
        }

        var asIs = new V2Place(IsAmongChunks: false, name);
        return ChunkKeyEncoding.V2Dot.TryParse(name, Rank, new uint[Rank])
            ? (new(IsAmongChunks: false, Rank == 0 ? OnlyChunkInV3 : $"{PrefixDirectory}.{name}"), asIs)
            : (asIs, null);
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

/// <summary>A place that a v2 name may have in an array's directory of the tree.</summary>
/// <param name="IsAmongChunks">Whether it is in <see cref="V2Keys.PrefixDirectory"/>.</param>
/// <param name="Name">Its name there.</param>
public readonly record struct V2Place(bool IsAmongChunks, string Name);
