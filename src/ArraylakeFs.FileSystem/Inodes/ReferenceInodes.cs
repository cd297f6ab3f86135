using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary><c>commits/</c>: a directory for each commit of the repository.</summary>
internal sealed class CommitsDirectoryInode(ulong inodeNumber, long modifiedNs, Mounter mounter, ZarrRepository repository) : DirectoryInode
{
    private readonly Dictionary<ObjectId12, CommitDirectoryInode> _known = []; // guarded by the inode table's lock

    public override Attributes Attributes => mounter.Directory(inodeNumber, modifiedNs);

    public override async ValueTask<Inode?> LookupAsync(string name, InodeTable table)
    {
        var references = await repository.ReferencesAsync(CancellationToken.None);
        if (!ObjectId12.TryParse(name, out var id) || id.ToString() != name || !references.TryGetCommit(id, out var commit))
        {
            return null;
        }

        return table.Retain(
            commit, c => _known.GetValueOrDefault(c.Id),
            c => _known[c.Id] = CommitDirectoryInode.Listed(c, mounter, repository, () => _known.Remove(c.Id)));
    }

    public override async ValueTask<IEnumerable<DirectoryItem>> ListAsync() =>
    [
        .. (await repository.ReferencesAsync(CancellationToken.None)).Commits.Select(c =>
            new DirectoryItem(c.Id.ToString(), CommitDirectoryInode.Number(c.Id), FileKind.Directory)),
    ];
}

/// <summary><c>commits/ID/</c>: who, when, why, and the tree.</summary>
internal sealed class CommitDirectoryInode : DirectoryInode
{
    private readonly CommitInfo _commit;
    private readonly Mounter _mounter;
    private readonly ZarrRepository _repository;
    private readonly Action _forgotten;
    private readonly FixedDirectoryInode _texts;
    private readonly Lock _lock = new();
    private Task<VersionTree>? _tree, _v2Tree;

    private CommitDirectoryInode(CommitInfo commit, Mounter mounter, ZarrRepository repository, Action forgotten)
    {
        (_commit, _mounter, _repository, _forgotten) = (commit, mounter, repository, forgotten);
        _texts = new FixedDirectoryInode(Number(commit.Id), ModifiedNs, mounter);
        AddText("message", commit.Message);
        AddText("author", Reports.LogText.Author(commit));
        AddText("date", Reports.LogText.Date(commit.Time));
        AddText("parent", commit.Parent?.ToString() ?? "");
    }

    /// <summary>The directory in <c>commits/</c>.</summary>
    public static CommitDirectoryInode Listed(CommitInfo commit, Mounter mounter, ZarrRepository repository, Action forgotten)
    {
        var directory = new CommitDirectoryInode(commit, mounter, repository, forgotten);
        directory.AddChanges("changes", Reports.DiffText.Text);
        directory.AddChanges("changes.json", Reports.DiffJson.Text);
        return directory;
    }

    /// <summary>The root of a mount; without the files whose sizes are not known before they are read.</summary>
    public static CommitDirectoryInode Alone(CommitInfo commit, Mounter mounter, ZarrRepository repository) =>
        new(commit, mounter, repository, () => { });

    public override TimeSpan AbsenceLifetime => Lifetimes.Forever;

    public override Attributes Attributes => _texts.Attributes;

    private long ModifiedNs => UnixTime.Nanoseconds(_commit.Time);

    public static ulong Number(ObjectId12 id) => InodeNumbers.OfPath($"commits/{id}");

    public override async ValueTask<Inode?> LookupAsync(string name, InodeTable table)
    {
        if (name is not (SnapshotTree.RootName or V2Names.RootName))
        {
            return await _texts.LookupAsync(name, table);
        }

        var version = await (name == SnapshotTree.RootName
            ? TreeAsync(ref _tree, snapshot => new SnapshotTree(snapshot))
            : TreeAsync(ref _v2Tree, snapshot => new V2SnapshotTree(snapshot)));
        var root = await version.Tree.FindAsync(version.Tree.Top, name, CancellationToken.None);
        return version.Retain(version.Tree.Top, root!.Value, table);
    }

    public override async ValueTask<IEnumerable<DirectoryItem>> ListAsync()
    {
        var items = (await _texts.ListAsync()).ToList();
        items.Add(new(SnapshotTree.RootName, InodeNumbers.InVersion(InodeNumbers.Root, _commit.Id), FileKind.Directory));
        items.Add(new(V2Names.RootName, InodeNumbers.InVersion(InodeNumbers.InV2(InodeNumbers.Root), _commit.Id), FileKind.Directory));
        return items;
    }

    public override void Forgotten() => _forgotten();

    /// <summary>One tree of each face, because one thing is to be one inode; a failure is tried again.</summary>
    private Task<VersionTree> TreeAsync(ref Task<VersionTree>? tree, Func<SnapshotView, SnapshotTree> show)
    {
        lock (_lock)
        {
            return tree is { IsFaulted: false } known ? known : tree = OpenAsync(show);
        }
    }

    private async Task<VersionTree> OpenAsync(Func<SnapshotView, SnapshotTree> show) =>
        new(show(await _repository.SnapshotAsync(_commit.Id, CancellationToken.None)), _repository, _mounter);

    private void AddChanges(string name, Func<VersionDiff, string> show) =>
        _texts.Add(name, new CommitChangesInode(NumberOf(name), _commit.Id, _repository, show, ModifiedNs, _mounter));

    private ulong NumberOf(string name) => InodeNumbers.OfPath($"commits/{_commit.Id}/{name}");

    private void AddText(string name, string text) =>
        _texts.Add(name, new ConstantInode(NumberOf(name), text.Length == 0 ? "" : text + "\n", ModifiedNs, _mounter));
}

/// <summary>A file whose text never changes.</summary>
internal sealed class ConstantInode(ulong inodeNumber, string text, long modifiedNs, Mounter mounter) : FileInode
{
    private readonly byte[] _bytes = System.Text.Encoding.UTF8.GetBytes(text);

    public override Attributes Attributes => mounter.File(inodeNumber, _bytes.Length, modifiedNs);

    protected internal override ValueTask<OpenFile> OpenAsync(OpenFlags flags) =>
        flags.HasFlag(OpenFlags.Write) ? throw Refusals.ReadOnly() : new(new ConstantFile(_bytes, DataCaching.Keep));
}

/// <summary>An open file whose bytes are there already.</summary>
internal sealed class ConstantFile(byte[] bytes, DataCaching caching) : OpenFile
{
    public override DataCaching Caching => caching;

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination)
    {
        int count = (int)Math.Clamp(bytes.Length - offset, 0, destination.Length);
        bytes.AsSpan((int)Math.Min(offset, bytes.Length), count).CopyTo(destination.Span);
        return new(count);
    }
}
