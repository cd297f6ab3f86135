using System.Buffers.Binary;
using System.Text.Unicode;

namespace ArraylakeFs.Icechunk.Tests;

/// <summary>
/// As strict as the FlatBuffers verifier of the official client (icechunk-format.md 2.7): alignment of everything relative to the buffer's
/// start, bounds, required fields, NUL behind strings, UTF-8, depth. Fields: type, "!" when required; a union's table follows from the type
/// byte before it.
/// </summary>
internal sealed class FlatVerifier
{
    private const int MaxDepth = 10;

    private static readonly Dictionary<string, string> Schema = new()
    {
        ["MetadataItem"] = "str! bytes!",
        ["Ref"] = "str! u32",
        ["SnapshotInfo"] = "id12! u32 u64 str! [MetadataItem] [id12]",
        ["RepoStatus"] = "u8 u64 str",
        ["Update"] = "u8 Update? u64 str",
        ["Update1"] = "",
        ["Update2"] = "u8 u8",
        ["Update3"] = "",
        ["Update4"] = "",
        ["Update5"] = "str!",
        ["Update6"] = "str! id12!",
        ["Update7"] = "str!",
        ["Update8"] = "str! id12!",
        ["Update9"] = "str! id12!",
        ["Update10"] = "str! id12!",
        ["Update11"] = "str! id12! id12!",
        ["Update12"] = "id12!",
        ["Update13"] = "",
        ["Update14"] = "",
        ["Update15"] = "u16 u8 u8",
        ["Update16"] = "RepoStatus!",
        ["Repo"] = "u8 [Ref]! [Ref]! [str]! [SnapshotInfo]! RepoStatus! [MetadataItem] [Update]! str bytes [u16] [u16] bytes",
        ["Snapshot"] = "id12! id12 [NodeSnapshot]! u64 str! [MetadataItem]! [s32]! [ManifestFileInfoV2] bytes",
        ["NodeSnapshot"] = "id8! str! bytes! u8 Node? bytes",
        ["Node1"] = "[s16]! [DimensionName] [ManifestRef]! [DimensionShapeV2]",
        ["Node2"] = "",
        ["DimensionShapeV2"] = "u64 u32",
        ["DimensionName"] = "str",
        ["ManifestRef"] = "id12! [range]!",
        ["ManifestFileInfoV2"] = "id12! u64 u32 bytes",
        ["Manifest"] = "id12! [ArrayManifest]! bytes u8 bytes",
        ["ArrayManifest"] = "id8! [ChunkRef]! bytes",
        ["ChunkRef"] = "[u32]! bytes u64 u64 id12 str str u32 bytes bytes",
        ["TransactionLog"] = "id12! [id8]! [id8]! [id8]! [id8]! [id8]! [id8]! [ArrayUpdatedChunks]! [MoveOperation] bytes",
        ["ArrayUpdatedChunks"] = "id8! [ChunkIndices]!",
        ["ChunkIndices"] = "[u32]!",
        ["MoveOperation"] = "str! str! id8! u8",
    };

    // Inline types: size and alignment.
    private static readonly Dictionary<string, (int Size, int Alignment)> Inline = new()
    {
        ["u8"] = (1, 1),
        ["u16"] = (2, 2),
        ["u32"] = (4, 4),
        ["u64"] = (8, 8),
        ["id12"] = (12, 1),
        ["id8"] = (8, 1),
        ["range"] = (8, 4),
        ["s16"] = (16, 8),
        ["s32"] = (32, 8),
    };

    private readonly byte[] _bytes;

    private FlatVerifier(byte[] bytes) => _bytes = bytes;

    /// <summary>Checks a whole metadata file.</summary>
    internal static void Verify(byte[] file, FileType type)
    {
        var verifier = new FlatVerifier(IcechunkFile.Decode("x", file, type));
        Assert.Equal("Ichk"u8, verifier._bytes.AsSpan(4, 4));
        verifier.Table(verifier.Follow(0), type == FileType.RepoInfo ? "Repo" : type.ToString(), 1);
    }

    private void Table(int at, string name, int depth)
    {
        Assert.True(depth <= MaxDepth, "depth");
        Aligned(at, 4);
        var vtable = at - Int32(at);
        Aligned(vtable, 2);
        var length = UInt16(vtable);
        Assert.True(length >= 4 && length % 2 == 0 && vtable + length <= _bytes.Length, $"{name}: vtable length {length}");
        Assert.InRange(at + UInt16(vtable + 2), at + 4, _bytes.Length);
        var fields = Schema[name].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.True((length - 4) / 2 <= fields.Length, $"{name}: unknown slots");
        byte unionType = 0;
        for (var slot = 0; slot < fields.Length; slot++)
        {
            var entry = 4 + 2 * slot;
            var offset = entry < length ? UInt16(vtable + entry) : 0;
            var type = fields[slot].TrimEnd('!', '?');
            if (offset == 0)
            {
                Assert.False(fields[slot].EndsWith('!'), $"{name} slot {slot} is missing");
                Assert.False(fields[slot].EndsWith('?') && unionType != 0, $"{name} slot {slot} is missing");
                continue;
            }
            unionType = type == "u8" ? _bytes[at + offset] : unionType;
            Field(at + offset, fields[slot].EndsWith('?') ? type + unionType : type, depth);
        }
    }

    private void Field(int at, string type, int depth)
    {
        if (Inline.TryGetValue(type, out var inline))
        {
            Aligned(at, inline.Alignment);
            Assert.True(at + inline.Size <= _bytes.Length, "bounds");
            return;
        }
        var target = Follow(at);
        switch (type)
        {
            case "str":
                Text(target);
                break;
            case "bytes":
                Vector(target, 1, 1);
                break;
            case ['[', .. var element, ']']:
                var (size, alignment) = Inline.GetValueOrDefault(element, (4, 4));
                var count = Vector(target, size, alignment);
                for (var i = 0; i < count && !Inline.ContainsKey(element); i++)
                {
                    Field(target + 4 + 4 * i, element, depth);
                }
                break;
            default:
                Table(target, type, depth + 1);
                break;
        }
    }

    private int Vector(int at, int size, int alignment)
    {
        Aligned(at, 4);
        Aligned(at + 4, alignment);
        var count = Int32(at);
        Assert.True(count >= 0 && at + 4 + (long)count * size <= _bytes.Length, "vector bounds");
        return count;
    }

    private void Text(int at)
    {
        var length = Vector(at, 1, 1);
        Assert.True(Utf8.IsValid(_bytes.AsSpan(at + 4, length)), "UTF-8");
        Assert.Equal(0, _bytes[at + 4 + length]);
    }

    private int Follow(int at)
    {
        Aligned(at, 4);
        return at + Int32(at);
    }

    private static void Aligned(int at, int alignment) => Assert.True(at % alignment == 0, $"{at} is not aligned to {alignment}");

    private int Int32(int at) => BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(at));

    private ushort UInt16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(at));
}
