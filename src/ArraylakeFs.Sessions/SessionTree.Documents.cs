using ArraylakeFs.Repository;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

// Documents of nodes, for those who read and write them as a whole: the v2 face, and what keeps copies of documents right.
public sealed partial class SessionTree
{
    /// <summary>A directory's <c>zarr.json</c>: a file of the session, or what is committed; neither if it has none.</summary>
    internal (SessionFile? File, Node? Committed) DocumentOf(SessionDirectory directory)
    {
        lock (_lock)
        {
            return directory.Upper.TryGetValue(NodeDocument.FileName, out var node) ? (node as SessionFile, null)
                : (null, directory.Origin is { IsChunks: false } origin ? origin.Node : null);
        }
    }

    /// <summary>The bytes of its <c>zarr.json</c>; null if it has none, or one that is too long to be one.</summary>
    internal ValueTask<ReadOnlyMemory<byte>?> ReadDocumentAsync(SessionDirectory directory) =>
        FindAndReadAsync<ReadOnlyMemory<byte>?>(directory, async () =>
        {
            var (file, committed) = DocumentOf(directory);
            try
            {
                return file is null ? committed?.Document : await ReadAllAsync(file, Limits.MaxDocumentBytes, CancellationToken.None);
            }
            catch (SessionException e) when (e.Errno == Errno.TooBig)
            {
                return null;
            }
        });

    /// <summary>Whether its <c>zarr.json</c> is what was read, and nobody is writing it.</summary>
    internal bool IsDocument(SessionDirectory directory, V2Reading reading) =>
        StampOf(directory) is var (document, changes) && reading.IsOf(document, changes);

    /// <summary>Which <c>zarr.json</c> it has, and how often somebody had begun to change that; null while somebody has it open for writing.</summary>
    internal (object? Document, int Changes)? StampOf(SessionDirectory directory)
    {
        lock (_lock)
        {
            var (file, committed) = DocumentOf(directory);
            var opened = file ?? directory.Seen.GetValueOrDefault(NodeDocument.FileName) as SessionFile; // a committed one, until it is written to
            return opened is { Writers: > 0 } ? null : ((object?)file ?? committed, file?.Changes ?? 0);
        }
    }

    /// <summary>When its <c>zarr.json</c> was changed; 0 if it has none.</summary>
    public long DocumentModifiedNs(SessionDirectory directory)
    {
        lock (_lock)
        {
            return DocumentOf(directory) switch
            {
                ({ } file, _) => Status(file).ModifiedNs,
                (_, { } node) => FromLower(new LowerItem(NodeDocument.FileName, directory.Origin!, node)).ModifiedNs,
                _ => 0,
            };
        }
    }

    /// <summary>A document of the directory that a v2 tool wrote under this name.</summary>
    public SessionFile? KeptDocument(SessionDirectory directory, string name)
    {
        lock (_lock)
        {
            return directory.Upper.Count == 0 ? null : directory.Upper.GetValueOrDefault(V2Names.Kept(name)) as SessionFile;
        }
    }

    /// <summary>
    /// Puts a finished file of these bytes in the place of whatever file has the name, if <paramref name="isExpected"/>, which is asked under the
    /// lock, says so; null otherwise. Who has the former open keeps reading it, and cannot write to it any more (ESTALE). EISDIR.
    /// </summary>
    internal async ValueTask<SessionFile?> PutFileAsync(
        SessionDirectory parent, string name, ReadOnlyMemory<byte> bytes, Func<bool> isExpected, CancellationToken cancellationToken)
    {
        await PrepareChangeAsync();
        var id = Stage(bytes.Span);
        SessionFile? put = null;
        try
        {
            return put = await ChangeAsync(
                parent, name, (existing, _) => isExpected() ? Put(parent, name, existing, new StagedContent(id)) : null, cancellationToken);
        }
        finally
        {
            if (put is null)
            {
                _staging.Delete(id);
            }
        }
    }

    /// <summary>What v2 tools wrote in a directory under some names, as it is this moment. Nothing that somebody has begun to write.</summary>
    internal List<KeptDocument> KeptDocuments(SessionDirectory directory, IEnumerable<string> names)
    {
        lock (_lock)
        {
            return
            [
                .. from name in names
                   let file = directory.Upper.GetValueOrDefault(name) as SessionFile
                   where file is { Unfinished: 0 }
                   select new KeptDocument(name, file, file.Changes),
            ];
        }
    }

    /// <summary>
    /// Drops documents that v2 tools wrote, but for those that have changed since and, on demand, those that somebody has open: their directory
    /// shows what it says without them, and is not changed.
    /// </summary>
    internal async ValueTask DropKeptAsync(SessionDirectory directory, IEnumerable<KeptDocument> documents, bool onlyUnused)
    {
        foreach (var document in documents)
        {
            await ChangeAsync(directory, document.Name, (existing, _) =>
            {
                if (existing is SessionFile { Unfinished: 0 } file && document.Is(file) && !(onlyUnused && file.Handles > 0))
                {
                    RemoveName(directory, document.Name, isBelow: false, j => DropLink(j, file), touches: false);
                    Supersede(file);
                    LinkDropped(file);
                }

                return true;
            }, CancellationToken.None);
        }
    }

    /// <summary>Another file takes the place of this one. Under another name it is a file like any other.</summary>
    private static void Supersede(SessionFile file) => file.IsSuperseded = file.Links == 1;

    private SessionFile Put(SessionDirectory parent, string name, SessionNode? existing, StagedContent content)
    {
        if (existing is SessionDirectory)
        {
            throw new SessionException(Errno.IsDirectory, $"{name} is a directory");
        }

        long now = UnixTime.Now;
        long touched = V2Names.IsKept(name) ? parent.ModifiedNs : now; // it has been shown there all the time
        var file = new SessionFile(_nextInode, FileMode, now, content);
        var chain = Unjournaled(parent);
        _journal.Record(j =>
        {
            Put(j, chain);
            j.PutNode(Row(file));
            j.PutEntry(parent.InodeNumber, name, file.InodeNumber);
            DropLinkOrDirectory(j, existing);
            PutTouched(j, parent, touched);
        });
        _nextInode++;
        MarkJournaled(chain);
        SetUpper(parent, name, file);
        parent.ModifiedNs = touched;
        if (existing is SessionFile replaced)
        {
            Supersede(replaced);
            LinkDropped(replaced);
        }

        return file;
    }
}
