using ArraylakeFs.Zarr;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Sessions;

// Files that a kernel reads, and writes to, by itself (decision 23). What it has written shows at a flush, by the size and time of the staged file. No
// staged file becomes a chunk object as long as the kernel may write to it: a commit gives the file a copy, by which it parts from its backing file.
// What is written to that afterwards is taken in by another copy, at the next flush.
public sealed partial class SessionTree
{
    private readonly Dictionary<SessionFile, SessionHandle> _kernelWriters = []; // a file has one at most

    /// <summary>Whether a kernel may read and write a file by itself: documents are more than bytes, and looked at when they are written.</summary>
    public static bool MayPassThrough(SessionFile file) => file.Name != NodeDocument.FileName && !V2Names.IsKept(file.Name);

    /// <summary>Whether the session has written it since the last commit.</summary>
    public static bool IsStaged(SessionFile file) => file.Content.StagedId is not null;

    /// <summary>
    /// As <see cref="ContentReader.OpenBacking"/>, of an open file; null too where somebody has it open for writing. Not to be used once the file is closed.
    /// </summary>
    public SafeFileHandle? OpenBacking(SessionHandle handle)
    {
        lock (_lock)
        {
            return handle.File.Writers > 0 ? null : handle.File.Reader!.OpenBacking();
        }
    }

    /// <summary>The staged file of a file that was made by being opened so; null where the kernel is to ask. As above.</summary>
    public SafeFileHandle? OpenBackingToWrite(SessionHandle handle)
    {
        lock (_lock)
        {
            return handle is { HasMade: true, File: { Content: StagedContent, Reader: StagedFile { CanWrite: true } staged } } ? staged.OpenBacking() : null;
        }
    }

    /// <summary>The kernel uses what was opened as backing file by itself from now on; it writes to it until the handle is closed.</summary>
    public void NotePassedThrough(SessionHandle handle, bool writes)
    {
        lock (_lock)
        {
            handle.Backing = handle.File.Reader as StagedFile;
            if (writes)
            {
                handle.IsKernelWriter = handle.Backing!.HasKernelWriter = true;
                handle.Backing.Noticed = handle.Backing.Status;
                _kernelWriters.Add(handle.File, handle);
            }
        }
    }

    /// <summary>Whether what the kernel writes to by itself is (still) the file's content.</summary>
    public bool IsBackingCurrent(SessionHandle handle)
    {
        lock (_lock)
        {
            return HasBackingAsContent(handle);
        }
    }

    /// <summary>
    /// Attributes of a file with size and time of the staged file that the kernel uses by itself for who has it open; null where those are the file's own.
    /// </summary>
    public NodeStatus? BackingStatus(SessionHandle handle)
    {
        lock (_lock)
        {
            var file = handle.File;
            if (handle.Backing is not { } backing
                || !(ReferenceEquals(file.Reader, backing) ? backing.HasKernelWriter : file.Retired?.Contains(backing) == true))
            {
                return null;
            }

            var (size, modifiedNs) = backing.Status;
            return Status(file) with { Size = size, ModifiedNs = modifiedNs };
        }
    }

    /// <summary>
    /// Looks for what the kernel has written by itself, which is to be known before a flush. ESTALE if that has gone with a checkout or a discard.
    /// </summary>
    public ValueTask CatchUpAsync(SessionHandle handle)
    {
        if (!handle.IsKernelWriter)
        {
            return default;
        }

        var backing = handle.Backing!;
        var status = backing.Status;
        if (status == backing.Noticed)
        {
            return default;
        }

        backing.AwaitWrites();
        lock (_lock)
        {
            if (handle.File.IsStale)
            {
                return status == backing.Noticed ? default
                    : ValueTask.FromException(new SessionException(Errno.Stale, $"{handle.File.Name} belongs to a version that is no longer checked out"));
            }

            if (HasBackingAsContent(handle))
            {
                backing.Noticed = status;
                NoteKernelWrote(handle);
                return default;
            }
        }

        return TakeInAsync(handle);
    }

    /// <summary>Whether somebody has written to a file, or may have, and not finished.</summary>
    internal bool IsBeingWritten(SessionFile file)
    {
        lock (_lock)
        {
            return file.Writers > 0 || (KernelWriterOf(file) is { Backing: { } backing } && backing.Status != backing.Noticed);
        }
    }

    /// <summary>
    /// Whether a commit can move the staged file of a file: nobody has it open for writing who has not closed it, nor will a kernel write to it. A file that
    /// was closed, and to which the kernel may write on, gets a copy of its bytes. The tree must be frozen.
    /// </summary>
    internal async ValueTask<bool> TryPartFromKernelAsync(SessionFile file, CancellationToken cancellationToken)
    {
        StagedFile backing;
        SessionHandle held; // so that it stays open meanwhile
        (long Size, long ModifiedNs) closed;
        bool isFlushed;
        lock (_lock)
        {
            if (IsBeingWritten(file) || KernelWriterOf(file) is not { } writer)
            {
                return !IsBeingWritten(file);
            }

            (backing, closed, isFlushed) = (writer.Backing!, writer.Backing!.Noticed, _flushed.Contains(file.Content.StagedId!.Value));
            held = Opened(file, write: false);
        }

        StagedFile? copy = null;
        Icechunk.ObjectId12 id = default;
        try
        {
            (id, copy) = await CopyToStagedAsync(backing, closed.Size, closed.ModifiedNs, cancellationToken);
            if (isFlushed)
            {
                Sync(copy);
            }

            lock (_lock)
            {
                if (KernelWriterOf(file) is null || backing.Noticed != closed || IsBeingWritten(file))
                {
                    return KernelWriterOf(file) is null && !IsBeingWritten(file); // he has closed it for good, or has written on
                }

                JournalAndSwitch(file, new StagedContent(id), copy);
                copy = null;
                if (isFlushed)
                {
                    _flushed.Add(id);
                }

                return true;
            }
        }
        finally
        {
            if (copy is not null)
            {
                copy.Dispose();
                _staging.Delete(id);
            }

            Close(held);
        }
    }

    /// <summary>
    /// A program that has outlived a daemon may write on to files of its mount. Each of them that the session still has gets a copy of its bytes.
    /// </summary>
    private async Task PartFromFormerMountsAsync()
    {
        foreach (var file in FilesOf(Top).ToList())
        {
            if (file.Content is not StagedContent { Id: var id } || !_staging.HasWriters(id))
            {
                continue;
            }

            using var former = _staging.Open(id);
            var (size, modifiedNs) = former.Status;
            var (copyId, copy) = await CopyToStagedAsync(former, size, modifiedNs, CancellationToken.None);
            using (copy)
            {
                Sync(copy);
                lock (_lock)
                {
                    JournalAndSwitch(file, new StagedContent(copyId), copy);
                    _flushed.Add(copyId);
                }
            }
        }

        DeleteUnneeded();
    }

    /// <summary>The handle through which the kernel may write to the file's content; null if there is none. Called under the lock.</summary>
    private SessionHandle? KernelWriterOf(SessionFile file) =>
        _kernelWriters.TryGetValue(file, out var writer) && HasBackingAsContent(writer) ? writer : null;

    /// <summary>What the kernel has written to a file that has parted from it is written to the file: all of it, whatever others have written there.</summary>
    private async ValueTask TakeInAsync(SessionHandle writer)
    {
        var (file, backing) = (writer.File, writer.Backing!);
        await BeginWriteAsync(writer);
        try
        {
            await PrepareChangeAsync();
            await file.Staging.WaitAsync();
            try
            {
                var taken = backing.Status;
                if (taken == backing.Noticed)
                {
                    return; // somebody else has
                }

                backing.AwaitWrites();
                while (!await TryStageAsync(file, file.Content, backing, taken.Size, taken.ModifiedNs, CancellationToken.None))
                {
                }

                lock (_lock)
                {
                    backing.Noticed = taken;
                }
            }
            finally
            {
                file.Staging.Release();
            }
        }
        finally
        {
            lock (_lock)
            {
                writer.WritesUnderWay--;
            }
        }
    }

    /// <summary>Sets the time of what the kernel writes to by itself: that of the file, where it has parted from that, is another.</summary>
    public void SetBackingTime(SessionHandle writer, long modifiedNs)
    {
        lock (_lock)
        {
            if (_kernelWriters.GetValueOrDefault(writer.File) == writer && !HasBackingAsContent(writer))
            {
                writer.Backing!.SetModified(modifiedNs);
            }
        }
    }

    private static void NoteKernelWrote(SessionHandle writer)
    {
        if (!writer.IsWriter)
        {
            BecomeWriter(writer);
        }

        NoteWriting(writer);
    }

    /// <summary>What the kernel has written so far goes with the file: only what it writes from now on is an error. Called under the lock.</summary>
    private static void NoticeBeforeItGoes(SessionFile file)
    {
        if (file is { Content: StagedContent, Reader: StagedFile { HasKernelWriter: true } backing })
        {
            backing.Noticed = backing.Status;
        }
    }

    private static bool HasBackingAsContent(SessionHandle writer) =>
        writer.File.Content is StagedContent && ReferenceEquals(writer.File.Reader, writer.Backing);

    private static void Sync(StagedFile staged)
    {
        try
        {
            staged.Sync();
        }
        catch (IOException e)
        {
            throw Errors.Of(e, "the staged bytes could not be flushed");
        }
    }
}
