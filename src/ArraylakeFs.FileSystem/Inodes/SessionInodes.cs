using ArraylakeFs.Sessions;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>A directory of the session's view.Tree.</summary>
internal sealed class SessionDirectoryInode(SessionDirectory directory, SessionView view) : DirectoryInode
{
    public override TimeSpan AbsenceLifetime => Lifetimes.Forever;

    public override Attributes Attributes => view.Mounter.Attributes(view.Tree.Status(directory));

    /// <summary>Whether documents that a v2 tool wrote are shown here changes with <c>zarr.json</c>.</summary>
    public override TimeSpan NameLifetime(ReadOnlySpan<char> name, Inode? found) =>
        V2Names.IsDocument(name) && view.V2.HasAnyKept(directory) ? Lifetimes.None : base.NameLifetime(name, found);

    public override bool TryLookup(ReadOnlySpan<char> name, InodeTable table, out Inode? found)
    {
        found = null;
        if (directory.IsStale || V2Names.IsDocument(name) || !view.Tree.TryFindKnown(directory, name, out var node))
        {
            return false;
        }

        found = node is null ? null : view.TryRetain(node, table);
        return node is null || found is not null;
    }

    public override async ValueTask<Inode?> LookupAsync(string name, InodeTable table)
    {
        while (true)
        {
            CheckCurrent();
            var node = await view.Tree.FindAsync(directory, InTree(name), CancellationToken.None);
            if (node is null)
            {
                return null;
            }

            if (view.TryRetain(node, table) is { } inode)
            {
                return inode;
            }
        }
    }

    public override async ValueTask<IEnumerable<DirectoryItem>> ListAsync()
    {
        CheckCurrent();
        var kept = V2Names.Documents.Where(name => view.V2.IsShownBesideV3(directory, name)).Select(V2Names.Kept).ToList();
        var names = await view.Tree.ListAsync(directory, CancellationToken.None);
        return names.Where(item => !V2Names.IsKept(item.Name) || kept.Contains(item.Name)).Select(
            item => new DirectoryItem(V2Names.Shown(item.Name), item.InodeNumber, item.IsDirectory ? FileKind.Directory : FileKind.File));
    }

    public override ValueTask SetAttributesAsync(AttributeChange change) =>
        view.Tree.SetAttributesAsync(directory, change.ModifiedNs, change.Permissions);

    public override void Sync() => view.Tree.SyncNames();

    public override void Forgotten() => view.Tree.Forget(directory);

    public override async ValueTask<Inode> MakeDirectoryAsync(string name, uint mode, InodeTable table)
    {
        var made = await view.Tree.MakeDirectoryAsync(directory, InTree(name), mode & Mounter.PermissionBits, CancellationToken.None);
        return view.TryRetain(made, table)!;
    }

    public override ValueTask<Inode> MakeSymbolicLinkAsync(string name, string target, InodeTable table) => throw new SessionException(
        view.Tree.ReadOnlyReason is null ? Errno.NotPermitted : Errno.ReadOnly, $"{name}: symbolic links cannot be made here");

    public override async ValueTask<(FileInode Inode, OpenFile File)> CreateAsync(string name, uint mode, OpenFlags flags, InodeTable table)
    {
        while (true)
        {
            var (handle, isNew) = await view.Tree.CreateFileAsync(
                directory, InTree(name), mode & Mounter.PermissionBits, flags.HasFlag(OpenFlags.Exclusive), flags.HasFlag(OpenFlags.Write),
                CancellationToken.None);
            if (view.TryRetain(handle.File, table) is not { } inode)
            {
                view.Tree.Close(handle); // it is not what its name stands for any more: look again
                continue;
            }

            try
            {
                return ((FileInode)inode, await SessionFileInode.OpenedAsync(handle, isNew ? flags & ~OpenFlags.Truncate : flags, view));
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
        var (source, inTree) = (FileOf(file), InTree(name));
        await CheckFreeAsync(inTree);
        await view.V2.SupersedeAsync([(directory, name)], () => view.Tree.LinkAsync(source, directory, inTree, CancellationToken.None));
        await view.ChangedAsync(directory, name);
        return table.Retain(file);
    }

    public override async ValueTask UnlinkAsync(string name)
    {
        if (name == NodeDocument.FileName)
        {
            await view.V2.RemoveHiddenAsync(directory);
        }

        await view.Tree.UnlinkAsync(directory, InTree(name), CancellationToken.None);
        await view.ChangedAsync(directory, name);
    }

    public override ValueTask RemoveDirectoryAsync(string name) => view.Tree.RemoveDirectoryAsync(directory, name, CancellationToken.None);

    public override void WasMissed(ReadOnlySpan<char> name, int process) => view.Tree.NoteMissed(directory, name, process);

    public override void WasReplaced(string name, int process) => view.Tree.NoteReplaced(directory, name, process);

    public override void WasRemoved(string name, int process) => view.Tree.NoteRemoved(directory, name, process);

    public override async ValueTask RenameAsync(string name, DirectoryInode to, string newName, RenameFlags flags)
    {
        if (to is not SessionDirectoryInode target)
        {
            throw new SessionException(Errno.CrossDevice, "files cannot be moved out of root.zarr: copy them");
        }

        var (inTree, newInTree) = (InTree(name), target.InTree(newName));
        bool noReplace = flags.HasFlag(RenameFlags.NoReplace), exchange = flags.HasFlag(RenameFlags.Exchange);
        await (noReplace && await view.Tree.HasAsync(directory, inTree) ? target.CheckFreeAsync(newInTree) : default);
        if (name == NodeDocument.FileName && !exchange)
        {
            await view.V2.RemoveHiddenAsync(directory);
        }

        bool isOfV3 = name == NodeDocument.FileName || newName == NodeDocument.FileName;
        await view.V2.SupersedeAsync([(directory, name), (target.Directory, newName)], () => isOfV3
            ? view.Tree.RenameAsync(directory, inTree, target.Directory, newInTree, noReplace, exchange, CancellationToken.None)
            : view.RenameAsync(directory, inTree, target.Directory, newInTree, flags));
        if (V2Names.IsKept(inTree) || V2Names.IsKept(newInTree))
        {
            await (isOfV3 ? view.V2.PublishAsync(target.Directory) : default);
            view.KernelCache?.InvalidateAllEntries(); // there may be a zarr.json now
            await view.ChangedAsync(target.Directory, NodeDocument.FileName);
        }

        await view.MovedAsync(directory, name, target.Directory, newName);
    }

    /// <summary>The file of the session that an inode stands for; EXDEV if it is of another version.</summary>
    internal static SessionFile FileOf(Inode inode) => inode switch
    {
        SessionFileInode { IsReplaced: true } => throw new SessionException(Errno.Stale, "this file has another inode by now"),
        SessionFileInode file => file.File,
        V2DocumentInode { File: { } file } => file,
        _ => throw new SessionException(Errno.CrossDevice, "a file of another version cannot get a name here: copy it"),
    };

    internal SessionDirectory Directory => directory;

    /// <summary>
    /// The name in the tree. What a v2 tool wrote about a node is only shown here where it could not become <c>zarr.json</c>.
    /// </summary>
    private string InTree(string name) =>
        V2Names.IsDocument(name) && view.V2.IsShownBesideV3(directory, name) ? V2Names.Kept(name) : name;

    /// <summary>EEXIST for a name that is there: a call that is refused is to drop nothing that v2 tools wrote.</summary>
    private async ValueTask CheckFreeAsync(string inTree)
    {
        CheckCurrent();
        if (await view.Tree.HasAsync(directory, inTree))
        {
            throw new SessionException(Errno.Exists, $"{V2Names.Shown(inTree)} exists");
        }
    }

    private void CheckCurrent()
    {
        if (directory.IsStale)
        {
            throw new SessionException(Errno.Stale, "this directory belongs to a version that is no longer checked out");
        }
    }
}
