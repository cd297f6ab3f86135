namespace ArraylakeFs.Storage;

/// <summary>The medium failed (I/O error, no permission, no space). Nothing was changed unless the message says so.</summary>
public sealed class StorageException : IOException
{
    /// <summary>A failure while handling <paramref name="key"/>.</summary>
    public StorageException(string key, string message, Exception? inner = null)
        : base($"{key}: {message}", inner) => Key = key;

    /// <summary>The object concerned.</summary>
    public string Key { get; }

    /// <summary>
    /// The file in which lies what was displaced and could not be put back: another writer's version, as far as is known. Null otherwise.
    /// </summary>
    public string? KeptPath { get; init; }
}
