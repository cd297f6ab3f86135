using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using ArraylakeFs.Icechunk.FlatBuffers;

namespace ArraylakeFs.Icechunk;

/// <summary>The order of chunk coordinates: lexicographic; where one begins with the other, the shorter first.</summary>
internal static class CoordinateOrder
{
    internal static int Compare(FlatVector left, ReadOnlySpan<uint> right)
    {
        var common = Math.Min(left.Count, right.Length);
        for (var i = 0; i < common; i++)
        {
            var order = left.UInt32(i).CompareTo(right[i]);
            if (order != 0)
            {
                return order;
            }
        }
        return left.Count.CompareTo(right.Length);
    }

    /// <summary>Compares coordinates of 4 bytes each, little-endian.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        for (var i = 0; i + 4 <= left.Length && i + 4 <= right.Length; i += 4)
        {
            var (a, b) = (BinaryPrimitives.ReadUInt32LittleEndian(left[i..]), BinaryPrimitives.ReadUInt32LittleEndian(right[i..]));
            if (a != b)
            {
                return a < b ? -1 : 1;
            }
        }
        return left.Length.CompareTo(right.Length);
    }

    internal static bool StartsWith(FlatVector coordinates, ReadOnlySpan<uint> prefix)
    {
        if (coordinates.Count < prefix.Length)
        {
            return false;
        }
        for (var i = 0; i < prefix.Length; i++)
        {
            if (coordinates.UInt32(i) != prefix[i])
            {
                return false;
            }
        }
        return true;
    }
}
