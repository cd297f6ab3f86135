namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>A directory whose entries are fixed objects, made once.</summary>
internal class FixedDirectoryInode(ulong inodeNumber, long modifiedNs, Mounter mounter) : DirectoryInode
{
    private readonly Dictionary<string, Inode> _entries = [];

    public override Attributes Attributes => mounter.Directory(inodeNumber, modifiedNs);

    public void Add(string name, Inode inode) => _entries.Add(name, inode);

    public override ValueTask<Inode?> LookupAsync(string name, InodeTable table) =>
        new(_entries.TryGetValue(name, out var inode) ? table.Retain(inode) : null);

    public override ValueTask<IEnumerable<DirectoryItem>> ListAsync() =>
        new([.. _entries.Select(e => new DirectoryItem(e.Key, e.Value.Attributes.InodeNumber, e.Value.Attributes.Kind))]);
}

/// <summary>A symbolic link whose target is known.</summary>
internal sealed class LinkInode(ulong inodeNumber, string target, long modifiedNs, Mounter mounter) : SymbolicLinkInode
{
    public override TimeSpan Lifetime => Lifetimes.None;

    public override string Target => target;

    public override Attributes Attributes => mounter.SymbolicLink(inodeNumber, System.Text.Encoding.UTF8.GetByteCount(target), modifiedNs);
}
