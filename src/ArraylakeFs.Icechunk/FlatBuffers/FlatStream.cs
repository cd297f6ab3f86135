using System.Buffers.Binary;
using System.Diagnostics;

namespace ArraylakeFs.Icechunk.FlatBuffers;

/// <summary>
/// Writes a FlatBuffer of a known length from its beginning to its end, and compresses what is finished on the way: what an offset refers to
/// stands behind it, at a place that the caller has reckoned before.
/// </summary>
internal sealed class FlatStream(IcechunkFileWriter file, int length)
{
    private const int Step = 128 << 10;
    private readonly byte[] _body = GC.AllocateUninitializedArray<byte>(length);
    private int _compressed;

    /// <summary>Bytes written so far.</summary>
    internal int Position { get; private set; }

    internal void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    internal void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), value);

    /// <summary>The offset, from here, of something that stands further behind.</summary>
    internal void OffsetTo(int position) => UInt32((uint)(position - Position));

    /// <summary>A vector of bytes, and what is missing to a multiple of 4.</summary>
    internal void ByteVector(ReadOnlySpan<byte> bytes)
    {
        UInt32((uint)bytes.Length);
        Bytes(bytes);
        PadTo(Position + (-bytes.Length & 3));
    }

    internal void PadTo(int position) => Reserve(position - Position).Clear();

    /// <summary>The next bytes, to be filled at once.</summary>
    internal Span<byte> Reserve(int count)
    {
        if (Position - _compressed >= Step)
        {
            file.Write(_body.AsSpan(_compressed..Position));
            _compressed = Position;
        }
        Position += count;
        return _body.AsSpan(Position - count, count);
    }

    /// <summary>The finished file, and the body that is compressed in it.</summary>
    internal (byte[] File, byte[] Body) Finish()
    {
        Debug.Assert(Position == _body.Length);
        return (file.Finish(_body.AsSpan(_compressed)), _body);
    }
}
