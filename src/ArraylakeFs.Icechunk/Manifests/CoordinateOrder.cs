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

    internal static int Compare(FlatVector left, FlatVector right)
    {
        var common = Math.Min(left.Count, right.Count);
        for (var i = 0; i < common; i++)
        {
            var order = left.UInt32(i).CompareTo(right.UInt32(i));
            if (order != 0)
            {
                return order;
            }
        }
        return left.Count.CompareTo(right.Count);
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
