using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;

namespace ArraylakeFs.Zarr.Decoding;

/// <summary>
/// Chunks in a chunk (codec sharding_indexed): their encoded bytes anywhere, and at the start or end an index of offset and length for each,
/// both of all ones where there is none.
/// </summary>
internal sealed class ShardContent : IChunkContent
{
    private const int EntryBytes = 16;
    private const ulong Absent = ulong.MaxValue;

    private readonly CodecChain _inner;
    private readonly long _count;
    private readonly bool _isChecksummed;
    private readonly bool _isBigEndian;
    private readonly bool _indexIsFirst;

    private ShardContent(CodecChain inner, long count, bool isChecksummed, bool isBigEndian, bool indexIsFirst) =>
        (_inner, _count, _isChecksummed, _isBigEndian, _indexIsFirst) = (inner, count, isChecksummed, isBigEndian, indexIsFirst);

    public long? Length => null;

    public static ShardContent Build(Codec codec, ImmutableArray<ulong>? shardShape, int? itemSize, int depth)
    {
        if (depth >= Limits.MaxNesting)
        {
            throw new NotCheckedException("too many shards are in one another");
        }

        if (shardShape is not { } outer || Setting(codec, "chunk_shape") is not { } shape || Setting(codec, "codecs") is not { } codecs)
        {
            throw new NotCheckedException("its shards are of a kind that is not known");
        }

        var inner = ArrayMetadataReader.ReadLengths(shape, "chunk_shape of the sharding codec");
        if (inner.Length != outer.Length || inner.Zip(outer).Any(pair => pair.First == 0 || pair.Second % pair.First != 0))
        {
            throw new NotCheckedException("its shards do not hold a whole number of chunks");
        }

        var count = ChunkDecoder.ElementsOf([.. outer.Zip(inner, (whole, part) => whole / part)])!.Value;
        var index = Setting(codec, "index_codecs") is { } list
            ? CodecReader.Read(list, complete: false)
            : [new Codec("bytes", default), new Codec("crc32c", default)];
        if (index is not ([{ Name: "bytes" }] or [{ Name: "bytes" }, { Name: "crc32c" }]))
        {
            throw new NotCheckedException("the index of its shards has codecs that are not known");
        }

        var chain = CodecChain.Build(CodecReader.Read(codecs, complete: false), inner, itemSize, depth + 1);
        var isBigEndian = Setting(index[0], "endian") is { } endian && JsonText.StringOf(endian) == "big";
        var isFirst = Setting(codec, "index_location") is { } location && JsonText.StringOf(location) == "start";
        return new ShardContent(chain, count, index.Length == 2, isBigEndian, isFirst);
    }

    public void Check(ReadOnlyMemory<byte> bytes)
    {
        var checksumBytes = _isChecksummed ? Crc32C.Size : 0;
        if (_count > (bytes.Length - checksumBytes) / EntryBytes)
        {
            throw new ChunkDecodingException($"it has {bytes.Length} bytes, fewer than its index of {_count} chunks takes");
        }

        var indexBytes = (int)(_count * EntryBytes) + checksumBytes;
        var index = _indexIsFirst ? bytes[..indexBytes] : bytes[^indexBytes..];
        if (_isChecksummed)
        {
            try
            {
                index = Crc32C.Verify(index, atStart: false);
            }
            catch (InvalidDataException failure)
            {
                throw new ChunkDecodingException($"the index of the shard is damaged: {failure.Message.TrimEnd('.')}", failure);
            }
        }

        for (var i = 0; i < _count; i++)
        {
            var entry = index.Span[(i * EntryBytes)..];
            var (offset, length) = (Number(entry), Number(entry[(EntryBytes / 2)..]));
            if (offset == Absent && length == Absent)
            {
                continue;
            }

            if (offset > (ulong)bytes.Length || length > (ulong)bytes.Length - offset)
            {
                throw new ChunkDecodingException($"chunk {i} of the shard ends behind the shard's end");
            }

            try
            {
                _inner.Check(bytes.Slice((int)offset, (int)length));
            }
            catch (ChunkDecodingException failure)
            {
                throw new ChunkDecodingException($"chunk {i} of the shard: {failure.Message}", failure);
            }
        }
    }

    private ulong Number(ReadOnlySpan<byte> entry) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(entry) : BinaryPrimitives.ReadUInt64LittleEndian(entry);

    private static JsonElement? Setting(Codec codec, string name) =>
        codec.Configuration.ValueKind == JsonValueKind.Object && codec.Configuration.TryGetProperty(name, out var value) ? value : null;
}
