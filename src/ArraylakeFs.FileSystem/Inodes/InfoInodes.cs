using ArraylakeFs.FileSystem.Reports;
using ArraylakeFs.Sessions;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// <c>info/</c> and the directories below it, which follow the groups: a file for each array, and <c>.info</c> for the group itself.
/// Each has a twin for programs under its name with <c>.json</c>, which is not listed. A directory is one inode while the kernel holds it:
/// another one under the same name would take the directory away from those who stand in it.
/// </summary>
internal sealed class InfoDirectoryInode(
    string path, long modifiedNs, Mounter mounter, Session session, Dictionary<string, InfoDirectoryInode>? others = null) : DirectoryInode
{
    private const string OwnName = ".info", JsonSuffix = ".json";

    private readonly Dictionary<string, InfoDirectoryInode> _known = others ?? []; // by path, guarded by the inode table's lock

    public override TimeSpan Lifetime => Lifetimes.None;

    public override Attributes Attributes => mounter.Directory(Number(path), modifiedNs);

    public override async ValueTask<Inode?> LookupAsync(string name, InodeTable table)
    {
        if (name is OwnName or OwnName + JsonSuffix && await IsNodeAsync())
        {
            return table.Retain(InfoFile(path, name));
        }

        string below = path == "/" ? "/" + name : $"{path}/{name}";
        return await Hierarchy.FindAsync(session.Tree, below, CancellationToken.None) switch
        {
            { Kind: NodeKind.Group } => table.Retain(
                below, p => _known.GetValueOrDefault(p), p => _known[p] = new InfoDirectoryInode(p, modifiedNs, mounter, session, _known)),
            not null => table.Retain(InfoFile(below, "")),
            null when name.EndsWith(JsonSuffix, StringComparison.Ordinal) => await LookupTwinAsync(below[..^JsonSuffix.Length], table),
            _ => null,
        };
    }

    public override async ValueTask<IEnumerable<DirectoryItem>> ListAsync()
    {
        var children = await Hierarchy.ChildrenAsync(session.Tree, path, CancellationToken.None);
        return
        [
            .. await IsNodeAsync() ? [new DirectoryItem(OwnName, Number(path + "\0" + OwnName), FileKind.File)] : (DirectoryItem[])[],
            .. children.Select(c => new DirectoryItem(
                c.Name, Number(c.Kind == NodeKind.Group ? c.Path : c.Path + "\0"), c.Kind == NodeKind.Group ? FileKind.Directory : FileKind.File)),
        ];
    }

    public override void Forgotten() => _known.Remove(path);

    /// <summary>Only the root need not be one.</summary>
    private async ValueTask<bool> IsNodeAsync() => await Hierarchy.FindAsync(session.Tree, path, CancellationToken.None) is not null;

    private async ValueTask<Inode?> LookupTwinAsync(string node, InodeTable table) =>
        await Hierarchy.FindAsync(session.Tree, node, CancellationToken.None) is { Kind: NodeKind.Array }
            ? table.Retain(InfoFile(node, JsonSuffix))
            : null;

    private static ulong Number(string path) => InodeNumbers.OfPath("info:" + path);

    private bool IsReadOnly => session.Tree.ReadOnlyReason is not null;

    private TextInode InfoFile(string node, string suffix) => new(Number(node + "\0" + suffix), modifiedNs, mounter)
    {
        NameLifetime = Lifetimes.None, // arrays come and go, and become groups
        Read = async () => await Hierarchy.DescribeAsync(session.Tree, node, CancellationToken.None) is { } facts
            ? suffix.EndsWith(JsonSuffix, StringComparison.Ordinal) ? InfoText.Json(facts, IsReadOnly) : InfoText.Text(facts, IsReadOnly)
            : throw new SessionException(Errno.NoEntry, $"there is no node at {node}"),
    };
}
