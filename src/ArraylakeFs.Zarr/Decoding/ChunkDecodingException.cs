namespace ArraylakeFs.Zarr.Decoding;

/// <summary>The bytes of a chunk are not what its array's codecs make. The message is half a sentence: which codec, and what is wrong.</summary>
public sealed class ChunkDecodingException : Exception
{
    /// <summary>Says what is wrong.</summary>
    public ChunkDecodingException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
