using System.Globalization;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Sessions;

// The snapshot below: loading the journal over it, and putting another one there.
public sealed partial class SessionTree
{
    /// <summary>
    /// Stops changes of names and opening for writing until the result is disposed. Reading goes on, and so does writing to files that are
    /// being written.
    /// </summary>
    internal Task<IDisposable> FreezeAsync() => _gate.FreezeAsync();

    /// <summary>When the version that is checked out began to be shown: the time of every file in it that the session has not written.</summary>
    internal long ShownSinceNs => _shownSinceNs;

    /// <summary>
    /// Restores the session from its journal, over the snapshot <paramref name="base"/>; <paramref name="shownSinceNs"/> is null for a new
    /// session.
    /// </summary>
    internal async Task LoadAsync(ObjectId12 @base, long? shownSinceNs)
    {
        Base = await TreeAsync(@base);
        _shownSinceNs = shownSinceNs ?? UnixTime.Nanoseconds(Base.Snapshot.FlushedAt);
        _kept = _journal.ReadKept();
        Top.Origin = Base.Top;
        Top.InJournal = true;
        var nodes = new Dictionary<ulong, SessionNode> { [Top.InodeNumber] = Top };
        foreach (var row in _journal.ReadNodes())
        {
            nodes[row.Ino] = await NodeOfAsync(row);
        }

        var links = new Dictionary<SessionFile, int>();
        foreach (var entry in _journal.ReadEntries())
        {
            if (nodes.GetValueOrDefault(entry.Parent) is not SessionDirectory parent)
            {
                throw new SessionException(Errno.InputOutput, $"the session journal has a name, {entry.Name}, in a directory it does not know");
            }

            if (entry.Ino is not { } number)
            {
                parent.Upper[entry.Name] = null;
                continue;
            }

            var node = nodes.GetValueOrDefault(number)
                ?? throw new SessionException(Errno.InputOutput, $"the session journal does not know what the name {entry.Name} stands for");
            SetUpper(parent, entry.Name, node);
            if (node is SessionFile file)
            {
                links[file] = links.GetValueOrDefault(file) + 1;
            }
        }

        foreach (var (file, count) in links)
        {
            file.Links = count;
        }

        ulong last = _kept.Values.Select(k => k.Ino).Concat(nodes.Keys).Where(n => n < InodeNumbers.Derived).Append(InodeNumbers.FirstOfSession).Max();
        _nextInode = last + 1;
        _movedNumbers.UnionWith(nodes.Keys.Where(n => n >= InodeNumbers.Derived)); // if it shows through, it shows a second time
        NoteKeptNumbers();
        RemoveOrphans(links.Keys);
        _flushed.UnionWith(StagedIds()); // for all that is known
    }

    /// <summary>Drops all changes and shows <paramref name="snapshot"/>. Open files can be read until they are closed.</summary>
    internal async Task ResetAsync(ObjectId12 snapshot, Action<Journal> alsoRecord)
    {
        var tree = await TreeAsync(snapshot);
        lock (_lock)
        {
            long since = ReferenceEquals(tree, Base) ? _shownSinceNs : UnixTime.Nanoseconds(tree.Snapshot.FlushedAt);
            _journal.Record(j =>
            {
                j.ClearTree();
                j.PutValue(Session.ShownSinceKey, since.ToString(CultureInfo.InvariantCulture));
                alsoRecord(j);
            });
            (Base, _shownSinceNs) = (tree, since);
            _replacements++;
            _movedNumbers.Clear();
            NoteKeptNumbers();

            // The root directory stays what it is, so that a shell which stands in it sees the new version.
            var root = (Top.Upper.GetValueOrDefault(SnapshotTree.RootName) ?? Top.Seen.GetValueOrDefault(SnapshotTree.RootName)) as SessionDirectory;
            Empty(Top, tree.Top);
            if (root is not null)
            {
                Empty(root, tree.Root);
                (root.IsStale, root.InJournal) = (false, false);
                root.ModifiedNs = FromLower(new LowerItem(SnapshotTree.RootName, tree.Root)).ModifiedNs;
                Top.Seen[SnapshotTree.RootName] = root;
                DropUnused(root);
            }

            _trees.Clear();
            _trees[snapshot] = tree;
        }
    }

    /// <summary>
    /// Drops the changes at and below one name of a directory; false if there are none. The tree must be frozen. EINVAL if what would be
    /// back stands elsewhere in the session.
    /// </summary>
    internal async ValueTask<bool> DiscardAsync(SessionDirectory parent, string name, CancellationToken cancellationToken)
    {
        var back = parent.Origin is { } origin ? await origin.Tree.FindAsync(origin, name, cancellationToken) : null;
        lock (_lock)
        {
            if (!parent.Upper.Remove(name, out var node))
            {
                return false;
            }

            try
            {
                CheckNotElsewhere(back);
                _journal.Record(j =>
                {
                    j.ClearTree();
                    WriteAll(j, Top, []);
                });
            }
            catch
            {
                parent.Upper[name] = node;
                throw;
            }

            _replacements++;
            if (node is not null)
            {
                Drop(node);
            }

            return true;
        }
    }

    /// <summary>A directory of the snapshot must not be in two places: discarding the old one of a move would bring it back there.</summary>
    private void CheckNotElsewhere(LowerItem? back)
    {
        if (back is { Kind: LowerKind.Directory, Directory: var place } && ReferenceEquals(place.Tree, Base) && Moved(Top, place) is { } elsewhere)
        {
            throw new SessionException(Errno.Invalid,
                $"what was {place.Path[1..]}{(place.IsChunks ? "/…" : "")} is {PathOf(elsewhere)} now: discard that first, or move it back, or discard all");
        }
    }

    /// <summary>A directory that the session has somewhere, and that comes from <paramref name="place"/> of the snapshot, or from below.</summary>
    private static SessionDirectory? Moved(SessionDirectory directory, LowerDirectory place)
    {
        foreach (var below in directory.Upper.Values.OfType<SessionDirectory>())
        {
            if (below.Origin?.IsWithin(place) == true)
            {
                return below;
            }

            if (Moved(below, place) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private void NoteKeptNumbers() =>
        _movedNumbers.UnionWith(_kept.Where(k => k.Value.Ino != k.Key && k.Value.Ino >= InodeNumbers.Derived).Select(k => k.Value.Ino));

    /// <summary>The path below the root directory.</summary>
    private static string PathOf(SessionDirectory directory)
    {
        var parts = new List<string>();
        for (var d = directory; d.Parent is { Parent: not null } parent; d = parent)
        {
            parts.Insert(0, d.Name);
        }

        return string.Join('/', parts);
    }

    /// <summary>The staged files that names of the session lead to.</summary>
    internal List<ObjectId12> StagedIds()
    {
        lock (_lock)
        {
            return [.. FilesOf(Top).Select(f => f.Content).OfType<StagedContent>().Select(c => c.Id).Distinct()];
        }
    }

    private static IEnumerable<SessionFile> FilesOf(SessionDirectory directory)
    {
        foreach (var node in directory.Upper.Values)
        {
            if (node is SessionFile file)
            {
                yield return file;
            }
            else if (node is SessionDirectory below)
            {
                foreach (var deeper in FilesOf(below))
                {
                    yield return deeper;
                }
            }
        }
    }

    private void Empty(SessionDirectory directory, LowerDirectory origin)
    {
        foreach (var below in directory.Upper.Values.Concat(directory.Seen.Values))
        {
            if (below is not null)
            {
                Drop(below);
            }
        }

        directory.Upper.Clear();
        directory.Seen.Clear();
        directory.Origin = origin;
    }

    /// <summary>Takes a node and what is below out of the tree. Handles that are open can still be read.</summary>
    private void Drop(SessionNode node)
    {
        if (node is SessionFile file)
        {
            file.Links = Math.Max(file.Links - 1, 0);
            file.IsStale = file.Links == 0;
            if (file is { Links: 0, Handles: 0 })
            {
                DeleteStaged(file);
            }

            return;
        }

        node.IsStale = true;
        foreach (var below in ((SessionDirectory)node).Upper.Values.Concat(((SessionDirectory)node).Seen.Values))
        {
            if (below is not null)
            {
                Drop(below);
            }
        }
    }

    private static void WriteAll(Journal journal, SessionDirectory directory, HashSet<ulong> written)
    {
        foreach (var (name, node) in directory.Upper)
        {
            journal.PutEntry(directory.InodeNumber, name, node?.InodeNumber);
            if (node is null || !written.Add(node.InodeNumber))
            {
                continue;
            }

            journal.PutNode(Row(node));
            if (node is SessionDirectory below)
            {
                WriteAll(journal, below, written);
            }
        }
    }

    private async Task<SessionNode> NodeOfAsync(NodeRow row)
    {
        if (row.IsDirectory)
        {
            var origin = row.Origin is null ? null : await Origin.ParseDirectoryAsync(row.Origin, TreeAsync);
            return new SessionDirectory(row.Ino, row.Mode, row.MtimeNs, origin);
        }

        if (row.Origin is not null)
        {
            return new SessionFile(row.Ino, row.Mode, row.MtimeNs, Origin.ParseContent(row.Origin));
        }

        return row.Staged is not null && ObjectId12.TryParse(row.Staged, out var id)
            ? new SessionFile(row.Ino, row.Mode, row.MtimeNs, new StagedContent(id))
            : throw new SessionException(Errno.InputOutput, $"the session journal does not say where the bytes of file {row.Ino} are");
    }

    /// <summary>Staged files that no name leads to: of files that were unlinked, or whose creation was cut short.</summary>
    private void RemoveOrphans(IEnumerable<SessionFile> files)
    {
        var known = files.Select(f => f.Content).OfType<StagedContent>().Select(c => c.Id).ToHashSet();
        foreach (var id in _staging.List().Where(id => !known.Contains(id)).ToList())
        {
            _staging.Delete(id);
        }
    }
}
