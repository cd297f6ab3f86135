namespace ArraylakeFs.Icechunk;

/// <summary>Where the bytes of a chunk are.</summary>
public enum ChunkKind : byte
{
    /// <summary>In an object below <c>chunks/</c>.</summary>
    Native,
    /// <summary>In the manifest itself.</summary>
    Inline,
    /// <summary>In a foreign object, at <see cref="ChunkRef.Location"/>.</summary>
    Virtual,
}
