namespace ArraylakeFs.Fuse;

/// <summary>A mount of this file system, by whatever process.</summary>
public sealed record ExistingMount(string Mountpoint, string Source);

/// <summary>The mounts of this file system that this process can see.</summary>
public static class ExistingMounts
{
    /// <summary>All of them, in the order in which they were made.</summary>
    public static IReadOnlyList<ExistingMount> All() =>
    [
        .. MountTable.Parse(File.ReadAllText(MountTable.Path)).Where(m => m.Type == FuseMount.FileSystemType)
            .Select(m => new ExistingMount(m.Mountpoint, m.Source)),
    ];

    /// <summary>The mount that an absolute path lies in; null if it lies in none.</summary>
    public static ExistingMount? Containing(string path) => All()
        .Where(m => path == m.Mountpoint || path.StartsWith(m.Mountpoint.TrimEnd('/') + "/", StringComparison.Ordinal))
        .MaxBy(m => m.Mountpoint.Length);
}
