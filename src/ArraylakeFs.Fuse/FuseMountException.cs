namespace ArraylakeFs.Fuse;

/// <summary>Mounting or unmounting failed. The message is for people: what is wrong with which path, and the way out.</summary>
public sealed class FuseMountException : Exception
{
    /// <summary>With a message.</summary>
    public FuseMountException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and the cause.</summary>
    public FuseMountException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
