using System.Buffers;

namespace Native.Zstd;

/// <summary>
/// Compresses what is written, bit by bit, into one frame without content size and checksum, which is appended to a buffer. Not
/// thread-safe.
/// </summary>
public sealed unsafe class ZstdCompressor : IDisposable
{
    private const int OutputStep = 64 << 10;
    private const int JobSize = 2 << 20; // what a worker compresses at a time; libzstd's own choice would be 8 MiB at the usual level
    private readonly IBufferWriter<byte> _destination;
    private readonly CompressionContext _context = new();

    /// <summary>
    /// Begins a frame of a compression level from 1 to 22. With <paramref name="workers"/>, so many threads compress while the caller goes on, unless
    /// this libzstd was built without them.
    /// </summary>
    public ZstdCompressor(int level, IBufferWriter<byte> destination, int workers = 0)
    {
        _destination = destination;
        NativeMethods.Check(NativeMethods.SetParameter(_context, NativeMethods.CompressionLevel, level));
        NativeMethods.Check(NativeMethods.SetParameter(_context, NativeMethods.ContentSizeFlag, 0));
        NativeMethods.Check(NativeMethods.SetParameter(_context, NativeMethods.ChecksumFlag, 0));
        if (workers > 0 && NativeMethods.IsError(NativeMethods.SetParameter(_context, NativeMethods.Workers, workers)) == 0)
        {
            NativeMethods.Check(NativeMethods.SetParameter(_context, NativeMethods.JobSize, JobSize));
        }
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
