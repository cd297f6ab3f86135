using ArraylakeFs.Icechunk;
using ArraylakeFs.Zarr;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Sessions;

// Files that a kernel reads and writes by itself (decision 23). What it has written shows at a flush, by the size and time of the staged file. A commit
// makes no chunk object of a staged file that the kernel may still write to: the file gets a copy, and parts from its backing file. What is written
// to that afterwards is taken in by another copy at the next flush.
public sealed partial class SessionTree
{
    private readonly HashSet<ObjectId12> _inherited = []; // staged files that were there when the session was opened

    /// <summary>Whether a kernel may read and write a file by itself: documents are more than bytes, and looked at when they are written.</summary>
    public static bool MayPassThrough(SessionFile file) => file.Name != NodeDocument.FileName && !V2Names.IsKept(file.Name);

    /// <summary>Whether the session has written it since the last commit.</summary>
    public static bool IsStaged(SessionFile file) => file.Content.StagedId is not null;

    /// <summary>As <see cref="ContentReader.OpenBacking"/>, of an open file that nobody has open for writing. Not to be used once the file is closed.</summary>
    public static SafeFileHandle? OpenBacking(SessionHandle handle) => handle.File.Reader!.OpenBacking();

    /// <summary>The staged file of a file that was made by being opened so; null where the kernel is to ask. As above.</summary>
    public static SafeFileHandle? OpenBackingToWrite(SessionHandle handle) =>
        handle is { HasMade: true, File: { Content: StagedContent, Reader: StagedFile { CanWrite: true } staged } } ? staged.OpenBacking() : null;

    /// <summary>The kernel may write to the staged file of an open file by itself from now on, until the handle is closed.</summary>
    public void IsWrittenByKernel(SessionHandle handle)
    {
        lock (_lock)
        {
            var backing = (StagedFile)handle.File.Reader!;
            handle.Backing = backing;
            if (backing.KernelWriters++ == 0)
            {
                backing.Noticed = backing.Status;
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

    /// <summary>Attributes as whoever has opened the file so sees it: those of what the kernel writes to, where it does by itself.</summary>
    public NodeStatus Status(SessionHandle handle)
    {
        lock (_lock)
        {
            var status = Status(handle.File);
            if (handle.Backing is not { } backing || handle.File.Handles == 0)
            {
                return status;
            }

            var (size, modifiedNs) = backing.Status;
            return status with { Size = size, ModifiedNs = modifiedNs };
        }
    }

    /// <summary>
    /// Looks for what the kernel has written by itself, which is to be known before a flush. ESTALE if that has gone with a checkout or a discard.
    /// </summary>
    public ValueTask CatchUpAsync(SessionHandle handle)
    {
        if (handle.Backing is not { } backing)
        {
            return default;
        }

        lock (_lock)
        {
            var status = backing.Status;
            if (status == backing.Noticed || handle.WritesUnderWay > 0)
            {
                return default;
            }

            if (handle.File.IsStale)
            {
                return ValueTask.FromException(new SessionException(Errno.Stale, $"{handle.File.Name} belongs to a version that is no longer checked out"));
            }

            if (HasBackingAsContent(handle))
            {
                backing.Noticed = status;
                if (!handle.IsWriter)
                {
                    BecomeWriter(handle);
                }

                NoteWriting(handle);
                return default;
            }
        }

        return TakeInAsync(handle, backing);
    }

    /// <summary>
    /// Gives a file to which a kernel may still write by itself a copy of its bytes, so that a commit can have them. The tree must be frozen.
    /// </summary>
    internal async Task PartFromKernelAsync(SessionFile file, CancellationToken cancellationToken)
    {
        SessionHandle held; // so that it stays open meanwhile
        lock (_lock)
        {
            if (file.Content is not StagedContent { Id: var former } || !HasKernelWriters(file, former))
            {
                return;
            }

            held = Opened(file, write: false);
        }

        try
        {
            var backing = Writable(file);
            var copied = StatusBeforeCopying(backing);
            var (id, staged) = await CopyToStagedAsync(backing, long.MaxValue, copied.ModifiedNs, cancellationToken);
            try
            {
                Sync(staged); // who has flushed the file has flushed what is in the copy
                lock (_lock)
                {
                    bool isFlushed = _flushed.Contains(file.Content.StagedId!.Value);
                    JournalAndSwitch(file, new StagedContent(id), staged);
                    backing.Noticed = copied; // what was written since then is not in the copy
                    if (isFlushed)
                    {
                        _flushed.Add(id);
                    }
                }
            }
            catch
            {
                staged.Dispose();
                _staging.Delete(id);
                throw;
            }
        }
        finally
        {
            Close(held);
        }
    }

    /// <summary>Through this mount, or through one that has ended before those who had files of it open.</summary>
    private bool HasKernelWriters(SessionFile file, ObjectId12 staged) =>
        file.Reader is StagedFile { KernelWriters: > 0 } || (_inherited.Contains(staged) && _staging.HasWriters(staged));

    /// <summary>What the kernel has written so far goes with the file: only what it writes from now on is an error. Called under the lock.</summary>
    private static void NoticeAll(SessionFile file)
    {
        foreach (var staged in (file.Retired ?? []).Append(file.Reader).OfType<StagedFile>().Where(staged => staged.KernelWriters > 0))
        {
            staged.Noticed = staged.Status;
        }
    }

    /// <summary>
    /// What <see cref="StagedFile.Noticed"/> is to be of a file that is copied next: whatever is written from now on gives it another time, also by who
    /// has it mapped, because the first store into a page that is on the disk does.
    /// </summary>
    private static (long Size, long ModifiedNs) StatusBeforeCopying(StagedFile backing)
    {
        var status = backing.Status;
        Sync(backing);
        return status;
    }

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

    private static bool HasBackingAsContent(SessionHandle handle) =>
        handle.File.Content is StagedContent && ReferenceEquals(handle.File.Reader, handle.Backing);

    /// <summary>What the kernel has written to a file that the session has parted from it is written to the file.</summary>
    private async ValueTask TakeInAsync(SessionHandle handle, StagedFile backing)
    {
        var file = handle.File;
        await BeginWriteAsync(handle);
        try
        {
            await PrepareChangeAsync();
            await file.Staging.WaitAsync();
            try
            {
                var taken = StatusBeforeCopying(backing);
                while (!await TryStageAsync(file, file.Content, backing, long.MaxValue, taken.ModifiedNs, CancellationToken.None))
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
                handle.WritesUnderWay--;
            }
        }
    }
}
