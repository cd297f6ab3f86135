using ArraylakeFs.Sessions;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// A regular file, and by which way those who have it open get its bytes: the kernel reads a backing file by itself, or it asks here. It refuses to do
/// both for one inode (EIO for whoever comes second), so who comes second does as the first. Only whoever wants to write cannot, for a backing file
/// may be a chunk object, which never changes. He is told to look the name up again (ESTALE, upon which kernels do so by themselves) and finds another
/// inode, where the kernel asks; who has this one open goes on reading what he opened (decision 18). Who makes a file by opening it to write, and not to
/// read, is the one for whom the kernel also writes by itself (decision 23).
/// </summary>
internal abstract class FileInode : Inode
{
    private IBackingFiles? _backingFiles; // where the backing file is registered
    private int _backing; // its number while the kernel uses one
    private int _passedThrough; // opens for which it does, and changes of the size meanwhile
    private OpenFile? _first; // of these opens
    private OpenFile? _writer; // the one of them by which the kernel writes
    private int _asking; // opens for which it asks, and changes by path
    private long _askedUntil; // so that no reader is faster than the writers that the former inode has sent here: kernels look once (ms of the clock)

    private const int WriterComesWithinMs = 1000;

    /// <summary>The inode that has taken its place, for whoever has not had it open by then; null while it is the one.</summary>
    public FileInode? Successor { get; private set; }

    /// <summary>Whether its names lead to another inode.</summary>
    public bool IsReplaced => Successor is not null;

    /// <summary>The open that had the kernel use the backing file, and may be closed by now; null while it uses none.</summary>
    protected OpenFile? FirstPassedThrough => Volatile.Read(ref _first);

    /// <summary>The open through which the kernel writes by itself, or has written to what is not the file's content any more; null where there is none.</summary>
    protected OpenFile? KernelWriter => Volatile.Read(ref _writer);

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
            EndChange(0);
            throw;
        }
    }

    /// <summary>Takes in what has been opened already, by being made. ESTALE, and it is closed.</summary>
    public void Enter(OpenFile file, OpenFlags flags, IBackingFiles? backingFiles)
    {
        try
        {
            if (!flags.HasFlag(OpenFlags.Write))
            {
                BeginReading(file, backingFiles);
            }
            else if (!TryPassThroughToWrite(file, flags, backingFiles))
            {
                BeginAsking();
            }

            file.Inode = this;
        }
        catch
        {
            file.Close();
            throw;
        }
    }

    /// <summary>An open file is closed, as soon as it is known what the kernel has written to it by itself.</summary>
    public async ValueTask LeaveAsync(OpenFile file)
    {
        try
        {
            await file.CatchUpAsync();
        }
        finally
        {
            lock (this)
            {
                if (ReferenceEquals(_writer, file) && file.IsBackingCurrent)
                {
                    _writer = null; // nobody writes to it any more: it is a backing file like others
                }
            }

            try
            {
                EndChange(file.BackingId);
            }
            finally
            {
                file.Close();
            }
        }
    }

    /// <summary>The file system's part of opening it.</summary>
    protected internal abstract ValueTask<OpenFile> OpenAsync(OpenFlags flags);

    /// <summary>Whether the kernel may read and write its bytes by itself where they are a file's on a local disk.</summary>
    protected virtual bool MayPassThrough => true;

    /// <summary>The inode that its names are to lead to. Called under its lock. EROFS for what can never be written.</summary>
    protected virtual FileInode MakeSuccessor() => throw Refusals.ReadOnly();

    /// <summary>From now on they do. Called under its lock.</summary>
    protected virtual void PutInPlace(FileInode successor)
    {
    }

    /// <summary>Lets the kernel know of the successor.</summary>
    protected virtual void AnnounceSuccessor()
    {
    }

    /// <summary>
    /// Until <see cref="EndChange"/> with the result no other way begins than one beside which the size can be changed: the kernel asks (0), or writes by
    /// itself to what is the file's content. ESTALE where the change is to be made in another inode.
    /// </summary>
    protected int BeginChange()
    {
        lock (this)
        {
            if (_writer is { IsBackingCurrent: true }) // also where it is replaced, if it is his descriptor by which he does it
            {
                _passedThrough++;
                return _backing;
            }
        }

        BeginAsking();
        return 0;
    }

    /// <inheritdoc cref="BeginChange"/>
    protected void EndChange(int backing)
    {
        lock (this)
        {
            if (backing == 0)
            {
                _asking--;
            }
            else if (--_passedThrough == 0)
            {
                _backingFiles!.Close(_backing);
                (_backing, _first, _writer) = (0, null, null);
            }
        }
    }

    private void BeginAsking()
    {
        lock (this)
        {
            if (!IsReplaced && _passedThrough == 0)
            {
                _asking++;
                return;
            }

            EnsureSuccessor();
        }

        throw SentOn();
    }

    private bool IsWriterExpected => Environment.TickCount64 < Volatile.Read(ref _askedUntil);

    protected static SessionException LookAgain() => new(Errno.Stale, "this file has another inode since somebody writes to it");

    /// <summary>From now on its names lead to another inode. Called under the lock.</summary>
    private void EnsureSuccessor()
    {
        var successor = Successor ?? MakeSuccessor();
        Volatile.Write(ref successor._askedUntil, Environment.TickCount64 + WriterComesWithinMs); // before anybody can find it
        if (!IsReplaced)
        {
            PutInPlace(successor);
            Successor = successor;
        }
    }

    private SessionException SentOn()
    {
        AnnounceSuccessor();
        return LookAgain();
    }

    private void BeginReading(OpenFile file, IBackingFiles? backingFiles)
    {
        lock (this)
        {
            if (IsReplaced)
            {
                throw LookAgain();
            }

            if (_passedThrough == 0)
            {
                bool isPassedThrough = _asking == 0 && !IsWriterExpected && backingFiles is not null && MayPassThrough
                    && TryPassThrough(file, file.OpenBacking(), backingFiles, writes: false);
                _asking += isPassedThrough ? 0 : 1;
                return;
            }

            if (_writer is null or { IsBackingCurrent: true })
            {
                _passedThrough++;
                file.BackingId = _backing;
                return;
            }

            EnsureSuccessor(); // a commit has what the writer had closed, and he writes on
        }

        throw SentOn();
    }

    /// <summary>Whether the kernel will write by itself what has just been made, for nobody else has it open.</summary>
    /// <remarks>
    /// Who insists upon making a file is a copier (cp, rsync), and copies within the mount copy no byte if the kernel asks. Who could read what he writes
    /// could map it, and change it by that when it is closed and committed.
    /// </remarks>
    private bool TryPassThroughToWrite(OpenFile file, OpenFlags flags, IBackingFiles? backingFiles)
    {
        lock (this)
        {
            if ((flags & (OpenFlags.Read | OpenFlags.Exclusive)) != 0 || IsReplaced || _passedThrough + _asking > 0 || backingFiles is null || !MayPassThrough
                || !TryPassThrough(file, file.OpenBackingToWrite(), backingFiles, writes: true))
            {
                return false;
            }

            Volatile.Write(ref _writer, file);
            return true;
        }
    }

    private bool TryPassThrough(OpenFile file, SafeFileHandle? bytes, IBackingFiles backingFiles, bool writes)
    {
        using (bytes)
        {
            int backing = bytes is null ? 0 : backingFiles.TryOpen(bytes);
            if (backing == 0)
            {
                return false;
            }

            (_backingFiles, _backing, _passedThrough, file.BackingId) = (backingFiles, backing, 1, backing);
            file.WasPassedThrough(writes);
            Volatile.Write(ref _first, file);
            return true;
        }
    }
}
