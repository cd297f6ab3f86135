using ArraylakeFs.Sessions;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>A file of the session's view.Tree.</summary>
internal sealed class SessionFileInode(SessionFile file, SessionView view) : FileInode
{
    private SessionFileInode? _former; // while it, or one before it, may be held
    private Frozen? _frozen; // since it was replaced
    private bool _isSuccessor;
    private bool _isWrittenBehind; // by who has a former one open: what the kernel keeps of this one may be former bytes, and nobody tells it

    internal SessionFile File => file;

    /// <summary>Whoever holds a former inode can change the attributes of this one by it; the kernel does not know that they are one file.</summary>
    public override TimeSpan Lifetime =>
        IsReplaced || _former is not null || _isWrittenBehind || KernelWriter is { IsBackingCurrent: false } ? Lifetimes.None : base.Lifetime;

    /// <summary>What is written to in place while it is read is not to become another inode over and over: at most once between two commits.</summary>
    protected override bool MayPassThrough => !_isWrittenBehind && !(_isSuccessor && SessionTree.IsStaged(file)) && SessionTree.MayPassThrough(file);

    /// <summary>
    /// Who has one open that is not the file any more, because it was replaced or a commit has taken it from him, goes on reading and writing what it was:
    /// size and time are those of that.
    /// </summary>
    public override Attributes Attributes
    {
        get
        {
            if (FirstPassedThrough is Opened { BackingStatus: { } seen })
            {
                return view.Mounter.Attributes(seen);
            }

            var now = view.Tree.Status(file);
            return view.Mounter.Attributes(_frozen is { } then ? now with { Size = then.Size, ModifiedNs = then.ModifiedNs } : now);
        }
    }

    public override async ValueTask SetAttributesAsync(AttributeChange change)
    {
        if (change.Size is { } size)
        {
            int backing = BeginChange();
            try
            {
                await TruncateAsync(size, backing);
            }
            finally
            {
                EndChange(backing);
            }
        }

        if (change.ModifiedNs is not null || change.Permissions is not null)
        {
            if (change.ModifiedNs is { } time)
            {
                (KernelWriter as Opened)?.SetBackingTime(time);
            }

            await view.Tree.SetAttributesAsync(file, change.ModifiedNs, change.Permissions);
        }
    }

    public override ReadOnlyMemory<byte>? ExtendedAttribute(ReadOnlySpan<char> name) => ChunkAttributes.Get(view.Tree.FactsOf(file), name);

    protected internal override async ValueTask<OpenFile> OpenAsync(OpenFlags flags) =>
        await OpenedAsync(await view.Tree.OpenAsync(file, flags.HasFlag(OpenFlags.Write)), flags, view);

    protected override FileInode MakeSuccessor()
    {
        if (view.Tree.ReadOnlyReason is { } reason && KernelWriter is null)
        {
            throw new SessionException(Errno.ReadOnly, reason);
        }

        var now = view.Tree.Status(file);
        _frozen = SessionTree.IsStaged(file) ? null : new Frozen(now.Size, now.ModifiedNs);
        bool isWrittenBehind = _isWrittenBehind || KernelWriter is not null;
        return new SessionFileInode(file, view) { _former = this, _isSuccessor = true, _isWrittenBehind = isWrittenBehind };
    }

    protected override void PutInPlace(FileInode successor) => view.Tree.ReplaceHost(file, successor);

    protected override void AnnounceSuccessor()
    {
        if (_frozen is null && Node is var node and not 0)
        {
            view.KernelCache?.InvalidateNode(node); // who has it open sees what is written; no page of it is being read
        }

        view.AnnounceReplacement(file);
    }

    /// <summary>What is left to do once the session has opened a file. The handle is closed if that fails.</summary>
    internal static async ValueTask<OpenFile> OpenedAsync(SessionHandle handle, OpenFlags flags, SessionView view)
    {
        if (flags.HasFlag(OpenFlags.Write | OpenFlags.Truncate))
        {
            try
            {
                await view.Tree.TruncateAsync(handle, 0, CancellationToken.None);
            }
            catch
            {
                view.Tree.Close(handle);
                throw;
            }
        }

        return new Opened(handle, view);
    }

    public override void Forgotten()
    {
        // The oldest are not found by any name any more.
        for (var oldest = this; oldest is { _former: null, References: 0, Successor: SessionFileInode next }; oldest = next)
        {
            next._former = null;
        }

        var last = this;
        while (last.Successor is SessionFileInode next)
        {
            last = next;
        }

        for (var one = last; one is not null; one = one._former)
        {
            if (one.References > 0)
            {
                return; // who holds it may be about to look the last one up
            }
        }

        view.Tree.Forget(file);
    }

    public override void LetGo() => view.Tree.DeleteUnneeded();

    private async ValueTask TruncateAsync(long size, int backing)
    {
        var handle = await view.Tree.OpenAsync(file, write: true);
        try
        {
            if (backing != 0 && KernelWriter is not { IsBackingCurrent: true })
            {
                throw LookAgain(); // there was a commit meanwhile, and there is none from now on
            }

            await view.Tree.TruncateAsync(handle, size, CancellationToken.None);
            await view.FinishAsync(handle, view.Tree.Flush);
        }
        finally
        {
            view.Tree.Close(handle);
        }
    }

    private sealed record Frozen(long Size, long ModifiedNs);

    private sealed class Opened(SessionHandle handle, SessionView view) : OpenFile
    {
        private readonly SessionHandle _handle = handle;

        public override DataCaching Caching =>
            Inode is SessionFileInode { _isWrittenBehind: true } || SessionTree.IsOutside(_handle.File) ? DataCaching.UntilOpened : DataCaching.Keep;

        public NodeStatus? BackingStatus => view.Tree.BackingStatus(_handle);

        public void SetBackingTime(long modifiedNs) => view.Tree.SetBackingTime(_handle, modifiedNs);

        public override SafeFileHandle? OpenBacking() => view.Tree.OpenBacking(_handle);

        public override SafeFileHandle? OpenBackingToWrite() => view.Tree.OpenBackingToWrite(_handle);

        public override void WasPassedThrough(bool writes) => view.Tree.NotePassedThrough(_handle, writes);

        public override bool IsBackingCurrent => view.Tree.IsBackingCurrent(_handle);

        public override void WasOpened(OpenFlags flags, int process) =>
            view.Tree.NoteOpened(_handle, process, flags.HasFlag(OpenFlags.Read), flags.HasFlag(OpenFlags.Truncate));

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination) =>
            SessionTree.ReadAsync(_handle, offset, destination, CancellationToken.None);

        public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source) =>
            view.Tree.WriteAsync(_handle, offset, source, CancellationToken.None);

        public override ValueTask<long?> TryTakeOverAsync(OpenFile source, long maxBytes) => source switch
        {
            Opened other => view.Tree.TryShareAsync(_handle, other._handle, maxBytes, isAsOpened: other.BackingId != 0),
            VersionFileInode.Opened committed => view.Tree.TryShareAsync(_handle, committed.Content, committed.Commit, maxBytes),
            _ => base.TryTakeOverAsync(source, maxBytes),
        };

        public override ValueTask FlushAsync() => _handle.CanWrite ? view.FinishAsync(_handle, view.Tree.Flush) : default;

        public override ValueTask SyncAsync() => view.FinishAsync(_handle, view.Tree.Sync);

        public override ValueTask CatchUpAsync() => view.Tree.CatchUpAsync(_handle);

        public override void Close() => view.Tree.Close(_handle);
    }
}
