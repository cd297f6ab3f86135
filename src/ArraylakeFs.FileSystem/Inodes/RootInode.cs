using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// The mount's root: the control files, the versions, and the two faces of the tree, which are ordinary directories that may be removed and
/// made again: that empties the root group, as tools do in mode "w".
/// </summary>
internal sealed class RootInode(ulong inodeNumber, long modifiedNs, SessionView view)
    : FixedDirectoryInode(inodeNumber, modifiedNs, view.Mounter)
{
    private readonly SessionDirectoryInode _top = new(view.Tree.Top, view);
    private readonly V2RootFace _v2 = new(view);

    public override TimeSpan AbsenceLifetime => Lifetimes.Forever;

    public override TimeSpan NameLifetime(ReadOnlySpan<char> name, Inode? found) =>
        name is V2Names.RootName ? Lifetimes.None : base.NameLifetime(name, found);

    public override async ValueTask<Inode?> LookupAsync(string name, InodeTable table) => name switch
    {
        SnapshotTree.RootName => await _top.LookupAsync(name, table),
        V2Names.RootName => await _v2.LookupAsync(table),
        _ => await base.LookupAsync(name, table),
    };

    public override async ValueTask<IEnumerable<DirectoryItem>> ListAsync() =>
        [.. await _top.ListAsync(), .. await _v2.ListAsync(), .. await base.ListAsync()];

    public override void Sync() => view.Tree.SyncNames();

    public override async ValueTask<Inode> MakeDirectoryAsync(string name, uint mode, InodeTable table) => name switch
    {
        SnapshotTree.RootName => await _top.MakeDirectoryAsync(name, mode, table),
        V2Names.RootName => await _v2.MakeAsync(mode, table),
        _ => throw NotHere(name),
    };

    public override ValueTask RemoveDirectoryAsync(string name) => name switch
    {
        SnapshotTree.RootName => _top.RemoveDirectoryAsync(name),
        V2Names.RootName => _v2.RemoveAsync(),
        _ => throw NotHere(name),
    };

    public override ValueTask<Inode> MakeSymbolicLinkAsync(string name, string target, InodeTable table) => throw NotHere(name);

    public override ValueTask<(FileInode Inode, OpenFile File)> CreateAsync(string name, uint mode, OpenFlags flags, InodeTable table) =>
        throw NotHere(name);

    public override ValueTask<Inode> LinkAsync(Inode file, string name, InodeTable table) => throw NotHere(name);

    public override ValueTask UnlinkAsync(string name) => throw NotHere(name);

    public override ValueTask RenameAsync(string name, DirectoryInode to, string newName, RenameFlags flags) => throw NotHere(name);

    private static SessionException NotHere(string name) =>
        new(Errno.NotPermitted, $"'{name}' cannot be made, moved or removed here: data belongs into {SnapshotTree.RootName}/ or {V2Names.RootName}/");
}
