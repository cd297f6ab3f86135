using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Sessions;

/// <summary>What a directory's <c>zarr.json</c> is to be, because v2 documents of it are others.</summary>
/// <param name="Directory">The directory.</param>
/// <param name="Reading">What it was when this was found out.</param>
/// <param name="Bytes">What it is to be; null where it goes.</param>
internal sealed record DocumentChange(SessionDirectory Directory, V2Reading Reading, byte[]? Bytes)
{
    /// <summary>The file that the bytes have been staged in.</summary>
    public ObjectId12? Staged { get; set; }

    /// <summary>The same as a file of the session, from when its name is recorded.</summary>
    public SessionFile? File { get; set; }
}

/// <summary>
/// The documents that become others with the change of a name. Both are one transaction of the journal: whatever fails, the one is never
/// without the other.
/// </summary>
/// <param name="changes">Of one directory or two.</param>
/// <param name="areExpected">Whether everything is still what it was when they were found out. Asked under the tree's lock.</param>
internal sealed class DocumentChanges(IReadOnlyList<DocumentChange> changes, Func<bool> areExpected)
{
    /// <summary>No documents.</summary>
    public static readonly DocumentChanges None = new([], () => true);

    /// <summary>Each of them.</summary>
    public IReadOnlyList<DocumentChange> All => changes;

    /// <summary>Whether they have been made.</summary>
    public bool AreMade { get; set; }

    /// <summary>Whether everything is still what it was when they were found out.</summary>
    public bool AreExpected() => areExpected();
}
