using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>A directory of the session's tree.</summary>
internal sealed class SessionDirectoryInode(SessionDirectory directory, SessionTree tree, Mounter mounter) : DirectoryInode
{
    private static readonly Func<(SessionNode Node, SessionTree, Mounter), Inode?> Known = static t => (Inode?)t.Node.HostInode;

    private static readonly Func<(SessionNode Node, SessionTree Tree, Mounter Mounter), Inode> Make = static t =>
    {
        Inode inode = t.Node is SessionDirectory directory
            ? new SessionDirectoryInode(directory, t.Tree, t.Mounter)
            : new SessionFileInode((SessionFile)t.Node, t.Tree, t.Mounter);
        t.Node.HostInode = inode;
        return inode;
    };

    public override TimeSpan AbsenceLifetime => Lifetimes.Forever;

    public override Attributes Attributes => mounter.Attributes(tree.Status(directory));

    public override bool TryLookup(ReadOnlySpan<char> name, InodeTable table, out Inode? found)
    {
        found = null;
        if (directory.IsStale || !tree.TryFindKnown(directory, name, out var node))
        {
            return false;
        }

        found = node is null ? null : TryRetain(node, table);
        return node is null || found is not null;
    }

    public override async ValueTask<Inode?> LookupAsync(string name, InodeTable table)
    {
        while (true)
        {
            CheckCurrent();
            var node = await tree.FindAsync(directory, name, CancellationToken.None);
            if (node is null)
            {
                return null;
            }

            if (TryRetain(node, table) is { } inode)
            {
                return inode;
            }
        }
    }

    public override async ValueTask<IReadOnlyList<DirectoryItem>> ListAsync()
    {
        CheckCurrent();
        var names = await tree.ListAsync(directory, CancellationToken.None);
        var items = new DirectoryItem[names.Count];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = new(names[i].Name, names[i].InodeNumber, names[i].IsDirectory ? FileKind.Directory : FileKind.File);
        }

        return items;
    }

    public override ValueTask SetAttributesAsync(AttributeChange change) =>
        tree.SetAttributesAsync(directory, change.ModifiedNs, change.Permissions);

    public override void Sync() => tree.SyncNames();

    public override void Forgotten() => tree.Forget(directory);

    public override async ValueTask<Inode> MakeDirectoryAsync(string name, uint mode, InodeTable table)
    {
        var made = await tree.MakeDirectoryAsync(directory, name, mode & Mounter.PermissionBits, CancellationToken.None);
        return TryRetain(made, table)!;
    }

    public override ValueTask<Inode> MakeSymbolicLinkAsync(string name, string target, InodeTable table) => throw new SessionException(
        tree.ReadOnlyReason is null ? Errno.NotPermitted : Errno.ReadOnly, $"{name}: symbolic links cannot be made here");

    public override async ValueTask<(Inode Inode, OpenFile File)> CreateAsync(string name, uint mode, OpenFlags flags, InodeTable table)
    {
        while (true)
        {
            var (handle, isNew) = await tree.CreateFileAsync(
                directory, name, mode & Mounter.PermissionBits, flags.HasFlag(OpenFlags.Exclusive), flags.HasFlag(OpenFlags.Write),
                CancellationToken.None);
            if (TryRetain(handle.File, table) is not SessionFileInode inode)
            {
                tree.Close(handle); // it is not what its name stands for any more: look again
                continue;
            }

            try
            {
                return (inode, await inode.OpenedAsync(handle, isNew ? flags & ~OpenFlags.Truncate : flags));
            }
            catch
            {
                table.Forget(inode.Node, 1);
                throw;
            }
        }
    }

    public override async ValueTask<Inode> LinkAsync(Inode file, string name, InodeTable table)
    {
        if (file is not SessionFileInode source)
        {
            throw new SessionException(Errno.CrossDevice, "a file of another version cannot get a name here: copy it");
        }

        await tree.LinkAsync(source.File, directory, name, CancellationToken.None);
        return table.Retain(file);
    }

    public override async ValueTask UnlinkAsync(string name) => await tree.UnlinkAsync(directory, name, CancellationToken.None);

    public override ValueTask RemoveDirectoryAsync(string name) => tree.RemoveDirectoryAsync(directory, name, CancellationToken.None);

    public override ValueTask RenameAsync(string name, DirectoryInode to, string newName, RenameFlags flags) =>
        to is SessionDirectoryInode target
            ? tree.RenameAsync(directory, name, target.Directory, newName, flags.HasFlag(RenameFlags.NoReplace), flags.HasFlag(RenameFlags.Exchange),
                CancellationToken.None)
            : throw new SessionException(Errno.CrossDevice, "files cannot be moved out of root.zarr: copy them");

    internal SessionDirectory Directory => directory;

    /// <summary>Takes a reference; null if the node was let go in the meantime.</summary>
    internal static Inode? TryRetain(SessionNode node, SessionTree tree, Mounter mounter, InodeTable table)
    {
        var inode = table.Retain((node, tree, mounter), Known, Make);
        if (tree.IsCurrent(node))
        {
            return inode;
        }

        table.Forget(inode.Node, 1);
        return null;
    }

    private Inode? TryRetain(SessionNode node, InodeTable table) => TryRetain(node, tree, mounter, table);

    private void CheckCurrent()
    {
        if (directory.IsStale)
        {
            throw new SessionException(Errno.Stale, "this directory belongs to a version that is no longer checked out");
        }
    }
}
