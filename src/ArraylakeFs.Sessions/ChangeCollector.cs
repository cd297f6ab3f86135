using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

/// <summary>
/// Decides what the files of a session mean: compares the tree, which knows only files and directories, with the snapshot below,
/// and says it in nodes and chunks. Only what the session touched is visited; a moved group is visited node by node, never
/// chunk by chunk. The tree must be frozen.
/// <para>
/// A directory with a valid <c>zarr.json</c> is a node. It is the node it was (same id, same chunks) if the directory came from the
/// snapshot, wherever it is now, and its kind is the same; else it is a new one. Node ids are found again when asked twice.
/// </para>
/// <para>
/// What nobody has finished writing is left out: the commit keeps what it had in that place. What the hierarchy cannot hold yet
/// (no document, no group above, outside the array) is loose. What must be in the commit and cannot be is invalid.
/// </para>
/// </summary>
internal sealed partial class ChangeCollector
{
    private readonly SessionTree _tree;
    private readonly SnapshotView _base;
    private readonly SessionChanges _changes;
    private readonly Dictionary<string, bool> _paths = new(StringComparer.Ordinal); // but for chunks; true: deleted
    private readonly List<(string Path, ArrayVisit Visit)> _chunks = [];
    private readonly List<UncommittedFile> _loose = [];
    private readonly List<UncommittedFile> _invalid = [];
    private readonly HashSet<ObjectId8> _missing = []; // nodes whose directory is gone from its place …
    private readonly HashSet<ObjectId8> _survivors = []; // … unless it has been met elsewhere
    private readonly bool _isToCommit;
    private readonly CancellationToken _cancellationToken;

    private ChangeCollector(SessionTree tree, bool isToCommit, CancellationToken cancellationToken)
    {
        _tree = tree;
        _isToCommit = isToCommit;
        _base = tree.Base.Snapshot;
        _changes = new SessionChanges(Paths);
        _cancellationToken = cancellationToken;
    }

    /// <summary>Everything that the session changed.</summary>
    public static Task<SessionChanges> CollectAsync(SessionTree tree, CancellationToken cancellationToken) =>
        CollectAsync(tree, isToCommit: false, cancellationToken);

    /// <summary>As above; the staged files of its chunks can be moved, for nobody writes to them. The tree must be frozen.</summary>
    public static Task<SessionChanges> CollectToCommitAsync(SessionTree tree, CancellationToken cancellationToken) =>
        CollectAsync(tree, isToCommit: true, cancellationToken);

    private static async Task<SessionChanges> CollectAsync(SessionTree tree, bool isToCommit, CancellationToken cancellationToken)
    {
        var collector = new ChangeCollector(tree, isToCommit, cancellationToken);
        await collector.VisitTopAsync();
        collector.Finish();
        return collector._changes;
    }

    private async Task VisitTopAsync()
    {
        if (!_tree.Top.Upper.TryGetValue(SnapshotTree.RootName, out var root))
        {
            return;
        }

        if (root is SessionDirectory directory)
        {
            if (directory.Origin is not { IsTop: false, Path: "/", IsChunks: false })
            {
                MissSubtree("/");
            }

            await VisitAsync(directory, "/", Above.Group);
        }
        else
        {
            MissSubtree("/");
        }
    }

    private void Finish()
    {
        TakeAlongWhatIsNotShown();
        foreach (var id in _missing.Except(_survivors))
        {
            var node = _base.FindNode(id)!;
            _changes.Set.Deletions.Add(id);
            AddLeft(node);
        }

        _changes.Loose = [.. _loose.OrderBy(p => p.Path, StringComparer.Ordinal)];
        _changes.Invalid = [.. _invalid.OrderBy(p => p.Path, StringComparer.Ordinal)];
    }

    private ChangedPath[] Paths()
    {
        var paths = new Dictionary<string, bool>(_paths, StringComparer.Ordinal);
        foreach (var (path, visit) in _chunks)
        {
            foreach (var (coordinates, file) in visit.Changes.Where(change => change.Value is not null || visit.HasSameNames))
            {
                paths[Show(path, visit.Array.KeyEncoding.Format(coordinates))] = file is null;
            }
        }

        return [.. paths.Select(p => new ChangedPath(p.Key, p.Value)).OrderBy(p => p.Path, StringComparer.Ordinal)];
    }

    /// <summary>Visits the directory that now stands at <paramref name="path"/>.</summary>
    private async Task VisitAsync(SessionDirectory directory, string path, Above above)
    {
        var was = _tree.IsOfBase(directory.Origin) ? directory.Origin : null;
        var state = await ReadDocumentAsync(directory, path);
        if (await _tree.V2.ProblemAsync(directory) is { } problem)
        {
            (problem.IsInvalid ? _invalid : _loose).Add(new(Show(path, problem.Name), problem.Reason));
        }

        var document = state.Document is { } read && CanStand(path, was?.Node, read, above) ? read : null;
        if (was?.Node is { } old)
        {
            (state.IsInvalid ? _survivors : _missing).Add(old.Id);
            if (state.IsInvalid && old.Path != path)
            {
                AddMove(old, path); // a document that is not understood moves like any other
            }
        }

        if (document is not null)
        {
            var id = Claim(directory, path, was?.Node, document, state);
            if (document.Array is { } array)
            {
                await VisitChunksAsync(directory, path, array, id, was?.Node is { } node && node.Id == id ? node : null);
            }
        }

        await VisitChildrenAsync(directory, path, was, document?.Array, BelowOf(path, document, above));
        if (state.IsInvalid)
        {
            return;
        }

        CheckUntouchedChildren(directory, path, was, document);
        if (document?.Array is null)
        {
            await AddLeftoverAsync(directory, path);
        }
    }

    /// <summary>What the nodes directly below a directory have above them. Only the root may be no node.</summary>
    private static Above BelowOf(string path, NodeDocument? document, Above above) =>
        above == Above.Array || document?.Array is not null ? Above.Array
        : document is not null || path == "/" ? Above.Group
        : Above.Nothing;

    /// <summary>
    /// Whether a node can be at a path. A new one waits for the group above it, and is loose until then; one that was committed cannot be
    /// left out, so the commit is refused.
    /// </summary>
    private bool CanStand(string path, Node? was, NodeDocument document, Above above)
    {
        bool isOld = was is not null && was.Kind == document.Kind;
        if (path.EndsWith("/" + NodeDocument.FileName, StringComparison.Ordinal))
        {
            _invalid.Add(new(Show(path, NodeDocument.FileName), $"no group or array can be named {NodeDocument.FileName}"));
            return true;
        }

        string parent = path.LastIndexOf('/') is var slash && slash > 0 ? path[..slash] : "/";
        if (above == Above.Group || (isOld && was!.Path == path && above == AboveInBase(parent)))
        {
            return true;
        }

        if (above == Above.Array)
        {
            _invalid.Add(new(Show(path, NodeDocument.FileName), "it lies below an array, where no node can be"));
            return true;
        }

        string reason = $"there is no group above it: {Show(parent, NodeDocument.FileName)} is missing";
        (isOld ? _invalid : _loose).Add(new(Show(path, NodeDocument.FileName), reason));
        return isOld;
    }

    private Above AboveInBase(string parent) => _base.FindNode(parent) switch
    {
        null => Above.Nothing,
        { Kind: NodeKind.Array } => Above.Array,
        _ => Above.Group,
    };

    /// <summary>Nodes that the session did not touch must still have a group above them.</summary>
    private void CheckUntouchedChildren(SessionDirectory directory, string path, LowerDirectory? was, NodeDocument? document)
    {
        if (was is null || document is { Kind: NodeKind.Group } || (document is null && (path == "/" || (was.Node is null && was.Path == path))))
        {
            return;
        }

        string reason = document is null
            ? $"there is no group above it: {Show(path, NodeDocument.FileName)} is missing" : "it lies below an array, where no node can be";
        foreach (string name in _base.ChildNames(was.Path).Where(n => !directory.Upper.ContainsKey(n)))
        {
            _invalid.Add(new(Show(SnapshotTree.Join(path, name), NodeDocument.FileName), reason));
        }
    }

    /// <summary>Chunks of the snapshot that show through where they belong to no array.</summary>
    private async Task AddLeftoverAsync(SessionDirectory directory, string path)
    {
        if (directory.Origin is { Node.Kind: NodeKind.Array } origin
            && (await origin.Tree.ListAsync(origin, _cancellationToken))
                .Any(item => item.Kind != LowerKind.Document && !directory.Upper.ContainsKey(item.Name)))
        {
            _loose.Add(new(path[1..] + "/", "chunks that belong to no array any more"));
        }
    }

    /// <summary>Says which node the directory is, and what of the node has changed apart from its chunks.</summary>
    private ObjectId8 Claim(SessionDirectory directory, string path, Node? was, NodeDocument document, in DocumentState state)
    {
        if (was is not null && was.Kind == document.Kind)
        {
            _survivors.Add(was.Id);
            if (was.Path != path)
            {
                AddMove(was, path);
            }

            if (state.IsChanged)
            {
                _changes.Set.Documents[was.Id] = state.Bytes;
                _paths[Show(path, NodeDocument.FileName)] = false;
            }

            return was.Id;
        }

        if (directory.NewNode is not { } id || _base.FindNode(id) is not null)
        {
            directory.NewNode = id = ObjectId8.New();
        }

        _changes.Set.NewNodes.Add(new NewNode(id, path, document.Kind, state.Bytes));
        _paths[Show(path, NodeDocument.FileName)] = false;
        return id;
    }

    private async Task VisitChildrenAsync(SessionDirectory directory, string path, LowerDirectory? was, ArrayMetadata? array, Above above)
    {
        foreach (var (name, node) in _tree.Changed(directory).Where(entry => !V2Names.IsKept(entry.Key)))
        {
            if (was is not null && name != NodeDocument.FileName && !IsSamePlace(node, was, name))
            {
                MissSubtree(SnapshotTree.Join(was.Path, name));
            }

            bool isKeyPart = array is not null && IsKeyPart(array, 0, name, out _);
            if (node is SessionDirectory below && (!isKeyPart || array!.KeyEncoding.KeyParts(array.Rank) == 1 || IsOfNode(below)))
            {
                await VisitAsync(below, SnapshotTree.Join(path, name), above);
            }
            else if (node is SessionFile file && !isKeyPart && name != NodeDocument.FileName)
            {
                AddLoose(path, name, file, LooseReason(name, array is null ? ReasonOutside(above) : "no chunk of its array has this name"));
            }
        }

        if (was is not null && was.Path != path)
        {
            foreach (string name in _base.ChildNames(was.Path))
            {
                if (!directory.Upper.ContainsKey(name))
                {
                    MoveSubtree(SnapshotTree.Join(was.Path, name), SnapshotTree.Join(path, name));
                }
            }
        }
    }

    private async ValueTask<DocumentState> ReadDocumentAsync(SessionDirectory directory, string path)
    {
        bool isBeingWritten = false;
        if (!directory.Upper.TryGetValue(NodeDocument.FileName, out var entry)
            || (isBeingWritten = entry is SessionFile written && _tree.IsBeingWritten(written)))
        {
            if (isBeingWritten)
            {
                AddLoose(path, NodeDocument.FileName, (SessionFile)entry!, "not finished");
                if (_tree.IsOfBase(directory.Origin) && directory.Origin!.Node is { } former)
                {
                    _changes.UnfinishedDocuments.Add(former.Id);
                }
            }

            var node = directory.Origin is { IsChunks: false } origin ? origin.Node : null;
            if (node is null)
            {
                return default;
            }

            // A committed document is taken as it is: what an official client wrote is not for this commit to judge.
            bool isKnown = NodeDocument.TryParse(node.Document.Span, out var committed, out string? why, DocumentRules.Stored);
            bool isOfBase = ReferenceEquals(directory.Origin!.Tree, _tree.Base);
            return new(committed, node.Document, !isOfBase, !isKnown, why);
        }

        if (entry is not SessionFile file)
        {
            return default;
        }

        ReadOnlyMemory<byte> bytes;
        try
        {
            bytes = await _tree.ReadAllAsync(file, Limits.MaxDocumentBytes, _cancellationToken);
        }
        catch (SessionException e)
        {
            _invalid.Add(new(Show(path, NodeDocument.FileName), e.Message));
            return new(null, default, true, true, e.Message);
        }

        if (!NodeDocument.TryParse(bytes.Span, out var document, out string? error))
        {
            _invalid.Add(new(Show(path, NodeDocument.FileName), bytes.IsEmpty ? "the document is empty" : error));
            return new(null, bytes, true, true, error);
        }

        // No commit of ours holds copies of other documents, so they are no change.
        byte[] bare = ConsolidatedV3.Without(bytes.Span);
        bool isChanged = directory.Origin is not { IsChunks: false, Node: { } before }
            || (!before.Document.Span.SequenceEqual(bytes.Span) && !before.Document.Span.SequenceEqual(bare));
        return new(document, bare, isChanged, false, null);
    }

    /// <summary>The nodes at and below a path of the snapshot are no longer there.</summary>
    private void MissSubtree(string path)
    {
        foreach (var node in Subtree(path))
        {
            _missing.Add(node.Id);
        }
    }

    /// <summary>The nodes at and below a path of the snapshot, which the session did not touch one by one, are now below another.</summary>
    private void MoveSubtree(string from, string to)
    {
        foreach (var node in Subtree(from))
        {
            _survivors.Add(node.Id);
            AddMove(node, to + node.Path[from.Length..]);
        }
    }

    private IEnumerable<Node> Subtree(string path)
    {
        if (_base.FindNode(path) is { } node)
        {
            yield return node;
        }

        foreach (string name in _base.ChildNames(path))
        {
            foreach (var below in Subtree(SnapshotTree.Join(path, name)))
            {
                yield return below;
            }
        }
    }

    private void AddMove(Node node, string path)
    {
        _changes.Set.Moves[node.Id] = path;
        _paths[Show(path, NodeDocument.FileName)] = false;
        AddLeft(node);
        if (HasChunks(node))
        {
            _paths[Show(path, FirstKeyPart(node))] = false;
        }
    }

    /// <summary>The node is not where it was; what has been written there instead is the news.</summary>
    private void AddLeft(Node node)
    {
        _paths.TryAdd(Show(node.Path, NodeDocument.FileName), true);
        if (HasChunks(node))
        {
            _paths.TryAdd(Show(node.Path, FirstKeyPart(node)), true);
        }
    }

    private static bool HasChunks(Node node) => node.Kind == NodeKind.Array && node.Manifests.Count > 0;

    /// <summary>The one name that stands for all chunks of an array in a summary: <c>c</c>, or <c>*</c> where they have none in common.</summary>
    private static string FirstKeyPart(Node node) => node.Array?.KeyEncoding.Name == "default" ? "c" : "*";

    private static bool IsSamePlace(SessionNode? node, LowerDirectory parent, string name) =>
        node is SessionDirectory { Origin: { IsChunks: false } origin }
        && ReferenceEquals(origin.Tree, parent.Tree) && origin.Path == SnapshotTree.Join(parent.Path, name);

    /// <summary>Whether a directory is, or was, that of a group or array, so that it holds no chunks of an array above it.</summary>
    private static bool IsOfNode(SessionDirectory directory) =>
        directory.Origin is { IsChunks: false } || directory.Upper.GetValueOrDefault(NodeDocument.FileName) is SessionFile;

    private static bool IsKeyPart(ArrayMetadata array, int part, string name, out uint[] coordinates)
    {
        coordinates = new uint[array.Rank];
        return name != NodeDocument.FileName && array.KeyEncoding.TryParsePart(part, name, array.Rank, coordinates);
    }

    private void AddLoose(string path, string name, SessionFile? file, string reason) =>
        _loose.Add(new(Show(path, name), file is not null && _tree.IsBeingWritten(file) ? $"{reason}: open for writing" : reason));

    private static string Show(string path, string name) => SnapshotTree.Join(path, V2Names.Shown(name))[1..];

    /// <summary>What is above a node.</summary>
    private enum Above
    {
        Group,
        Array,
        Nothing,
    }

    /// <summary>A directory's document: <see cref="Document"/> null means that it has none, or an invalid one.</summary>
    private readonly record struct DocumentState(
        NodeDocument? Document, ReadOnlyMemory<byte> Bytes, bool IsChanged, bool IsInvalid, string? Error);
}
