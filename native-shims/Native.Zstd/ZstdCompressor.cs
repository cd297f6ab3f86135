using System.Buffers;

namespace Native.Zstd;

/// <summary>
/// Compresses what is written, bit by bit, into one frame without content size and checksum, which is appended to a buffer. Not
/// thread-safe.
/// </summary>
public sealed unsafe class ZstdCompressor : IDisposable
{
    private const int OutputStep = 64 << 10;
    private readonly IBufferWriter<byte> _destination;
    private readonly CompressionContext _context = new();

    /// <summary>Begins a frame of a compression level from 1 to 22.</summary>
    public ZstdCompressor(int level, IBufferWriter<byte> destination)
    {
        _destination = destination;
        NativeMethods.Check(NativeMethods.SetParameter(_context, NativeMethods.CompressionLevel, level));
        NativeMethods.Check(NativeMethods.SetParameter(_context, NativeMethods.ContentSizeFlag, 0));
        NativeMethods.Check(NativeMethods.SetParameter(_context, NativeMethods.ChecksumFlag, 0));
    }

    /// <summary>Takes more of the content. Some of the frame may stay in the compressor until <see cref="Finish"/>.</summary>
    public void Write(ReadOnlySpan<byte> content) => Run(content, NativeMethods.ContinueDirective);

    /// <summary>Takes the last of the content and ends the frame.</summary>
    public void Finish(ReadOnlySpan<byte> content = default) => Run(content, NativeMethods.EndDirective);

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();

    private void Run(ReadOnlySpan<byte> content, int directive)
    {
        fixed (byte* bytes = content)
        {
            var input = new NativeMethods.InBuffer { Source = bytes, Size = (nuint)content.Length };
            bool isDone;
            do
            {
                var space = _destination.GetSpan(OutputStep);
                fixed (byte* target = space)
                {
                    var output = new NativeMethods.OutBuffer { Destination = target, Size = (nuint)space.Length };
                    var pending = NativeMethods.Check(NativeMethods.CompressStream(_context, &output, &input, directive));
                    _destination.Advance((int)output.Position);
                    isDone = directive == NativeMethods.EndDirective ? pending == 0 : input.Position == input.Size;
                }
            }
            while (!isDone);
        }
    }
}
