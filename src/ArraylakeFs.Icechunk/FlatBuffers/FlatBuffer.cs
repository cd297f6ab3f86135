using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ArraylakeFs.Icechunk.FlatBuffers;

/// <summary>
/// The decompressed body of a file, read as a FlatBuffer. Every read is checked against the bounds; offsets only point forward, so that no
/// reading can run in circles. While a file is being checked for the first time, what is reached is charged against <see
/// cref="Limits.MaxApparentRatio"/>.
/// </summary>
internal sealed class FlatBuffer
{
    private const int SmallestBody = 8; // root offset and file identifier
    private readonly byte[] _bytes;
    private long _allowance;
    private bool _isChecked;

    internal FlatBuffer(string fileName, byte[] bytes)
    {
        FileName = fileName;
        _bytes = bytes;
        _allowance = Math.Max(Limits.AlwaysAllowedBytes, (long)bytes.Length * Limits.MaxApparentRatio);
    }

    internal string FileName { get; }

    internal int Length => _bytes.Length;

    internal FlatTable Root()
    {
        if (_bytes.Length is < SmallestBody or > Limits.MaxBodyBytes)
        {
            throw Fail($"the body has {_bytes.Length} bytes");
        }
        return new FlatTable(this, Follow(0, "the root"));
    }

    /// <summary>Called once the whole file was walked: from now on the buffer is immutable and reads charge nothing.</summary>
    internal void EndCheck() => _isChecked = true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ReadOnlySpan<byte> Slice(int position, int length, string what)
    {
        if ((uint)position > (uint)_bytes.Length || (uint)length > (uint)(_bytes.Length - position))
        {
            throw Outside(what);
        }
        return _bytes.AsSpan(position, length);
    }

    internal ReadOnlyMemory<byte> Memory(int position, int length, string what)
    {
        Slice(position, length, what);
        return _bytes.AsMemory(position, length);
    }

    internal ushort UInt16(int position, string what) => BinaryPrimitives.ReadUInt16LittleEndian(Slice(position, 2, what));

    internal uint UInt32(int position, string what) => BinaryPrimitives.ReadUInt32LittleEndian(Slice(position, 4, what));

    internal int Int32(int position, string what) => BinaryPrimitives.ReadInt32LittleEndian(Slice(position, 4, what));

    internal ulong UInt64(int position, string what) => BinaryPrimitives.ReadUInt64LittleEndian(Slice(position, 8, what));

    /// <summary>The position that the offset stored at <paramref name="position"/> points to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Follow(int position, string what)
    {
        var offset = UInt32(position, what);
        if (offset < 4 || offset > (uint)(_bytes.Length - position))
        {
            throw PointsOutside(what);
        }
        return position + (int)offset;
    }

    /// <summary>Counts a table that is reached.</summary>
    internal void ChargeTable(int vtableLength) => Charge(Limits.BytesPerTable + vtableLength);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Charge(long bytes)
    {
        if (!_isChecked && (_allowance -= bytes) < 0)
        {
            throw TooManyTimes();
        }
    }

    /// <summary>An error for this file. Fields are named by the expressions of <see cref="Slots"/> that stand for them.</summary>
    internal IcechunkFormatException Fail(string problem, Exception? inner = null) =>
        new(FileName, $"the file is corrupt: {problem.Replace("Slots.", "", StringComparison.Ordinal)}.", inner: inner);

    // Apart, so that what is called a million times stays small.
    private IcechunkFormatException Outside(string what) => Fail($"{what} lies outside of the file");

    private IcechunkFormatException PointsOutside(string what) => Fail($"{what} points outside of the file");

    private IcechunkFormatException TooManyTimes() => Fail("the same bytes are referred to too many times");
}
