namespace ArraylakeFs.Sessions;

// How a change of a name is made: under the lock, in the journal first, then in memory.
public sealed partial class SessionTree
{
    /// <summary>
    /// Runs a change of one name under the lock, given the node that the name stands for and what the snapshot has under it;
    /// waits while the tree is frozen.
    /// </summary>
    private ValueTask<T> ChangeAsync<T>(
        SessionDirectory directory, string name, Func<SessionNode?, LowerItem?, T> change, CancellationToken cancellationToken) =>
        ChangeAsync(directory, name, () => new ValueTask<bool>(true), (node, lower, _) => change(node, lower), cancellationToken);

    /// <summary>As above, with something further to be read from the repository beforehand, outside the lock.</summary>
    private async ValueTask<T> ChangeAsync<T, TMore>(
        SessionDirectory directory, string name, Func<ValueTask<TMore>> more, Func<SessionNode?, LowerItem?, TMore, T> change,
        CancellationToken cancellationToken)
    {
        await EnterChangeAsync();
        try
        {
            var origin = directory.Origin; // stays while nothing is frozen
            var lower = origin is null ? null : await origin.Tree.FindAsync(origin, name, cancellationToken);
            var further = await more();
            lock (_lock)
            {
                if (directory.IsStale)
                {
                    throw StaleDirectory();
                }

                if (directory.IsRemoved)
                {
                    throw new SessionException(Errno.NoEntry, $"the directory that should hold {name} has been removed");
                }

                CheckIsKnown(directory);
                var existing = Current(directory, name, lower);
                try
                {
                    return change(existing, lower, further);
                }
                finally
                {
                    if (existing is not null)
                    {
                        DropUnused(existing);
                    }
                }
            }
        }
        finally
        {
            _gate.ExitChange();
        }
    }

    /// <summary>The directories, from the top down, that the journal must know before an entry of <paramref name="directory"/>.</summary>
    private static List<SessionDirectory> Unjournaled(SessionDirectory directory)
    {
        var chain = new List<SessionDirectory>();
        for (var d = directory; d is { InJournal: false, Parent: not null }; d = d.Parent)
        {
            chain.Add(d);
        }

        chain.Reverse();
        return chain;
    }

    /// <summary>
    /// ESTALE for an unchanged directory that was let go of although somebody goes on to use it: there may be another object for its place
    /// by now, and the one would lose what the other has got.
    /// </summary>
    private static void CheckIsKnown(SessionDirectory directory)
    {
        for (var d = directory; d is { InJournal: false, Parent: { } parent }; d = parent)
        {
            if (!parent.Seen.TryGetValue(d.Name, out var seen) || !ReferenceEquals(seen, d))
            {
                throw new SessionException(Errno.Stale, $"the directory {d.Name} has been let go of, and must be looked up again");
            }
        }
    }

    private static void Put(Journal journal, List<SessionDirectory> chain)
    {
        foreach (var directory in chain)
        {
            journal.PutNode(Row(directory));
            journal.PutEntry(directory.Parent!.InodeNumber, directory.Name, directory.InodeNumber);
        }
    }

    private static void MarkJournaled(List<SessionDirectory> chain)
    {
        foreach (var directory in chain)
        {
            SetUpper(directory.Parent!, directory.Name, directory);
        }
    }

    private static NodeRow Row(SessionNode node) => node is SessionDirectory directory
        ? new(node.InodeNumber, true, directory.Origin is { } origin ? Origin.Format(origin) : null, null, node.Mode, node.ModifiedNs)
        : Row((SessionFile)node);

    private static NodeRow Row(SessionFile file) => file.Content is StagedContent staged
        ? new(file.InodeNumber, false, null, staged.Id.ToString(), file.Mode, file.ModifiedNs)
        : new(file.InodeNumber, false, Origin.Format(file.Content), null, file.Mode, file.ModifiedNs);

    private static void PutTouched(Journal journal, SessionDirectory directory, long now)
    {
        if (directory.Parent is not null)
        {
            journal.PutNode(Row(directory) with { MtimeNs = now });
        }
    }

    private void RemoveName(SessionDirectory parent, string name, bool isBelow, Action<Journal> drop, bool touches = true)
    {
        long now = touches ? UnixTime.Now : parent.ModifiedNs;
        var chain = Unjournaled(parent);
        _journal.Record(j =>
        {
            Put(j, chain);
            PutGone(j, parent, name, isBelow);
            drop(j);
            PutTouched(j, parent, now);
        });
        MarkJournaled(chain);
        SetGone(parent, name, isBelow);
        parent.ModifiedNs = now;
    }

    private static void PutGone(Journal journal, SessionDirectory parent, string name, bool isBelow)
    {
        if (isBelow)
        {
            journal.PutEntry(parent.InodeNumber, name, null);
        }
        else
        {
            journal.DeleteEntry(parent.InodeNumber, name);
        }
    }

    private static void SetGone(SessionDirectory parent, string name, bool isBelow)
    {
        parent.Seen.Remove(name);
        if (isBelow)
        {
            parent.Upper[name] = null;
        }
        else
        {
            parent.Upper.Remove(name);
        }
    }

    private static void SetUpper(SessionDirectory parent, string name, SessionNode node)
    {
        parent.Seen.Remove(name);
        parent.Upper[name] = node;
        node.InJournal = true;
        if (node is SessionFile { Parent: not null } file)
        {
            NoteName(file, parent, name);
        }

        (node.Parent, node.Name) = (parent, name);
    }

    private static void DropLinkOrDirectory(Journal journal, SessionNode? node)
    {
        if (node is SessionFile file)
        {
            DropLink(journal, file);
        }
        else if (node is SessionDirectory directory)
        {
            DropDirectory(journal, directory);
        }
    }

    private static void DropLink(Journal journal, SessionFile file)
    {
        if (file.InJournal && file.Links == 1)
        {
            journal.DeleteNode(file.InodeNumber);
        }
    }

    private static void DropDirectory(Journal journal, SessionDirectory directory)
    {
        if (!directory.InJournal)
        {
            return;
        }

        foreach (string name in directory.Upper.Keys)
        {
            journal.DeleteEntry(directory.InodeNumber, name);
        }

        journal.DeleteNode(directory.InodeNumber);
    }

    private static SessionException StaleDirectory() => new(Errno.Stale, "this directory belongs to a version that is no longer checked out");
}
