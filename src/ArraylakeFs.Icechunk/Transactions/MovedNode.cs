namespace ArraylakeFs.Icechunk;

/// <summary>
/// A node that a commit moved: its path in the parent snapshot and in the new one. Every descendant of a moved group has its own entry.
/// </summary>
public sealed record MovedNode(ObjectId8 Node, NodeKind Kind, string From, string To);
