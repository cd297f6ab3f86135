namespace ArraylakeFs.Icechunk;

/// <summary>What this program accepts of a repository's files. A hostile file meets one of these before it fills the memory.</summary>
public static class Limits
{
    /// <summary>
    /// Bytes of one metadata file as stored: far above what the 2 GiB body limit of FlatBuffers compresses to in practice.
    /// </summary>
    public const long MaxFileBytes = 1L << 30;

    /// <summary>Bytes of one decompressed body: FlatBuffers' own limit (31-bit offsets), less what a .NET array cannot hold.</summary>
    public const int MaxBodyBytes = 0x7FFF_0000;

    /// <summary>What the ratios below allow in any case: no machine is harmed by it, even for each of many files.</summary>
    public const int AlwaysAllowedBytes = 4 << 20;

    /// <summary>
    /// One part in so many of the machine's memory is what one body may take at most: stored bytes that raise the ratio are cheap, such as
    /// a frame to be skipped.
    /// </summary>
    public const int MemoryPerBody = 4;

    /// <summary>
    /// Above <see cref="AlwaysAllowedBytes"/>, decompressed bytes for each stored byte. Measured manifests reach 7; a manifest of identical
    /// inline chunks about 200.
    /// </summary>
    public const int MaxCompressionRatio = 1000;

    /// <summary>
    /// Above <see cref="AlwaysAllowedBytes"/>, what a body holds when shared parts count each time something refers to them, for each byte
    /// of the body. Honest files share nothing large; a hostile one refers to the same megabyte a million times.
    /// </summary>
    public const int MaxApparentRatio = 4;

    /// <summary>
    /// What a table counts besides its fields when it is reached: what is made of it needs memory even when it has none. Honest files reach
    /// a table for each 11 bytes at most (a tag and its snapshot), and 2.7 of <see cref="MaxApparentRatio"/>.
    /// </summary>
    public const int BytesPerTable = 16;

    /// <summary>Bytes of a decompressed virtual chunk location: the official client's limit.</summary>
    public const int MaxLocationBytes = 1024;

    /// <summary>Nesting of a metadata value (FlexBuffers): System.Text.Json's own limit.</summary>
    public const int MaxValueDepth = 64;

    /// <summary>Values within one metadata value, besides one for each of its bytes; shared vectors count each time they are reached.</summary>
    public const int MaxValueCount = 1_000_000;

    /// <summary>Bytes of a node's path as that of files: what Linux takes in one call (PATH_MAX).</summary>
    public const int MaxPathBytes = 4096;

    /// <summary>Bytes of one name in a path: what Linux file systems and FUSE allow (NAME_MAX).</summary>
    public const int MaxNameBytes = 255;

    /// <summary>Names in a path. Hierarchies of people have ten; each level is a directory, and code that walks them may recurse.</summary>
    public const int MaxPathDepth = 256;

    /// <summary>
    /// Characters of the paths of a snapshot's groups that are no nodes. Official clients write a node for each group; a hostile file
    /// with paths of 256 names makes 255 more of each node, every one with a text of its own.
    /// </summary>
    public const long MaxImpliedPathCharacters = 32 << 20;

    /// <summary>Dimensions of a chunk coordinate that is written. NumPy stops at 64; nothing sensible goes beyond.</summary>
    public const int MaxRank = 256;

    /// <summary>
    /// Manifests of one array whose extents lie over one another. The format forbids any; each reference in them costs a look at the others.
    /// </summary>
    public const int MaxOverlappingManifests = 256;

    /// <summary>
    /// Commits of a repository of spec version 1, each of which costs reading a file when the repository is opened. None this large is known.
    /// </summary>
    public const int MaxVersion1Commits = 100_000;

    /// <summary>Entries of the operations log kept in <c>repo</c> itself: the format's default.</summary>
    public const int MaxUpdatesInRepo = 1000;
}
