using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// Writes a manifest file from a stream of references: arrays in the order of their node ids, references in the order of their coordinates
/// (lexicographic). A call out of order is an <see cref="ArgumentException"/>. References of other manifests are only remembered, and copied
/// when the file is written: 12 bytes are held for each, and besides them the new manifest and its file.
/// </summary>
public sealed class ManifestWriter
{
    private readonly ReadOnlyMemory<byte> _extra;
    private readonly List<ManifestBody.Array> _arrays = [];
    private readonly RefPlan _refs;
    private uint[] _last = [];
    private ChunkIndexRange[] _extents = [];
    private ObjectId8? _node;
    private byte[] _nodeExtra = [];
    private int _firstRef;
    private ReadOnlyMemory<byte> _dictionary;
    private (Manifest? Manifest, bool IsOurs) _lastDictionary;
    private (Manifest? Manifest, RefShape? Shape) _lastShape;

    /// <summary>
    /// Starts a manifest; <paramref name="expectedRefs"/> spares some growing. <paramref name="extra"/> is what the former manifest had of
    /// unknown extensions.
    /// </summary>
    public ManifestWriter(ObjectId12 id, int expectedRefs = 0, ReadOnlyMemory<byte> extra = default)
    {
        Id = id;
        _extra = extra;
        _refs = new RefPlan(expectedRefs);
    }

    /// <summary>The manifest's id.</summary>
    public ObjectId12 Id { get; }

    /// <summary>References added so far, over all arrays.</summary>
    public int RefCount => _refs.Count;

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
        Span<byte> id = stackalloc byte[ObjectId12.Size];
        chunk.CopyTo(id);
        var fields = new RefFields(ToBytes(coordinates, stackalloc byte[4 * coordinates.Length]));
        fields.SetNative(id, offset, length);
        _refs.AddNew(fields);
    }

    /// <summary>Adds a chunk whose bytes (at least 1) are stored in the manifest.</summary>
    public void AddInline(ReadOnlySpan<uint> coordinates, ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfZero(data.Length, nameof(data));
        Include(coordinates);
        var fields = new RefFields(ToBytes(coordinates, stackalloc byte[4 * coordinates.Length]));
        fields.SetInline(data);
        _refs.AddNew(fields);
    }

    /// <summary>Adds a reference to <paramref name="length"/> (at least 1) bytes of a foreign object.</summary>
    public void AddVirtual(
        ReadOnlySpan<uint> coordinates, string location, ulong offset, ulong length, string? checksumETag = null,
        uint checksumLastModified = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(location);
        ArgumentOutOfRangeException.ThrowIfZero(length);
        var etag = checksumETag is null ? null : StrictUtf8.GetBytes(checksumETag);
        var utf8 = StrictUtf8.GetBytes(location);
        Include(coordinates);
        var fields = new RefFields(ToBytes(coordinates, stackalloc byte[4 * coordinates.Length]));
        fields.SetVirtual(utf8, isCompressed: false, offset, length, checksumLastModified);
        if (etag is not null)
        {
            fields.SetETag(etag);
        }
        _refs.AddNew(fields);
    }

    /// <summary>
    /// Adds a reference of another manifest unchanged, with all its fields. A compressed location stays so if it is made with the
    /// same dictionary as the first of this file, and is written out plainly if not.
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
        var table = existing.Table.Position;
        Add(coordinates, existing.Manifest, table, FieldsOf(existing.Manifest, table));
    }

    /// <summary>
    /// Adds those of another manifest's references, by their positions from <paramref name="start"/> to before <paramref name="end"/>, that
    /// have as many coordinates as <paramref name="box"/> has ranges, and lie in it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddRange(ArrayRefs source, int start, int end, ReadOnlySpan<ChunkIndexRange> box)
    {
        Span<uint> coordinates = stackalloc uint[box.Length];
        for (var position = start; position < end; position++)
        {
            var table = source.TablePosition(position);
            var fields = FieldsOf(source.Manifest, table);
            if (fields.TryGetCoordinates(coordinates) && Contains(box, coordinates))
            {
                Add(coordinates, source.Manifest, table, fields);
            }
        }
    }

    /// <summary>The file. The writer cannot be used any more.</summary>
    /// <exception cref="InvalidOperationException">It would be larger than an Icechunk file may be.</exception>
    public byte[] Finish(int compressionLevel = 3) => Finish(compressionLevel, out _);

    /// <summary>As above; <paramref name="manifest"/> is what reading the file would give.</summary>
    public byte[] Finish(int compressionLevel, out Manifest manifest)
    {
        EndArray();
        var (file, body) = new ManifestBody(Id, _arrays, _refs, _dictionary, _extra).Write(compressionLevel);
        manifest = Manifest.OfBody(IcechunkPaths.Manifest(Id), body);
        return file;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Contains(ReadOnlySpan<ChunkIndexRange> box, ReadOnlySpan<uint> coordinates)
    {
        for (var i = 0; i < box.Length; i++)
        {
            if (coordinates[i] < box[i].From || coordinates[i] >= box[i].To)
            {
                return false;
            }
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(ReadOnlySpan<uint> coordinates, Manifest manifest, int table, in RefFields fields)
    {
        Include(coordinates);
        var isTranslated = fields.HasCompressedLocation && !HasOurDictionary(manifest);
        if (!isTranslated && fields.HasCoordinates(coordinates))
        {
            _refs.AddSource(manifest, table, fields);
            return;
        }
        var copy = fields.At(ToBytes(coordinates, stackalloc byte[4 * coordinates.Length]));
        if (isTranslated)
        {
            Span<byte> scratch = stackalloc byte[Limits.MaxLocationBytes];
            var length = manifest.DecompressLocation(fields.CompressedLocation, scratch);
            copy.SetVirtual(scratch[..length], isCompressed: false, fields.Offset, fields.Length, fields.LastModified);
            _refs.AddNew(copy);
            return;
        }
        _refs.AddNew(copy);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private RefFields FieldsOf(Manifest manifest, int table)
    {
        var known = _lastShape.Manifest == manifest ? _lastShape.Shape : null;
        var shape = RefShape.Of(manifest.Buffer, table, known);
        if (shape != known)
        {
            _lastShape = (manifest, shape);
        }
        return RefFields.Read(manifest.Buffer, table, shape);
    }

    private void EndArray()
    {
        if (_node is { } node && _refs.Count > _firstRef)
        {
            _arrays.Add(new ManifestBody.Array(node, _nodeExtra, _firstRef, _refs.Count - _firstRef));
            _firstRef = _refs.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool HasOurDictionary(Manifest manifest)
    {
        if (_lastDictionary.Manifest != manifest)
        {
            var theirs = manifest.LocationDictionary;
            if (_dictionary.IsEmpty)
            {
                _dictionary = theirs;
            }
            _lastDictionary = (manifest, !theirs.IsEmpty && theirs.Span.SequenceEqual(_dictionary.Span));
        }
        return _lastDictionary.IsOurs;
    }

    private static Span<byte> ToBytes(ReadOnlySpan<uint> coordinates, Span<byte> bytes)
    {
        for (var i = 0; i < coordinates.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[(4 * i)..], coordinates[i]);
        }
        return bytes;
    }

    /// <summary>Checks the order and widens the bounding box.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
        if (_refs.Count == _firstRef)
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
