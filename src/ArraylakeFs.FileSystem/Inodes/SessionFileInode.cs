using ArraylakeFs.Sessions;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>A file of the session's view.Tree.</summary>
internal sealed class SessionFileInode(SessionFile file, SessionView view) : FileInode
{
    private SessionFileInode? _former;

    internal SessionFile File => file;

    public override TimeSpan Lifetime => IsReplaced ? Lifetimes.None : base.Lifetime;

    public override Attributes Attributes => view.Mounter.Attributes(view.Tree.Status(file));

    public override async ValueTask SetAttributesAsync(AttributeChange change)
    {
        if (change.Size is { } size)
        {
            BeginAsking();
            try
            {
                await TruncateAsync(size);
            }
            finally
            {
                EndAsking();
            }
        }

        if (change.ModifiedNs is not null || change.Permissions is not null)
        {
            await view.Tree.SetAttributesAsync(file, change.ModifiedNs, change.Permissions);
        }
    }

    public override ReadOnlyMemory<byte>? ExtendedAttribute(ReadOnlySpan<char> name) => ChunkAttributes.Get(view.Tree.FactsOf(file), name);

    protected internal override async ValueTask<OpenFile> OpenAsync(OpenFlags flags) =>
        await OpenedAsync(await view.Tree.OpenAsync(file, flags.HasFlag(OpenFlags.Write)), flags, view);

    protected override FileInode MakeSuccessor()
    {
        var successor = new SessionFileInode(file, view) { _former = this };
        view.Tree.ReplaceHost(file, successor);
        return successor;
    }

    protected override void AnnounceSuccessor() => view.AnnounceReplacement(file);

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

        return new Opened(handle, view, SessionTree.IsOutside(handle.File) ? DataCaching.UntilOpened : DataCaching.Keep);
    }

    public override void Forgotten()
    {
        if (_former is { References: > 0 })
        {
            return; // its callers are about to look this one up
        }

        var last = (FileInode)this;
        while (last.Successor is { } next)
        {
            last = next;
        }

        if (last.References == 0)
        {
            view.Tree.Forget(file);
        }
    }

    public override void LetGo() => view.Tree.DeleteUnneeded();

    private async ValueTask TruncateAsync(long size)
    {
        var handle = await view.Tree.OpenAsync(file, write: true);
        try
        {
            await view.Tree.TruncateAsync(handle, size, CancellationToken.None);
            await view.FinishAsync(handle, view.Tree.Flush);
        }
        finally
        {
            view.Tree.Close(handle);
        }
    }

    private sealed class Opened(SessionHandle handle, SessionView view, DataCaching caching) : OpenFile
    {
        private readonly SessionFile _file = handle.File;

        public override DataCaching Caching => caching;

        public override SafeFileHandle? OpenBacking() => SessionTree.OpenBacking(handle);

        public override void WasOpened(OpenFlags flags, int process) =>
            view.Tree.NoteOpened(handle, process, flags.HasFlag(OpenFlags.Read), flags.HasFlag(OpenFlags.Truncate));

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination) =>
            SessionTree.ReadAsync(handle, offset, destination, CancellationToken.None);

        public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source) =>
            view.Tree.WriteAsync(handle, offset, source, CancellationToken.None);

        public override ValueTask<long?> TryTakeOverAsync(OpenFile source, long maxBytes) => source switch
        {
            Opened other => view.Tree.TryShareAsync(handle, other._file, maxBytes),
            VersionFileInode.Opened committed => view.Tree.TryShareAsync(handle, committed.Content, committed.Commit, maxBytes),
            _ => base.TryTakeOverAsync(source, maxBytes),
        };

        public override ValueTask FlushAsync() => handle.CanWrite ? view.FinishAsync(handle, view.Tree.Flush) : default;

        public override ValueTask SyncAsync() => view.FinishAsync(handle, view.Tree.Sync);

        public override void Close() => view.Tree.Close(handle);
    }
}
