using System.Runtime.InteropServices;
using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// Writes a manifest file from a stream of references: arrays in the order of their node ids, references in the order of their coordinates
/// (lexicographic). Holds no object for a reference. A call out of order is an <see cref="ArgumentException"/>.
/// </summary>
public sealed class ManifestWriter
{
    private const int TypicalBytesPerRef = 56;
    private readonly FlatBuilder _builder;
    private readonly ReadOnlyMemory<byte> _extra;
    private readonly List<int> _arrays = [];
    private readonly List<int> _refs = [];
    private uint[] _last = [];
    private ChunkIndexRange[] _extents = [];
    private ObjectId8? _node;
    private byte[] _nodeExtra = [];

    /// <summary>
    /// Starts a manifest; <paramref name="expectedRefs"/> spares the buffer some growing. <paramref name="extra"/> is what the former
    /// manifest had of unknown extensions.
    /// </summary>
    public ManifestWriter(ObjectId12 id, int expectedRefs = 0, ReadOnlyMemory<byte> extra = default)
    {
        Id = id;
        _extra = extra;
        _builder = new FlatBuilder((int)Math.Min(Limits.MaxBodyBytes, 1024 + (long)TypicalBytesPerRef * expectedRefs));
        _refs.Capacity = expectedRefs;
    }

    /// <summary>The manifest's id.</summary>
    public ObjectId12 Id { get; }

    /// <summary>References added so far, over all arrays.</summary>
    public int RefCount { get; private set; }

    /// <summary>
    /// The bounding box of the references of the current (last begun) array: the extents of its <see cref="ManifestReference"/>.
    /// </summary>
    public IReadOnlyList<ChunkIndexRange> Extents => [.. _extents];

    /// <summary>Begins an array; an array without references is left out of the file.</summary>
    public void BeginArray(ObjectId8 node, ReadOnlySpan<byte> extra = default)
    {
        if (_node is { } former && node <= former)
        {
            throw new ArgumentException($"Node {node} does not come after node {former}.", nameof(node));
        }
        EndArray();
        _node = node;
        _nodeExtra = extra.ToArray();
        _extents = [];
    }

    /// <summary>Adds a reference to <paramref name="length"/> (at least 1) bytes of the object <c>chunks/ID</c>.</summary>
    public void AddNative(ReadOnlySpan<uint> coordinates, ObjectId12 chunk, ulong offset, ulong length)
    {
        ArgumentOutOfRangeException.ThrowIfZero(length);
        Include(coordinates);
        PutNative(coordinates, chunk, offset, length, extra: 0);
    }

    /// <summary>Adds a chunk whose bytes (at least 1) are stored in the manifest.</summary>
    public void AddInline(ReadOnlySpan<uint> coordinates, ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfZero(data.Length, nameof(data));
        Include(coordinates);
        PutInline(coordinates, data, extra: 0);
    }

    /// <summary>Adds a reference to <paramref name="length"/> (at least 1) bytes of a foreign object.</summary>
    public void AddVirtual(
        ReadOnlySpan<uint> coordinates, string location, ulong offset, ulong length, string? checksumETag = null,
        uint checksumLastModified = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(location);
        ArgumentOutOfRangeException.ThrowIfZero(length);
        Include(coordinates);
        var etag = checksumETag is null ? 0 : _builder.CreateString(checksumETag);
        PutVirtual(coordinates, StrictUtf8.GetBytes(location), offset, length, etag, checksumLastModified, extra: 0);
    }

    /// <summary>
    /// Adds a reference of another manifest unchanged, with all its fields; a compressed location is written out plainly.
    /// </summary>
    public void Add(ChunkRef existing)
    {
        Span<uint> coordinates = stackalloc uint[Limits.MaxRank];
        var rank = existing.Rank;
        if (rank > coordinates.Length)
        {
            throw new ArgumentException($"A chunk has {rank} coordinates; {Limits.MaxRank} are allowed.", nameof(existing));
        }
        existing.CopyCoordinates(coordinates);
        Add(coordinates[..rank], existing);
    }

    /// <summary>Adds a reference of another manifest at other coordinates.</summary>
    public void Add(ReadOnlySpan<uint> coordinates, ChunkRef existing)
    {
        Include(coordinates);
        var extra = existing.Extra is { Length: > 0 } bytes ? _builder.CreateBytes(bytes.Span) : 0;
        switch (existing.Kind)
        {
            case ChunkKind.Native:
                PutNative(coordinates, existing.ChunkId, existing.Offset, existing.Length, extra);
                break;
            case ChunkKind.Inline:
                PutInline(coordinates, existing.InlineData.Span, extra);
                break;
            default:
                Span<byte> scratch = stackalloc byte[Limits.MaxLocationBytes];
                // An empty ETag is not the same as none: it would win over the time.
                var etag = existing.HasChecksumETag ? _builder.CreateString(existing.ChecksumETagUtf8.Span) : 0;
                PutVirtual(
                    coordinates, existing.LocationUtf8(scratch), existing.Offset, existing.Length, etag, existing.ChecksumLastModified,
                    extra);
                break;
        }
    }

    /// <summary>The file. The writer cannot be used any more.</summary>
    public byte[] Finish(int compressionLevel = 3)
    {
        EndArray();
        var extra = _extra.Length > 0 ? _builder.CreateBytes(_extra.Span) : 0;
        var arrays = _builder.CreateOffsetVector(CollectionsMarshal.AsSpan(_arrays));
        _builder.StartTable(Slots.Manifest.Count);
        _builder.Add(Slots.Manifest.Id, Id);
        _builder.AddOffset(Slots.Manifest.Arrays, arrays);
        _builder.AddOffset(Slots.Manifest.Extra, extra);
        // 1 would mean: locations may be compressed. It is the default, 0 is what must be stored.
        _builder.Add(Slots.Manifest.CompressionAlgorithm, (byte)0, defaultValue: 1);
        return IcechunkFile.Encode(FileType.Manifest, _builder.Finish(_builder.EndTable()), compressionLevel);
    }

    private void EndArray()
    {
        if (_node is not { } node || _refs.Count == 0)
        {
            return;
        }
        var extra = _nodeExtra.Length > 0 ? _builder.CreateBytes(_nodeExtra) : 0;
        var refs = _builder.CreateOffsetVector(CollectionsMarshal.AsSpan(_refs));
        _builder.StartTable(Slots.ArrayManifest.Count);
        _builder.Add(Slots.ArrayManifest.NodeId, node);
        _builder.AddOffset(Slots.ArrayManifest.Refs, refs);
        _builder.AddOffset(Slots.ArrayManifest.Extra, extra);
        _arrays.Add(_builder.EndTable());
        _refs.Clear();
    }

    private void PutNative(ReadOnlySpan<uint> coordinates, ObjectId12 chunk, ulong offset, ulong length, int extra)
    {
        var index = _builder.CreateVector(coordinates);
        _builder.StartTable(Slots.ChunkRef.Count);
        _builder.Add(Slots.ChunkRef.Length, length);
        _builder.Add(Slots.ChunkRef.Offset, offset);
        _builder.Add(Slots.ChunkRef.ChunkId, chunk);
        EndRef(index, extra);
    }

    private void PutInline(ReadOnlySpan<uint> coordinates, ReadOnlySpan<byte> data, int extra)
    {
        var inline = _builder.CreateBytes(data);
        var index = _builder.CreateVector(coordinates);
        _builder.StartTable(Slots.ChunkRef.Count);
        _builder.AddOffset(Slots.ChunkRef.Inline, inline);
        EndRef(index, extra);
    }

    private void PutVirtual(
        ReadOnlySpan<uint> coordinates, ReadOnlySpan<byte> location, ulong offset, ulong length, int etag, uint lastModified, int extra)
    {
        var locationOffset = _builder.CreateString(location);
        var index = _builder.CreateVector(coordinates);
        _builder.StartTable(Slots.ChunkRef.Count);
        _builder.Add(Slots.ChunkRef.Length, length);
        _builder.Add(Slots.ChunkRef.Offset, offset);
        _builder.AddOffset(Slots.ChunkRef.Location, locationOffset);
        _builder.AddOffset(Slots.ChunkRef.ChecksumETag, etag);
        _builder.Add(Slots.ChunkRef.ChecksumLastModified, lastModified);
        EndRef(index, extra);
    }

    private void EndRef(int index, int extra)
    {
        _builder.AddOffset(Slots.ChunkRef.Index, index);
        _builder.AddOffset(Slots.ChunkRef.Extra, extra);
        _refs.Add(_builder.EndTable());
        RefCount++;
    }

    /// <summary>Checks the order and widens the bounding box.</summary>
    private void Include(ReadOnlySpan<uint> coordinates)
    {
        if (_node is null)
        {
            throw new InvalidOperationException("No array has begun.");
        }
        if (coordinates.Length > Limits.MaxRank || coordinates.Contains(uint.MaxValue))
        {
            throw new ArgumentException(
                $"A chunk has at most {Limits.MaxRank} coordinates, each below {uint.MaxValue}.", nameof(coordinates));
        }
        if (_refs.Count == 0)
        {
            _last = coordinates.ToArray();
            _extents = new ChunkIndexRange[coordinates.Length];
            for (var i = 0; i < coordinates.Length; i++)
            {
                _extents[i] = new ChunkIndexRange(coordinates[i], coordinates[i] + 1);
            }
            return;
        }
        if (coordinates.Length != _last.Length || coordinates.SequenceCompareTo(_last) <= 0)
        {
            throw new ArgumentException(
                $"Chunk [{string.Join(", ", coordinates.ToArray())}] does not come after chunk [{string.Join(", ", _last)}].",
                nameof(coordinates));
        }
        coordinates.CopyTo(_last);
        for (var i = 0; i < coordinates.Length; i++)
        {
            ref var range = ref _extents[i];
            range = new ChunkIndexRange(Math.Min(range.From, coordinates[i]), Math.Max(range.To, coordinates[i] + 1));
        }
    }
}
