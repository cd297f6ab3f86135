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
        _ = _repository.PreloadAsync(Base.Snapshot);
        _shownSinceNs = shownSinceNs ?? UnixTime.Nanoseconds(Base.Snapshot.FlushedAt);
        _kept = _journal.ReadKept();
        Top.Origin = Base.Top;
        Top.InJournal = true;
        var nodes = new Dictionary<ulong, SessionNode> { [Top.InodeNumber] = Top };
        var shared = new Dictionary<ObjectId12, SharedContent>();
        foreach (var row in _journal.ReadNodes())
        {
            nodes[row.Ino] = await NodeOfAsync(row, shared);
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
            (file.Content as SharedContent)?.Sharers.Add(file);
        }

        foreach (var (place, kept) in _kept)
        {
            if (nodes.TryGetValue(kept.Ino, out var node))
            {
                node.LowerNumber = place; // so that the place does not keep the number when the node moves away
            }
        }

        ulong last = _kept.Values.Select(k => k.Ino).Concat(nodes.Keys).Where(n => n < InodeNumbers.Derived).Append(InodeNumbers.FirstOfSession).Max();
        _nextInode = last + 1;
        _movedNumbers.UnionWith(nodes.Keys.Where(n => n >= InodeNumbers.Derived)); // if it shows through, it shows a second time
        NoteKeptNumbers();
        RemoveOrphans(links.Keys);
        _flushed.UnionWith(StagedIds()); // for all that is known
        await PartFromFormerMountsAsync();
    }

    /// <summary>Drops all changes and shows <paramref name="snapshot"/>. Open files can be read until they are closed.</summary>
    internal async Task ResetAsync(ObjectId12 snapshot, Action<Journal> alsoRecord)
    {
        var tree = await TreeAsync(snapshot);
        _ = _repository.PreloadAsync(tree.Snapshot);
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
            ForgetReaders();
        }
    }

    private void NoteKeptNumbers() =>
        _movedNumbers.UnionWith(_kept.Where(k => k.Value.Ino != k.Key && k.Value.Ino >= InodeNumbers.Derived).Select(k => k.Value.Ino));

    /// <summary>The staged files that names of the session lead to.</summary>
    internal List<ObjectId12> StagedIds()
    {
        lock (_lock)
        {
            return [.. FilesOf(Top).Select(f => f.Content.StagedId).OfType<ObjectId12>().Distinct()];
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
            LinkDropped(file, isKeptForKernels: false);
            file.IsStale = file.Links == 0;
            if (file.IsStale)
            {
                NoticeBeforeItGoes(file);
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

    private async Task<SessionNode> NodeOfAsync(NodeRow row, Dictionary<ObjectId12, SharedContent> shared)
    {
        if (row.IsDirectory)
        {
            var origin = row.Origin is null ? null : await Origin.ParseDirectoryAsync(row.Origin, TreeAsync);
            return new SessionDirectory(row.Ino, row.Mode, row.MtimeNs, origin);
        }

        if (row.Origin is not null)
        {
            var content = await Origin.ParseContentAsync(row.Origin, TreeAsync, (id, length) =>
                shared.TryGetValue(id, out var known) ? known : shared[id] = new SharedContent(id, length));
            return new SessionFile(row.Ino, row.Mode, row.MtimeNs, content);
        }

        return row.Staged is not null && ObjectId12.TryParse(row.Staged, out var id)
            ? new SessionFile(row.Ino, row.Mode, row.MtimeNs, new StagedContent(id))
            : throw new SessionException(Errno.InputOutput, $"the session journal does not say where the bytes of file {row.Ino} are");
    }

    /// <summary>
    /// Staged files that no name leads to: of files that were unlinked, or whose creation was cut short. After a power cut a journal that
    /// was not flushed could name them again.
    /// </summary>
    private void RemoveOrphans(IEnumerable<SessionFile> files)
    {
        var known = files.Select(f => f.Content.StagedId).OfType<ObjectId12>().ToHashSet();
        var orphans = _staging.List().Where(id => !known.Contains(id)).ToList();
        if (orphans.Count > 0)
        {
            _journal.Sync();
            orphans.ForEach(_staging.Delete);
        }
    }
}
