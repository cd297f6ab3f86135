namespace ArraylakeFs.Storage;

/// <summary>
/// The files and directories changed since the last flush. Few are flushed one by one; many by flushing their file systems
/// as a whole, which costs one wait instead of thousands, and needs no list of names.
/// </summary>
internal sealed class UnflushedFiles
{
    private const int MaxSingle = 64;

    private readonly Lock _lock = new();
    private readonly Lock _flushing = new();
    private HashSet<string> _files = [];
    private HashSet<string> _directories = [];
    private string? _lost;

    /// <summary>The file at <paramref name="path"/> has new bytes and a new name.</summary>
    public void AddFile(string path)
    {
        lock (_lock)
        {
            // One more than the limit is enough to know that there are many.
            if (_files.Count <= MaxSingle)
            {
                _files.Add(path);
            }

            _directories.Add(Path.GetDirectoryName(path)!);
        }
    }

    /// <summary>A name in this directory came or went.</summary>
    public void AddDirectory(string path)
    {
        lock (_lock)
        {
            _directories.Add(path);
        }
    }

    /// <summary>
    /// Returns when all that was added before the call is on disk. A flush that failed may have lost data for good (the kernel
    /// drops the pages), and a second attempt would not notice: so every later flush fails as well, until the store is reopened.
    /// </summary>
    public void Flush()
    {
        // One at a time: a second caller must wait for what the first has taken out of the sets.
        lock (_flushing)
        {
            if (_lost is not null)
            {
                throw new StorageException(".", $"a flush failed earlier, so nothing written since can be trusted to be on disk ({_lost})");
            }

            FlushAll();
        }
    }

    private void FlushAll()
    {
        HashSet<string> files, directories;
        lock (_lock)
        {
            (files, _files) = (_files, []);
            (directories, _directories) = (_directories, []);
        }

        try
        {
            if (files.Count + directories.Count > MaxSingle)
            {
                SyncFileSystems(directories);
                return;
            }

            foreach (var path in files)
            {
                LocalFile.SyncPath(path);
            }

            foreach (var path in directories)
            {
                LocalFile.SyncPath(path);
            }
        }
        catch (StorageException failure)
        {
            _lost = failure.Message;
            throw;
        }
    }

    private static void SyncFileSystems(HashSet<string> directories)
    {
        var done = new HashSet<ulong>();
        foreach (var path in directories)
        {
            var descriptor = Libc.Open(path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
            if (descriptor < 0)
            {
                if (Libc.LastError is var error && error != Libc.ENOENT)
                {
                    throw LocalFile.Failure(path, "cannot be opened", error);
                }

                continue;
            }

            try
            {
                if (Libc.Statx(descriptor, "", Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS, out var status) != 0
                    || (done.Add(status.Device) && Libc.Syncfs(descriptor) != 0))
                {
                    throw LocalFile.Failure(path, "cannot be flushed to disk", Libc.LastError);
                }
            }
            finally
            {
                _ = Libc.Close(descriptor);
            }
        }
    }
}
