using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>The objects that virtual chunks refer to by URLs of one scheme.</summary>
internal interface IVirtualTargets
{
    /// <summary>What the URLs begin with, in lower case: <c>file://</c>.</summary>
    string Scheme { get; }

    /// <summary>Opens the object at a URL, where the user allows that.</summary>
    /// <exception cref="RepositoryException">The user does not, there is no such object, or the URL makes no sense.</exception>
    /// <exception cref="StorageException">The medium failed.</exception>
    ValueTask<IVirtualTarget> OpenAsync(string url, VirtualAccess access, CancellationToken cancellationToken);
}

/// <summary>An object that virtual chunks refer to. Thread-safe.</summary>
internal interface IVirtualTarget : IDisposable
{
    /// <summary>What people call it, safe to show.</summary>
    string Name { get; }

    /// <summary>Reads bytes, fewer only at the object's end, and says what the object was when they were read.</summary>
    /// <exception cref="StorageException">The medium failed.</exception>
    ValueTask<TargetRead> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);
}

/// <summary>What was read of a target, and what it was then: its size, version, and when it was last changed.</summary>
internal readonly record struct TargetRead(int Count, long Size, ETag ETag, DateTimeOffset LastModified);
