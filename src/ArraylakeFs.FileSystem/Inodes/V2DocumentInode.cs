using ArraylakeFs.Sessions;
using ArraylakeFs.Zarr.V2;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// A v2 document that is derived from <c>zarr.json</c>. Whoever opens it for writing makes it a file of the session, which it is from
/// then on: the kernel knows it by the same number.
/// </summary>
internal sealed class V2DocumentInode(V2DirectoryInode directory, string name, ReadOnlyMemory<byte> bytes) : FileInode
{
    private readonly SessionView _view = directory.View;
    private SessionFileInode? _kept;

    /// <summary>The file of the session that it has become; null while it is derived.</summary>
    public SessionFile? File => _kept?.File;

    public override TimeSpan Lifetime => Lifetimes.None;

    /// <summary>It may be renamed to a chunk; but it is the same inode for all that come, and cannot send writers to another.</summary>
    protected override bool MayPassThrough => false;

    public override Attributes Attributes
    {
        get
        {
            if (_kept is not null)
            {
                return _kept.Attributes;
            }

            return _view.Mounter.File(
                Number(directory.Directory, name), bytes.Length, _view.Tree.DocumentModifiedNs(directory.Directory));
        }
    }

    /// <summary>The inode number of a derived document.</summary>
    public static ulong Number(SessionDirectory directory, string name) => InodeNumbers.InV2(directory.InodeNumber, name);

    /// <summary>Whether it has these bytes, and is not a file by now.</summary>
    public bool IsOf(ReadOnlyMemory<byte> other) => _kept is null && bytes.Span.SequenceEqual(other.Span);

    public override async ValueTask SetAttributesAsync(AttributeChange change) => await (await KeepAsync()).SetAttributesAsync(change);

    protected internal override async ValueTask<OpenFile> OpenAsync(OpenFlags flags) =>
        _kept is null && !flags.HasFlag(OpenFlags.Write) ? new Opened(bytes) : await (await KeepAsync()).OpenAsync(flags);

    /// <summary>The file of the session that it becomes. EROFS.</summary>
    public async ValueTask<SessionFile> KeepFileAsync() => (await KeepAsync()).File;

    public override void Forgotten()
    {
        directory.Forgotten(name, this);
        if (ReferenceEquals(_kept?.File.HostInode, this))
        {
            _kept!.Forgotten();
        }
    }

    public override void LetGo() => _view.Tree.DeleteUnneeded();

    private async ValueTask<SessionFileInode> KeepAsync()
    {
        if (_kept is null && _view.Tree.ReadOnlyReason is { } reason)
        {
            throw new SessionException(Errno.ReadOnly, reason);
        }

        if (_kept is null)
        {
            bool isCopy = name == V2Node.ConsolidatedFileName; // which is a file all the time, and shown as what it ought to be
            var file = await (isCopy ? _view.V2.KeepAsync(directory.Directory, name) : _view.V2.KeepAsync(directory.Directory, name, bytes));
            if (file is null || (!ReferenceEquals(_view.Tree.HostOf(file, this), this) && !isCopy))
            {
                throw new SessionException(Errno.Stale, $"{name} has been written or removed since it was looked up");
            }

            _kept = new SessionFileInode(file, _view);
        }

        return _kept;
    }

    private sealed class Opened(ReadOnlyMemory<byte> bytes) : OpenFile
    {
        public override DataCaching Caching => DataCaching.UntilOpened;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination)
        {
            var rest = offset < bytes.Length ? bytes[(int)offset..] : default;
            int count = Math.Min(rest.Length, destination.Length);
            rest[..count].CopyTo(destination);
            return new(count);
        }
    }
}
