using System.Buffers;
using Native.Zstd;

namespace ArraylakeFs.Icechunk;

/// <summary>Makes a metadata file of a body that is given piece by piece; a large one is compressed while more of it is made.</summary>
internal sealed class IcechunkFileWriter : IDisposable
{
    private const int ManyBytes = 4 << 20;
    private const int MaxWorkers = 4;
    private readonly FileType _type;
    private readonly ArrayBufferWriter<byte> _file;
    private readonly ZstdCompressor _compressor;
    private long _bodyLength;

    /// <summary>Begins a file; <paramref name="expectedBytes"/>, those of the body, spare the file some growing.</summary>
    internal IcechunkFileWriter(FileType type, int compressionLevel, long expectedBytes)
    {
        _type = type;
        _file = new ArrayBufferWriter<byte>(IcechunkFile.HeaderSize + (int)Math.Clamp(expectedBytes / 4, 256, Limits.MaxFileBytes));
        IcechunkFile.WriteHeader(type, _file.GetSpan(IcechunkFile.HeaderSize));
        _file.Advance(IcechunkFile.HeaderSize);
        var workers = expectedBytes >= ManyBytes ? Math.Min(Environment.ProcessorCount, MaxWorkers) : 0;
        _compressor = new ZstdCompressor(compressionLevel, _file, workers);
    }

    public void Dispose() => _compressor.Dispose();

    internal void Write(ReadOnlySpan<byte> body)
    {
        _bodyLength += body.Length;
        _compressor.Write(body);
    }

    /// <summary>Takes the last of the body and returns the file.</summary>
    /// <exception cref="InvalidOperationException">The body is so repetitive that the file could not be read.</exception>
    internal byte[] Finish(ReadOnlySpan<byte> body)
    {
        _bodyLength += body.Length;
        _compressor.Finish(body);
        if (_bodyLength > IcechunkFile.MaxBodyBytes(_file.WrittenCount - IcechunkFile.HeaderSize))
        {
            throw new InvalidOperationException(
                $"A file of type {_type} would have {_bodyLength} bytes before compression and {_file.WrittenCount} after it: too repetitive.");
        }
        return _file.WrittenSpan.ToArray();
    }
}
