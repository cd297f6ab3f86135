using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// A regular file, and by which way those who have it open get its bytes: the kernel reads a backing file by itself, or it asks here. It refuses to do
/// both for one inode (EIO for whoever comes second), so who comes second does as the first. Only whoever wants to write cannot: a backing file is a
/// chunk object, which never changes. He is told to look the name up again (ESTALE, upon which kernels do so by themselves) and finds another inode,
/// where the kernel asks; who has this one open goes on reading what it was (decision 18).
/// </summary>
internal abstract class FileInode : Inode
{
    private int _backing; // the number of its backing file while the kernel reads one
    private int _passedThrough; // opens for which it does
    private int _asking; // opens for which it asks, and changes by path
    private long _askedUntil; // so that no reader is faster than the writers that the former inode has sent here: kernels look once (ms of the clock)

    private const int WriterComesWithinMs = 1000;

    /// <summary>The inode that has taken its place, for whoever has not had it open by then; null while it is the one.</summary>
    public FileInode? Successor { get; private set; }

    /// <summary>Whether its names lead to another inode.</summary>
    public bool IsReplaced => Successor is not null;

    /// <summary>Opens it. ESTALE where its name is to be looked up again.</summary>
    public async ValueTask<OpenFile> OpenAsync(OpenFlags flags, IBackingFiles? backingFiles)
    {
        if (!flags.HasFlag(OpenFlags.Write))
        {
            var read = await OpenAsync(flags);
            Enter(read, flags, backingFiles);
            return read;
        }

        BeginAsking();
        try
        {
            var file = await OpenAsync(flags);
            file.Inode = this;
            return file;
        }
        catch
        {
            EndAsking();
            throw;
        }
    }

    /// <summary>Takes in what has been opened already, by being made. ESTALE, and it is closed.</summary>
    public void Enter(OpenFile file, OpenFlags flags, IBackingFiles? backingFiles)
    {
        try
        {
            if (flags.HasFlag(OpenFlags.Write))
            {
                BeginAsking();
            }
            else
            {
                BeginReading(file, backingFiles);
            }

            file.Inode = this;
        }
        catch
        {
            file.Close();
            throw;
        }
    }

    /// <summary>An open file is closed.</summary>
    public void Leave(OpenFile file, IBackingFiles? backingFiles)
    {
        lock (this)
        {
            if (file.BackingId == 0)
            {
                _asking--;
            }
            else if (--_passedThrough == 0)
            {
                backingFiles!.Close(_backing);
                _backing = 0;
            }
        }
    }

    /// <summary>The file system's part of opening it.</summary>
    protected internal abstract ValueTask<OpenFile> OpenAsync(OpenFlags flags);

    /// <summary>Whether the kernel may read its bytes by itself where they are a chunk object's.</summary>
    protected virtual bool MayPassThrough => true;

    /// <summary>The inode that its names are to lead to from now on. Called under its lock. EROFS for what can never be written.</summary>
    protected virtual FileInode MakeSuccessor() => throw Refusals.ReadOnly();

    /// <summary>Lets the kernel know of the successor.</summary>
    protected virtual void AnnounceSuccessor()
    {
    }

    /// <summary>From now on, and until <see cref="EndAsking"/>, the kernel asks here for what it reads and writes. ESTALE.</summary>
    protected void BeginAsking()
    {
        lock (this)
        {
            if (!IsReplaced && _passedThrough == 0)
            {
                _asking++;
                return;
            }

            Successor ??= MakeSuccessor();
            Volatile.Write(ref Successor._askedUntil, Environment.TickCount64 + WriterComesWithinMs);
        }

        AnnounceSuccessor();
        throw LookAgain();
    }

    /// <inheritdoc cref="BeginAsking"/>
    protected void EndAsking()
    {
        lock (this)
        {
            _asking--;
        }
    }

    private bool IsWriterExpected => Environment.TickCount64 < Volatile.Read(ref _askedUntil);

    private static SessionException LookAgain() => new(Errno.Stale, "this file has another inode since somebody writes to it");

    private void BeginReading(OpenFile file, IBackingFiles? backingFiles)
    {
        lock (this)
        {
            if (IsReplaced)
            {
                throw LookAgain();
            }

            if (_passedThrough > 0 || (_asking == 0 && !IsWriterExpected && TryPassThrough(file, backingFiles)))
            {
                _passedThrough++;
                file.BackingId = _backing;
            }
            else
            {
                _asking++;
            }
        }
    }

    private bool TryPassThrough(OpenFile file, IBackingFiles? backingFiles)
    {
        if (backingFiles is null || !MayPassThrough)
        {
            return false;
        }

        using var bytes = file.OpenBacking();
        _backing = bytes is null ? 0 : backingFiles.TryOpen(bytes);
        return _backing != 0;
    }
}
