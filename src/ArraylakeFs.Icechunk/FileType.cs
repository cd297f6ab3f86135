namespace ArraylakeFs.Icechunk;

/// <summary>What a metadata file holds: byte 37 of its header.</summary>
public enum FileType : byte
{
    /// <summary>A file below <c>snapshots/</c>.</summary>
    Snapshot = 1,
    /// <summary>A file below <c>manifests/</c>.</summary>
    Manifest = 2,
    /// <summary>A file below <c>transactions/</c>.</summary>
    TransactionLog = 4,
    /// <summary>The file <c>repo</c> and its backups below <c>overwritten/</c>.</summary>
    RepoInfo = 6,
}
