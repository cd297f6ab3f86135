using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// The mount's root: the control files, the versions, and <c>root.zarr</c>, which is an ordinary directory that may be removed and made
/// again: that empties the root group, as tools do in mode "w".
/// </summary>
internal sealed class RootInode(ulong inodeNumber, long modifiedNs, Mounter mounter, SessionTree tree)
    : FixedDirectoryInode(inodeNumber, modifiedNs, mounter)
{
    private readonly SessionDirectoryInode _top = new(tree.Top, tree, mounter);

    public override TimeSpan AbsenceLifetime => Lifetimes.Forever;

    public override async ValueTask<Inode?> LookupAsync(string name, InodeTable table) =>
        name == SnapshotTree.RootName ? await _top.LookupAsync(name, table) : await base.LookupAsync(name, table);

    public override async ValueTask<IReadOnlyList<DirectoryItem>> ListAsync() => [.. await _top.ListAsync(), .. await base.ListAsync()];

    public override void Sync() => tree.SyncNames();

    public override async ValueTask<Inode> MakeDirectoryAsync(string name, uint mode, InodeTable table) =>
        name == SnapshotTree.RootName ? await _top.MakeDirectoryAsync(name, mode, table) : throw NotHere(name);

    public override async ValueTask RemoveDirectoryAsync(string name)
    {
        await (name == SnapshotTree.RootName ? _top.RemoveDirectoryAsync(name) : throw NotHere(name));
    }

    public override ValueTask<Inode> MakeSymbolicLinkAsync(string name, string target, InodeTable table) => throw NotHere(name);

    public override ValueTask<(Inode Inode, OpenFile File)> CreateAsync(string name, uint mode, OpenFlags flags, InodeTable table) =>
        throw NotHere(name);

    public override ValueTask<Inode> LinkAsync(Inode file, string name, InodeTable table) => throw NotHere(name);

    public override ValueTask UnlinkAsync(string name) => throw NotHere(name);

    public override ValueTask RenameAsync(string name, DirectoryInode to, string newName, RenameFlags flags) => throw NotHere(name);

    private static SessionException NotHere(string name) =>
        new(Errno.NotPermitted, $"'{name}' cannot be made, moved or removed here: data belongs into {SnapshotTree.RootName}/");
}
