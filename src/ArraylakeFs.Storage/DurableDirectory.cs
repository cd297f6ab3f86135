namespace ArraylakeFs.Storage;

/// <summary>Directories on disk.</summary>
public static class DurableDirectory
{
    /// <summary>Returns when the names in the directory survive a power cut. Throws <see cref="StorageException"/>.</summary>
    public static void Sync(string path) => LocalFile.SyncPath(path);
}
