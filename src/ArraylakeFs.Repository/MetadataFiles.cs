using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>Gets metadata files and says what is wrong with them.</summary>
internal static class MetadataFiles
{
    /// <summary>Gets and decodes a file that must be there.</summary>
    public static async Task<(T Value, StoredObject File)> GetAsync<T>(
        IObjectStore store, string key, Func<string, ReadOnlyMemory<byte>, T> decode, CancellationToken cancellationToken)
    {
        var file = await store.GetAsync(key, Limits.MaxFileBytes, cancellationToken)
            ?? throw new RepositoryException(RepositoryErrorKind.Corrupt, $"{key}: the file is missing.");
        return (Decode(key, file, decode), file);
    }

    /// <summary>Decodes a file; what is wrong with it becomes a <see cref="RepositoryException"/> that names it.</summary>
    public static T Decode<T>(string key, StoredObject file, Func<string, ReadOnlyMemory<byte>, T> decode)
    {
        try
        {
            return decode(key, file.Content);
        }
        catch (IcechunkFormatException failure)
        {
            throw Failure(failure);
        }
    }

    /// <summary>Makes a file. What the format cannot hold is the fault of what is to be committed; what cannot be read, of what was there.</summary>
    public static T Make<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (IcechunkFormatException failure)
        {
            throw Failure(failure);
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException)
        {
            throw new RepositoryException(RepositoryErrorKind.Invalid, failure.Message, failure);
        }
    }

    /// <summary>The format layer's error as one of this layer.</summary>
    public static RepositoryException Failure(IcechunkFormatException failure) =>
        new(failure.IsUnsupported ? RepositoryErrorKind.Unsupported : RepositoryErrorKind.Corrupt, failure.Message, failure);
}
