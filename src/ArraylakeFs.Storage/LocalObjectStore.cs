using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Storage;

/// <summary>
/// Objects as files below a directory, laid out as the official client does. Reading creates nothing. Objects are written
/// beside their place as <c>name#digits</c> and renamed into it, so a reader sees an old file or a new one. Names of that form
/// and everything below <c>.arraylakefs/</c> are not objects.
/// </summary>
/// <param name="root">The root directory. It need not exist before the first object is put.</param>
public sealed class LocalObjectStore(string root) : IObjectStore, ILocalObjects
{
    private readonly UnflushedFiles _unflushed = new();
    private readonly HousekeepingLock _housekeeping = new(Path.GetFullPath(root));

    /// <inheritdoc/>
    public string Root { get; } = Path.GetFullPath(root);

    /// <inheritdoc/>
    public string DisplayName => Root;

    /// <inheritdoc/>
    public ILocalObjects Local => this;

    /// <summary>Lets tests shape how a file is replaced.</summary>
    internal Action<ConditionalReplace>? Configure { get; init; }

    /// <inheritdoc/>
    public string PathOf(string key)
    {
        ObjectKey.Validate(key);
        return string.Concat(Root, "/", key);
    }

    /// <inheritdoc/>
    public SafeFileHandle? OpenToRead(string key)
    {
        var descriptor = LocalFile.OpenToRead(key, PathOf(key));
        if (descriptor < 0)
        {
            return null;
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            LocalFile.Stat(key, descriptor);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoredObject?> GetAsync(string key, long maxBytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var descriptor = LocalFile.OpenToRead(key, PathOf(key));
        if (descriptor < 0)
        {
            return default;
        }

        try
        {
            var status = LocalFile.Stat(key, descriptor);
            if (status.Size > (ulong)Math.Min(maxBytes, Array.MaxLength))
            {
                throw new StorageException(key, $"has {status.Size} bytes, more than the {maxBytes} that such a file may have.");
            }

            var content = GC.AllocateUninitializedArray<byte>((int)status.Size);
            var count = LocalFile.Read(key, descriptor, 0, content);
            return new(new StoredObject(content.AsMemory(0, count), status.ETag, status.LastModified));
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <inheritdoc/>
    public ValueTask<int?> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var descriptor = LocalFile.OpenToRead(key, PathOf(key));
        if (descriptor < 0)
        {
            return default;
        }

        try
        {
            return new(LocalFile.Read(key, descriptor, offset, destination.Span));
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <inheritdoc/>
    public ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = PathOf(key);
        var temporary = WriteTemporary(key, path, content.Span, sync: false);
        RenameTemporary(key, temporary, path);
        _unflushed.AddFile(path);
        return default;
    }

    /// <inheritdoc/>
    public async ValueTask<ETag?> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var path = PathOf(key);
        if (LocalFile.TryStat(key, path, out _))
        {
            return null;
        }

        _unflushed.Flush();
        var temporary = WriteTemporary(key, path, content.Span, sync: true);
        try
        {
            LocalFile.TryStat(key, temporary, out var status);
            if (!await TryPlaceAsync(key, temporary, path, cancellationToken))
            {
                return null;
            }

            _unflushed.AddDirectory(Path.GetDirectoryName(path)!);
            _unflushed.Flush();
            return status.ETag;
        }
        finally
        {
            _ = Libc.Unlink(temporary);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ETag?> PutIfMatchAsync(
        string key, ReadOnlyMemory<byte> content, ETag expected, string? backupKey, CancellationToken cancellationToken)
    {
        var path = PathOf(key);
        var backupPath = backupKey is null ? null : PathOf(backupKey);
        if (!LocalFile.TryStat(key, path, out _))
        {
            return null;
        }

        _unflushed.Flush();
        if (backupPath is not null)
        {
            CreateDirectory(backupKey!, Path.GetDirectoryName(backupPath)!);
            _unflushed.AddDirectory(Path.GetDirectoryName(backupPath)!);
        }

        using (await StoreLock.TakeAsync(Root, key, cancellationToken))
        {
            // Noted before it changes: a failure after the change must not leave it out of the next flush.
            _unflushed.AddDirectory(Path.GetDirectoryName(path)!);
            var replace = new ConditionalReplace(key, path);
            Configure?.Invoke(replace);
            if (replace.Run(content.Span, expected, backupPath) is not { } version)
            {
                return null;
            }

            try
            {
                _unflushed.Flush();
            }
            catch (StorageException failure)
            {
                throw new StorageException(key, $"was replaced, but may not survive a power cut: {failure.Message}", failure);
            }

            return version;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var info in LocalListing.Enumerate(Root, prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return info;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ObjectInfo?> StatAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(LocalFile.TryStat(key, PathOf(key), out var status)
            ? status.Describe(key)
            : null);
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = PathOf(key);
        LocalFile.RefuseLinksAbove(Root, key);
        if (Libc.Unlink(path) == 0)
        {
            _unflushed.AddDirectory(Path.GetDirectoryName(path)!);
        }
        else if (Libc.LastError is var error && error != Libc.ENOENT)
        {
            throw LocalFile.Failure(key, "cannot be deleted", error);
        }

        return default;
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _unflushed.Flush();
        return default;
    }

    /// <inheritdoc/>
    public void Adopt(string path, string key)
    {
        CreateDirectory(key, Path.GetDirectoryName(PathOf(key))!);
        Adopt(Libc.AT_FDCWD, path, path, Libc.AT_FDCWD, PathOf(key), key);
    }

    /// <inheritdoc/>
    public void AdoptAll(string folder, IEnumerable<string> names, string prefix, Action adopted)
    {
        var objects = Path.Combine(Root, prefix.TrimEnd('/'));
        CreateDirectory(prefix, objects);
        // Both stay open, or the kernel would look up each folder on the way once more for each file.
        using var from = OpenFolder(folder);
        using var to = OpenFolder(objects);
        foreach (var name in names)
        {
            var key = prefix + name;
            ObjectKey.Validate(key);
            Adopt((int)from.DangerousGetHandle(), name, string.Concat(folder, "/", name), (int)to.DangerousGetHandle(), name, key);
            adopted();
        }
    }

    /// <summary>Renames a file, which is also at <paramref name="path"/>, from one folder to another, or where that cannot be, copies it.</summary>
    private void Adopt(int from, string name, string path, int to, string newName, string key)
    {
        var target = PathOf(key);
        if (Libc.Renameat2(from, name, to, newName, 0) != 0)
        {
            if (Libc.LastError is var error && error != Libc.EXDEV)
            {
                throw LocalFile.Failure(key, $"cannot take over '{path}'", error);
            }

            RenameTemporary(key, LocalFile.CopyToTemporary(key, path, target), target);
            _ = Libc.Unlink(path);
        }

        _unflushed.AddFile(target);
    }

    private static SafeFileHandle OpenFolder(string path)
    {
        var descriptor = Libc.Open(path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw LocalFile.Failure(path, "cannot be opened", Libc.LastError);
    }

    /// <inheritdoc/>
    public ValueTask<IDisposable> HoldOffHousekeepingAsync(CancellationToken cancellationToken) =>
        _housekeeping.HoldOffAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IDisposable> BeginHousekeepingAsync(CancellationToken cancellationToken) =>
        _housekeeping.BeginAsync(cancellationToken);

    /// <inheritdoc/>
    public long PutCopy(SafeFileHandle file, string key)
    {
        var target = PathOf(key);
        CreateDirectory(key, Path.GetDirectoryName(target)!);
        var copy = LocalFile.CopyToTemporary(key, file, target, out var length);
        RenameTemporary(key, copy, target);
        _unflushed.AddFile(target);
        return length;
    }

    /// <inheritdoc/>
    public void RemoveEmptyDirectories()
    {
        StoreLock.Remove(Root);
        HousekeepingLock.Remove(Root);
        LocalListing.RemoveEmptyDirectories(Root);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    /// <summary>Moves a finished file into a place that must be free; false if it is taken.</summary>
    private async ValueTask<bool> TryPlaceAsync(string key, string temporary, string path, CancellationToken cancellationToken)
    {
        if (Libc.Link(temporary, path) == 0)
        {
            return true;
        }

        if (Libc.LastError == Libc.EEXIST)
        {
            return false;
        }

        // A file system without hard links.
        if (Libc.Renameat2(Libc.AT_FDCWD, temporary, Libc.AT_FDCWD, path, Libc.RENAME_NOREPLACE) == 0)
        {
            return true;
        }

        if (Libc.LastError == Libc.EEXIST)
        {
            return false;
        }

        using (await StoreLock.TakeAsync(Root, key, cancellationToken))
        {
            if (LocalFile.TryStat(key, path, out _))
            {
                return false;
            }

            return Libc.Rename(temporary, path) == 0 ? true : throw LocalFile.Failure(key, "cannot be created", Libc.LastError);
        }
    }

    private string WriteTemporary(string key, string path, ReadOnlySpan<byte> content, bool sync)
    {
        CreateDirectory(key, Path.GetDirectoryName(path)!);
        return LocalFile.WriteTemporary(key, path, content, newerThanMicroseconds: 0, sync);
    }

    private static void RenameTemporary(string key, string temporary, string path)
    {
        if (Libc.Rename(temporary, path) != 0)
        {
            var error = Libc.LastError;
            _ = Libc.Unlink(temporary);
            throw LocalFile.Failure(key, "cannot be replaced", error);
        }
    }

    private void CreateDirectory(string key, string directory)
    {
        if (Directory.Exists(directory))
        {
            return;
        }

        var parent = Path.GetDirectoryName(directory);
        if (parent is not null)
        {
            CreateDirectory(key, parent);
        }

        if (Libc.Mkdir(directory, 0x1ff) == 0)
        {
            _unflushed.AddDirectory(parent!);
        }
        else if (Libc.LastError is var error && error != Libc.EEXIST)
        {
            throw LocalFile.Failure(key, $"cannot be created, for the directory '{directory}' cannot", error);
        }
    }
}
