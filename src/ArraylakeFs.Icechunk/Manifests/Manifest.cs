using ArraylakeFs.Icechunk.FlatBuffers;
using Native.Zstd;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// A file below <c>manifests/</c>: chunk references of one or several arrays (icechunk-format.md 2.5). A view over the file's body, the
/// only memory that a reference costs. Immutable, thread-safe.
/// </summary>
public sealed class Manifest
{
    private const byte ZstdLocations = 1;
    private readonly FlatTable _root;
    private readonly ArrayRefs[] _arrays;
    private readonly Lazy<ZstdDictionary?> _dictionary;

    private Manifest(FlatTable root)
    {
        _root = root;
        Buffer = root.Buffer;
        Id = root.Id12(Slots.Manifest.Id);
        _dictionary = new Lazy<ZstdDictionary?>(ReadDictionary);
        var arrays = root.Vector(Slots.Manifest.Arrays, 4);
        _arrays = new ArrayRefs[arrays.Count];
        for (var i = 0; i < _arrays.Length; i++)
        {
            _arrays[i] = ArrayRefs.Read(this, arrays.Table(i));
            if (i > 0 && _arrays[i].NodeId <= _arrays[i - 1].NodeId)
            {
                throw Buffer.Fail("its arrays are not in the order of their node ids");
            }
            RefCount += _arrays[i].Count;
        }
        Extra = root.OptionalBytes(Slots.Manifest.Extra);
    }

    /// <summary>Reads a file, checking all of it but compressed locations: what was decoded once does not fail later.</summary>
    /// <exception cref="IcechunkFormatException">
    /// The file is corrupt or of another version; <paramref name="name"/> is in the message.
    /// </exception>
    public static Manifest Decode(string name, ReadOnlyMemory<byte> file)
    {
        var buffer = new FlatBuffer(name, IcechunkFile.Decode(name, file, FileType.Manifest));
        var manifest = new Manifest(buffer.Root());
        foreach (var array in manifest._arrays)
        {
            array.Check();
        }
        buffer.EndCheck();
        return manifest;
    }

    /// <summary>A manifest that was written just now, and needs no check.</summary>
    internal static Manifest OfBody(string name, byte[] body)
    {
        var buffer = new FlatBuffer(name, body);
        var manifest = new Manifest(buffer.Root());
        buffer.EndCheck();
        return manifest;
    }

    /// <summary>The manifest's id.</summary>
    public ObjectId12 Id { get; }

    /// <summary>Number of arrays.</summary>
    public int ArrayCount => _arrays.Length;

    /// <summary>References over all arrays.</summary>
    public long RefCount { get; }

    /// <summary>Bytes of memory that this manifest holds.</summary>
    public int SizeInMemory => Buffer.Length;

    /// <summary>Bytes of extensions unknown here; empty when there are none.</summary>
    public ReadOnlyMemory<byte> Extra { get; }

    internal FlatBuffer Buffer { get; }

    /// <summary>What compressed locations are made with; empty when there is none, or they are made in a way unknown here.</summary>
    internal ReadOnlyMemory<byte> LocationDictionary =>
        CompressionAlgorithm == ZstdLocations ? _root.OptionalBytes(Slots.Manifest.LocationDictionary) : default;

    private byte CompressionAlgorithm => _root.UInt8(Slots.Manifest.CompressionAlgorithm, defaultValue: ZstdLocations);

    /// <summary>An array's references, in the order of node ids.</summary>
    public ArrayRefs ArrayAt(int position) => _arrays[position];

    /// <summary>Finds an array's references.</summary>
    public bool TryFindArray(ObjectId8 node, out ArrayRefs refs)
    {
        var (low, high) = (0, _arrays.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_arrays[middle].NodeId < node)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        var found = low < _arrays.Length && _arrays[low].NodeId == node;
        refs = found ? _arrays[low] : default;
        return found;
    }

    /// <summary>Decompresses a virtual chunk's location into <paramref name="destination"/> and returns its length in bytes.</summary>
    internal int DecompressLocation(ReadOnlySpan<byte> compressed, Span<byte> destination)
    {
        if (CompressionAlgorithm != ZstdLocations)
        {
            throw new IcechunkFormatException(
                Buffer.FileName, $"unknown compression {CompressionAlgorithm} of chunk locations.", isUnsupported: true);
        }
        try
        {
            var dictionary = _dictionary.Value ?? throw Buffer.Fail("a chunk location is compressed but there is no dictionary");
            return dictionary.Decompress(compressed, destination);
        }
        catch (ZstdException e)
        {
            throw Buffer.Fail($"a chunk location cannot be decompressed: {e.Message}", e);
        }
    }

    private ZstdDictionary? ReadDictionary()
    {
        var bytes = _root.OptionalBytes(Slots.Manifest.LocationDictionary);
        return bytes.Length == 0 ? null : new ZstdDictionary(bytes.Span);
    }
}
