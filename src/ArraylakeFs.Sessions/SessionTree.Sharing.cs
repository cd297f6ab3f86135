using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Sessions;

// Copies that copy nothing: a file takes over all bytes of another by reference. Committed chunks are immutable, so a second reference is
// enough. A staged file becomes immutable by being shared (SharedContent): whoever writes to one of its files next gets bytes of its own.
public sealed partial class SessionTree
{
    /// <summary>
    /// Makes an empty file have all bytes of <paramref name="source"/> without copying them, if they are at most
    /// <paramref name="maxBytes"/>; their number. Null where that cannot be, and bytes have to be copied: the target is not empty or is
    /// written by somebody else too, the source is being written or has no name any more, is a document of a commit, or, with
    /// <paramref name="isAsOpened"/>, has other bytes than when it was opened.
    /// </summary>
    public ValueTask<long?> TryShareAsync(SessionHandle target, SessionHandle source, long maxBytes, bool isAsOpened) => TryShareAsync(
        target, () => isAsOpened && source.File.Content.Tag != source.OpenedAs.Tag ? null : Share(target.File, source.File, maxBytes));

    /// <summary>
    /// As above, from a commit: as long as the repository has that, for one that no branch leads to may be removed at any moment. Once the journal
    /// has the reference, housekeeping knows of it.
    /// </summary>
    public async ValueTask<long?> TryShareAsync(SessionHandle target, FileContent committed, ObjectId12 commit, long maxBytes)
    {
        using var heldOff = await _repository.HoldOffHousekeepingAsync(CancellationToken.None);
        return (await _repository.ReferencesAsync(CancellationToken.None)).Contains(commit)
            ? await TryShareAsync(target, () => Share(target.File, committed, maxBytes)) : null;
    }

    private async ValueTask<long?> TryShareAsync(SessionHandle target, Func<long?> share)
    {
        await BeginWriteAsync(target);
        try
        {
            return await (target.IsKernelWriter ? ShareAndCopyAsync(target, share) : ShareAsync(target, share));
        }
        finally
        {
            lock (_lock)
            {
                target.WritesUnderWay--;
            }
        }
    }

    /// <summary>As below; and what the kernel writes to by itself gets the bytes, for it may write more.</summary>
    private async ValueTask<long?> ShareAndCopyAsync(SessionHandle target, Func<long?> share)
    {
        await target.File.Staging.WaitAsync();
        try
        {
            var taken = await ShareAsync(target, share);
            if (taken is not null)
            {
                var backing = target.Backing!;
                await CopyAsync(target.File.Reader!, backing, long.MaxValue, CancellationToken.None);
                lock (_lock)
                {
                    backing.Noticed = backing.Status;
                }
            }

            return taken;
        }
        finally
        {
            target.File.Staging.Release();
        }
    }

    private async ValueTask<long?> ShareAsync(SessionHandle target, Func<long?> share)
    {
        await EnterChangeAsync();
        try
        {
            lock (_lock)
            {
                CheckNotStale(target.File);
                return CanTakeOver(target) ? share() : null;
            }
        }
        finally
        {
            _gate.ExitChange();
        }
    }

    private static bool CanTakeOver(SessionHandle target) =>
        target.File is { Content: StagedContent, Links: 1, InJournal: true, Writers: 1, Reader: StagedFile staged }
        && staged.HasKernelWriter == target.IsKernelWriter && staged.Status.Size == 0;

    private long? Share(SessionFile target, SessionFile source, long maxBytes)
    {
        if (source.Content is not StagedContent { Id: var id })
        {
            return source.Content is SharedContent shared ? TakeOver(target, shared, shared.Length, maxBytes, null) : Share(target, source.Content, maxBytes);
        }

        var (size, modifiedNs) = (Status(source).Size, Status(source).ModifiedNs);
        if (source is not { Writers: 0, InJournal: true, Links: > 0 } or { Reader: StagedFile { HasKernelWriter: true } } || size == 0)
        {
            return null;
        }

        var (content, formerNs) = (source.Content, source.ModifiedNs);
        var sharing = new SharedContent(id, size) { Sharers = { source } };
        (source.Content, source.ModifiedNs) = (sharing, modifiedNs); // the staged file's own time is that of one file only
        long? taken = null;
        try
        {
            taken = TakeOver(target, sharing, size, maxBytes, source);
        }
        finally
        {
            if (taken is null)
            {
                (source.Content, source.ModifiedNs) = (content, formerNs);
            }
        }

        return taken;
    }

    private long? Share(SessionFile target, FileContent committed, long maxBytes) => committed switch
    {
        ObjectContent o => TakeOver(target, o, o.Length, maxBytes, null),
        ChunkContent { Chunk: { Kind: ChunkKind.Native, Offset: 0 } chunk } =>
            TakeOver(target, new ObjectContent(chunk.ChunkId, chunk.Length), chunk.Length, maxBytes, null),
        ChunkContent { Place: not null } chunk => TakeOver(target, chunk, chunk.Chunk.Length, maxBytes, null),
        _ => null,
    };

    /// <summary>One transaction: the target's new content and, where it changes too, the source's.</summary>
    private long? TakeOver(SessionFile target, FileContent content, long length, long maxBytes, SessionFile? source)
    {
        if (length > maxBytes)
        {
            return null;
        }

        var (former, formerNs) = (target.Content, target.ModifiedNs);
        (target.Content, target.ModifiedNs) = (content, UnixTime.Now);
        try
        {
            _journal.Record(j =>
            {
                j.PutNode(Row(target));
                if (source is not null)
                {
                    j.PutNode(Row(source));
                }
            });
        }
        catch
        {
            (target.Content, target.ModifiedNs) = (former, formerNs);
            throw;
        }

        (content as SharedContent)?.Sharers.Add(target);
        target.AtRest = null;
        (target.Retired ??= []).Add(target.Reader!); // somebody may be reading from it this moment
        target.Reader = OpenReader(content);
        LetGo(target, former);
        return length;
    }

    /// <summary>A commit has made a staged file a chunk object: that is what the files are which share it and are not in the commit.</summary>
    private static void BecomeObject(SharedContent published)
    {
        foreach (var file in published.Sharers)
        {
            file.Content = new ObjectContent(published.Id, published.Length);
        }

        published.Sharers.Clear();
    }
}
