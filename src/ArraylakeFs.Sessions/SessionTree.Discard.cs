using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

// Dropping the changes of one name. A directory of the snapshot is in one place: discarding the new place of a move brings it back to the
// old one, and what would show something twice, or lose something from sight, is refused.
public sealed partial class SessionTree
{
    /// <summary>
    /// Drops the changes at and below one name of a directory; false if there are none. The tree must be frozen. EINVAL if that would show
    /// a directory of the snapshot in two places, or in none.
    /// </summary>
    internal async ValueTask<bool> DiscardAsync(SessionDirectory parent, string name, CancellationToken cancellationToken)
    {
        var back = parent.Origin is { } origin ? await origin.Tree.FindAsync(origin, name, cancellationToken) : null;
        lock (_lock)
        {
            if (!parent.Upper.TryGetValue(name, out var node))
            {
                return false;
            }

            var dropped = new List<(SessionDirectory Directory, string Name, SessionNode? Node)> { (parent, name, node) };
            if (node is SessionDirectory directory)
            {
                CheckHoldsNothingMoved(directory);
                if (IsOfBase(directory.Origin) && !(back is { Kind: LowerKind.Directory } there && there.Directory.Equals(directory.Origin)))
                {
                    dropped.Add(FormerPlaceOf(directory));
                }
            }

            if (name == NodeDocument.FileName)
            {
                dropped.AddRange(KeptIn(parent)); // what v2 tools wrote about the node
            }

            dropped.ForEach(d => d.Directory.Upper.Remove(d.Name));
            try
            {
                CheckNotElsewhere(back is { Kind: LowerKind.Directory } item ? item.Directory : null);
                CheckNotElsewhere(node is SessionDirectory { Origin: { } place } && dropped.Count > 1 ? place : null);
                _journal.Record(j =>
                {
                    j.ClearTree();
                    WriteAll(j, Top, []);
                });
            }
            catch
            {
                dropped.ForEach(d => d.Directory.Upper[d.Name] = d.Node);
                throw;
            }

            _replacements++;
            foreach (var gone in dropped.Select(d => d.Node).OfType<SessionNode>())
            {
                Drop(gone);
            }

            ForgetReaders();
            return true;
        }
    }

    /// <summary>The directories in which the session has a file of one of these names.</summary>
    internal List<SessionDirectory> DirectoriesWith(params IReadOnlyList<string> names)
    {
        static IEnumerable<SessionDirectory> Below(SessionDirectory directory) =>
            directory.Upper.Values.OfType<SessionDirectory>().SelectMany(Below).Prepend(directory);
        lock (_lock)
        {
            return [.. Below(Top).Where(directory => names.Any(name => directory.Upper.GetValueOrDefault(name) is SessionFile))];
        }
    }

    /// <summary>Drops what v2 tools wrote about nodes whose <c>zarr.json</c> it did not change. The tree must be frozen.</summary>
    internal async ValueTask DiscardUnchangedSpellingsAsync()
    {
        var spellings = new List<(SessionDirectory, string)>();
        foreach (var directory in DirectoriesWith(V2Names.DerivedKept))
        {
            if (directory.Origin is { IsChunks: false, Node: not null } && !directory.Upper.ContainsKey(NodeDocument.FileName))
            {
                spellings.AddRange((await V2.SpellingsAsync(directory)).Select(spelling => (directory, spelling.Name)));
            }
        }

        if (spellings.Count > 0)
        {
            DiscardFiles(spellings);
        }
    }

    private static IEnumerable<(SessionDirectory Directory, string Name, SessionNode? Node)> KeptIn(SessionDirectory directory) =>
        V2Names.DerivedKept.Where(directory.Upper.ContainsKey).Select(name => (directory, name, directory.Upper[name]));

    /// <summary>Whether a directory is that of a node, or of a group without a document, of the snapshot below.</summary>
    internal bool IsOfBase(LowerDirectory? origin) => origin is { IsChunks: false } && ReferenceEquals(origin.Tree, Base);

    /// <summary>What the session has put where one of its directories came from; null where nothing is in the way of moving it back.</summary>
    internal (SessionDirectory Directory, string Name)? InTheWayOf(SessionDirectory moved)
    {
        string path = moved.Origin!.Path;
        int slash = path.LastIndexOf('/');
        lock (_lock)
        {
            var holder = OfOrigin(Top, Base.NodeDirectory(slash == 0 ? "/" : path[..slash]));
            string name = path[(slash + 1)..];
            return holder?.Upper.GetValueOrDefault(name) is { } other && other != moved ? (holder, name) : null;
        }
    }

    /// <summary>Where a directory that was moved came from: the name that is gone there.</summary>
    private (SessionDirectory Directory, string Name, SessionNode? Node) FormerPlaceOf(SessionDirectory moved)
    {
        string path = moved.Origin!.Path;
        int slash = path.LastIndexOf('/');
        string name = path[(slash + 1)..];
        var holder = OfOrigin(Top, Base.NodeDirectory(slash == 0 ? "/" : path[..slash]));
        return holder is not null && holder.Upper.TryGetValue(name, out var now) && now is null
            ? (holder, name, null)
            : throw new SessionException(Errno.Invalid,
                $"{PathOf(moved)} was {path[1..]}, where something else is now: move it back yourself, or discard all");
    }

    /// <summary>The directory that stands on a place of the snapshot, if the session has changed something in it.</summary>
    private static SessionDirectory? OfOrigin(SessionDirectory directory, LowerDirectory place)
    {
        if (place.Equals(directory.Origin))
        {
            return directory;
        }

        foreach (var below in directory.Upper.Values.Concat(directory.Seen.Values).OfType<SessionDirectory>())
        {
            if (OfOrigin(below, place) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>What was moved into a directory would go with it, and be gone from its old place too.</summary>
    private void CheckHoldsNothingMoved(SessionDirectory directory)
    {
        foreach (var (name, node) in directory.Upper)
        {
            if (node is not SessionDirectory below)
            {
                continue;
            }

            if (IsOfBase(below.Origin) && below.Origin!.Path != (directory.Origin is { } origin ? SnapshotTree.Join(origin.Path, name) : null))
            {
                throw new SessionException(Errno.Invalid,
                    $"{PathOf(below)} was {below.Origin.Path[1..]} and would be lost from sight: discard that first, or discard all");
            }

            CheckHoldsNothingMoved(below);
        }
    }

    private void CheckNotElsewhere(LowerDirectory? place)
    {
        if (place is not null && ReferenceEquals(place.Tree, Base) && Moved(Top, place) is { } elsewhere)
        {
            throw new SessionException(Errno.Invalid,
                $"what was {elsewhere.Origin!.Path[1..]}{(place.IsChunks ? "/…" : "")} is {PathOf(elsewhere)} now: discard that first, or move it back, or discard all");
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
}
