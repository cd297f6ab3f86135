using System.Buffers.Binary;

namespace ArraylakeFs.Icechunk.FlatBuffers;

/// <summary>
/// Writes a FlatBuffer from its beginning to its end, straight into the compressed file: what an offset refers to stands behind it, at a
/// place that the caller has reckoned before.
/// </summary>
internal sealed class FlatStream(IcechunkFileWriter file)
{
    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(128 << 10);
    private int _used;
    private int _flushed;

    /// <summary>Bytes written so far.</summary>
    internal int Position => _flushed + _used;

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
        if (count > _buffer.Length - _used)
        {
            Flush();
            if (count > _buffer.Length)
            {
                _buffer = GC.AllocateUninitializedArray<byte>(count);
            }
        }
        _used += count;
        return _buffer.AsSpan(_used - count, count);
    }

    /// <summary>The finished file. Nothing can be written any more.</summary>
    internal byte[] Finish() => file.Finish(_buffer.AsSpan(0, _used));

    private void Flush()
    {
        file.Write(_buffer.AsSpan(0, _used));
        _flushed += _used;
        _used = 0;
    }
}
