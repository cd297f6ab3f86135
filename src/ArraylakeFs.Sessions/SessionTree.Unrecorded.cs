using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

// Documents that the session itself puts into a tree that is frozen, where another commit has come below. They are in memory only until
// RecordAll writes the whole tree, so that after a crash it is all as it was.
public sealed partial class SessionTree
{
    private readonly List<SessionFile> _replacedUnrecorded = []; // the journal still names them: their bytes stay until it does not

    /// <summary>
    /// Puts a file of these bytes in the place of whatever file has the name. The tree must be frozen, and <see cref="RecordAll"/> is to follow.
    /// </summary>
    internal void PutUnrecorded(SessionDirectory parent, string name, ReadOnlySpan<byte> bytes)
    {
        var id = Stage(bytes);
        lock (_lock)
        {
            long now = UnixTime.Now;
            var existing = parent.Upper.GetValueOrDefault(name) ?? parent.Seen.GetValueOrDefault(name);
            MarkJournaled(Unjournaled(parent));
            SetUpper(parent, name, new SessionFile(_nextInode++, FileMode, now, new StagedContent(id)));
            parent.ModifiedNs = now;
            if (existing is SessionFile replaced)
            {
                Supersede(replaced);
                replaced.Pins++;
                _replacedUnrecorded.Add(replaced);
                LinkDropped(replaced);
            }
        }
    }

    /// <summary>The journal is written and flushed: what was replaced before may go. Called under the lock.</summary>
    private void LetGoOfReplaced()
    {
        foreach (var file in _replacedUnrecorded)
        {
            if (file is { Links: 0, Content: StagedContent { Id: var id } })
            {
                _flushed.Remove(id); // no journal names it any more
            }

            file.Pins--;
            DropUnused(file);
        }

        _replacedUnrecorded.Clear();
    }

    /// <summary>
    /// The directories in which, or below which, the session has another document than what is committed, or a node that was elsewhere, or
    /// none where one was.
    /// </summary>
    internal List<SessionDirectory> DirectoriesOverChangedDocuments()
    {
        var found = new List<SessionDirectory>();
        lock (_lock)
        {
            if (Top.Upper.GetValueOrDefault(SnapshotTree.RootName) is SessionDirectory root)
            {
                AddIfOverChangedDocuments(root, found);
            }
        }

        return found;
    }

    private static bool AddIfOverChangedDocuments(SessionDirectory directory, List<SessionDirectory> found)
    {
        bool isOver = false;
        foreach (var (name, node) in directory.Upper)
        {
            isOver |= node switch
            {
                SessionDirectory below => AddIfOverChangedDocuments(below, found) | IsAnotherNode(directory, name, below),
                SessionFile => name == NodeDocument.FileName,
                _ => name == NodeDocument.FileName || HidesNode(directory, name),
            };
        }

        if (isOver)
        {
            found.Add(directory);
        }

        return isOver;
    }

    private static bool IsAnotherNode(SessionDirectory parent, string name, SessionDirectory directory) => directory.Origin is not { } origin
        ? HidesNode(parent, name)
        : !origin.IsChunks && !(parent.Origin is { IsChunks: false } above && ReferenceEquals(above.Tree, origin.Tree)
            && SnapshotTree.Join(above.Path, name) == origin.Path);

    private static bool HidesNode(SessionDirectory parent, string name) => parent.Origin is { IsChunks: false } origin
        && SnapshotTree.Join(origin.Path, name) is var path
        && (origin.Tree.Snapshot.FindNode(path) is not null || origin.Tree.Snapshot.ChildNames(path).Count > 0);
}
