namespace ArraylakeFs.FileSystem;

/// <summary>The disk that new data goes to, for statvfs(3).</summary>
public interface IVolume
{
    /// <summary>Its space now.</summary>
    VolumeStatistics Statistics();
}

/// <summary>The file system that holds a folder.</summary>
public sealed class FolderVolume(string folder) : IVolume
{
    private const uint BlockBytes = 4096;
    private const ulong ManyFiles = 1UL << 32;

    /// <inheritdoc/>
    public VolumeStatistics Statistics()
    {
        var drive = new DriveInfo(folder);
        return new(BlockBytes, Blocks(drive.TotalSize), Blocks(drive.TotalFreeSpace), Blocks(drive.AvailableFreeSpace), ManyFiles, ManyFiles, FileNames.MaxBytes);
    }

    private static ulong Blocks(long bytes) => (ulong)bytes / BlockBytes;
}
