namespace ArraylakeFs.Storage;

/// <summary>
/// Replaces a file only if it is still the expected version. Our own writers exclude each other by <see cref="StoreLock"/>,
/// which the caller holds. The official client neither locks nor looks: it renames its file over ours whenever it likes. Towards
/// it, the new file is exchanged with the old one atomically, and what then comes out is examined: if it is not the expected
/// version, it goes back. The file is never written in place, because backups are hard links to it.
/// </summary>
internal sealed class ConditionalReplace(string key, string path)
{
    /// <summary>
    /// True while the files have changed places and it is not known whose is where: then nothing is removed, for it may be the only copy
    /// of what another writer has just written.
    /// </summary>
    private bool _isUnsettled;

    /// <summary>False for file systems without renameat2(RENAME_EXCHANGE): a foreign rename between look and rename is then overwritten.</summary>
    public bool UseExchange { get; set; } = true;

    /// <summary>False for file systems without hard links: backups are copies.</summary>
    public bool UseHardLinks { get; set; } = true;

    /// <summary>Called before each exchange; tests let a foreign writer in here.</summary>
    public Action? BeforeExchange { get; set; }

    /// <summary>The new version, or null if the file was not <paramref name="expected"/> (then it is as others left it).</summary>
    public ETag? Run(ReadOnlySpan<byte> content, ETag expected, string? backupPath)
    {
        if (!LocalFile.TryStat(key, path, out var current) || current.ETag != expected
            || (backupPath is not null && !TryBackUp(expected, backupPath)))
        {
            return null;
        }

        string? temporary = null;
        var replaced = false;
        try
        {
            temporary = LocalFile.WriteTemporary(key, path, content, current.ModifiedMicroseconds, sync: true);
            var own = VersionAt(temporary) ?? throw new StorageException(key, $"cannot be replaced: someone removed '{temporary}'.");
            replaced = VersionAt(path) == expected && TryReplace(temporary, expected, own);
            return replaced ? own : null;
        }
        catch (StorageException failure) when (_isUnsettled)
        {
            throw new StorageException(key, $"may have been replaced; what was there is kept as '{temporary}': {failure.Message}", failure)
            {
                KeptPath = temporary,
            };
        }
        finally
        {
            if (!_isUnsettled)
            {
                CleanUp(temporary, replaced ? null : backupPath);
            }
        }
    }

    private static void CleanUp(params string?[] paths)
    {
        foreach (var path in paths.OfType<string>())
        {
            _ = Libc.Unlink(path);
        }
    }

    /// <summary>Keeps exactly the version that was read; false when the name holds another one by now.</summary>
    private bool TryBackUp(ETag expected, string backupPath)
    {
        // link() answers ENOENT for a name that exists, when a concurrent rename has just taken the last name of its inode.
        for (var attempt = 0; UseHardLinks && attempt < 100; attempt++)
        {
            if (Libc.Link(path, backupPath) == 0)
            {
                return KeepIf(VersionAt(backupPath) == expected, backupPath);
            }

            switch (Libc.LastError)
            {
                case Libc.ENOENT:
                    break;
                case Libc.EPERM or Libc.EOPNOTSUPP or Libc.ENOSYS or Libc.EMLINK or Libc.EXDEV:
                    UseHardLinks = false;
                    break;
                case var error:
                    throw LocalFile.Failure(key, $"cannot be backed up as '{backupPath}'", error);
            }
        }

        return !UseHardLinks && TryCopy(expected, backupPath);
    }

    private bool TryCopy(ETag expected, string backupPath)
    {
        var copy = LocalFile.CopyToTemporary(key, path, backupPath);
        try
        {
            LocalFile.SyncPath(copy);
            if (Libc.Rename(copy, backupPath) != 0)
            {
                throw LocalFile.Failure(key, $"cannot be backed up as '{backupPath}'", Libc.LastError);
            }
        }
        finally
        {
            _ = Libc.Unlink(copy);
        }

        return KeepIf(VersionAt(path) == expected, backupPath);
    }

    private static bool KeepIf(bool expectedVersion, string backupPath)
    {
        if (!expectedVersion)
        {
            _ = Libc.Unlink(backupPath);
        }

        return expectedVersion;
    }

    private bool TryReplace(string temporary, ETag expected, ETag own)
    {
        if (!TryExchange(temporary))
        {
            return false;
        }

        if (!UseExchange)
        {
            return Libc.Rename(temporary, path) == 0 ? true : throw LocalFile.Failure(key, "cannot be replaced", Libc.LastError);
        }

        _isUnsettled = true;
        var displaced = VersionAt(temporary);
        if (displaced == expected)
        {
            _isUnsettled = false;
            return true;
        }

        // Another writer slipped in; its version goes back. If meanwhile a third one replaced what we had placed, that one is
        // the latest and comes out now: it goes back in turn, until what comes out is what was placed last.
        for (ETag? placed = own; TryExchange(temporary);)
        {
            var putBack = displaced;
            displaced = VersionAt(temporary);
            if (displaced == placed)
            {
                _isUnsettled = false;
                break;
            }

            placed = putBack;
        }

        return false;
    }

    /// <summary>False when there is nothing to exchange with any more. Turns <see cref="UseExchange"/> off where the kernel has none.</summary>
    private bool TryExchange(string temporary)
    {
        BeforeExchange?.Invoke();
        while (UseExchange && Libc.Renameat2(Libc.AT_FDCWD, temporary, Libc.AT_FDCWD, path, Libc.RENAME_EXCHANGE) != 0)
        {
            switch (Libc.LastError)
            {
                case Libc.EINVAL or Libc.ENOSYS or Libc.EOPNOTSUPP:
                    UseExchange = false;
                    break;
                case Libc.ENOENT:
                    return false;
                case Libc.EINTR:
                    break;
                case var error:
                    throw LocalFile.Failure(key, "cannot be replaced", error);
            }
        }

        return true;
    }

    private ETag? VersionAt(string examined) => LocalFile.TryStat(key, examined, out var status) ? status.ETag : null;
}
