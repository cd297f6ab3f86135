namespace ArraylakeFs.Sessions;

/// <summary>A file or directory of the session as the journal keeps it. Times in nanoseconds since the epoch.</summary>
internal readonly record struct NodeRow(ulong Ino, bool IsDirectory, string? Origin, string? Staged, uint Mode, long MtimeNs);

/// <summary>A name in a directory; a null inode number means that the name is gone.</summary>
internal readonly record struct EntryRow(ulong Parent, string Name, ulong? Ino);

/// <summary>
/// The inode number and the permission bits that a committed thing had in the session, and its time: that of a file for as long as its
/// content is the one that <paramref name="Tag"/> is the fingerprint of, that of a directory until another version is checked out.
/// </summary>
internal readonly record struct KeptRow(ulong Ino, long MtimeNs, ulong Tag, uint Mode)
{
    /// <summary>What a node is now; the version that is checked out has been shown since <paramref name="shownSinceNs"/>.</summary>
    public static KeptRow Of(SessionNode node, long shownSinceNs) =>
        new(node.InodeNumber, node.ModifiedNs, TagOf((node as SessionFile)?.Content, shownSinceNs), node.Mode);

    /// <summary>The fingerprint of committed content; for a directory (null) since when its version has been shown.</summary>
    public static ulong TagOf(FileContent? content, long shownSinceNs) => content is null ? (ulong)shownSinceNs : InodeNumbers.OfPath(content.Tag);
}
