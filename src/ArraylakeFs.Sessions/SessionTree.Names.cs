using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Sessions;

// Changes of names. Each is one journal transaction; POSIX decides which errno comes first.
public sealed partial class SessionTree
{
    /// <summary>Creates a directory. EEXIST, ENAMETOOLONG below too many others.</summary>
    public ValueTask<SessionDirectory> MakeDirectoryAsync(SessionDirectory parent, string name, uint mode, CancellationToken cancellationToken) =>
        ChangeAsync(parent, name, (existing, _) =>
        {
            if (existing is not null)
            {
                throw new SessionException(Errno.Exists, $"{name} exists");
            }

            CheckDepth(parent, 1);
            long now = UnixTime.Now;
            var directory = new SessionDirectory(_nextInode, mode, now, null);
            var chain = Unjournaled(parent);
            _journal.Record(j =>
            {
                Put(j, chain);
                j.PutNode(Row(directory));
                j.PutEntry(parent.InodeNumber, name, directory.InodeNumber);
                PutTouched(j, parent, now);
            });
            _nextInode++;
            MarkJournaled(chain);
            SetUpper(parent, name, directory);
            parent.ModifiedNs = now;
            return directory;
        }, cancellationToken);

    /// <summary>
    /// Creates an empty file and opens it for reading and writing; or opens the one that is there, for writing if
    /// <paramref name="write"/> (EEXIST if <paramref name="exclusive"/>, EISDIR).
    /// </summary>
    public async ValueTask<(SessionHandle Handle, bool IsNew)> CreateFileAsync(
        SessionDirectory parent, string name, uint mode, bool exclusive, bool write, CancellationToken cancellationToken)
    {
        (ObjectId12 Id, StagedFile File)? unused = null;
        try
        {
            return await ChangeAsync(parent, name, Stage, Create, cancellationToken);
        }
        finally
        {
            if (unused is { } left)
            {
                left.File.Dispose();
                _staging.Delete(left.Id);
            }
        }

        // Before the lock is taken, for it is the disk's work: others go on meanwhile.
        ValueTask<ObjectId12> Stage()
        {
            unused = CreateStaged();
            return new(unused.Value.Id);
        }

        (SessionHandle, bool) Create(SessionNode? existing, LowerItem? lower, ObjectId12 id)
        {
            if (existing is not null)
            {
                // Opened in the same step: a file that nobody holds would be let go, and another object be found for it the next time.
                return exclusive ? throw new SessionException(Errno.Exists, $"{name} exists")
                    : (Opened(existing as SessionFile ?? throw new SessionException(Errno.IsDirectory, $"{name} is a directory"), write), false);
            }

            long now = UnixTime.Now;
            var file = new SessionFile(_nextInode, mode, now, new StagedContent(id));
            var chain = Unjournaled(parent);
            _journal.Record(j =>
            {
                Put(j, chain);
                j.PutNode(Row(file));
                j.PutEntry(parent.InodeNumber, name, file.InodeNumber);
                PutTouched(j, parent, now);
            });
            (file.Reader, unused) = (unused!.Value.File, null);
            _nextInode++;
            MarkJournaled(chain);
            SetUpper(parent, name, file);
            parent.ModifiedNs = now;
            return (Opened(file, write: true, isNew: true), true); // in one step: nobody is to see it finished and empty
        }
    }

    /// <summary>Removes the name of a file. ENOENT, EISDIR.</summary>
    public ValueTask<bool> UnlinkAsync(SessionDirectory parent, string name, CancellationToken cancellationToken) =>
        UnlinkAsync(parent, name, DocumentChanges.None, cancellationToken);

    /// <summary>As above, with documents that change with it. False, and nothing has changed, if these are not what they are expected to be.</summary>
    internal ValueTask<bool> UnlinkAsync(SessionDirectory parent, string name, DocumentChanges documents, CancellationToken cancellationToken) =>
        ChangeAsync(parent, name, (existing, lower) =>
        {
            if (!documents.AreExpected())
            {
                return false;
            }

            var file = existing switch
            {
                null => throw new SessionException(Errno.NoEntry, $"{name} does not exist"),
                SessionFile f => f,
                _ => throw new SessionException(Errno.IsDirectory, $"{name} is a directory"),
            };
            RemoveName(parent, name, lower is not null, j =>
            {
                DropLink(j, file);
                Put(j, documents);
            });
            LinkDropped(file);
            SetDocuments(documents);
            return true;
        }, cancellationToken);

    /// <summary>Removes an empty directory. ENOENT, ENOTDIR, ENOTEMPTY.</summary>
    public async ValueTask RemoveDirectoryAsync(SessionDirectory parent, string name, CancellationToken cancellationToken)
    {
        await PrepareChangeAsync();
        while (true)
        {
            int seen = Volatile.Read(ref _replacements);
            if (await FirstNameBelowAsync(parent, name, cancellationToken) is { } left)
            {
                throw new SessionException(Errno.NotEmpty, $"{name} is not empty: it has {V2Names.Shown(left)}");
            }

            bool done = await ChangeAsync(parent, name, (existing, lower) =>
            {
                var directory = existing switch
                {
                    null => throw new SessionException(Errno.NoEntry, $"{name} does not exist"),
                    SessionDirectory d => d,
                    _ => throw new SessionException(Errno.NotDirectory, $"{name} is a file"),
                };
                if (seen != _replacements || directory.Upper.Values.Any(n => n is not null))
                {
                    return false; // filled since it was looked at: look again, and say so
                }

                RemoveName(parent, name, lower is not null, j => DropDirectory(j, directory));
                directory.IsRemoved = true;
                directory.Parent = null;
                return true;
            }, cancellationToken);
            if (done)
            {
                return;
            }
        }
    }

    /// <summary>Gives a file another name. EEXIST, EPERM for a directory.</summary>
    public async ValueTask LinkAsync(SessionFile file, SessionDirectory parent, string name, CancellationToken cancellationToken) =>
        await LinkAsync(file, parent, name, DocumentChanges.None, cancellationToken);

    /// <summary>As above, with documents that change with it. False, and nothing has changed, if these are not what they are expected to be.</summary>
    internal async ValueTask<bool> LinkAsync(
        SessionFile file, SessionDirectory parent, string name, DocumentChanges documents, CancellationToken cancellationToken)
    {
        bool isExpected = true;
        do
        {
            await StageAsync(file, long.MaxValue, cancellationToken); // two names of one committed chunk cannot be told apart in a snapshot
        }
        while (!await ChangeAsync(
            parent, name,
            (existing, _) => !(isExpected = documents.AreExpected()) || Link(file, parent, name, existing, documents),
            cancellationToken));
        return isExpected;
    }

    /// <summary>Called under the lock; false when a commit has taken the file's bytes meanwhile: the caller must stage it again.</summary>
    private bool Link(SessionFile file, SessionDirectory parent, string name, SessionNode? existing, DocumentChanges documents)
    {
        if (existing is not null)
        {
            throw new SessionException(Errno.Exists, $"{name} exists");
        }

        CheckNotStale(file);
        if (file.Links == 0)
        {
            throw new SessionException(Errno.NoEntry, "the file has no name any more");
        }

        if (file.Content is not StagedContent)
        {
            return false;
        }

        long now = UnixTime.Now;
        var chain = Unjournaled(parent);
        _journal.Record(j =>
        {
            Put(j, chain);
            j.PutEntry(parent.InodeNumber, name, file.InodeNumber);
            PutTouched(j, parent, now);
            if (KeepsNumberOfPlace(file))
            {
                j.DeleteKept(file.LowerNumber);
            }

            Put(j, documents);
        });
        TakeNumberAlong(file); // it stays if the name in its first place goes, and what is below shows through
        MarkJournaled(chain);
        SetUpper(parent, name, file);
        parent.ModifiedNs = now;
        file.Links++;
        SetDocuments(documents);
        return true;
    }

    /// <summary>ENAMETOOLONG if <paramref name="levels"/> directories more below <paramref name="directory"/> are too many.</summary>
    private static void CheckDepth(SessionDirectory directory, int levels)
    {
        for (var d = directory; d is not null; d = d.Parent)
        {
            levels++;
        }

        if (levels > Limits.MaxDepth)
        {
            throw new SessionException(Errno.NameTooLong, $"directories lie at most {Limits.MaxDepth} deep within one another");
        }
    }

    /// <summary>How many directories lie within one another here, this one included, as far as the session made or touched them.</summary>
    private static int HeightOf(SessionDirectory directory)
    {
        int below = 0;
        foreach (var node in directory.Upper.Values)
        {
            below = node is SessionDirectory d ? Math.Max(below, HeightOf(d)) : below;
        }

        return 1 + below;
    }

    /// <summary>The first name in the directory <paramref name="name"/>; null if it is empty, no directory, or not there.</summary>
    private async ValueTask<string?> FirstNameBelowAsync(SessionDirectory parent, string name, CancellationToken cancellationToken)
    {
        if (await FindPinnedAsync(parent, name, cancellationToken) is not { } node)
        {
            return null;
        }

        try
        {
            return node is SessionDirectory directory ? await FirstNameAsync(directory, cancellationToken) : null;
        }
        finally
        {
            Unpin(node);
        }
    }

    /// <summary>The first name that a directory shows; null if it is empty.</summary>
    private async ValueTask<string?> FirstNameAsync(SessionDirectory directory, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (var (name, node) in directory.Upper)
            {
                if (node is not null)
                {
                    return name;
                }
            }
        }

        if (directory.Origin is not { } origin)
        {
            return null;
        }

        foreach (var item in await origin.Tree.ListAsync(origin, cancellationToken))
        {
            lock (_lock)
            {
                if (!directory.Upper.ContainsKey(item.Name))
                {
                    return item.Name;
                }
            }
        }

        return null;
    }
}
