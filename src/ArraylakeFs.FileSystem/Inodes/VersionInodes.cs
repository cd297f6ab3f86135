using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// The tree of one commit. Everything in it is immutable, so the kernel may keep whatever it has seen. One thing is one inode while the
/// kernel holds it.
/// </summary>
internal sealed class VersionTree(SnapshotTree tree, ZarrRepository repository, Mounter mounter)
{
    private readonly Dictionary<(LowerDirectory, string), Inode> _known = []; // guarded by the inode table's lock

    public SnapshotTree Tree => tree;

    public ZarrRepository Repository => repository;

    public Mounter Mounter => mounter;

    /// <summary>Takes a reference to the inode of an item of <paramref name="holder"/>.</summary>
    public Inode Retain(LowerDirectory holder, LowerItem item, InodeTable table) => table.Retain(
        (This: this, holder, item),
        static t => t.This._known.GetValueOrDefault((t.holder, t.item.Name)),
        static t => t.This._known[(t.holder, t.item.Name)] = t.item.Kind == LowerKind.Directory
            ? new VersionDirectoryInode(t.item.Directory, t.This, t.holder, t.item.Name)
            : new VersionFileInode(t.item, t.This, t.holder));

    /// <summary>The kernel has forgotten it.</summary>
    public void Forgotten(LowerDirectory holder, string name) => _known.Remove((holder, name));

    /// <summary>The inode number of a place in this version: other versions show the same place as another file.</summary>
    public ulong Number(ulong number) => InodeNumbers.InVersion(tree is V2SnapshotTree ? InodeNumbers.InV2(number) : number, tree.Snapshot.Id);
}

/// <summary>A directory of a commit.</summary>
internal sealed class VersionDirectoryInode(LowerDirectory directory, VersionTree version, LowerDirectory holder, string name) : DirectoryInode
{
    public override TimeSpan AbsenceLifetime => Lifetimes.Forever;

    public override Attributes Attributes =>
        version.Mounter.Directory(version.Number(directory.InodeNumber), UnixTime.Nanoseconds(directory.Tree.Snapshot.FlushedAt));

    public override bool TryLookup(ReadOnlySpan<char> name, InodeTable table, out Inode? found)
    {
        bool isKnown = SnapshotTree.TryFindChunk(directory, name, out var item);
        found = item is { } chunk ? version.Retain(directory, chunk, table) : null;
        return isKnown;
    }

    public override async ValueTask<Inode?> LookupAsync(string name, InodeTable table) =>
        await version.Tree.FindAsync(directory, name, CancellationToken.None) is { } item ? version.Retain(directory, item, table) : null;

    public override async ValueTask<IEnumerable<DirectoryItem>> ListAsync() =>
        (await version.Tree.ListAsync(directory, CancellationToken.None)).Select(item => new DirectoryItem(
            item.Name, version.Number(item.InodeNumber), item.Kind == LowerKind.Directory ? FileKind.Directory : FileKind.File));

    public override void Forgotten() => version.Forgotten(holder, name);
}

/// <summary>A document or chunk of a commit.</summary>
internal sealed class VersionFileInode(LowerItem item, VersionTree version, LowerDirectory holder) : FileInode
{
    public override Attributes Attributes => version.Mounter.File(version.Number(item.InodeNumber), item.Size, item.ModifiedNs);

    public override ReadOnlyMemory<byte>? ExtendedAttribute(ReadOnlySpan<char> name) => ChunkAttributes.Get(ChunkFacts.Of(item.Content), name);

    protected internal override ValueTask<OpenFile> OpenAsync(OpenFlags flags) => flags.HasFlag(OpenFlags.Write)
        ? throw NeverChanges()
        : new(new Opened(item.Content!, version.Tree.Snapshot.Id, ContentReader.Of(item.Content!, version.Repository)));

    protected override FileInode MakeSuccessor() => throw NeverChanges();

    public override void Forgotten() => version.Forgotten(holder, item.Name);

    private static SessionException NeverChanges() => new(Errno.ReadOnly, "a commit never changes: check its branch out and change root.zarr");

    internal sealed class Opened(FileContent content, ObjectId12 commit, ContentReader reader) : OpenFile
    {
        /// <summary>What it is opened to read.</summary>
        public FileContent Content => content;

        /// <summary>The commit that it is in.</summary>
        public ObjectId12 Commit => commit;

        public override DataCaching Caching => content.IsOutside ? DataCaching.UntilOpened : DataCaching.Keep;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination) =>
            reader.ReadAsync(offset, destination, CancellationToken.None);

        public override SafeFileHandle? OpenBacking() => reader.OpenBacking();

        public override void Close() => reader.Dispose();
    }
}
