using System.Collections.Frozen;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Zarr.V2;

/// <summary>
/// The codecs that have a name in both formats, by their v2 ids. Their payloads are the same byte for byte (zarr-tools.md section 3).
/// </summary>
internal static class CodecNames
{
    private static readonly string[] _typesOfFilters = ["dtype", "astype", "encode_dtype", "decode_dtype"];

    /// <summary>What zarr-python puts before the ids of codecs that have no name in v3 themselves.</summary>
    public const string Prefix = "numcodecs.";

    /// <summary>Filters on elements.</summary>
    public static readonly FrozenSet<string> OnElements = FrozenSet.Create("delta", "fixedscaleoffset", "quantize", "bitround", "astype", "packbits");

    /// <summary>Codecs that make bytes of numbers themselves.</summary>
    public static readonly FrozenSet<string> Serializers = FrozenSet.Create("pcodec", "zfpy");

    /// <summary>Codecs that make bytes of elements of varying length.</summary>
    public static readonly FrozenSet<string> OfObjects = FrozenSet.Create("vlen-utf8", "vlen-bytes");

    /// <summary>Codecs on bytes that a v2 document calls its compressor.</summary>
    public static readonly FrozenSet<string> Compressors = FrozenSet.Create("blosc", "gzip", "zstd", "zlib", "lz4", "bz2", "lzma");

    /// <summary>Codecs on bytes that a v2 document lists among its filters.</summary>
    public static readonly FrozenSet<string> OnBytes = FrozenSet.Create("shuffle", "crc32", "crc32c", "adler32", "fletcher32", "jenkins_lookup3");

    /// <summary>Those that v3 knows by their own names.</summary>
    public static readonly FrozenSet<string> NamedInV3 = FrozenSet.Create("blosc", "gzip", "zstd", "crc32c", "vlen-utf8", "vlen-bytes");

    /// <summary>
    /// Puts the types that a filter on elements names into a byte order. In v3 that of the chunk is told by the codec <c>bytes</c> alone, and
    /// zarr-python gives filters numbers in the order of the machine: one that names another takes them for others. In v2 they have the order
    /// of the chunk.
    /// </summary>
    public static void SetByteOrder(JsonObject settings, char byteOrder)
    {
        foreach (var name in _typesOfFilters)
        {
            if (settings[name] is JsonValue value && value.TryGetValue<string>(out var dtype) && dtype is ['<' or '>', ..])
            {
                settings[name] = byteOrder + dtype[1..];
            }
        }
    }

    /// <summary>The v3 name of a v2 id.</summary>
    public static string ToV3(string id) => NamedInV3.Contains(id) ? id : Prefix + id;

    /// <summary>The v2 id of a v3 name; null where there is none.</summary>
    public static string? ToV2(string name)
    {
        var id = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : NamedInV3.Contains(name) ? name : null;
        return id is not null
            && (OnElements.Contains(id) || Serializers.Contains(id) || OfObjects.Contains(id) || Compressors.Contains(id) || OnBytes.Contains(id))
            ? id
            : null;
    }
}
