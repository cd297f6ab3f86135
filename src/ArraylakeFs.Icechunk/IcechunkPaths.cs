namespace ArraylakeFs.Icechunk;

/// <summary>Keys of a repository's objects, relative to its root (spec 2).</summary>
public static class IcechunkPaths
{
    /// <summary>The only mutable object.</summary>
    public const string Repo = "repo";

    /// <summary>Folder of the snapshots.</summary>
    public const string Snapshots = "snapshots/";

    /// <summary>Present in repositories of spec 1 only (unless half migrated).</summary>
    public const string Version1MainBranch = "refs/branch.main/ref.json";

    /// <summary>Folder of the former versions of <see cref="Repo"/>.</summary>
    public const string Overwritten = "overwritten/";

    // Year 3000 in milliseconds: backup names count down, so that the newest sorts first.
    private const long BackupEpochMs = 32_503_680_000_000;

    /// <summary><c>snapshots/ID</c>.</summary>
    public static string Snapshot(ObjectId12 id) => $"{Snapshots}{id}";

    /// <summary><c>manifests/ID</c>.</summary>
    public static string Manifest(ObjectId12 id) => $"manifests/{id}";

    /// <summary><c>transactions/ID</c>, under the id of its snapshot.</summary>
    public static string TransactionLog(ObjectId12 snapshot) => $"transactions/{snapshot}";

    /// <summary><c>chunks/ID</c>.</summary>
    public static string Chunk(ObjectId12 id) => $"chunks/{id}";

    /// <summary>
    /// A new name for the copy of <see cref="Repo"/> made before an update: <c>repo.DIGITS.ID</c>, to be put below <see
    /// cref="Overwritten"/>. The file format stores it without the folder.
    /// </summary>
    public static string NewBackupName(Timestamp now) =>
        $"repo.{Math.Max(0, BackupEpochMs - (long)(now.Microseconds / 1000)):D14}.{ObjectId12.New()}";
}
