namespace ArraylakeFs.Sessions;

// Renames.
public sealed partial class SessionTree
{
    /// <summary>
    /// Renames as rename(2) and, with <paramref name="noReplace"/> or <paramref name="exchange"/>, as renameat2(2).
    /// Whatever is below a directory moves with it at no cost.
    /// </summary>
    public async ValueTask RenameAsync(
        SessionDirectory from, string oldName, SessionDirectory to, string newName, bool noReplace, bool exchange,
        CancellationToken cancellationToken) =>
        await RenameAsync(from, oldName, to, newName, noReplace, exchange, DocumentChanges.None, cancellationToken);

    /// <summary>As above, with documents that change with it. False, and nothing has changed, if these are not what they are expected to be.</summary>
    internal async ValueTask<bool> RenameAsync(
        SessionDirectory from, string oldName, SessionDirectory to, string newName, bool noReplace, bool exchange, DocumentChanges documents,
        CancellationToken cancellationToken)
    {
        await PrepareChangeAsync();
        bool done, isExpected = true;
        do
        {
            int seen = Volatile.Read(ref _replacements);
            await MakeMovableAsync(from, oldName, cancellationToken);
            if (exchange)
            {
                await MakeMovableAsync(to, newName, cancellationToken);
            }
            else
            {
                await CheckReplaceableAsync(from, oldName, to, newName, noReplace, cancellationToken);
            }

            done = await ChangeAsync(
                to, newName,
                async () => from.Origin is { } origin ? await origin.Tree.FindAsync(origin, oldName, cancellationToken) : null,
                (target, _, source) => !(isExpected = documents.AreExpected())
                    || (seen == _replacements && Rename(from, oldName, source, to, newName, target, noReplace, exchange, documents)),
                cancellationToken);
        }
        while (!done);
        return isExpected;
    }

    /// <summary>A committed document has no address that the journal could keep: it is staged before it moves.</summary>
    private async ValueTask MakeMovableAsync(SessionDirectory directory, string name, CancellationToken cancellationToken)
    {
        if (await FindPinnedAsync(directory, name, cancellationToken) is not { } node)
        {
            return;
        }

        try
        {
            if (node is SessionFile file && !IsMovable(file))
            {
                await StageAsync(file, long.MaxValue, cancellationToken);
            }
        }
        finally
        {
            Unpin(node);
        }
    }

    private static bool IsMovable(SessionNode node) =>
        node is SessionDirectory or SessionFile { Content: StagedContent } || Origin.Format(((SessionFile)node).Content) is not null;

    private async ValueTask CheckReplaceableAsync(
        SessionDirectory from, string oldName, SessionDirectory to, string newName, bool noReplace, CancellationToken cancellationToken)
    {
        if ((ReferenceEquals(from, to) && oldName == newName) || await FirstNameBelowAsync(to, newName, cancellationToken) is not { } left)
        {
            return;
        }

        var moved = await FindPinnedAsync(from, oldName, cancellationToken) ?? throw new SessionException(Errno.NoEntry, $"{oldName} does not exist");
        Unpin(moved);
        if (!noReplace)
        {
            CheckNotBelow(moved, to);
        }

        throw noReplace ? new SessionException(Errno.Exists, $"{newName} exists")
            : moved is SessionFile ? new SessionException(Errno.IsDirectory, $"{newName} is a directory")
            : new SessionException(Errno.NotEmpty, $"{newName} is not empty: it has {V2Names.Shown(left)}");
    }

    /// <summary>Called under the lock; false when something changed since it was looked at, and the caller must look again.</summary>
    private bool Rename(
        SessionDirectory from, string oldName, LowerItem? lowerFrom, SessionDirectory to, string newName, SessionNode? target, bool noReplace,
        bool exchange, DocumentChanges documents)
    {
        if (from.IsStale)
        {
            throw StaleDirectory();
        }

        CheckIsKnown(from);
        var moved = Current(from, oldName, lowerFrom) ?? throw new SessionException(Errno.NoEntry, $"{oldName} does not exist");
        try
        {
            return Rename(from, oldName, lowerFrom is not null, moved, to, newName, target, noReplace, exchange, documents);
        }
        finally
        {
            DropUnused(moved);
        }
    }

    private bool Rename(
        SessionDirectory from, string oldName, bool isBelow, SessionNode moved, SessionDirectory to, string newName, SessionNode? target,
        bool noReplace, bool exchange, DocumentChanges documents)
    {
        if (target is null && exchange)
        {
            throw new SessionException(Errno.NoEntry, $"{newName} does not exist");
        }

        if (target is not null && noReplace)
        {
            throw new SessionException(Errno.Exists, $"{newName} exists");
        }

        if (ReferenceEquals(moved, target))
        {
            return true; // two names of one file, or the same name: POSIX wants nothing done
        }

        if (!IsMovable(moved) || (exchange && !IsMovable(target!)))
        {
            return false;
        }

        CheckNotBelow(moved, to);
        CheckDepth(moved, to);
        if (exchange)
        {
            CheckNotBelow(target!, from);
            CheckDepth(target!, from);
        }
        else if (target is SessionDirectory replaced)
        {
            if (moved is SessionFile)
            {
                throw new SessionException(Errno.IsDirectory, $"{newName} is a directory");
            }

            if (replaced.Upper.Values.Any(n => n is not null))
            {
                return false;
            }
        }
        else if (target is SessionFile && moved is SessionDirectory)
        {
            throw new SessionException(Errno.NotDirectory, $"{newName} is a file");
        }

        long now = UnixTime.Now;
        var chain = Unjournaled(from).Concat(Unjournaled(to)).Distinct().ToList();
        _journal.Record(j =>
        {
            Put(j, chain);
            if (moved is not SessionFile { InJournal: true, Content: StagedContent })
            {
                j.PutNode(Row(moved));
            }

            j.PutEntry(to.InodeNumber, newName, moved.InodeNumber);
            if (exchange)
            {
                j.PutNode(Row(target!));
                j.PutEntry(from.InodeNumber, oldName, target!.InodeNumber);
            }
            else
            {
                PutGone(j, from, oldName, isBelow);
                DropLinkOrDirectory(j, target);
            }

            PutTouched(j, to, now);
            if (!ReferenceEquals(from, to))
            {
                PutTouched(j, from, now);
            }

            foreach (var node in exchange ? [moved, target!] : (SessionNode[])[moved])
            {
                if (KeepsNumberOfPlace(node))
                {
                    j.DeleteKept(node.LowerNumber);
                }
            }

            Put(j, documents);
        });
        MarkJournaled(chain);
        TakeNumberAlong(moved);
        if (exchange)
        {
            TakeNumberAlong(target!);
        }

        (from.ModifiedNs, to.ModifiedNs) = (now, now);
        SetGone(from, oldName, isBelow);
        SetUpper(to, newName, moved);
        if (exchange)
        {
            SetUpper(from, oldName, target!);
        }
        else if (target is SessionFile file)
        {
            LinkDropped(file);
        }
        else if (target is SessionDirectory directory)
        {
            (directory.IsRemoved, directory.Parent) = (true, null);
        }

        SetDocuments(documents);
        return true;
    }

    private static void CheckDepth(SessionNode moved, SessionDirectory target)
    {
        if (moved is SessionDirectory directory && !ReferenceEquals(directory.Parent, target))
        {
            CheckDepth(target, HeightOf(directory));
        }
    }

    /// <summary>What shows through in the place that it leaves must not get its number.</summary>
    private void TakeNumberAlong(SessionNode node)
    {
        if (KeepsNumberOfPlace(node))
        {
            _kept.Remove(node.LowerNumber);
        }

        if (node.InodeNumber >= InodeNumbers.Derived)
        {
            _movedNumbers.Add(node.InodeNumber);
        }
    }

    private bool KeepsNumberOfPlace(SessionNode node) =>
        node.LowerNumber != 0 && _kept.TryGetValue(node.LowerNumber, out var kept) && kept.Ino == node.InodeNumber;

    private static void CheckNotBelow(SessionNode moved, SessionDirectory target)
    {
        for (var d = target; d is not null; d = d.Parent)
        {
            if (ReferenceEquals(d, moved))
            {
                throw new SessionException(Errno.Invalid, "a directory cannot be moved into itself");
            }
        }
    }
}
