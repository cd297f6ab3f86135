using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Sessions;

// Contents of files. Bytes go straight into the staged file; the journal learns only that a file is staged.
//
// A handle for writing makes its file unfinished until it is flushed (close), synced or given back, and again from the next write. A commit
// takes only finished files; their staged files become chunk objects, so whoever is no writer yet and wants to write waits while
// the tree is frozen. Those who are go on: what they write to is not part of the commit. (A kernel that writes by itself waits for nobody:
// SessionTree.Passthrough.)
public sealed partial class SessionTree
{
    /// <summary>Opens a file. For writing it waits while the tree is frozen.</summary>
    public async ValueTask<SessionHandle> OpenAsync(SessionFile file, bool write)
    {
        if (!write)
        {
            lock (_lock)
            {
                return Opened(file, write: false);
            }
        }

        await EnterChangeAsync();
        try
        {
            lock (_lock)
            {
                CheckNotStale(file);
                CheckNotSuperseded(file);
                return Opened(file, write: true);
            }
        }
        finally
        {
            _gate.ExitChange();
        }
    }

    /// <summary>Whether something was written through a handle that is not finished yet.</summary>
    public bool IsUnfinished(SessionHandle handle)
    {
        lock (_lock)
        {
            return handle.HasWritten;
        }
    }

    /// <summary>
    /// What was written through a handle is complete: close(2) of one of its descriptors. False if nothing can have been written.
    /// </summary>
    public bool Flush(SessionHandle handle)
    {
        lock (_lock)
        {
            if (handle is not { IsWriter: true, WritesUnderWay: 0 })
            {
                return false;
            }

            handle.IsWriter = false;
            handle.File.Writers--;
            NoteWritten(handle);
            return true;
        }
    }

    /// <summary>Gives back one <see cref="OpenAsync"/>.</summary>
    public void Close(SessionHandle handle)
    {
        var file = handle.File;
        lock (_lock)
        {
            file.Handles--;
            file.Writers -= handle.IsWriter ? 1 : 0;
            if (handle is { IsKernelWriter: true, Backing: { } backing })
            {
                backing.HasKernelWriter = false;
                _kernelWriters.Remove(file);
            }

            handle.IsWriter = false;
            NoteWritten(handle);
            if (file.Handles > 0)
            {
                return;
            }

            DisposeReaders(file);
            DropUnused(file);
        }

        DeleteUnneeded();
    }

    /// <summary>Reads from an open file; fewer bytes than asked only at its end.</summary>
    public static ValueTask<int> ReadAsync(SessionHandle handle, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        handle.File.Reader!.ReadAsync(offset, destination, cancellationToken);

    /// <summary>All bytes of a file, open or not. EFBIG above <paramref name="maxBytes"/>.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAllAsync(SessionFile file, int maxBytes, CancellationToken cancellationToken)
    {
        var handle = await OpenAsync(file, write: false);
        try
        {
            long size = Status(file).Size;
            if (size > maxBytes)
            {
                throw new SessionException(Errno.TooBig, $"{file.Name} has {size} bytes, more than the {maxBytes} that it may have");
            }

            byte[] bytes = new byte[size];
            int count = await ReadAsync(handle, 0, bytes, cancellationToken);
            return bytes.AsMemory(0, count);
        }
        finally
        {
            Close(handle);
        }
    }

    /// <summary>Writes to a file that is open for writing.</summary>
    public async ValueTask WriteAsync(SessionHandle handle, long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        await BeginWriteAsync(handle);
        try
        {
            if (handle.File.Content is not StagedContent)
            {
                await StageAsync(handle.File, long.MaxValue, cancellationToken);
            }

            Writable(handle.File).Write(offset, source.Span);
        }
        catch (IOException e)
        {
            throw Errors.Of(e, "the staged bytes could not be written");
        }
        finally
        {
            lock (_lock)
            {
                handle.WritesUnderWay--;
            }
        }
    }

    /// <summary>Sets the length of a file.</summary>
    public async ValueTask TruncateAsync(SessionFile file, long length, CancellationToken cancellationToken)
    {
        var handle = await OpenAsync(file, write: true);
        try
        {
            await TruncateAsync(handle, length, cancellationToken);
        }
        finally
        {
            Close(handle);
        }
    }

    /// <summary>Sets the length of a file that is open for writing.</summary>
    public async ValueTask TruncateAsync(SessionHandle handle, long length, CancellationToken cancellationToken)
    {
        await BeginWriteAsync(handle);
        try
        {
            await StageAsync(handle.File, length, cancellationToken);
            Writable(handle.File).SetLength(length);
        }
        catch (IOException e)
        {
            throw Errors.Of(e, "the staged bytes could not be truncated");
        }
        finally
        {
            lock (_lock)
            {
                handle.WritesUnderWay--;
            }
        }
    }

    /// <summary>Makes what was written through a handle, and the name of its file, survive a power cut. As <see cref="Flush"/>.</summary>
    public bool Sync(SessionHandle handle)
    {
        var content = handle.File.Content;
        try
        {
            (handle.File.Reader as StagedFile)?.Sync();
            SyncNames();
        }
        catch (IOException e)
        {
            throw Errors.Of(e, "the staged bytes could not be flushed");
        }

        bool isFinished = Flush(handle);
        lock (_lock)
        {
            if (content.StagedId is { } staged && ReferenceEquals(handle.File.Content, content))
            {
                _flushed.Add(staged);
            }
        }

        return isFinished;
    }

    /// <summary>Makes all changes of names so far survive a power cut.</summary>
    public void SyncNames()
    {
        List<ObjectId12> superseded;
        lock (_lock)
        {
            (superseded, _superseded) = (_superseded, []);
        }

        _staging.SyncNames();
        _journal.Sync(); // if it fails, the next opening of the session removes what no name leads to
        superseded.ForEach(_staging.Delete);
    }

    /// <summary>Sets the modification time and the permission bits where they are given.</summary>
    public async ValueTask SetAttributesAsync(SessionNode node, long? modifiedNs, uint? mode)
    {
        await EnterChangeAsync();
        try
        {
            lock (_lock)
            {
                CheckNotStale(node);
                SetAttributes(node, modifiedNs, mode);
            }
        }
        finally
        {
            _gate.ExitChange();
        }
    }

    private SessionHandle Opened(SessionFile file, bool write, bool isNew = false)
    {
        CheckIsThere(file);
        file.Handles++;
        if (write && file.Reader is StagedFile { CanWrite: false } opened)
        {
            (file.Retired ??= []).Add(opened); // opened while a commit had the file among its chunks
            file.Reader = OpenReader(file.Content); // never null meanwhile: somebody may be reading this moment
        }

        file.Reader ??= OpenReader(file.Content);
        var handle = new SessionHandle(file, write) { HasMade = isNew };
        if (write)
        {
            BecomeWriter(handle);
        }

        if (isNew)
        {
            NoteWriting(handle);
        }

        return handle;
    }

    private static void BecomeWriter(SessionHandle handle)
    {
        handle.IsWriter = true;
        handle.File.Writers++;
        handle.File.Changes++;
        handle.File.AtRest = null;
    }

    private ValueTask BeginWriteAsync(SessionHandle handle)
    {
        if (!handle.CanWrite)
        {
            throw new SessionException(Errno.BadHandle, "the file is not open for writing");
        }

        lock (_lock)
        {
            if (handle.IsWriter)
            {
                BeginWrite(handle);
                return default;
            }
        }

        return BecomeWriterAsync(handle);
    }

    private async ValueTask BecomeWriterAsync(SessionHandle handle)
    {
        await EnterChangeAsync();
        try
        {
            lock (_lock)
            {
                BeginWrite(handle);
            }
        }
        finally
        {
            _gate.ExitChange();
        }
    }

    private static void BeginWrite(SessionHandle handle)
    {
        CheckNotStale(handle.File);
        CheckNotSuperseded(handle.File);
        if (!handle.IsWriter)
        {
            BecomeWriter(handle);
        }

        handle.WritesUnderWay++;
        NoteWriting(handle);
    }

    private void SetAttributes(SessionNode node, long? modifiedNs, uint? mode)
    {
        if (modifiedNs is { } time && node is SessionFile { Content: StagedContent staged } file)
        {
            SetStagedTime(file, staged, time);
        }

        var (oldMode, oldTime) = (node.Mode, node.ModifiedNs);
        (node.Mode, node.ModifiedNs) = (mode ?? oldMode, modifiedNs ?? oldTime);
        try
        {
            if (node is SessionFile { Links: 0 } or SessionDirectory { IsRemoved: true })
            {
                return; // it has no name for the journal to know it by
            }

            if (node.InJournal)
            {
                _journal.Record(j => j.PutNode(Row(node)));
            }
            else if (node.LowerNumber != 0)
            {
                var row = KeptRow.Of(node, _shownSinceNs);
                _journal.Record(j => j.PutKept(node.LowerNumber, row));
                _kept[node.LowerNumber] = row;
            }
        }
        catch
        {
            (node.Mode, node.ModifiedNs) = (oldMode, oldTime);
            throw;
        }
    }

    private void SetStagedTime(SessionFile file, StagedContent staged, long time)
    {
        file.AtRest = null;
        try
        {
            if (file.Reader is StagedFile open)
            {
                open.SetModified(time);
            }
            else
            {
                _staging.SetModified(staged.Id, time);
            }
        }
        catch (IOException e)
        {
            throw Errors.Of(e, "the time of the staged bytes could not be set");
        }
    }
}
