using System.Text;
using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// One chunk reference of a <see cref="Manifest"/>, read from its buffer when asked: no memory of its own. It keeps the whole manifest
/// alive.
/// </summary>
public readonly struct ChunkRef
{
    private readonly Manifest _manifest;
    private readonly int _table;

    internal ChunkRef(Manifest manifest, int table)
    {
        _manifest = manifest;
        _table = table;
    }

    /// <summary>Where the bytes are. The fields are asked in the official client's order.</summary>
    public ChunkKind Kind
    {
        get
        {
            var table = Table;
            return table.Has(Slots.ChunkRef.ChunkId) ? ChunkKind.Native
                : table.Has(Slots.ChunkRef.CompressedLocation) || table.Has(Slots.ChunkRef.Location) ? ChunkKind.Virtual
                : ChunkKind.Inline;
        }
    }

    /// <summary>Number of coordinates.</summary>
    public int Rank => Coordinates.Count;

    /// <summary>The object below <c>chunks/</c> of a native chunk; default for other kinds.</summary>
    public ObjectId12 ChunkId => Table.TryStruct(Slots.ChunkRef.ChunkId, ObjectId12.Size, out var bytes) ? new ObjectId12(bytes) : default;

    /// <summary>First byte within the object; 0 for inline chunks.</summary>
    public ulong Offset => Kind == ChunkKind.Inline ? 0 : Table.UInt64(Slots.ChunkRef.Offset);

    /// <summary>Bytes of the chunk, of any kind.</summary>
    public ulong Length => Kind == ChunkKind.Inline ? (ulong)InlineData.Length : Table.UInt64(Slots.ChunkRef.Length);

    /// <summary>The bytes of an inline chunk, a slice of the manifest's buffer; empty for other kinds.</summary>
    public ReadOnlyMemory<byte> InlineData => Kind == ChunkKind.Inline ? Table.Bytes(Slots.ChunkRef.Inline) : default;

    /// <summary>The URL of a virtual chunk's object, decompressed where it is stored compressed; null for other kinds.</summary>
    /// <exception cref="IcechunkFormatException">The compressed location is corrupt.</exception>
    public string? Location
    {
        get
        {
            if (Kind != ChunkKind.Virtual)
            {
                return null;
            }
            Span<byte> scratch = stackalloc byte[Limits.MaxLocationBytes];
            try
            {
                return StrictUtf8.GetString(LocationUtf8(scratch));
            }
            catch (DecoderFallbackException e)
            {
                throw _manifest.Buffer.Fail("a chunk location is no UTF-8 text", e);
            }
        }
    }

    /// <summary>Whether <see cref="Location"/> must be decompressed at every call.</summary>
    public bool IsLocationCompressed => Table.Has(Slots.ChunkRef.CompressedLocation);

    /// <summary>The ETag that a virtual chunk's object must have, or null.</summary>
    public string? ChecksumETag => Table.OptionalText(Slots.ChunkRef.ChecksumETag);

    /// <summary>Seconds since 1970 that a virtual chunk's object must not be newer than; 0 when there is no such check.</summary>
    public uint ChecksumLastModified => Table.UInt32(Slots.ChunkRef.ChecksumLastModified);

    /// <summary>Bytes of extensions unknown here; empty when there are none.</summary>
    public ReadOnlyMemory<byte> Extra => Table.OptionalBytes(Slots.ChunkRef.Extra);

    internal Manifest Manifest => _manifest;

    internal FlatTable Table => new(_manifest.Buffer, _table);

    private FlatVector Coordinates => Table.Vector(Slots.ChunkRef.Index, 4);

    /// <summary>A chunk coordinate.</summary>
    public uint Coordinate(int dimension) => Coordinates.UInt32(dimension);

    /// <summary>Copies the coordinates to <paramref name="destination"/>, which has room for <see cref="Rank"/>.</summary>
    public void CopyCoordinates(Span<uint> destination)
    {
        var coordinates = Coordinates;
        for (var i = 0; i < coordinates.Count; i++)
        {
            destination[i] = coordinates.UInt32(i);
        }
    }

    /// <summary>
    /// Whether both give the chunk the same bytes as far as references can tell: one place, length and checksum, or equal inline bytes.
    /// Coordinates, the way a location is stored, and unknown extensions do not count.
    /// </summary>
    /// <exception cref="IcechunkFormatException">A compressed location is corrupt.</exception>
    public bool IsSameAs(ChunkRef other)
    {
        var kind = Kind;
        if (kind != other.Kind || Offset != other.Offset || Length != other.Length)
        {
            return false;
        }

        return kind switch
        {
            ChunkKind.Native => ChunkId == other.ChunkId,
            ChunkKind.Inline => InlineData.Span.SequenceEqual(other.InlineData.Span),
            _ => ChecksumLastModified == other.ChecksumLastModified && HasChecksumETag == other.HasChecksumETag
                && ChecksumETagUtf8.Span.SequenceEqual(other.ChecksumETagUtf8.Span) && IsLocationOf(other),
        };
    }

    /// <summary>
    /// The bytes of a virtual chunk's location; <paramref name="scratch"/>, of <see cref="Limits.MaxLocationBytes"/>, is used for a
    /// compressed one.
    /// </summary>
    internal ReadOnlySpan<byte> LocationUtf8(Span<byte> scratch)
    {
        var table = Table;
        return table.Has(Slots.ChunkRef.CompressedLocation)
            ? scratch[.._manifest.DecompressLocation(table.Bytes(Slots.ChunkRef.CompressedLocation).Span, scratch)]
            : table.Bytes(Slots.ChunkRef.Location).Span;
    }

    private bool HasChecksumETag => Table.Has(Slots.ChunkRef.ChecksumETag);

    private ReadOnlyMemory<byte> ChecksumETagUtf8 => Table.OptionalBytes(Slots.ChunkRef.ChecksumETag);

    private bool IsLocationOf(ChunkRef other)
    {
        Span<byte> mine = stackalloc byte[Limits.MaxLocationBytes];
        Span<byte> theirs = stackalloc byte[Limits.MaxLocationBytes];
        return LocationUtf8(mine).SequenceEqual(other.LocationUtf8(theirs));
    }
}
