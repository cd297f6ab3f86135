namespace ArraylakeFs.Icechunk;

/// <summary>Operations that a repository can forbid; all are allowed by default.</summary>
public enum FeatureFlag : ushort
{
    /// <summary>Moving nodes.</summary>
    MoveNode = 3,
    /// <summary>Creating tags.</summary>
    CreateTag = 4,
    /// <summary>Deleting tags.</summary>
    DeleteTag = 5,
}
