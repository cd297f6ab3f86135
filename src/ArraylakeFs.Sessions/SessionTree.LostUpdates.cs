namespace ArraylakeFs.Sessions;

// Who reads and writes which chunk. Only names that a chunk can have count, and only where something can be changed.
public sealed partial class SessionTree
{
    private readonly LostUpdates _lostUpdates = new();

    /// <summary>A process has opened a file: for what it holds, unless it is emptied (or was made) by that.</summary>
    public void NoteOpened(SessionHandle handle, int process, bool reads, bool empties)
    {
        if (process == 0 || ReadOnlyReason is not null)
        {
            return;
        }

        lock (_lock)
        {
            handle.Process = process;
            if (handle.File is not { Links: > 0, Parent: { } directory, Name: var name } || !LostUpdates.IsChunkName(name))
            {
                return;
            }

            if (handle.HasMade)
            {
                _lostUpdates.Written(directory, name, process);
            }
            else if (reads && !empties)
            {
                _lostUpdates.Read(directory, name, process);
            }
        }
    }

    /// <summary>A process has looked for a name that is not there.</summary>
    public void NoteMissed(SessionDirectory directory, ReadOnlySpan<char> name, int process)
    {
        if (process != 0 && ReadOnlyReason is null && LostUpdates.IsChunkName(name))
        {
            lock (_lock)
            {
                _lostUpdates.Missed(directory, name.ToString(), process);
            }
        }
    }

    /// <summary>A process has put another file in the place of a name.</summary>
    public void NoteReplaced(SessionDirectory directory, string name, int process)
    {
        if (process != 0 && LostUpdates.IsChunkName(name))
        {
            lock (_lock)
            {
                _lostUpdates.Written(directory, name, process);
            }
        }
    }

    /// <summary>A process has removed a name.</summary>
    public void NoteRemoved(SessionDirectory directory, string name, int process)
    {
        if (process != 0 && LostUpdates.IsChunkName(name))
        {
            lock (_lock)
            {
                _lostUpdates.Removed(directory, name, process);
            }
        }
    }

    /// <summary>The chunks among the changes of the session of which a part may have been lost, in order of their paths.</summary>
    internal IReadOnlyList<LostUpdate> LostUpdatesNow()
    {
        lock (_lock)
        {
            return [.. _lostUpdates.All(IsStillChanged)
                .Select(found => new LostUpdate(SnapshotTree.Join("/" + PathOf(found.Directory), found.Name)[1..], found.Process, found.Over))
                .OrderBy(found => found.Path, StringComparer.Ordinal)];
        }
    }

    /// <summary>Something is written through a handle. Called under the lock.</summary>
    private static void NoteWriting(SessionHandle handle)
    {
        handle.File.Unfinished += handle.HasWritten ? 0 : 1;
        handle.HasWritten = true;
    }

    /// <summary>What was written through a handle is complete, and whoever has read the file before has read something else. Called under the lock.</summary>
    private void NoteWritten(SessionHandle handle)
    {
        if (handle is { HasWritten: true, Process: not 0, File: { Links: > 0, Parent: { } directory, Name: var name } } && LostUpdates.IsChunkName(name))
        {
            _lostUpdates.Written(directory, name, handle.Process);
        }

        handle.File.Unfinished -= handle.HasWritten ? 1 : 0;
        handle.HasWritten = false;
    }

    /// <summary>After a commit, which takes the warnings along with the chunks. Called under the lock.</summary>
    private void ForgetCommittedLosses() => _lostUpdates.All(IsStillChanged);

    /// <summary>Files have become others without anybody having written them. Called under the lock.</summary>
    private void ForgetReaders()
    {
        _lostUpdates.Forget();
        _lostUpdates.All(IsStillChanged);
    }

    private static bool IsStillChanged(LostUpdates.Found found) =>
        found.Directory is { IsStale: false, IsRemoved: false } && found.Directory.Upper.GetValueOrDefault(found.Name) is SessionFile;
}
