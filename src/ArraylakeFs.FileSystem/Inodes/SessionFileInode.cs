using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>A file of the session's tree.</summary>
internal sealed class SessionFileInode(SessionFile file, SessionTree tree, Mounter mounter) : FileInode
{
    internal SessionFile File => file;

    public override Attributes Attributes => mounter.Attributes(tree.Status(file));

    public override async ValueTask SetAttributesAsync(AttributeChange change)
    {
        if (change.Size is { } size)
        {
            await tree.TruncateAsync(file, size, CancellationToken.None);
        }

        if (change.ModifiedNs is not null || change.Permissions is not null)
        {
            await tree.SetAttributesAsync(file, change.ModifiedNs, change.Permissions);
        }
    }

    public override ReadOnlyMemory<byte>? ExtendedAttribute(ReadOnlySpan<char> name) => ChunkAttributes.Get(tree.FactsOf(file), name);

    public override async ValueTask<OpenFile> OpenAsync(OpenFlags flags) =>
        await OpenedAsync(await tree.OpenAsync(file, flags.HasFlag(OpenFlags.Write)), flags);

    /// <summary>What is left to do once the session has opened the file. The handle is closed if that fails.</summary>
    internal async ValueTask<OpenFile> OpenedAsync(SessionHandle handle, OpenFlags flags)
    {
        if (flags.HasFlag(OpenFlags.Write) && flags.HasFlag(OpenFlags.Truncate))
        {
            try
            {
                await tree.TruncateAsync(file, 0, CancellationToken.None);
            }
            catch
            {
                tree.Close(handle);
                throw;
            }
        }

        return new Opened(handle, tree, SessionTree.IsOutside(file) ? DataCaching.UntilOpened : DataCaching.Keep);
    }

    public override void Forgotten() => tree.Forget(file);

    private sealed class Opened(SessionHandle handle, SessionTree tree, DataCaching caching) : OpenFile
    {
        private readonly SessionFile _file = handle.File;

        public override DataCaching Caching => caching;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination) =>
            SessionTree.ReadAsync(handle, offset, destination, CancellationToken.None);

        public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source) =>
            tree.WriteAsync(handle, offset, source, CancellationToken.None);

        public override ValueTask<long?> TryTakeOverAsync(OpenFile source, long maxBytes) => source switch
        {
            Opened other => tree.TryShareAsync(handle, other._file, maxBytes),
            VersionFileInode.Opened committed => tree.TryShareAsync(handle, committed.Content, committed.Commit, maxBytes),
            _ => base.TryTakeOverAsync(source, maxBytes),
        };

        public override void Flush() => tree.Flush(handle);

        public override void Sync() => tree.Sync(handle);

        public override void Close() => tree.Close(handle);
    }
}
