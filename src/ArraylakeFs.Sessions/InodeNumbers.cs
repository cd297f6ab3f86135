using System.Buffers.Binary;
using System.Text;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Sessions;

/// <summary>What a committed inode number is derived from, beside the node.</summary>
internal enum PlaceKind : byte
{
    Directory = 1,
    Document = 2,
    Chunk = 3,
}

/// <summary>
/// Inode numbers of committed things: derived from the node's id and the place within it, so that they are the same after a
/// remount, in every mount, and when the node moves. Bit 62 keeps them apart from the small numbers a session counts up.
/// </summary>
public static class InodeNumbers
{
    /// <summary>The directory above the root directory; never shown.</summary>
    public const ulong Top = 2;

    /// <summary>The root directory, whether or not it is a node yet.</summary>
    public const ulong Root = 3;

    /// <summary>The first number that a session gives to something new. Those below belong to the control files.</summary>
    public const ulong FirstOfSession = 1 << 20;

    /// <summary>Numbers from here on are derived from a place; those below are counted.</summary>
    internal const ulong Derived = 1UL << 62;

    private const ulong FnvOffset = 0xcbf29ce484222325, FnvPrime = 0x100000001b3;

    /// <summary>The number of a place in a node.</summary>
    internal static ulong OfPlace(ObjectId8 node, PlaceKind kind, uint detail, IReadOnlyList<uint> coordinates)
    {
        Span<byte> start = stackalloc byte[8 + 1 + 4];
        node.CopyTo(start);
        start[8] = (byte)kind;
        BinaryPrimitives.WriteUInt32LittleEndian(start[9..], detail);
        ulong hash = Hash(FnvOffset, start);
        Span<byte> coordinate = stackalloc byte[4];
        for (int i = 0; i < coordinates.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(coordinate, coordinates[i]);
            hash = Hash(hash, coordinate);
        }

        return Finish(hash);
    }

    /// <summary>The number of the directory of a group that has no document, so no id.</summary>
    public static ulong OfPath(string path) => Finish(Hash(FnvOffset, Encoding.UTF8.GetBytes(path)));

    /// <summary>The number that the same place has in one particular version, where several are shown at once.</summary>
    public static ulong InVersion(ulong number, ObjectId12 snapshot)
    {
        Span<byte> bytes = stackalloc byte[8 + 12];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        snapshot.CopyTo(bytes[8..]);
        return Finish(Hash(FnvOffset, bytes));
    }

    /// <summary>The number that a directory has in the v2 face.</summary>
    public static ulong InV2(ulong directory) => InV2(directory, "");

    /// <summary>The number of a document that is derived for the v2 face of a directory.</summary>
    public static ulong InV2(ulong directory, string document)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, directory);
        return Finish(Hash(Hash(FnvOffset, bytes), Encoding.UTF8.GetBytes("v2:" + document)));
    }

    /// <summary>A 64-bit fingerprint of some bytes, as text. Not for adversaries.</summary>
    internal static string Fingerprint(ReadOnlySpan<byte> bytes) => Hash(FnvOffset, bytes).ToString("x16");

    private static ulong Finish(ulong hash)
    {
        hash ^= hash >> 32; // FNV mixes its low bits well and its high bits little
        hash *= 0xd6e8feb86659fd93;
        hash ^= hash >> 32;
        return (hash & (Derived - 1)) | Derived;
    }

    private static ulong Hash(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            hash = (hash ^ b) * FnvPrime;
        }

        return hash;
    }
}
