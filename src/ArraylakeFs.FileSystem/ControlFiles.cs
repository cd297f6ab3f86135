using ArraylakeFs.FileSystem.Inodes;
using ArraylakeFs.FileSystem.Reports;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem;

/// <summary>The files beside <c>root.zarr</c>: what each shows, and what writing to it does.</summary>
internal sealed class ControlFiles
{
    private const ulong FirstNumber = 16;

    private readonly Session _session;
    private readonly Mounter _mounter;
    private readonly LastError _lastError;
    private readonly Func<string> _metrics;
    private readonly string? _mountpoint;
    private readonly long _since;
    private ulong _nextNumber = FirstNumber;

    private ControlFiles(Session session, Mounter mounter, LastError lastError, Func<string> metrics, string? mountpoint)
    {
        (_session, _mounter, _lastError, _metrics, _mountpoint) = (session, mounter, lastError, metrics, mountpoint);
        _since = UnixTime.Nanoseconds(session.StartedAt);
    }

    /// <summary>The mount's root directory with everything in it.</summary>
    public static RootInode Root(Session session, SessionView view, LastError lastError, Func<string> metrics, string? mountpoint)
    {
        var files = new ControlFiles(session, view.Mounter, lastError, metrics, mountpoint);
        var root = new RootInode(IFileSystem.RootNode, files._since, view);
        files.AddTo(root);
        return root;
    }

    private void AddTo(RootInode root)
    {
        var repository = _session.Repository;
        root.Add("README", new ConstantInode(_nextNumber++, ReadMe.Text, _since, _mounter));
        AddText(root, "status", async () => StatusText.Text(await _session.StateAsync(default)));
        AddText(root, "status.json", async () => StatusText.Json(await _session.StateAsync(default)));
        AddText(root, "commit", () => Task.FromResult(_session.LastCommit is { } id ? $"{id}\n" : ""), m => _session.CommitAsync(m, default));
        AddText(root, "amend", null, m => _session.AmendAsync(m, default));
        AddText(root, "rebase", null, RebaseAsync);
        AddText(root, "conflicts.json", async () => ConflictsText.Json(_session, await _session.ConflictsAsync(default), await repository.ReferencesAsync(default)));
        AddText(root, "checkout", () => Task.FromResult(_session.CheckedOut + "\n"), CheckoutAsync);
        AddText(root, "log", async () => LogText.Text(await repository.ReferencesAsync(default), _session.Base));
        AddText(root, "log.json", async () => LogText.Json(await repository.ReferencesAsync(default), _session.Base));
        AddText(root, "diff", async () => DiffText.Text(await _session.DiffAsync(default)));
        AddText(root, "diff.json", async () => DiffJson.Text(await _session.DiffAsync(default)));
        AddText(root, "tree", () => TreeText.TextAsync(ChildrenOf));
        AddText(root, "tree.json", () => TreeText.JsonAsync(ChildrenOf));
        AddText(root, "discard", null, DiscardAsync);
        AddText(root, "metrics", () => Task.FromResult(_metrics()));
        AddText(root, "error", () => Task.FromResult(_lastError.Text));
        root.Add("info", new InfoDirectoryInode("/", _since, _mounter, _session));
        root.Add("branches", new BranchesInode(_nextNumber++, _since, _mounter, _session, _mountpoint));
        root.Add("tags", new TagsInode(_nextNumber++, _since, _mounter, _session, _mountpoint));
        root.Add("commits", new CommitsDirectoryInode(_nextNumber++, _since, _mounter, repository));
    }

    private Task<IReadOnlyList<HierarchyNode>> ChildrenOf(string path) => Hierarchy.ChildrenAsync(_session.Tree, path, default);

    private void AddText(RootInode root, string name, Func<Task<string>>? read, Func<string, Task>? write = null) =>
        root.Add(name, new TextInode(_nextNumber++, _since, _mounter) { Read = read, Write = write });

    private Task RebaseAsync(string command) => command.Trim() switch
    {
        "fail" => _session.RebaseAsync(RebasePolicy.Fail, default),
        "ours" => _session.RebaseAsync(RebasePolicy.Ours, default),
        "theirs" => _session.RebaseAsync(RebasePolicy.Theirs, default),
        _ => throw new SessionException(Errno.Invalid,
            "rebase needs \"fail\" (change nothing where both sides changed something), \"ours\" (keep what this session has) or \"theirs\" (give that up)"),
    };

    private Task CheckoutAsync(string command) => _session.CheckoutAsync(command.Trim(), default);

    private Task DiscardAsync(string command) => command.Trim() switch
    {
        "all" => _session.DiscardAllAsync(default),
        "" => throw new SessionException(Errno.Invalid, "discard needs \"all\", or the path of a change as `status` shows it"),
        var path => _session.DiscardAsync(path, default),
    };
}
