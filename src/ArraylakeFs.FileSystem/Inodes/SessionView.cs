using ArraylakeFs.Sessions;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// The session's tree as it is mounted: in two faces, <c>root.zarr</c> and <c>root.v2.zarr</c>. A file is one inode in both, a directory is
/// one in each. The kernel believes what it was told of <c>root.zarr</c> until it hears otherwise, and asks about every name of
/// <c>root.v2.zarr</c> each time. So only what changes through the latter is announced. Whoever is asked about <c>root.v2.zarr</c> waits until the
/// kernel has let go of the name in <c>root.zarr</c>, for which it needs the lock of that directory, or is to ask about every name again. Whoever
/// is asked about <c>root.zarr</c>, and may have that lock, waits for no lock at all: for him there is only
/// <see cref="IKernelCache.InvalidateAllEntries"/>.
/// </summary>
internal sealed class SessionView(SessionTree tree, Mounter mounter)
{
    private static readonly Func<(SessionNode Node, SessionView), Inode?> Known = static t => (Inode?)t.Node.HostInode;

    private static readonly Func<(SessionNode Node, SessionView View), Inode> Make = static t =>
    {
        Inode inode = t.Node is SessionDirectory directory
            ? new SessionDirectoryInode(directory, t.View)
            : new SessionFileInode((SessionFile)t.Node, t.View);
        return (Inode)t.View.Tree.HostOf(t.Node, inode); // a document of v2 may just have become this file
    };

    private static readonly Func<(SessionDirectory Directory, SessionView), Inode?> KnownV2 = static t => (Inode?)t.Directory.V2HostInode;

    private static readonly Func<(SessionDirectory Directory, SessionView View), Inode> MakeV2 = static t =>
    {
        var inode = new V2DirectoryInode(t.Directory, t.View);
        t.Directory.V2HostInode = inode;
        return inode;
    };

    public SessionTree Tree => tree;

    public V2Documents V2 => tree.V2;

    public Mounter Mounter => mounter;

    /// <summary>Where changes are announced; null before the kernel is there.</summary>
    public IKernelCache? KernelCache { get; set; }

    /// <summary>Takes a reference; null if the node was let go in the meantime.</summary>
    public Inode? TryRetain(SessionNode node, InodeTable table) => IfCurrent(node, table.Retain((node, this), Known, Make), table);

    /// <summary>As <see cref="TryRetain"/>, in the v2 face.</summary>
    public Inode? TryRetainV2(SessionNode node, InodeTable table) => node is SessionDirectory directory
        ? IfCurrent(node, table.Retain((directory, this), KnownV2, MakeV2), table)
        : TryRetain(node, table);

    /// <summary>
    /// Names of a directory have changed in the other face: in <c>root.zarr</c> they stand for something else from now on, and it has another time.
    /// </summary>
    public async ValueTask AnnounceAsync(SessionDirectory directory, params string[] names)
    {
        if (KernelCache is not { } cache || directory.HostInode is not Inode { Node: not 0 and var node })
        {
            return;
        }

        cache.InvalidateNode(node);
        foreach (string name in names)
        {
            cache.InvalidateEntry(node, V2Names.Shown(name));
        }

        await cache.DrainAsync();
    }

    /// <summary>Whatever name of a file is used next: it leads to another inode.</summary>
    public void AnnounceReplacement(SessionFile file)
    {
        foreach (var (directory, name) in tree.PlacesOf(file))
        {
            if (directory.HostInode is Inode { Node: not 0 and var node })
            {
                KernelCache?.InvalidateEntry(node, V2Names.Shown(name));
            }
        }
    }

    /// <summary>Time or permissions of a directory have been changed in the other face.</summary>
    public void AnnounceAttributes(SessionDirectory directory)
    {
        if (directory.HostInode is Inode { Node: not 0 and var node })
        {
            KernelCache?.InvalidateNode(node);
        }
    }

    /// <summary>A document of the v2 face has been written: its node is another from now on.</summary>
    public async ValueTask PublishAsync(SessionDirectory directory)
    {
        await V2.PublishAsync(directory);
        await DocumentsChangedAsync(directory);
    }

    /// <summary>
    /// What v2 tools wrote in a directory, and could not become <c>zarr.json</c>, is tried again before somebody looks at it there. He may have the
    /// lock of the directory in <c>root.zarr</c>.
    /// </summary>
    public ValueTask PublishAgainAsync(SessionDirectory directory) =>
        directory.Unpublished is null ? default : PublishAgainCoreAsync(directory);

    /// <summary>Documents of v2 have changed, or their names: the node is another from now on.</summary>
    public async ValueTask DocumentsChangedAsync(SessionDirectory directory)
    {
        await AnnounceDocumentsAsync(directory);
        await ChangedAsync(directory, NodeDocument.FileName);
    }

    /// <summary>
    /// What a name stands for has changed. A document or a directory is more than itself: copies of it elsewhere would lie.
    /// </summary>
    public async ValueTask ChangedAsync(SessionDirectory directory, string name, bool isDirectory = false)
    {
        if ((isDirectory || name == NodeDocument.FileName) && await Tree.Consolidated.ChangedAsync(directory) && KernelCache is { } cache)
        {
            cache.InvalidateAllEntries();
        }
    }

    /// <summary>As <see cref="AnnounceAsync"/>, for documents of either format: which of them are shown depends on the others.</summary>
    public ValueTask AnnounceDocumentsAsync(SessionDirectory directory) => AnnounceAsync(directory, [NodeDocument.FileName, .. V2Names.Documents]);

    /// <summary>Gives something another name; where that is the name of a v2 document, its node becomes another with it.</summary>
    public async ValueTask RenameAsync(SessionDirectory from, string inTree, SessionDirectory to, string newInTree, RenameFlags flags)
    {
        var (noReplace, exchange) = (flags.HasFlag(RenameFlags.NoReplace), flags.HasFlag(RenameFlags.Exchange));
        await (V2Names.IsKept(inTree) || V2Names.IsKept(newInTree)
            ? V2.RenameAsync(from, inTree, to, newInTree, noReplace, exchange)
            : tree.RenameAsync(from, inTree, to, newInTree, noReplace, exchange, CancellationToken.None));
    }

    /// <summary>Something has another name.</summary>
    public async ValueTask MovedAsync(SessionDirectory from, string name, SessionDirectory to, string newName)
    {
        bool isDirectory = tree.TryFindKnown(to, newName, out var node) && node is SessionDirectory;
        await ChangedAsync(to, newName, isDirectory);
        await ChangedAsync(from, name, isDirectory);
    }

    /// <summary>
    /// Finishes a file that was open for writing, whatever the names are that it has. Who has written to <c>zarr.json</c> has the last word; if
    /// nothing was written, what v2 tools have finished meanwhile counts.
    /// </summary>
    public async ValueTask FinishAsync(SessionHandle handle, Func<SessionHandle, bool> finish)
    {
        await tree.CatchUpAsync(handle);
        bool isFinished = false, isWritten = tree.IsUnfinished(handle);
        IReadOnlyList<(SessionDirectory, string)> written = isWritten ? tree.PlacesOf(handle.File) : [];
        using var finishing = V2Documents.Finishing(written);
        await V2.SupersedeAsync(written, () =>
        {
            isFinished = finish(handle);
            return default;
        });
        foreach (var (directory, name) in isFinished ? tree.PlacesOf(handle.File) : [])
        {
            if (V2Names.IsKept(name))
            {
                await (isWritten ? PublishAsync(directory) : default);
                continue;
            }

            if (name == NodeDocument.FileName && V2.HasKept(directory))
            {
                await V2.PublishAsync(directory);
                AnnounceAttributes(directory);
                KernelCache?.InvalidateAllEntries();
            }

            await ChangedAsync(directory, name);
        }
    }

    private async ValueTask PublishAgainCoreAsync(SessionDirectory directory)
    {
        if (await V2.TryPublishAgainAsync(directory))
        {
            KernelCache?.InvalidateAllEntries();
        }
    }

    private Inode? IfCurrent(SessionNode node, Inode inode, InodeTable table)
    {
        if (tree.IsCurrent(node))
        {
            return inode;
        }

        table.Forget(inode.Node, 1);
        return null;
    }
}
