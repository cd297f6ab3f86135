using System.Runtime.CompilerServices;
using System.Text;

namespace ArraylakeFs.Icechunk.FlatBuffers;

/// <summary>A vector of a <see cref="FlatBuffer"/>, wholly inside of it.</summary>
internal readonly struct FlatVector
{
    private readonly FlatBuffer _buffer;
    private readonly int _start;
    private readonly int _elementSize;

    internal FlatVector(FlatBuffer buffer, int start, int count, int elementSize)
    {
        _buffer = buffer;
        _start = start;
        Count = count;
        _elementSize = elementSize;
    }

    internal int Count { get; }

    internal int Start => _start;

    internal ReadOnlyMemory<byte> Memory => _buffer.Memory(_start, Count * _elementSize, "a vector");

    internal ReadOnlySpan<byte> Span => _buffer.Slice(_start, Count * _elementSize, "a vector");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static FlatVector Read(FlatBuffer buffer, int offsetPosition, int elementSize, string name)
    {
        var position = buffer.Follow(offsetPosition, name);
        var count = buffer.UInt32(position, name);
        var bytes = (long)count * elementSize;
        if (bytes > buffer.Length - position - 4)
        {
            throw TooMany(buffer, name, count);
        }
        buffer.Charge(bytes);
        return new FlatVector(buffer, position + 4, (int)count, elementSize);
    }

    /// <summary>An element's bytes.</summary>
    internal ReadOnlySpan<byte> this[int index] => _buffer.Slice(ElementPosition(index), _elementSize, "a vector");

    internal ushort UInt16(int index) => _buffer.UInt16(ElementPosition(index), "a vector");

    internal uint UInt32(int index) => _buffer.UInt32(ElementPosition(index), "a vector");

    internal FlatTable Table(int index) => new(_buffer, _buffer.Follow(ElementPosition(index), "a vector"));

    /// <summary>An element of a vector of strings.</summary>
    internal string Text(int index, string name) => Read(_buffer, ElementPosition(index), 1, name).Text(name);

    /// <summary>This vector of bytes as text.</summary>
    internal string Text(string name)
    {
        try
        {
            return StrictUtf8.GetString(Memory.Span);
        }
        catch (DecoderFallbackException e)
        {
            throw _buffer.Fail($"{name} is no UTF-8 text", e);
        }
    }

    private static IcechunkFormatException TooMany(FlatBuffer buffer, string name, uint count) =>
        buffer.Fail($"{name} has {count} elements, more than the file can hold");

    private int ElementPosition(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _start + index * _elementSize;
    }
}
