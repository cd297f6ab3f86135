using ArraylakeFs.FileSystem.Inodes;
using ArraylakeFs.FileSystem.Reports;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem;

/// <summary>The mounted tree over one session: <c>root.zarr</c>, control files, branches, tags and commits.</summary>
public sealed class MountedFileSystem : InodeFileSystem
{
    private readonly Session _session;
    private readonly SessionView _view;

    /// <summary>Serves <paramref name="session"/>, which must outlive this.</summary>
    /// <param name="session">The session.</param>
    /// <param name="mounter">Who owns everything.</param>
    /// <param name="volume">The space below.</param>
    /// <param name="log">Receives failures that are not the user's.</param>
    /// <param name="mountpoint">Where it is mounted, so that links may be made to absolute paths in it.</param>
    /// <param name="cacheBytes">How much may be kept in memory, from which follows with how many inodes the kernel is asked to forget some.</param>
    public MountedFileSystem(
        Session session, Mounter mounter, IVolume volume, Action<string>? log = null, string? mountpoint = null,
        long cacheBytes = ZarrRepository.DefaultCacheBytes)
        : this(session, new SessionView(session.Tree, mounter), volume, log, mountpoint, cacheBytes)
    {
    }

    private MountedFileSystem(Session session, SessionView view, IVolume volume, Action<string>? log, string? mountpoint, long cacheBytes)
        : base(
            session.Repository,
            self => ControlFiles.Root(session, view, self.LastError, () => MetricsText.Text(self.Metrics()), mountpoint), volume, log, cacheBytes)
    {
        (_session, _view) = (session, view);
        session.TreeReplaced += OnTreeReplacedAsync;
    }

    /// <inheritdoc/>
    public override IKernelCache KernelCache
    {
        set => base.KernelCache = _view.KernelCache = value;
    }

    private protected override void End() => _session.TreeReplaced -= OnTreeReplacedAsync;

    private ValueTask OnTreeReplacedAsync()
    {
        if (_view.KernelCache is not { } cache)
        {
            return default;
        }

        // Names are asked for again, none is taken away: the root directory stays the same inode, and whoever stands in it stays there.
        cache.InvalidateAllEntries();
        if (_session.Tree.TryFindKnown(_session.Tree.Top, SnapshotTree.RootName, out var root) && root?.HostInode is Inode { Node: not 0 and var node })
        {
            cache.InvalidateNode(node); // it has another time
        }

        return default;
    }
}
