namespace Native.Blosc;

/// <summary>Bytes that libblosc cannot decompress, or that are not allowed to become as large as they would.</summary>
public sealed class BloscException : Exception
{
    /// <summary><paramref name="message"/> is a sentence.</summary>
    public BloscException(string message)
        : base(message)
    {
    }
}
