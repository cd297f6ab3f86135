using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.Zarr;
using ArraylakeFs.Zarr.V2;

namespace ArraylakeFs.Sessions;

// What changes documents of v2, and makes zarr.json of them. Where a name changes, zarr.json does so in the same transaction of the journal.
// Bytes are not in the journal: where they could not be followed, the directory says so (Unpublished), and it is tried again.
public sealed partial class V2Documents
{
    private static readonly Dictionary<string, SessionFile?> _noOthers = [];

    private readonly SemaphoreSlim _changing = new(1, 1); // documents of one node come from several threads at once

    /// <summary>
    /// A document that v2 tools see, as a file that can be written: a derived one becomes a kept one of the same bytes. Null if there is none.
    /// </summary>
    public ValueTask<SessionFile?> KeepAsync(SessionDirectory directory, string name) => AloneAsync(() => KeepCoreAsync(directory, name));

    /// <summary>As <see cref="KeepAsync(SessionDirectory, string)"/>, if it is derived still, and has these bytes; null otherwise.</summary>
    public ValueTask<SessionFile?> KeepAsync(SessionDirectory directory, string name, ReadOnlyMemory<byte> derived) => AloneAsync(async () =>
        tree.KeptDocument(directory, name) is null && (await ShownAsync(directory)).DocumentNamed(name) is { } bytes
            && bytes.Span.SequenceEqual(derived.Span) ? await PutKeptAsync(directory, name, bytes) : null);

    /// <summary>A v2 tool has finished a document: the node is now what its v2 documents say.</summary>
    public async ValueTask PublishAsync(SessionDirectory directory) => await AloneAsync(async () =>
    {
        try
        {
            await PublishCoreAsync(directory);
            return true;
        }
        catch (Exception e) when (IsFailure(e))
        {
            directory.Unpublished = e.Message;
            throw;
        }
    });

    /// <summary>Files of these places are about to be finished: until that is done, it is no wonder that <c>zarr.json</c> says otherwise.</summary>
    public static IDisposable Finishing(IReadOnlyList<(SessionDirectory Directory, string Name)> places)
    {
        foreach (var (directory, _) in places)
        {
            Interlocked.Increment(ref directory.Finishing);
        }

        return new Finished(places);
    }

    /// <summary>Tries again to publish what could not be; true if it is now, and <c>zarr.json</c> another file.</summary>
    public async ValueTask<bool> TryPublishAgainAsync(SessionDirectory directory)
    {
        if (directory.Unpublished is null)
        {
            return false;
        }

        bool isPublished = false;
        try
        {
            await PublishAsync(directory);
            isPublished = true;
            await tree.Consolidated.ChangedAsync(directory);
        }
        catch (Exception e) when (IsFailure(e))
        {
            directory.Unpublished = e.Message; // whoever wrote it has been told
        }

        return isPublished;
    }

    /// <summary>Gives a file another name, where one of both is a kept document's, as <see cref="SessionTree"/> does.</summary>
    public async ValueTask RenameAsync(
        SessionDirectory from, string name, SessionDirectory to, string newName, bool noReplace, bool exchange) => await AloneAsync(async () =>
    {
        await (V2Names.IsKept(name) ? KeepCoreAsync(from, V2Names.Shown(name)) : default);
        await (V2Names.IsKept(newName) && (noReplace || exchange) ? KeepCoreAsync(to, V2Names.Shown(newName)) : default);
        bool isOfV3 = name == NodeDocument.FileName || newName == NodeDocument.FileName; // which changes by that, and not with it
        while (true)
        {
            var moved = await tree.FindPinnedAsync(from, name, CancellationToken.None);
            var replaced = exchange ? await tree.FindPinnedAsync(to, newName, CancellationToken.None) : null;
            try
            {
                if (await ChangeAsync(
                    isOfV3 ? [] : OthersOf((to, newName, moved), (from, name, replaced)),
                    () => tree.IsNameOf(from, name, moved) && (!exchange || tree.IsNameOf(to, newName, replaced)),
                    documents => tree.RenameAsync(from, name, to, newName, noReplace, exchange, documents, CancellationToken.None)))
                {
                    break;
                }
            }
            finally
            {
                foreach (var node in new[] { moved, replaced }.OfType<SessionNode>())
                {
                    tree.Unpin(node);
                }
            }
        }

        foreach (var directory in isOfV3 ? new[] { from, to }.Distinct() : [])
        {
            await PublishCoreAsync(directory);
        }

        return true;
    });

    /// <summary>Gives a file the name of a kept document. EEXIST.</summary>
    public async ValueTask LinkAsync(SessionFile file, SessionDirectory directory, string name) => await AloneAsync(async () =>
    {
        while (!await ChangeAsync(
            OthersOf((directory, name, file)), () => true, documents => tree.LinkAsync(file, directory, name, documents, CancellationToken.None)))
        {
            // A v3 tool has changed the node.
        }

        return true;
    });

    /// <summary>Removes a v2 document; false if there is none of that name. What else v2 tools see of the node stays until it is removed.</summary>
    public ValueTask<bool> RemoveAsync(SessionDirectory directory, string name) => tree.ReadOnlyReason is { } reason
        ? throw new SessionException(Errno.ReadOnly, reason)
        : AloneAsync(async () =>
        {
            string kept = V2Names.Kept(name);
            while (true)
            {
                var file = tree.KeptDocument(directory, name);
                if (file is null && (await ShownAsync(directory)).DocumentNamed(name) is null)
                {
                    return false;
                }

                if (await ChangeAsync(
                    OthersOf((directory, kept, null)),
                    () => ReferenceEquals(tree.KeptDocument(directory, name), file),
                    file is null ? null : documents => tree.UnlinkAsync(directory, kept, documents, CancellationToken.None)))
                {
                    return true;
                }
            }
        });

    /// <summary>
    /// Makes a change of files that v3 tools see under some names. Where one is <c>zarr.json</c>, what v2 tools wrote about the node no longer counts,
    /// and what they finish meanwhile comes after the change.
    /// </summary>
    public async ValueTask SupersedeAsync(IEnumerable<(SessionDirectory Directory, string Name)> places, Func<ValueTask> change)
    {
        var directories = places.Where(place => place.Name == NodeDocument.FileName).Select(place => place.Directory).ToList();
        if (directories.Count == 0)
        {
            await change();
            return;
        }

        await AloneAsync(async () =>
        {
            foreach (var directory in directories)
            {
                await tree.DropKeptAsync(directory, tree.KeptDocuments(directory, V2Names.DerivedKept), onlyUnused: false);
            }

            await change();
            return true;
        });
    }

    /// <summary>A v3 tool is about to remove <c>zarr.json</c>: what was hidden behind it is not to appear.</summary>
    public async ValueTask RemoveHiddenAsync(SessionDirectory directory)
    {
        if (HasAnyKept(directory) && HasDocumentOfV3(directory))
        {
            await DropAsync(directory, tree.KeptDocuments(directory, V2Names.AllKept), onlyUnused: false);
        }
    }

    /// <summary>Drops what is kept in every directory, where it says no more than <c>zarr.json</c> does, and nobody is writing it.</summary>
    internal async ValueTask DropSpellingsAsync()
    {
        foreach (var directory in tree.DirectoriesWith(V2Names.DerivedKept))
        {
            if (await SpellingsAsync(directory) is { Count: > 0 } spellings)
            {
                await DropAsync(directory, spellings, onlyUnused: true);
            }
        }
    }

    /// <summary>Tries again to publish whatever could not be; whether something is published now.</summary>
    internal async ValueTask<bool> TryPublishAllAgainAsync()
    {
        bool isAny = false;
        foreach (var directory in tree.DirectoriesWith(V2Names.DerivedKept))
        {
            isAny |= await TryPublishAgainAsync(directory);
        }

        return isAny;
    }

    private static bool IsFailure(Exception e) =>
        e is SessionException or RepositoryException or StorageException or IOException or UnauthorizedAccessException;

    /// <summary>Runs one change of documents after the other.</summary>
    private async ValueTask<T> AloneAsync<T>(Func<ValueTask<T>> change)
    {
        await _changing.WaitAsync();
        try
        {
            return await change();
        }
        finally
        {
            _changing.Release();
        }
    }

    private async ValueTask<SessionFile?> KeepCoreAsync(SessionDirectory directory, string name)
    {
        if (tree.KeptDocument(directory, name) is { } kept)
        {
            return kept;
        }

        return (await ShownAsync(directory)).DocumentNamed(name) is { } bytes
            ? await PutKeptAsync(directory, name, bytes) ?? tree.KeptDocument(directory, name)
            : null;
    }

    /// <summary>Null if somebody has written that document in the meantime.</summary>
    private ValueTask<SessionFile?> PutKeptAsync(SessionDirectory directory, string name, ReadOnlyMemory<byte> bytes) => tree.PutFileAsync(
        directory, V2Names.Kept(name), bytes, () => tree.KeptDocument(directory, name) is null, CancellationToken.None);

    private async ValueTask PublishCoreAsync(SessionDirectory directory)
    {
        while (!await ChangeAsync([(directory, _noOthers)], () => true, change: null))
        {
            // A v3 tool has changed the node.
        }
    }

    /// <summary>The documents that are others when these names stand for these nodes, by their directories. Of one name twice, the first counts.</summary>
    private static List<(SessionDirectory Directory, Dictionary<string, SessionFile?> Others)> OthersOf(
        params (SessionDirectory Directory, string Name, SessionNode? Node)[] names) =>
    [
        .. names.Where(name => V2Names.IsKept(name.Name)).DistinctBy(name => (name.Directory, name.Name)).GroupBy(name => name.Directory)
            .Select(group => (group.Key, group.ToDictionary(name => V2Names.Shown(name.Name), name => name.Node as SessionFile))),
    ];

    /// <summary>
    /// Changes a name, if one is to be, and what <c>zarr.json</c> says of the directories in which documents are others then. False if something
    /// was not what it was when that was looked at: nothing has changed then.
    /// </summary>
    private async ValueTask<bool> ChangeAsync(
        List<(SessionDirectory Directory, Dictionary<string, SessionFile?> Others)> directories, Func<bool> areExpected,
        Func<DocumentChanges, ValueTask<bool>>? change)
    {
        bool hasName = change is not null;
        var changes = new List<DocumentChange>();
        var withOldEnds = new List<SessionDirectory>();
        foreach (var (directory, others) in directories)
        {
            var (document, hasOldEnd) = await FindChangeAsync(directory, others);
            changes.AddRange(document is null ? [] : [document]);
            withOldEnds.AddRange(hasOldEnd ? [directory] : []);
        }

        change ??= documents => tree.ChangeDocumentAsync(directories[0].Directory, documents);
        if ((hasName || changes.Count > 0) && !await tree.WithDocumentsAsync(changes, areExpected, change))
        {
            return false;
        }

        directories.ForEach(d => d.Directory.Unpublished = null);
        foreach (var directory in withOldEnds)
        {
            await CutOldEndsAsync(directory);
        }

        return true;
    }

    /// <summary>
    /// What <c>zarr.json</c> is to be when documents of the directory are others, and whether one of them has an old end. No change where it
    /// says so already, where it cannot be said, and while a v3 tool is writing it, which has the last word when it closes it.
    /// </summary>
    private async ValueTask<(DocumentChange? Change, bool HasOldEnd)> FindChangeAsync(
        SessionDirectory directory, Dictionary<string, SessionFile?> others)
    {
        var reading = await ShownAsync(directory);
        DocumentChange? removal = null;
        if (Goes(reading, others))
        {
            removal = new(directory, reading, null);
            await KeepCoreAsync(directory, V2Node.AttributesFileName); // they stay
        }

        if (tree.StampOf(directory) is null && removal is null && others.ContainsValue(null))
        {
            throw new SessionException(Errno.Busy, $"{NodeDocument.FileName} is open for writing in {SnapshotTree.RootName}: what it says cannot be removed");
        }

        if (tree.StampOf(directory) is null || (await NodeAsync(directory, reading, others)).Node is not { } node)
        {
            return (removal, false);
        }

        try
        {
            await ForgetFormerAsync(directory);
            byte[] document = node.ToV3((reading.HasDocument ? reading : Former(directory)).Bytes.Span);
            bool isSaid = reading.HasDocument && reading.Bytes.Span.SequenceEqual(document);
            return (isSaid ? null : new(directory, reading, document), HasOldEnd(node.Document) || HasOldEnd(node.Attributes));
        }
        catch (ZarrFormatException)
        {
            return (removal, false); // it stays as it is written, and status says what is wrong with it
        }
    }

    private sealed class Finished(IReadOnlyList<(SessionDirectory Directory, string Name)> places) : IDisposable
    {
        public void Dispose()
        {
            foreach (var (directory, _) in places)
            {
                Interlocked.Decrement(ref directory.Finishing);
            }
        }
    }

    private static bool HasOldEnd(ReadOnlySpan<byte> document) => V2Node.LengthOf(document) < document.Length;

    /// <summary>Cuts off what is left of a longer document behind one that was written over it: here, it was a longer one than any tool had seen.</summary>
    private async ValueTask CutOldEndsAsync(SessionDirectory directory)
    {
        foreach (var kept in tree.KeptDocuments(directory, V2Names.DerivedKept))
        {
            try
            {
                var bytes = await ReadAllAsync(kept.File);
                int length = V2Node.LengthOf(bytes.Span);
                if (length < bytes.Length)
                {
                    await tree.TruncateAsync(kept.File, length, CancellationToken.None);
                }
            }
            catch (SessionException e) when (e.Errno == Errno.Stale)
            {
                // Somebody has replaced it: it is his to finish.
            }
        }
    }

    private async ValueTask DropAsync(SessionDirectory directory, List<KeptDocument> documents, bool onlyUnused) => await AloneAsync(async () =>
    {
        await tree.DropKeptAsync(directory, documents, onlyUnused);
        return true;
    });
}
