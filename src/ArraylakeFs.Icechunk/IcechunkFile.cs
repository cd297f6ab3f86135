using System.Text;
using Native.Zstd;

namespace ArraylakeFs.Icechunk;

/// <summary>
/// The envelope of every metadata file: a header of 39 bytes and a zstd-compressed FlatBuffers body (icechunk-format.md 1.2).
/// </summary>
public static class IcechunkFile
{
    /// <summary>Bytes before the body.</summary>
    public const int HeaderSize = 39;

    /// <summary>The spec version that is written and the newest that is read (2 also stands for 2.1).</summary>
    public const byte SpecVersion = 2;

    /// <summary>
    /// The older spec version that is read. The version is that of each file: repositories that were migrated keep their old files.
    /// </summary>
    public const byte SpecVersion1 = 1;

    private const string WriterName = "icfs-";
    private const int WriterOffset = 12;
    private const int WriterSize = 24;
    private const int VersionOffset = 36;
    private const int TypeOffset = 37;
    private const int CompressionOffset = 38;
    private const byte NoCompression = 0;
    private const byte ZstdCompression = 1;
    private static readonly byte[] Writer =
        Encoding.ASCII.GetBytes($"{WriterName}{typeof(IcechunkFile).Assembly.GetName().Version!.ToString(3)}".PadRight(WriterSize)[..WriterSize]);

    private static ReadOnlySpan<byte> Magic => "ICE🧊CHUNK"u8;

    /// <summary>The file for a body.</summary>
    /// <exception cref="InvalidOperationException">The body is so repetitive that reading would refuse the file.</exception>
    public static byte[] Encode(FileType type, ReadOnlySpan<byte> body, int level = 3)
    {
        using var writer = new IcechunkFileWriter(type, level, body.Length);
        return writer.Finish(body);
    }

    /// <summary>Whether a file, or its first bytes, has the mark of an Icechunk file.</summary>
    public static bool HasMagic(ReadOnlySpan<byte> file) => file.StartsWith(Magic);

    /// <summary>Whether a file was written by another program than this one, of whatever version.</summary>
    public static bool IsForeign(ReadOnlySpan<byte> file) =>
        file.Length < HeaderSize || !Ascii.Equals(file.Slice(WriterOffset, WriterName.Length), WriterName);

    /// <summary>The decompressed body of a file. <paramref name="name"/> is used in errors only.</summary>
    /// <exception cref="IcechunkFormatException">
    /// No Icechunk file, another type than <paramref name="expected"/>, a spec version above 2, not decompressible, or beyond <see
    /// cref="Limits"/>.
    /// </exception>
    public static byte[] Decode(string name, ReadOnlyMemory<byte> file, FileType expected) => Decode(name, file, expected, out _);

    /// <summary>As above; <paramref name="specVersion"/> is 1 or 2.</summary>
    internal static byte[] Decode(string name, ReadOnlyMemory<byte> file, FileType expected, out byte specVersion)
    {
        var bytes = file.Span;
        CheckHeader(name, bytes, expected);
        specVersion = bytes[VersionOffset];
        var body = bytes[HeaderSize..];
        var maxBytes = MaxBodyBytes(body.Length);
        if (bytes[CompressionOffset] == NoCompression)
        {
            return body.Length <= maxBytes
                ? body.ToArray()
                : throw new IcechunkFormatException(name, $"the body has more than {maxBytes} bytes.");
        }
        try
        {
            return ZstdCodec.Decompress(body, maxBytes);
        }
        catch (ZstdException e)
        {
            throw new IcechunkFormatException(name, $"the file is corrupt: {e.Message}", inner: e);
        }
    }

    /// <summary>What a body of so many stored bytes may become on a machine of so much memory.</summary>
    internal static int MaxBodyBytes(long storedBytes, long memoryBytes) => (int)Math.Clamp(
        storedBytes * Limits.MaxCompressionRatio,
        Limits.AlwaysAllowedBytes,
        Math.Max(Limits.AlwaysAllowedBytes, Math.Min(Limits.MaxBodyBytes, memoryBytes / Limits.MemoryPerBody)));

    internal static int MaxBodyBytes(long storedBytes) => MaxBodyBytes(storedBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    internal static void WriteHeader(FileType type, Span<byte> header)
    {
        Magic.CopyTo(header);
        Writer.CopyTo(header[WriterOffset..]);
        header[VersionOffset] = SpecVersion;
        header[TypeOffset] = (byte)type;
        // The spec also knows 0, no compression; the official client refuses it.
        header[CompressionOffset] = ZstdCompression;
    }

    private static void CheckHeader(string name, ReadOnlySpan<byte> bytes, FileType expected)
    {
        if (bytes.Length < HeaderSize)
        {
            throw new IcechunkFormatException(name, $"the file has {bytes.Length} bytes, less than an Icechunk header.");
        }
        if (!HasMagic(bytes))
        {
            throw new IcechunkFormatException(name, "this is no Icechunk file: it does not begin with \"ICE🧊CHUNK\".");
        }
        var version = bytes[VersionOffset];
        if (version is not (SpecVersion1 or SpecVersion))
        {
            throw new IcechunkFormatException(
                name, $"the file is of Icechunk spec version {version}; this program reads versions 1 and 2.", isUnsupported: true);
        }
        if (bytes[TypeOffset] != (byte)expected)
        {
            throw new IcechunkFormatException(name, $"the file is of type {(FileType)bytes[TypeOffset]} where {expected} is expected.");
        }
        if (bytes[CompressionOffset] is not (NoCompression or ZstdCompression))
        {
            throw new IcechunkFormatException(name, $"unknown compression {bytes[CompressionOffset]}.", isUnsupported: true);
        }
    }
}
