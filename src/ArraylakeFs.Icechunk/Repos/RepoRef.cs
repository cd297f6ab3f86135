namespace ArraylakeFs.Icechunk;

/// <summary>A branch or tag of <see cref="RepoInfo"/> and the snapshot it names.</summary>
public readonly record struct RepoRef(string Name, ObjectId12 Snapshot);
