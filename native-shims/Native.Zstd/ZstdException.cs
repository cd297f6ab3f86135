namespace Native.Zstd;

/// <summary>Bytes that libzstd cannot decompress, or that are not allowed to become as large as they would.</summary>
public sealed class ZstdException : Exception
{
    /// <summary><paramref name="message"/> is a sentence.</summary>
    public ZstdException(string message)
        : base(message)
    {
    }
}
