using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Sessions;

// After a commit: the new snapshot is put below. A commit changes nothing that can be seen in the tree: no name, no byte, no inode number and
// no time. Only what is a change, and what is committed, is another.
public sealed partial class SessionTree
{
    private readonly HashSet<ulong> _unrecordedKept = []; // the numbers whose rows in the journal are not those of _kept yet
    private readonly List<(ObjectId12 Id, bool IsObject)> _absorbedStaged = [];
    private long _formerReferences; // in manifests of former commits, since all that is known was last looked at

    /// <summary>
    /// Puts <paramref name="snapshot"/> below, which a commit of this session made: what it holds is no longer a change, everything else
    /// stays one. What was absorbed is found by comparing, so that it can be repeated after a crash at any point. The tree must be frozen.
    /// The journal does not know of it until <see cref="RecordAll"/>. With <paramref name="isNext"/> it is known to be the snapshot below and
    /// what the session changed, so that unchanged chunks, of which a kernel may hold very many, need no look each.
    /// </summary>
    internal async Task AbsorbAsync(ObjectId12 snapshot, bool isNext)
    {
        var tree = await TreeAsync(snapshot);
        _formerReferences += Base.Snapshot.CountReferencesNotIn(tree.Snapshot);
        bool isEnough = !isNext || _formerReferences > Limits.MaxFormerReferences;
        _formerReferences = isEnough ? 0 : _formerReferences;
        var plan = new Absorption(tree, isEnough ? null : Base);
        await CompareAsync(Top, tree.Top, plan);
        while (!TryCarryOut(tree, plan, out var late))
        {
            foreach (var (directory, name, node) in late)
            {
                await CompareSeenAsync(name, node, plan.Origins[directory], plan);
            }
        }
    }

    /// <summary>Writes the tree into the journal as it is now, and lets go of the staged files that a commit has made superfluous.</summary>
    internal void RecordAll(Action<Journal> alsoRecord)
    {
        lock (_lock)
        {
            bool isFull = _kept.Count > Limits.MaxKept;
            var all = isFull ? KeptThatIsUsed() : _kept;
            _journal.Record(j =>
            {
                j.ClearTree();
                WriteAll(j, Top, []);
                if (isFull)
                {
                    j.ClearKept();
                }

                foreach (ulong number in isFull ? all.Keys : (IEnumerable<ulong>)_unrecordedKept)
                {
                    if (all.TryGetValue(number, out var kept))
                    {
                        j.PutKept(number, kept);
                    }
                    else
                    {
                        j.DeleteKept(number);
                    }
                }

                alsoRecord(j);
            });
            _kept = all;
            _unrecordedKept.Clear();
        }

        _journal.Sync(); // before the bytes go that the journal named until now
        lock (_lock)
        {
            foreach (var (id, isObject) in _absorbedStaged)
            {
                _flushed.Remove(id);
                if (!isObject || !_staging.MovesFiles)
                {
                    _unneeded.Enqueue(id);
                }
            }

            _absorbedStaged.Clear();
            LetGoOfReplaced();
        }

        DeleteUnneeded();
    }

    /// <summary>The numbers and times of what somebody knows; what has none left gets those of its place.</summary>
    private Dictionary<ulong, KeptRow> KeptThatIsUsed()
    {
        var known = new HashSet<ulong>();
        var directories = new Stack<SessionDirectory>([Top]);
        while (directories.TryPop(out var directory))
        {
            known.UnionWith(directory.Seen.Values.Select(node => node.LowerNumber));
            foreach (var below in directory.Seen.Values.Concat(directory.Upper.Values).OfType<SessionDirectory>())
            {
                directories.Push(below);
            }
        }

        return _kept.Where(kept => known.Contains(kept.Key)).ToDictionary();
    }

    /// <summary>Finds what of a directory stands in the new snapshot, at <paramref name="place"/>. Whether that is all of it.</summary>
    private async Task<bool> CompareAsync(SessionDirectory directory, LowerDirectory? place, Absorption plan)
    {
        // What is left of an array that is no array any more shows its chunks until somebody removes them.
        var emptied = place is null ? await WithoutChunksAsync(directory, plan) : null;
        bool keepsOrigin = place is null && emptied is null && directory.Origin?.Node?.Kind == NodeKind.Array;
        bool all = place is not null;
        if (!keepsOrigin)
        {
            await LookUpIfMovedAsync(directory, place);
            plan.Origins[directory] = place ?? emptied;
            if (plan.Former is { } former && place is not null && directory.Origin is { } origin && ReferenceEquals(origin.Tree, former)
                && HasSameChunks(origin, place))
            {
                plan.Same.Add(directory);
            }

            foreach (var (name, node) in ToCompare(directory, plan))
            {
                all &= await CompareSeenAsync(name, node, place, plan);
            }
        }

        foreach (var (name, node) in Changed(directory))
        {
            var item = place is null ? null : await place.Tree.FindAsync(place, name, CancellationToken.None);
            all &= node switch
            {
                SessionDirectory below => await CompareDirectoryAsync(directory, name, below, item, plan),
                SessionFile file => await CompareFileAsync(directory, name, file, item, plan),
                _ => CompareGone(directory, name, item is null && !keepsOrigin, plan),
            };
        }

        return all;
    }

    /// <summary>
    /// Unchanged names that nobody has looked up are found in the new snapshot as they were in the old, but for the chunks of an array that
    /// has become another node, has another grid or other names for them: those are looked up here, to see where they are.
    /// </summary>
    private async Task LookUpIfMovedAsync(SessionDirectory directory, LowerDirectory? place)
    {
        if (directory.Origin is not { Node.Array: not null } origin || place is null || HasSameChunks(origin, place))
        {
            return;
        }

        foreach (var item in await origin.Tree.ListAsync(origin, CancellationToken.None))
        {
            lock (_lock)
            {
                Current(directory, item.Name, item);
            }
        }
    }

    /// <summary>
    /// A directory of chunks, none of which is left, in the snapshot that does not have it any more: it goes on to be that directory, so that what
    /// others write there later shows. Null for any other directory.
    /// </summary>
    private async ValueTask<LowerDirectory?> WithoutChunksAsync(SessionDirectory directory, Absorption plan)
    {
        if (directory.Origin is not { IsChunks: true } old || directory.Parent is not { } parent
            || plan.Origins.GetValueOrDefault(parent) is not { Node: { Array: { } array } node } above || above.KeyParts + 1 != old.KeyParts)
        {
            return null;
        }

        uint[] coordinates = new uint[array.Rank];
        above.Prefix.ToArray().CopyTo(coordinates, 0);
        if (!array.KeyEncoding.TryParsePart(above.KeyParts, directory.Name, array.Rank, coordinates)
            || (await old.Tree.ListAsync(old, CancellationToken.None)).Any(item => !IsHidden(directory, item.Name)))
        {
            return null;
        }

        return plan.Tree.ChunkDirectory(node, old.KeyParts, coordinates[..array.KeyEncoding.CoordinatesFixedBy(old.KeyParts, array.Rank)]);
    }

    private static bool HasSameChunks(LowerDirectory old, LowerDirectory place)
    {
        if (old.Node is { } known)
        {
            place.Node?.ShareMeaningOf(known); // a kernel may hold a hundred thousand arrays
        }

        if (place.Node is not { Array: { } array } node || old.Node is not { Array: { } before } || node.Id != old.Node.Id
            || array.KeyEncoding != before.KeyEncoding || array.Rank != before.Rank
            || place.KeyParts != old.KeyParts || !place.Prefix.SequenceEqual(old.Prefix))
        {
            return false;
        }

        return before.Grid.ChunkCounts.Zip(array.Grid.ChunkCounts).All(c => c.First <= c.Second);
    }

    /// <summary>The unchanged nodes of a directory that somebody knows and that may be something else now.</summary>
    private List<KeyValuePair<string, SessionNode>> ToCompare(SessionDirectory directory, Absorption plan)
    {
        bool isSame = plan.Same.Contains(directory);
        lock (_lock)
        {
            return [.. directory.Seen.Where(seen => !isSame || seen.Value is not SessionFile { Content: ChunkContent { IsObject: true } })];
        }
    }

    private async Task<bool> CompareSeenAsync(string name, SessionNode node, LowerDirectory? place, Absorption plan)
    {
        var item = place is null ? null : await place.Tree.FindAsync(place, name, CancellationToken.None);
        if (item is { } found && (node is SessionFile file ? found.Content?.Tag == file.Content.Tag : found.Kind == LowerKind.Directory))
        {
            plan.Seen[node] = found;
            return node is not SessionDirectory below || await CompareAsync(below, found.Directory, plan);
        }

        if (node is SessionFile left)
        {
            await MakeMovableAsync(left);
        }

        plan.Left.Add(node);
        return false;
    }

    /// <summary>As when it is renamed, while the tree is frozen.</summary>
    private async Task MakeMovableAsync(SessionFile file)
    {
        if (IsMovable(file))
        {
            return;
        }

        using var source = ContentReader.Of(file.Content, _repository);
        var (id, staged) = await CopyToStagedAsync(source, long.MaxValue, file.ModifiedNs, CancellationToken.None);
        lock (_lock)
        {
            Switch(file, new StagedContent(id), staged);
        }
    }

    private async Task<bool> CompareDirectoryAsync(
        SessionDirectory parent, string name, SessionDirectory directory, LowerItem? item, Absorption plan)
    {
        var place = item is { Kind: LowerKind.Directory } found ? found.Directory : null;
        if (!await CompareAsync(directory, place, plan))
        {
            return false;
        }

        plan.Absorbed.Add((parent, name, directory, item!.Value));
        return true;
    }

    private async Task<bool> CompareFileAsync(SessionDirectory parent, string name, SessionFile file, LowerItem? item, Absorption plan)
    {
        if (IsBeingWritten(file) || item?.Content is not { } content || !await IsSameAsync(file, content))
        {
            return false;
        }

        plan.Absorbed.Add((parent, name, file, item.Value));
        return file.Links == 1;
    }

    private static bool CompareGone(SessionDirectory parent, string name, bool nothingBelow, Absorption plan)
    {
        if (nothingBelow)
        {
            plan.Gone.Add((parent, name));
        }

        return nothingBelow;
    }

    /// <summary>Carries the plan out, unless somebody has looked up names that it does not know of: they are given back.</summary>
    private bool TryCarryOut(SnapshotTree tree, Absorption plan, out List<(SessionDirectory Directory, string Name, SessionNode Node)> late)
    {
        lock (_lock)
        {
            late =
            [
                .. from directory in plan.Origins.Keys
                from seen in ToCompare(directory, plan)
                where !plan.Seen.ContainsKey(seen.Value) && !plan.Left.Contains(seen.Value)
                select (directory, seen.Key, seen.Value),
            ];
            if (late.Count > 0)
            {
                return false;
            }

            plan.Gone.ForEach(g => g.Parent.Upper.Remove(g.Name));
            foreach (var (directory, origin) in plan.Origins)
            {
                directory.Origin = origin;
            }

            foreach (var (node, item) in plan.Seen)
            {
                CarryOver(node, item);
            }

            plan.Absorbed.ForEach(a => Absorb(a.Parent, a.Name, a.Node, a.Item));
            foreach (var node in plan.Left)
            {
                MarkJournaled(Unjournaled(node.Parent!));
                SetUpper(node.Parent!, node.Name, node);
            }

            foreach (var node in plan.Seen.Keys)
            {
                DropUnused(node);
            }

            Base = tree;
            _replacements++;
            _trees.Clear(); // directories that still stand on an older one hold it themselves
            _trees[tree.Snapshot.Id] = tree;
            ForgetCommittedLosses();
            return true;
        }
    }

    /// <summary>An unchanged node is now what the new snapshot has there.</summary>
    private void CarryOver(SessionNode node, in LowerItem item)
    {
        MoveTo(node, item);
        if (node is SessionFile file)
        {
            file.Content = item.Content!;
        }

        var fresh = FromLower(item);
        if ((fresh.InodeNumber, fresh.ModifiedNs, fresh.Mode) != (node.InodeNumber, node.ModifiedNs, node.Mode))
        {
            Keep(node, item);
        }
    }

    /// <summary>A changed node is no change any more.</summary>
    private void Absorb(SessionDirectory parent, string name, SessionNode node, in LowerItem item)
    {
        node.ModifiedNs = Status(node).ModifiedNs;
        if (node is SessionFile file)
        {
            if (file.Links > 1)
            {
                // The other names need a row of their own, so this one stays too; its bytes have moved all the same.
                if (item.Content is ChunkContent { Chunk.Kind: ChunkKind.Native })
                {
                    BecomeCommitted(file, item.Content);
                }

                return;
            }

            BecomeCommitted(file, item.Content!);
        }

        parent.Upper.Remove(name);
        parent.Seen[name] = node;
        (node.Parent, node.Name) = (parent, name); // it may have had another name that is gone
        node.InJournal = false;
        MoveTo(node, item);
        Keep(node, item);
        DropUnused(node);
    }

    private void BecomeCommitted(SessionFile file, FileContent committed)
    {
        var former = file.Content;
        file.Content = committed;
        bool isObject = committed is ChunkContent { Chunk: { Kind: ChunkKind.Native } chunk } && chunk.ChunkId == former.StagedId;
        if (IsLast(file, former) && former.StagedId is { } id)
        {
            _absorbedStaged.Add((id, isObject));
        }
        else if (former is SharedContent shared && isObject)
        {
            BecomeObject(shared);
            _absorbedStaged.Add((shared.Id, true));
        }
    }

    /// <summary>The node is what the snapshot has there: it takes its number along if it was elsewhere.</summary>
    private void MoveTo(SessionNode node, in LowerItem item)
    {
        if (node.LowerNumber != 0 && node.LowerNumber != item.InodeNumber)
        {
            _unrecordedKept.Add(node.LowerNumber);
            TakeNumberAlong(node);
        }

        node.LowerNumber = item.InodeNumber;
    }

    private void Keep(SessionNode node, in LowerItem item)
    {
        _kept[item.InodeNumber] = KeptRow.Of(node, _shownSinceNs);
        _unrecordedKept.Add(item.InodeNumber);
    }

    internal List<KeyValuePair<string, SessionNode>> SeenIn(SessionDirectory directory)
    {
        lock (_lock)
        {
            return [.. directory.Seen];
        }
    }

    /// <summary>Whether a file is what is committed.</summary>
    internal async ValueTask<bool> IsSameAsync(SessionFile file, FileContent committed)
    {
        if (file.Content.StagedId is not { } staged)
        {
            return file.Content.Tag == committed.Tag;
        }

        return committed switch
        {
            ChunkContent { Chunk: { Kind: ChunkKind.Native } chunk } => chunk.ChunkId == staged,
            ChunkContent { Chunk: { Kind: ChunkKind.Inline } chunk } => await HasBytesAsync(file, chunk.InlineData),
            DocumentContent document => await HasBytesAsync(file, document.Bytes),
            _ => false,
        };
    }

    private async ValueTask<bool> HasBytesAsync(SessionFile file, ReadOnlyMemory<byte> bytes) =>
        Status(file).Size == bytes.Length && (await ReadAllAsync(file, bytes.Length, CancellationToken.None)).Span.SequenceEqual(bytes.Span);
}
