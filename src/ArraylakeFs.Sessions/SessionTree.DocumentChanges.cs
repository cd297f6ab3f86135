using ArraylakeFs.Icechunk;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

// zarr.json, where it changes together with the name of a v2 document.
public sealed partial class SessionTree
{
    /// <summary>
    /// Runs a change of a name that takes documents along. False if one of these, or what <paramref name="areExpected"/> looks at under the lock,
    /// is not what it was: nothing has changed then.
    /// </summary>
    internal async ValueTask<bool> WithDocumentsAsync(
        IReadOnlyList<DocumentChange> changes, Func<bool> areExpected, Func<DocumentChanges, ValueTask<bool>> change)
    {
        await PrepareChangeAsync();
        var documents = new DocumentChanges(changes, () => changes.All(IsExpected) && areExpected());
        try
        {
            foreach (var document in changes.Where(document => document.Bytes is not null))
            {
                document.Staged = Stage(document.Bytes);
            }

            return await change(documents);
        }
        finally
        {
            if (!documents.AreMade)
            {
                changes.Select(document => document.Staged).OfType<ObjectId12>().ToList().ForEach(_staging.Delete);
            }
        }
    }

    /// <summary>Changes the document of a directory, and no other name.</summary>
    internal ValueTask<bool> ChangeDocumentAsync(SessionDirectory directory, DocumentChanges documents) =>
        ChangeAsync(directory, NodeDocument.FileName, (_, _) =>
        {
            if (!documents.AreExpected())
            {
                return false;
            }

            long now = UnixTime.Now;
            var chain = Unjournaled(directory);
            _journal.Record(j =>
            {
                Put(j, chain);
                Put(j, documents);
                PutTouched(j, directory, now);
            });
            MarkJournaled(chain);
            SetDocuments(documents);
            directory.ModifiedNs = now;
            return true;
        }, CancellationToken.None);

    /// <summary>Whether a name stands for this node, which is held; or for none.</summary>
    internal bool IsNameOf(SessionDirectory directory, string name, SessionNode? node)
    {
        lock (_lock)
        {
            return ReferenceEquals(directory.Upper.GetValueOrDefault(name) ?? directory.Seen.GetValueOrDefault(name), node);
        }
    }

    /// <summary>A document that a v3 tool is writing may be removed, but is not to be written over.</summary>
    private bool IsExpected(DocumentChange change)
    {
        var (file, committed) = DocumentOf(change.Directory);
        return change.Bytes is null
            ? change.Reading.IsOf((object?)file ?? committed, file?.Changes ?? 0)
            : IsDocument(change.Directory, change.Reading);
    }

    private void Put(Journal journal, DocumentChanges documents)
    {
        foreach (var change in documents.All)
        {
            var former = FormerOf(change.Directory);
            if (former is SessionDirectory)
            {
                throw new SessionException(Errno.IsDirectory, $"{NodeDocument.FileName} is a directory");
            }

            DropLinkOrDirectory(journal, former);
            if (change.Staged is { } staged)
            {
                change.File = new SessionFile(_nextInode++, FileMode, UnixTime.Now, new StagedContent(staged));
                journal.PutNode(Row(change.File));
                journal.PutEntry(change.Directory.InodeNumber, NodeDocument.FileName, change.File.InodeNumber);
            }
            else
            {
                PutGone(journal, change.Directory, NodeDocument.FileName, HasCommittedDocument(change.Directory));
            }
        }
    }

    /// <summary>The names have changed, and with them the documents.</summary>
    private void SetDocuments(DocumentChanges documents)
    {
        foreach (var change in documents.All)
        {
            var former = FormerOf(change.Directory);
            if (change.File is { } file)
            {
                SetUpper(change.Directory, NodeDocument.FileName, file);
            }
            else
            {
                SetGone(change.Directory, NodeDocument.FileName, HasCommittedDocument(change.Directory));
            }

            if (former is SessionFile replaced)
            {
                if (change.File is not null)
                {
                    Supersede(replaced);
                }

                LinkDropped(replaced);
            }
        }

        documents.AreMade = documents.All.Count > 0;
    }

    private static SessionNode? FormerOf(SessionDirectory directory) =>
        directory.Upper.GetValueOrDefault(NodeDocument.FileName) ?? directory.Seen.GetValueOrDefault(NodeDocument.FileName);

    private static bool HasCommittedDocument(SessionDirectory directory) => directory.Origin is { IsChunks: false, Node: not null };
}
