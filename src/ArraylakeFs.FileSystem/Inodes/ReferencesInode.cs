using System.Collections.Concurrent;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// <c>branches/</c> or <c>tags/</c>: a symbolic link to its commit for each. Making, removing and renaming links changes the repository at
/// once; others may do so at any time, so nothing here is cached.
/// </summary>
internal abstract class ReferencesInode(ulong inodeNumber, long modifiedNs, Mounter mounter, Session session, string? mountpoint) : DirectoryInode
{
    /// <summary>The names that GNU ln makes for a moment, where it is to replace a link: <c>CuXXXXXX</c>.</summary>
    private const string TemporaryPrefix = "Cu";
    private const int TemporaryLength = 8;

    /// <summary>Links under such names. They are no branches and tags unless they are renamed (decision 12).</summary>
    private readonly ConcurrentDictionary<string, ObjectId12> _temporary = new();

    public override bool NamesAreCommands => true;

    public override Attributes Attributes => mounter.Directory(inodeNumber, modifiedNs);

    protected Session Session => session;

    /// <summary>The directory's own name.</summary>
    protected abstract string Directory { get; }

    protected abstract string What { get; }

    protected abstract IReadOnlyList<Reference> All(References references);

    protected abstract bool TryGet(References references, string name, out ObjectId12 commit);

    protected abstract Task CreateAsync(string name, ObjectId12 commit);

    protected abstract Task DeleteAsync(string name);

    /// <summary>A link is renamed over that of <paramref name="name"/>, which is there.</summary>
    protected abstract Task ReplaceAsync(string name, ObjectId12 commit);

    /// <summary>Renames what is no temporary link, over another one if it <paramref name="replaces"/> that.</summary>
    protected abstract Task MoveAsync(string name, string newName, bool replaces);

    public override async ValueTask<Inode?> LookupAsync(string name, InodeTable table) =>
        await FindAsync(name) is { } commit ? table.Retain(Link(name, commit)) : null;

    public override async ValueTask<IEnumerable<DirectoryItem>> ListAsync() =>
    [
        .. All(await session.Repository.ReferencesAsync(CancellationToken.None)).Select(r => ReferenceName.Encode(r.Name))
            .Union(_temporary.Keys).Select(name => new DirectoryItem(name, Number(name), FileKind.SymbolicLink)),
    ];

    public override async ValueTask<Inode> MakeSymbolicLinkAsync(string name, string target, InodeTable table)
    {
        var references = await session.Repository.ReferencesAsync(CancellationToken.None);
        session.CheckReferencesCanChange(references);
        var commit = LinkTarget.Resolve(target, Directory, references, mountpoint);
        if (!IsTemporary(name))
        {
            await CreateAsync(Decode(name), commit);
        }
        else if (TryGet(references, name, out _) || !_temporary.TryAdd(name, commit))
        {
            throw IsThere(name);
        }

        return table.Retain(Link(name, commit));
    }

    /// <summary>
    /// At the checked-out commit. What is made is a link, but kernels demand that mkdir(2) answers with a directory: it gets one of which
    /// nothing may be believed for any time, so that the next look at the name finds the link.
    /// </summary>
    public override async ValueTask<Inode> MakeDirectoryAsync(string name, uint mode, InodeTable table)
    {
        await CreateAsync(Decode(name), session.Base);
        return table.Retain(new PassingDirectoryInode(Number(name), modifiedNs, mounter));
    }

    public override async ValueTask UnlinkAsync(string name)
    {
        if (!_temporary.TryRemove(name, out _))
        {
            await DeleteAsync(await NameOfAsync(name));
        }
    }

    public override async ValueTask RenameAsync(string name, DirectoryInode to, string newName, RenameFlags flags)
    {
        if (to != this)
        {
            throw new SessionException(Errno.NotPermitted,
                $"'{name}' stays in {Directory}/: a link is renamed there with `mv -T`, and made elsewhere with `ln -s ../{Directory}/{name} NAME`");
        }

        if (flags.HasFlag(RenameFlags.Exchange))
        {
            throw new SessionException(Errno.Invalid, $"two links in {Directory}/ cannot change places");
        }

        bool isThere = await FindAsync(newName) is not null;
        if (isThere && flags.HasFlag(RenameFlags.NoReplace))
        {
            throw IsThere(newName);
        }

        if (!_temporary.TryGetValue(name, out var commit))
        {
            await MoveAsync(await NameOfAsync(name), await NameOfAsync(newName), isThere);
        }
        else
        {
            await (isThere ? ReplaceAsync(await NameOfAsync(newName), commit) : CreateAsync(Decode(newName), commit));
            _temporary.TryRemove(name, out _);
        }

        _temporary.TryRemove(newName, out _);
    }

    public override ValueTask RemoveDirectoryAsync(string name) =>
        throw new SessionException(Errno.NotDirectory, $"{Directory}/{name} is a link: `rm` removes it");

    public override ValueTask<(FileInode Inode, OpenFile File)> CreateAsync(string name, uint mode, OpenFlags flags, InodeTable table) => throw OnlyLinks(name);

    public override ValueTask<Inode> LinkAsync(Inode file, string name, InodeTable table) => throw OnlyLinks(name);

    private static bool IsTemporary(string name) => name.Length == TemporaryLength
        && name.StartsWith(TemporaryPrefix, StringComparison.Ordinal) && name.All(char.IsAsciiLetterOrDigit);

    private static string Decode(string name) => ReferenceName.Decode(name) ?? throw IsNoName(name);

    private static SessionException IsNoName(string name) => new(Errno.Invalid,
        $"'{name}' is the file name of no branch or tag: write % as %25, / as %2F, and so on with capital digits");

    /// <summary>The name of one that is there, or that could be made.</summary>
    private async ValueTask<string> NameOfAsync(string file) =>
        ReferenceName.NameOf(All(await session.Repository.ReferencesAsync(CancellationToken.None)), file) ?? throw IsNoName(file);

    private SessionException IsThere(string name) => new(Errno.Exists, $"there is a {What} '{name}' already");

    private SessionException OnlyLinks(string name) => new(Errno.NotPermitted,
        $"'{name}' cannot be made: {Directory}/ holds symbolic links, made with `ln -s ../commits/ID {Directory}/NAME` or `mkdir {Directory}/NAME`");

    private async ValueTask<ObjectId12?> FindAsync(string name)
    {
        if (_temporary.TryGetValue(name, out var commit))
        {
            return commit;
        }

        var references = await session.Repository.ReferencesAsync(CancellationToken.None);
        return ReferenceName.NameOf(All(references), name) is { } known && TryGet(references, known, out commit) ? commit : null;
    }

    private LinkInode Link(string name, ObjectId12 commit) => new(Number(name), $"../commits/{commit}", modifiedNs, mounter);

    private ulong Number(string name) => InodeNumbers.OfPath($"{inodeNumber}:{name}");

    private sealed class PassingDirectoryInode(ulong inodeNumber, long modifiedNs, Mounter mounter) : FixedDirectoryInode(inodeNumber, modifiedNs, mounter)
    {
        public override TimeSpan Lifetime => Lifetimes.None;
    }
}

/// <summary><c>branches/</c></summary>
internal sealed class BranchesInode(ulong inodeNumber, long modifiedNs, Mounter mounter, Session session, string? mountpoint)
    : ReferencesInode(inodeNumber, modifiedNs, mounter, session, mountpoint)
{
    public const string Name = "branches";

    protected override string Directory => Name;

    protected override string What => "branch";

    protected override IReadOnlyList<Reference> All(References references) => references.Branches;

    protected override bool TryGet(References references, string name, out ObjectId12 commit) => references.TryGetBranch(name, out commit);

    protected override Task CreateAsync(string name, ObjectId12 commit) => Session.CreateBranchAsync(name, commit, CancellationToken.None);

    protected override Task DeleteAsync(string name) => Session.DeleteBranchAsync(name, CancellationToken.None);

    protected override Task ReplaceAsync(string name, ObjectId12 commit) => Session.SetBranchAsync(name, commit, CancellationToken.None);

    protected override Task MoveAsync(string name, string newName, bool replaces) =>
        Session.MoveBranchAsync(name, newName, replaces, CancellationToken.None);
}

/// <summary><c>tags/</c>: they are made and deleted, and never moved.</summary>
internal sealed class TagsInode(ulong inodeNumber, long modifiedNs, Mounter mounter, Session session, string? mountpoint)
    : ReferencesInode(inodeNumber, modifiedNs, mounter, session, mountpoint)
{
    public const string Name = "tags";

    protected override string Directory => Name;

    protected override string What => "tag";

    protected override IReadOnlyList<Reference> All(References references) => references.Tags;

    protected override bool TryGet(References references, string name, out ObjectId12 commit) => references.TryGetTag(name, out commit);

    protected override Task CreateAsync(string name, ObjectId12 commit) => Session.CreateTagAsync(name, commit, CancellationToken.None);

    protected override Task DeleteAsync(string name) => Session.DeleteTagAsync(name, CancellationToken.None);

    protected override Task ReplaceAsync(string name, ObjectId12 commit) =>
        throw new SessionException(Errno.NotPermitted, $"there is a tag '{name}' already, and a tag is never moved");

    protected override Task MoveAsync(string name, string newName, bool replaces) => throw new SessionException(Errno.NotPermitted,
        $"the tag '{name}' is never moved or renamed: make another with `ln -s ../tags/{ReferenceName.Encode(name)} tags/NAME`");
}
