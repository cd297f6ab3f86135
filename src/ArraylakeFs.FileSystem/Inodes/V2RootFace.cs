using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// The name <c>root.v2.zarr</c> in the mount's root. The directory behind it is that of <c>root.zarr</c>. It may be removed when it is
/// empty, and made again; <c>root.zarr</c> stays meanwhile: the kernel, which waits for the answer, could not be told that it is gone.
/// </summary>
internal sealed class V2RootFace(SessionView view)
{
    private bool _isRemoved;

    public async ValueTask<Inode?> LookupAsync(InodeTable table)
    {
        while (await FindAsync() is { } root)
        {
            if (view.TryRetainV2(root, table) is { } inode)
            {
                return inode;
            }
        }

        return null;
    }

    public async ValueTask<IEnumerable<DirectoryItem>> ListAsync() =>
        await FindAsync() is { } root ? [new(V2Names.RootName, V2DirectoryInode.Number(root), FileKind.Directory)] : [];

    public async ValueTask<Inode> MakeAsync(uint mode, InodeTable table)
    {
        if (await FindAsync() is not null)
        {
            throw new SessionException(Errno.Exists, $"{V2Names.RootName} exists");
        }

        if (await RootAsync() is null)
        {
            await view.Tree.MakeDirectoryAsync(view.Tree.Top, SnapshotTree.RootName, mode & Mounter.PermissionBits, CancellationToken.None);
        }

        _isRemoved = false;
        return await LookupAsync(table) ?? throw new SessionException(Errno.NoEntry, $"{V2Names.RootName} has been removed");
    }

    public async ValueTask RemoveAsync()
    {
        if (await FindAsync() is not { } root)
        {
            throw new SessionException(Errno.NoEntry, $"{V2Names.RootName} does not exist");
        }

        if (view.Tree.ReadOnlyReason is { } reason)
        {
            throw new SessionException(Errno.ReadOnly, reason);
        }

        var face = new V2DirectoryInode(root, view);
        await face.RemoveWhatIsNotShownAsync();
        _isRemoved = (await face.ListAsync()) is [var first, ..]
            ? throw new SessionException(Errno.NotEmpty, $"{V2Names.RootName} is not empty: it has {first.Name}")
            : true;
    }

    /// <summary>The root directory, unless it counts as removed; what has come into it since then makes it count again.</summary>
    private async ValueTask<SessionDirectory?> FindAsync()
    {
        if (await RootAsync() is not { } root)
        {
            return null;
        }

        _isRemoved = _isRemoved && (await view.Tree.ListAsync(root, CancellationToken.None)).Count == 0;
        return _isRemoved ? null : root;
    }

    private async ValueTask<SessionDirectory?> RootAsync() =>
        await view.Tree.FindAsync(view.Tree.Top, SnapshotTree.RootName, CancellationToken.None) as SessionDirectory;
}
