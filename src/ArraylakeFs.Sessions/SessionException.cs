namespace ArraylakeFs.Sessions;

/// <summary>A command or file operation that failed: its errno, and a sentence that names the thing and the way out.</summary>
public class SessionException : Exception
{
    /// <summary>A failure with the given errno and sentence.</summary>
    public SessionException(Errno errno, string message, Exception? inner = null)
        : base(message, inner) => Errno = errno;

    /// <summary>What write(2) or the failed call returns.</summary>
    public Errno Errno { get; }
}

/// <summary>Another process has the session (EBUSY).</summary>
public sealed class SessionInUseException : SessionException
{
    /// <summary>Says who has it in <paramref name="message"/>.</summary>
    public SessionInUseException(string message, Exception inner)
        : base(Errno.Busy, message, inner)
    {
    }
}
