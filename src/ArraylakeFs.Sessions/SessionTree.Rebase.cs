using System.Globalization;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

// Another commit is put below the session's changes. Unlike after a commit of its own, what shows through is another from then on.
public sealed partial class SessionTree
{
    /// <summary>
    /// Carries out what was planned. The tree must be frozen. The journal does not know of it until
    /// <see cref="RecordAll"/>.
    /// </summary>
    internal async Task RebaseAsync(RebasePlan plan, RebasePlanner planner)
    {
        while (!TryCarryOut(planner.Tip, plan, out var late))
        {
            foreach (var (directory, name, node) in late)
            {
                await planner.AddLateAsync(plan, directory, name, node);
            }
        }

        foreach (var (directory, place) in plan.Followers)
        {
            await MoveToPlaceOfAsync(directory, place);
        }

        foreach (var place in plan.Hidden)
        {
            await HideAsync(place);
        }
    }

    /// <summary>Notes when the version that is shown began to be shown.</summary>
    internal void PutShownSince(Journal journal) =>
        journal.PutValue(Session.ShownSinceKey, _shownSinceNs.ToString(CultureInfo.InvariantCulture));

    /// <summary>Drops the session's files of some names at once, so that what is below shows.</summary>
    internal void DiscardFiles(IReadOnlyList<(SessionDirectory Directory, string Name)> names)
    {
        lock (_lock)
        {
            _journal.Record(j =>
            {
                foreach (var (directory, name) in names)
                {
                    j.DeleteEntry(directory.InodeNumber, name);
                    DropLinkOrDirectory(j, directory.Upper[name]);
                }
            });
            _replacements++;
            foreach (var (directory, name) in names)
            {
                directory.Upper.Remove(name, out var node);
                if (node is not null)
                {
                    Drop(node);
                }
            }
        }
    }

    private bool TryCarryOut(SnapshotTree tip, RebasePlan plan, out List<(SessionDirectory Directory, string Name, SessionNode Node)> late)
    {
        lock (_lock)
        {
            late =
            [
                .. from directory in plan.Origins.Keys
                from seen in directory.Seen
                where !plan.Seen.ContainsKey(seen.Value) && !plan.Lost.Contains(seen.Value)
                   && !ReferenceEquals(plan.Origins[directory], directory.Origin)
                select (directory, seen.Key, seen.Value),
            ];
            if (late.Count > 0)
            {
                return false;
            }

            var was = Base;
            Base = tip;
            _shownSinceNs = UnixTime.Nanoseconds(tip.Snapshot.FlushedAt);
            _replacements++;
            plan.Uncovered.ForEach(u => u.Parent.Upper.Remove(u.Name));
            foreach (var node in plan.Lost)
            {
                node.Parent!.Seen.Remove(node.Name);
                Drop(node);
            }

            foreach (var (directory, origin) in plan.Origins)
            {
                directory.Origin = origin;
            }

            foreach (var (node, item) in plan.Seen)
            {
                var fresh = FromLower(item);
                (node.ModifiedNs, node.Mode) = (fresh.ModifiedNs, fresh.Mode);
                if (node is SessionFile file)
                {
                    file.Content = item.Content!;
                }
            }

            foreach (var (directory, item) in plan.Merged)
            {
                MoveTo(directory, item);
                Keep(directory, item);
            }

            plan.Revived.ForEach(r => Revive(r.Group, r.Was, r.IsWhole));
            foreach (var directory in plan.Emptied)
            {
                directory.Parent!.Upper.Remove(directory.Name);
                Drop(directory);
            }

            if (!ReferenceEquals(was, tip))
            {
                _trees.Clear(); // directories that still stand on an older one hold it themselves
                _trees[tip.Snapshot.Id] = tip;
            }

            return true;
        }
    }

    /// <summary>Brings back a group that others deleted: as one of the session's own, with its document and, whole, with all below it.</summary>
    private void Revive(SessionDirectory group, LowerDirectory was, bool isWhole)
    {
        if (!group.Upper.ContainsKey(NodeDocument.FileName) && was.Node is { } node)
        {
            var (id, staged) = CreateStaged();
            using (staged)
            {
                staged.Write(0, node.Document.Span);
            }

            SetUpper(group, NodeDocument.FileName, new SessionFile(_nextInode++, FileMode, UnixTime.Now, new StagedContent(id)));
        }

        foreach (string name in isWhole ? was.Tree.Snapshot.ChildNames(was.Path) : [])
        {
            if (group.Upper.ContainsKey(name))
            {
                continue;
            }

            var place = was.Tree.NodeDirectory(SnapshotTree.Join(was.Path, name));
            bool isArray = place.Node?.Kind == NodeKind.Array;
            var below = new SessionDirectory(_nextInode++, DirectoryMode, UnixTime.Now, isArray ? place : null);
            SetUpper(group, name, below);
            if (!isArray)
            {
                Revive(below, place, isWhole: true);
            }
        }
    }

    /// <summary>Others moved the node of a directory that the session changed something in: it goes there.</summary>
    private async Task MoveToPlaceOfAsync(SessionDirectory directory, LowerDirectory place)
    {
        if (await ParentOfAsync(place) is not { } parent)
        {
            await HideAsync(place);
            return;
        }

        string name = place.Path[(place.Path.LastIndexOf('/') + 1)..];
        lock (_lock)
        {
            if (parent.Upper.GetValueOrDefault(name) is SessionDirectory there && there != directory && place.Equals(there.Origin))
            {
                MergeInto(there, directory);
            }
            else if (!parent.Upper.ContainsKey(name) && !IsWithin(parent, directory))
            {
                if (parent.Seen.Remove(name, out var shown))
                {
                    Drop(shown);
                }

                MarkJournaled(Unjournaled(parent));
                directory.Parent!.Upper.Remove(directory.Name);
                SetUpper(parent, name, directory);
            }
        }

        Unpin(parent);
    }

    /// <summary>Two directories of the session stand on one place: what it changed in the second goes to the first, which is in that place.</summary>
    private void MergeInto(SessionDirectory target, SessionDirectory source)
    {
        foreach (var (name, node) in source.Upper.Where(entry => !target.Upper.ContainsKey(entry.Key)).ToList())
        {
            source.Upper.Remove(name);
            if (node is null)
            {
                target.Upper[name] = null;
                continue;
            }

            if (target.Seen.Remove(name, out var shown))
            {
                Drop(shown);
            }

            SetUpper(target, name, node);
        }

        source.Parent!.Upper.Remove(source.Name);
        Drop(source);
    }

    /// <summary>What is at a place of the base is elsewhere in the session: nothing is there.</summary>
    private async Task HideAsync(LowerDirectory place)
    {
        if (await ParentOfAsync(place) is not { } parent)
        {
            return;
        }

        string name = place.Path[(place.Path.LastIndexOf('/') + 1)..];
        lock (_lock)
        {
            if (!parent.Upper.ContainsKey(name))
            {
                if (parent.Seen.Remove(name, out var shown))
                {
                    Drop(shown);
                }

                MarkJournaled(Unjournaled(parent));
                parent.Upper[name] = null;
            }
        }

        Unpin(parent);
    }

    private static bool IsWithin(SessionDirectory directory, SessionDirectory other)
    {
        for (var d = directory; d is not null; d = d.Parent)
        {
            if (ReferenceEquals(d, other))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The directory, pinned, in which a place of the base stands, wherever the session has moved that to; null if the session does not show it.
    /// </summary>
    private async Task<SessionDirectory?> ParentOfAsync(LowerDirectory place)
    {
        string parentPath = place.Path.LastIndexOf('/') is var slash && slash > 0 ? place.Path[..slash] : "/";
        var directory = await FindPinnedAsync(Top, SnapshotTree.RootName, CancellationToken.None) as SessionDirectory;
        string path = "/";
        foreach (string name in parentPath.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (directory is null)
            {
                return null;
            }

            path = SnapshotTree.Join(path, name);
            var below = FindPlacePinned(path) ?? await FindPinnedAsync(directory, name, CancellationToken.None);
            Unpin(directory);
            if (below is SessionFile)
            {
                Unpin(below);
            }

            directory = below as SessionDirectory;
        }

        if (directory is not null && !Base.NodeDirectory(parentPath).Equals(directory.Origin))
        {
            Unpin(directory); // the session has something else there, which hides it
            return null;
        }

        return directory;
    }

    /// <summary>The directory, pinned, that stands on a place of the base, if the session has changed something in it or somebody knows it.</summary>
    private SessionDirectory? FindPlacePinned(string path)
    {
        lock (_lock)
        {
            var found = OfOrigin(Top, Base.NodeDirectory(path));
            if (found is not null)
            {
                found.Pins++;
            }

            return found;
        }
    }
}
