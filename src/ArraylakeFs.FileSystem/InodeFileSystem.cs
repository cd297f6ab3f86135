using System.Collections.Concurrent;
using ArraylakeFs.FileSystem.Inodes;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;
using ArraylakeFs.Storage;

namespace ArraylakeFs.FileSystem;

/// <summary>
/// A tree of <see cref="Inode"/> objects, which do the work, for a kernel that has numbers for them. Here requests find their inode or handle,
/// and failures become errno and the text of <c>error</c>.
/// </summary>
public abstract partial class InodeFileSystem : IFileSystem, IDisposable
{
    private const char Separator = '/';

    private readonly ZarrRepository _repository;
    private readonly InodeTable _inodes;
    private readonly Pruner _pruner;
    private readonly ConcurrentDictionary<ulong, OpenFile> _files = new();
    private readonly ConcurrentDictionary<ulong, Listing> _listings = new();
    private readonly ConcurrentDictionary<Task, bool> _leaving = new(); // files that are closed, and of which something is still taken in
    private readonly Action<string>? _log;
    private readonly IVolume _volume;
    private ulong _lastHandle;

    /// <summary>For so much of what may be kept the kernel may know one more file or directory; each takes well under 1 KiB.</summary>
    private const long CacheBytesPerInode = 5120;

    private protected InodeFileSystem(
        ZarrRepository repository, Func<InodeFileSystem, DirectoryInode> root, IVolume volume, Action<string>? log, long cacheBytes)
    {
        (_repository, _volume, _log) = (repository, volume, log);
        _inodes = new InodeTable(root(this));
        _pruner = new Pruner(_inodes, (int)Math.Clamp(cacheBytes / CacheBytesPerInode, 256, int.MaxValue));
    }

    /// <summary>How many inodes the kernel holds; the root is always one of them.</summary>
    public int HeldInodes => _inodes.Count;

    /// <summary>What <c>error</c> says.</summary>
    internal LastError LastError { get; } = new();

    /// <inheritdoc/>
    public virtual IKernelCache KernelCache
    {
        set => _pruner.Prune = value.PruneAsync;
    }

    /// <inheritdoc/>
    public IBackingFiles? BackingFiles { private get; set; }

    /// <inheritdoc/>
    public ValueTask<Result<Entry>> LookupAsync(ulong parent, ReadOnlySpan<char> name, Caller caller = default)
    {
        if (_inodes.Find(parent) is not DirectoryInode directory)
        {
            return new(_inodes.Find(parent) is null ? Errno.Stale : Errno.NotDirectory);
        }

        if (FileNames.IsTooLong(name))
        {
            return new(Errno.NameTooLong);
        }

        if (name.Contains(Separator))
        {
            return new(Errno.NoEntry); // nor could a path lead there; documents of v2 are kept under such names
        }

        return directory.TryLookup(name, _inodes, out var found)
            ? new(Found(directory, name, found, caller))
            : LookupAsync(directory, name.ToString(), caller);
    }

    /// <inheritdoc/>
    public void Forget(ulong node, ulong count) => _inodes.Forget(node, count);

    /// <inheritdoc/>
    public ValueTask<Result<AttributesReply>> GetAttributesAsync(ulong node) =>
        new(_inodes.Find(node) is { } inode ? new AttributesReply(inode.Attributes, inode.Lifetime) : (Result<AttributesReply>)Errno.Stale);

    /// <inheritdoc/>
    public ValueTask<Result<AttributesReply>> SetAttributesAsync(ulong node, AttributeChange change) => Guard(async () =>
    {
        var inode = Find(node);
        await inode.SetAttributesAsync(change);
        return new AttributesReply(inode.Attributes, inode.Lifetime);
    });

    /// <inheritdoc/>
    public ValueTask<Result<string>> ReadLinkAsync(ulong node) =>
        new(_inodes.Find(node) is SymbolicLinkInode link ? link.Target : (Result<string>)Errno.Invalid);

    /// <inheritdoc/>
    public ValueTask<Result<Entry>> MakeDirectoryAsync(ulong parent, ReadOnlySpan<char> name, uint mode)
    {
        string text = name.ToString();
        return Guard(
            async () =>
            {
                var directory = FindDirectory(parent, text);
                var made = await directory.MakeDirectoryAsync(text, mode, _inodes);
                return EntryOf(directory, text, made);
            },
            NamesAreCommands(parent));
    }

    /// <inheritdoc/>
    public ValueTask<Result<Entry>> MakeSymbolicLinkAsync(ulong parent, ReadOnlySpan<char> name, string target)
    {
        string text = name.ToString();
        return Guard(
            async () =>
            {
                var directory = FindDirectory(parent, text);
                var made = await directory.MakeSymbolicLinkAsync(text, target, _inodes);
                return EntryOf(directory, text, made);
            },
            NamesAreCommands(parent));
    }

    /// <inheritdoc/>
    public ValueTask<Result<CreatedFile>> CreateAsync(ulong parent, ReadOnlySpan<char> name, uint mode, OpenFlags flags, Caller caller)
    {
        string text = name.ToString();
        return Guard(async () =>
        {
            var directory = FindDirectory(parent, text);
            var (inode, file) = await directory.CreateAsync(text, mode, flags, _inodes);
            try
            {
                inode.Enter(file, flags, BackingFiles);
            }
            catch
            {
                _inodes.Forget(inode.Node, 1);
                throw;
            }

            return new CreatedFile(EntryOf(directory, text, inode), Opened(file, flags, caller));
        });
    }

    /// <inheritdoc/>
    public virtual ValueTask<Result<OpenedFile>> OpenAsync(ulong node, OpenFlags flags, Caller caller) => Guard(async () =>
        Find(node) is FileInode file
            ? Opened(await file.OpenAsync(flags, BackingFiles), flags, caller)
            : throw new SessionException(Errno.IsDirectory, "a directory cannot be opened as a file"));

    /// <inheritdoc/>
    public virtual ValueTask<Result<int>> ReadAsync(ulong node, ulong handle, long offset, Memory<byte> destination)
    {
        if (!_files.TryGetValue(handle, out var file))
        {
            return new(Errno.BadHandle);
        }

        try
        {
            var read = file.ReadAsync(offset, destination);
            return read.IsCompletedSuccessfully ? new(Counted(read.Result)) : ReadAsync(read);
        }
        catch (Exception e)
        {
            return new(ErrnoOf(e));
        }
    }

    /// <inheritdoc/>
    public ValueTask<Result<int>> WriteAsync(ulong handle, long offset, ReadOnlyMemory<byte> source)
    {
        if (!_files.TryGetValue(handle, out var file))
        {
            return new(Errno.BadHandle);
        }

        try
        {
            var written = file.WriteAsync(offset, source);
            Interlocked.Add(ref _writtenBytes, source.Length);
            return written.IsCompletedSuccessfully ? new(source.Length) : WrittenAsync(written, source.Length, file.Caching == DataCaching.Direct);
        }
        catch (Exception e)
        {
            return new(ErrnoOf(e));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Result<long>> CopyRangeAsync(ulong source, long sourceOffset, ulong target, long targetOffset, long length)
    {
        if (!_files.TryGetValue(source, out var from) || !_files.TryGetValue(target, out var to))
        {
            return Errno.BadHandle;
        }

        try
        {
            return (sourceOffset, targetOffset) == (0, 0) && await to.TryTakeOverAsync(from, length) is { } taken ? taken : Errno.NotSupported;
        }
        catch (Exception e)
        {
            return ErrnoOf(e);
        }
    }

    /// <inheritdoc/>
    public virtual ValueTask<Errno> FlushAsync(ulong handle)
    {
        if (!_files.TryGetValue(handle, out var file))
        {
            return new(Errno.BadHandle);
        }

        try
        {
            var flushed = file.FlushAsync();
            return flushed.IsCompletedSuccessfully ? default : GuardDone(() => flushed);
        }
        catch (Exception e)
        {
            return new(ErrnoOf(e));
        }
    }

    /// <inheritdoc/>
    public ValueTask<Errno> SyncAsync(ulong handle) => GuardDone(() =>
        (_files.GetValueOrDefault(handle) ?? throw new SessionException(Errno.BadHandle, "the file is not open")).SyncAsync());

    /// <inheritdoc/>
    public ValueTask<Errno> SyncDirectoryAsync(ulong node) => GuardDone(() =>
    {
        Find(node).Sync();
        return default;
    });

    /// <inheritdoc/>
    public ValueTask<Errno> AllocateAsync(ulong handle, long offset, long length, uint mode) => new(Errno.NotSupported);

    /// <inheritdoc/>
    public void Release(ulong handle)
    {
        if (_files.TryRemove(handle, out var file))
        {
            var left = file.Inode!.LeaveAsync(file);
            if (!left.IsCompletedSuccessfully)
            {
                var leaving = GuardDone(() => left).AsTask(); // nobody waits for what becomes of a file that is closed, but the log has it
                _leaving[leaving] = true;
                leaving.ContinueWith(done => _leaving.TryRemove(done, out _), TaskScheduler.Default);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<Result<ReadOnlyMemory<byte>>> GetExtendedAttributeAsync(ulong node, ReadOnlySpan<char> name)
    {
        try
        {
            return new(_inodes.Find(node)?.ExtendedAttribute(name) ?? (Result<ReadOnlyMemory<byte>>)Errno.NoData);
        }
        catch (Exception e)
        {
            return new(ErrnoOf(e));
        }
    }

    /// <inheritdoc/>
    public ValueTask<Result<VolumeStatistics>> StatisticsAsync() => Guard(() => new ValueTask<VolumeStatistics>(_volume.Statistics()));

    /// <inheritdoc/>
    public void Dispose()
    {
        End();
        _pruner.Dispose();
        foreach (ulong handle in _files.Keys)
        {
            Release(handle);
        }

        Task.WaitAll(_leaving.Keys);

        GC.SuppressFinalize(this);
    }

    /// <summary>The first part of being disposed of.</summary>
    private protected virtual void End()
    {
    }

    private async ValueTask<Result<Entry>> LookupAsync(DirectoryInode directory, string name, Caller caller)
    {
        try
        {
            var found = await directory.LookupAsync(name, _inodes);
            return Found(directory, name, found, caller);
        }
        catch (Exception e)
        {
            return ErrnoOf(e);
        }
    }

    private static Result<Entry> Found(DirectoryInode directory, ReadOnlySpan<char> name, Inode? found, Caller caller)
    {
        if (found is not null)
        {
            return EntryOf(directory, name, found);
        }

        directory.WasMissed(name, caller.ProcessId);
        var lifetime = directory.NameLifetime(name, null);
        return lifetime > TimeSpan.Zero ? new Entry(0, default, lifetime, default) : Errno.NoEntry;
    }

    private static Entry EntryOf(DirectoryInode directory, ReadOnlySpan<char> name, Inode inode) =>
        new(inode.Node, inode.Attributes, directory.NameLifetime(name, inode), inode.Lifetime);

    private OpenedFile Opened(OpenFile file, OpenFlags flags, Caller caller)
    {
        file.WasOpened(flags, caller.ProcessId);
        Count(file);
        ulong handle = Interlocked.Increment(ref _lastHandle);
        _files[handle] = file;
        return new OpenedFile(handle, file.Caching, file.BackingId);
    }

    private protected Inode Find(ulong node) => _inodes.Find(node) ?? throw new SessionException(Errno.Stale, "the kernel holds an inode that is gone");

    private bool NamesAreCommands(ulong node) => _inodes.Find(node) is DirectoryInode { NamesAreCommands: true };

    private DirectoryInode FindDirectory(ulong node, string name)
    {
        if (FileNames.IsTooLong(name))
        {
            throw new SessionException(Errno.NameTooLong, $"a name may have {FileNames.MaxBytes} bytes");
        }

        if (name.Contains(Separator))
        {
            throw new SessionException(Errno.Invalid, $"a name may not have a {Separator} in it");
        }

        return Find(node) as DirectoryInode ?? throw new SessionException(Errno.NotDirectory, $"{name} would lie below a file");
    }

    private async ValueTask<Result<int>> ReadAsync(ValueTask<int> read)
    {
        try
        {
            return Counted(await read);
        }
        catch (Exception e)
        {
            return ErrnoOf(e);
        }
    }

    private async ValueTask<Result<int>> WrittenAsync(ValueTask written, int length, bool isCommand)
    {
        try
        {
            await written;
            return length;
        }
        catch (Exception e)
        {
            return ErrnoOf(e, isCommand);
        }
    }

    private protected async ValueTask<Result<T>> Guard<T>(Func<ValueTask<T>> work, bool isCommand = false)
    {
        try
        {
            return await work();
        }
        catch (Exception e)
        {
            return ErrnoOf(e, isCommand);
        }
    }

    private async ValueTask<Errno> GuardDone(Func<ValueTask> work, bool isCommand = false)
    {
        try
        {
            await work();
            return Errno.None;
        }
        catch (Exception e)
        {
            return ErrnoOf(e, isCommand);
        }
    }

    /// <summary>
    /// The errno of a failure. What a user would ask about is kept for <c>error</c>: every failed command, and of ordinary file
    /// operations those that the errno alone does not explain.
    /// </summary>
    private Errno ErrnoOf(Exception exception, bool isCommand = false)
    {
        var (errno, message) = exception switch
        {
            SessionException e => (e.Errno, e.Message),
            RepositoryException or StorageException => (Errno.InputOutput, exception.Message),
            _ => (Errno.InputOutput, $"internal error: {exception.Message}"),
        };
        if (isCommand || errno is Errno.Access or Errno.ReadOnly or Errno.InputOutput or Errno.NoSpace or Errno.NotPermitted
            or Errno.NotSupported or Errno.CrossDevice)
        {
            LastError.Set(message);
        }

        if (errno == Errno.InputOutput)
        {
            _log?.Invoke(exception is SessionException ? message : exception.ToString());
        }

        return errno;
    }
}
