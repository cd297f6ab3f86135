using ArraylakeFs.FileSystem.Inodes;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem;

/// <summary>
/// One commit as a tree of its own, with what is below <c>commits/ID</c> except for <c>changes</c>. Nothing in it ever changes and each size is
/// known, so no file is opened here: the kernel reads by node, and shows what it has read to whoever opens the file later without asking (decision 22).
/// </summary>
public sealed class CommitFileSystem : InodeFileSystem
{
    /// <summary>Serves a commit of <paramref name="repository"/>, which must outlive this.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="mounter">Who owns everything.</param>
    /// <param name="volume">The space below.</param>
    /// <param name="log">Receives failures that are not the user's.</param>
    /// <param name="cacheBytes">As for <see cref="MountedFileSystem"/>.</param>
    public CommitFileSystem(
        ZarrRepository repository, CommitInfo commit, Mounter mounter, IVolume volume, Action<string>? log = null,
        long cacheBytes = ZarrRepository.DefaultCacheBytes)
        : base(repository, _ => CommitDirectoryInode.Alone(commit, mounter, repository), volume, log, cacheBytes)
    {
    }

    /// <inheritdoc/>
    public override ValueTask<Result<OpenedFile>> OpenAsync(ulong node, OpenFlags flags, Caller caller) => new(Errno.NotImplemented);

    /// <inheritdoc/>
    public override ValueTask<Result<int>> ReadAsync(ulong node, ulong handle, long offset, Memory<byte> destination) => Guard(async () =>
    {
        var file = Find(node) as FileInode ?? throw new SessionException(Errno.IsDirectory, "a directory cannot be read as a file");
        var opened = await file.OpenAsync(OpenFlags.Read);
        try
        {
            return Counted(await opened.ReadAsync(offset, destination));
        }
        finally
        {
            opened.Close();
        }
    });

    /// <inheritdoc/>
    public override ValueTask<Errno> FlushAsync(ulong handle) => new(Errno.NotImplemented);
}
