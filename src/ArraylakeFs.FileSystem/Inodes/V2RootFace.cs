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
        using var root = await FindAsync();
        return root is null ? null : view.TryRetainV2(root.Directory, table);
    }

    public async ValueTask<IEnumerable<DirectoryItem>> ListAsync()
    {
        using var root = await FindAsync();
        return root is null ? [] : [new(V2Names.RootName, V2DirectoryInode.Number(root.Directory), FileKind.Directory)];
    }

    public async ValueTask<Inode> MakeAsync(uint mode, InodeTable table)
    {
        using (var root = await FindAsync())
        {
            if (root is not null)
            {
                throw new SessionException(Errno.Exists, $"{V2Names.RootName} exists");
            }
        }

        if (!await view.Tree.HasAsync(view.Tree.Top, SnapshotTree.RootName))
        {
            await view.Tree.MakeDirectoryAsync(view.Tree.Top, SnapshotTree.RootName, mode & Mounter.PermissionBits, CancellationToken.None);
            view.KernelCache?.InvalidateAllEntries(); // root.zarr was known to be absent
        }

        _isRemoved = false;
        return await LookupAsync(table) ?? throw new SessionException(Errno.NoEntry, $"{V2Names.RootName} has been removed");
    }

    public async ValueTask RemoveAsync()
    {
        using var root = await FindAsync();
        if (root is null)
        {
            throw new SessionException(Errno.NoEntry, $"{V2Names.RootName} does not exist");
        }

        if (view.Tree.ReadOnlyReason is { } reason)
        {
            throw new SessionException(Errno.ReadOnly, reason);
        }

        var face = new V2DirectoryInode(root.Directory, view);
        await face.RemoveWhatIsNotShownAsync();
        _isRemoved = (await face.ListAsync()).Select(item => item.Name).FirstOrDefault() is { } first
            ? throw new SessionException(Errno.NotEmpty, $"{V2Names.RootName} is not empty: it has {first}")
            : true;
    }

    /// <summary>The root directory, held, unless it counts as removed; what has come into it since then makes it count again.</summary>
    private async ValueTask<HeldDirectory?> FindAsync()
    {
        if (_isRemoved)
        {
            using var removed = await RootAsync();
            _isRemoved = removed is null || !(await view.Tree.ListAsync(removed.Directory, CancellationToken.None)).Any();
        }

        return _isRemoved ? null : await RootAsync();
    }

    private ValueTask<HeldDirectory?> RootAsync() => view.Tree.HoldDirectoryAsync(view.Tree.Top, SnapshotTree.RootName);
}
