using ArraylakeFs.Repository;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

/// <summary>
/// Walks through the names that a session changed and says what is below them when another commit takes the place of the base. A directory of
/// the base is that of the same node in the new commit. The session's own directories lie over what others have made in their place, unless
/// they are there to hide it. The tree must be frozen; nothing is changed.
/// </summary>
internal sealed class RebasePlanner(SessionTree tree, SnapshotTree tip, SessionChanges changes, IReadOnlyList<Conflict> conflicts, RebasePolicy policy)
{
    /// <summary>The commit that is to be below.</summary>
    public SnapshotTree Tip => tip;

    private readonly SnapshotTree _base = tree.Base;
    private readonly RebasePlan _plan = new();

    /// <summary>What the nodes are that the session makes.</summary>
    private readonly Dictionary<string, NodeKind> _newNodes = changes.Set.NewNodes.ToDictionary(node => node.Path, node => node.Kind, StringComparer.Ordinal);

    /// <summary>Plans the whole tree.</summary>
    public async Task<RebasePlan> PlanAsync()
    {
        await PlaceAsync(tree.Top, null, tip.Top);
        return _plan;
    }

    /// <summary>Plans an unchanged node that somebody looked up while the plan was made.</summary>
    public async Task AddLateAsync(RebasePlan plan, SessionDirectory parent, string name, SessionNode node)
    {
        string? path = PathIn(parent);
        await PlaceSeenAsync(path, name, node, plan.Origins[parent]);
    }

    /// <summary>Plans a directory and what is below. <paramref name="path"/> is that of its node; null above the root.</summary>
    private async Task PlaceAsync(SessionDirectory directory, string? path, LowerDirectory? now)
    {
        var was = directory.Origin;
        _plan.Origins[directory] = now;
        if (was is not null && ReferenceEquals(was, now))
        {
            return; // it stands on another version anyway, and so does all below
        }

        foreach (var (name, node) in tree.SeenIn(directory))
        {
            await PlaceSeenAsync(path, name, node, now);
        }

        foreach (var (name, node) in tree.Changed(directory))
        {
            var before = was is null ? null : await was.Tree.FindAsync(was, name, CancellationToken.None);
            var after = now is null ? null : await now.Tree.FindAsync(now, name, CancellationToken.None);
            string below = Join(path, name);
            switch (node)
            {
                case SessionDirectory changed:
                    await PlaceChangedAsync(changed, below, before, after);
                    break;
                case SessionFile when name != NodeDocument.FileName:
                    CheckHides(below, before, after);
                    break;
                case null when after is null || IsAnotherNode(before, after):
                    _plan.Uncovered.Add((directory, name));
                    break;
                case null:
                    CheckHides(below, before, after);
                    await CheckHidesChunksAsync(below, before, after.Value);
                    break;
            }
        }
    }

    private async Task PlaceSeenAsync(string? path, string name, SessionNode node, LowerDirectory? now)
    {
        var item = now is null ? null : await now.Tree.FindAsync(now, name, CancellationToken.None);
        if (node is SessionFile file && item?.Content?.Tag == file.Content.Tag)
        {
            _plan.Seen[node] = item!.Value;
        }
        else if (node is SessionDirectory directory && item is { Kind: LowerKind.Directory } there && there.Directory.Node?.Id == directory.Origin?.Node?.Id)
        {
            _plan.Seen[node] = there;
            await PlaceAsync(directory, Join(path, name), there.Directory);
        }
        else
        {
            _plan.Lost.Add(node);
        }
    }

    /// <summary>Plans a directory that the session made, moved, or changed something in.</summary>
    private async Task PlaceChangedAsync(SessionDirectory directory, string path, LowerItem? before, LowerItem? after)
    {
        var there = after is { Kind: LowerKind.Directory } found ? found.Directory : null;
        if (directory.Origin is not { } was)
        {
            await PlaceOwnAsync(directory, path, before, after);
        }
        else if (!ReferenceEquals(was.Tree, _base))
        {
            CheckHides(path, before, after);
            if (after is { } hidden)
            {
                await CheckHidesChunksAsync(path, before, hidden);
            }

            await PlaceAsync(directory, path, was);
        }
        else if (MustStay(was, path))
        {
            await PlaceAsync(directory, path, was); // it becomes a new node with all its chunks
        }
        else if (Find(was) is { } now)
        {
            bool isInPlace = before is { Kind: LowerKind.Directory } place && place.Directory.Equals(was);
            if (!now.IsChunks && was.Path != now.Path)
            {
                Follow(directory, now, isInPlace, there);
            }

            if (!isInPlace)
            {
                CheckHides(path, before, after);
            }

            await PlaceAsync(directory, path, now.IsChunks && there is { IsChunks: true } ? there : now);
        }
        else if (IsToBeRevived(path) && was is { IsChunks: false, Node.Kind: NodeKind.Group })
        {
            _plan.Revived.Add((directory, was, IsWhole: !(before is { Kind: LowerKind.Directory } place && place.Directory.Equals(was))));
            await PlaceAsync(directory, path, null);
        }
        else
        {
            await PlaceAsync(directory, path, there);
            if (there is null && !HasContent(directory))
            {
                _plan.Emptied.Add(directory);
            }
        }
    }

    /// <summary>A directory without anything below it hides what was in its place before, but not what others have made there since.</summary>
    private async Task PlaceOwnAsync(SessionDirectory directory, string path, LowerItem? before, LowerItem? after)
    {
        bool isNode = _newNodes.TryGetValue(path, out var kind);
        if (after is not { Kind: LowerKind.Directory } item)
        {
            CheckHides(path, before, after);
            await PlaceAsync(directory, path, null);
        }
        else if ((before is null || IsAnotherNode(before, after)) && (!isNode || (kind == NodeKind.Group && item.Directory.Node?.Kind != NodeKind.Array)))
        {
            _plan.Merged.Add((directory, item));
            await PlaceAsync(directory, path, item.Directory);
        }
        else
        {
            CheckHides(path, before, after);
            await CheckHidesChunksAsync(path, before, item);
            await PlaceAsync(directory, path, null);
        }
    }

    /// <summary>The place of the same node, and of the same chunks, in the new commit; null if it is gone.</summary>
    private LowerDirectory? Find(LowerDirectory was)
    {
        if (was.Node is null || was.Path == "/")
        {
            return was.Path == "/" || tip.Snapshot.FindNode(was.Path) is not null || tip.Snapshot.ChildNames(was.Path).Count > 0
                ? tip.NodeDirectory(was.Path) : null;
        }

        return tip.Snapshot.FindNode(was.Node.Id) is not { } node ? null
            : was.IsChunks ? tip.ChunkDirectory(node, was.KeyParts, [.. was.Prefix]) : tip.NodeDirectory(node.Path);
    }

    /// <summary>Others moved the node. Where the session did not, or gives way, it follows; else the new place of others shows nothing.</summary>
    private void Follow(SessionDirectory directory, LowerDirectory now, bool isInPlace, LowerDirectory? there)
    {
        if ((there is not null && there.Node?.Id == now.Node?.Id) || IsMovedWithItsGroup(directory, now))
        {
            return;
        }

        if (isInPlace || policy == RebasePolicy.Theirs)
        {
            _plan.Followers.Add((directory, now));
        }
        else
        {
            _plan.Hidden.Add(now);
        }
    }

    private bool IsMovedWithItsGroup(SessionDirectory directory, LowerDirectory now) =>
        directory.Parent is { } parent && _plan.Origins.GetValueOrDefault(parent) is { } above && SnapshotTree.Join(above.Path, directory.Name) == now.Path;

    /// <summary>An array that the session keeps as it has it, against what others did to it: deleted it, or made its chunks mean something else.</summary>
    private bool MustStay(LowerDirectory was, string path) => policy == RebasePolicy.Ours && was is { IsChunks: false, Node.Kind: NodeKind.Array }
        && conflicts.Any(c => c.Path == path && (tip.Snapshot.FindNode(was.Node.Id) is null
            || c.Kind is ConflictKind.ChunksOfReshapedArray or ConflictKind.DocumentUnderNewChunks));

    /// <summary>Whether a group that others deleted is needed for what the session has in it; what others moved away is not in it any more.</summary>
    private bool IsToBeRevived(string path) => policy == RebasePolicy.Ours && conflicts.Any(
        c => c.Kind != ConflictKind.OthersMoved && (c.Path == path || c.Path.StartsWith(path + "/", StringComparison.Ordinal)));

    /// <summary>Notes the nodes of others that would be hidden at and below a place, and so deleted with the next commit.</summary>
    private void CheckHides(string path, LowerItem? before, LowerItem? after)
    {
        if (after is not { Kind: LowerKind.Directory, Directory: { IsChunks: false } place })
        {
            return;
        }

        foreach (var node in Below(place.Path).Where(node => _base.Snapshot.FindNode(node.Id) is null && !FollowsAMove(node)))
        {
            _plan.Conflicts.Add(new Conflict(ConflictKind.NameTaken, path, tip.Snapshot.Id,
                before is null ? $"{node.Path} was made, and a file of that name is here" : $"{node.Path} was made, and what was there is deleted or moved here"));
        }
    }

    private async Task CheckHidesChunksAsync(string path, LowerItem? before, LowerItem after)
    {
        if (after is not { Kind: LowerKind.Directory, Directory: { IsChunks: true, Node: { } array } place })
        {
            return;
        }

        var old = before is { Kind: LowerKind.Directory, Directory: { IsChunks: true, Node: { } known } }
            ? await _base.Snapshot.ChunksAsync(known, CancellationToken.None) : null;
        var now = await tip.Snapshot.ChunksAsync(array, CancellationToken.None);
        uint[][] news =
        [
            .. now.All().Select(c => c.Coordinates)
                .Where(c => c.AsSpan().StartsWith([.. place.Prefix]) && old?.TryFind(c, out _) != true),
        ];
        if (news.Length > 0)
        {
            _plan.Conflicts.Add(new Conflict(ConflictKind.NameTaken, path, tip.Snapshot.Id, $"{news.Length} chunk(s) were written in this directory, which is deleted here")
            {
                Chunks = news,
            });
        }
    }

    /// <summary>Whether there is anything in a directory but empty directories.</summary>
    private bool HasContent(SessionDirectory directory) => tree.Changed(directory).Any(entry => entry.Value is SessionFile
        || (entry.Value is SessionDirectory below && (_plan.Origins.GetValueOrDefault(below) is not null || HasContent(below))));

    private IEnumerable<Node> Below(string path) => tip.Snapshot.Nodes.Where(
        node => node.Path == path || path == "/" || node.Path.StartsWith(path + "/", StringComparison.Ordinal));

    /// <summary>Whether a node of others is below one that the session moved: it goes along.</summary>
    private bool FollowsAMove(Node node)
    {
        for (string path = node.Path; path != "/";)
        {
            path = path.LastIndexOf('/') is var slash && slash > 0 ? path[..slash] : "/";
            if (tip.Snapshot.FindNode(path) is { } above && _base.Snapshot.FindNode(above.Id) is not null)
            {
                return changes.Set.Moves.ContainsKey(above.Id);
            }
        }

        return false;
    }

    /// <summary>Whether a name leads to another node than before.</summary>
    private static bool IsAnotherNode(LowerItem? before, LowerItem? after) => before is { Kind: LowerKind.Directory, Directory.Node: { } old }
        && after is { Kind: LowerKind.Directory, Directory.Node: { } now } && old.Id != now.Id;

    private static string Join(string? path, string name) => path is null ? "/" : SnapshotTree.Join(path, name);

    private static string? PathIn(SessionDirectory directory) => directory.Parent is null ? null : Join(PathIn(directory.Parent), directory.Name);
}
