using System.Collections.Concurrent;
using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Sessions;

// What stays in memory and on the disk because somebody knows it, and how it is let go of. An unchanged node stays while it is held. The bytes of a
// file without a name stay while it is held: whoever has looked its name up may open it, as on any disk.
public sealed partial class SessionTree
{
    private readonly HashSet<SessionFile> _nameless = []; // files that have lost their last name and are held
    private readonly HashSet<ObjectId12> _flushed = []; // staged files that a power cut leaves whole, as the journal does their names
    private List<ObjectId12> _superseded = []; // of those, the ones that no name leads to any more
    private readonly ConcurrentQueue<ObjectId12> _unneeded = []; // staged files to be deleted as soon as no lock is held

    /// <summary>How many unchanged nodes are in memory because somebody holds them, or something below.</summary>
    public int HeldUnchanged
    {
        get
        {
            static int Count(SessionDirectory directory) => directory.Seen.Count
                + directory.Seen.Values.Concat(directory.Upper.Values).OfType<SessionDirectory>().Sum(Count);
            lock (_lock)
            {
                return Count(Top);
            }
        }
    }

    /// <summary>Whether a node is still the one that its name stands for, so that a reference to it is worth having.</summary>
    public bool IsCurrent(SessionNode node)
    {
        lock (_lock)
        {
            return node is not SessionFile { Links: 0 }
                && (node.InJournal || node.Parent is null || (node.Parent.Seen.TryGetValue(node.Name, out var seen) && ReferenceEquals(seen, node)));
        }
    }

    /// <summary>
    /// Nobody above knows this node any more: an unchanged one need not be kept, nor the bytes of one without a name. The host may hold a lock
    /// of its own, and calls <see cref="DeleteUnneeded"/> when it does not.
    /// </summary>
    public void Forget(SessionNode node)
    {
        lock (_lock)
        {
            node.HostInode = null;
            DropUnused(node);
        }
    }

    /// <summary>The host has another object for a file from now on.</summary>
    public void ReplaceHost(SessionFile file, object host)
    {
        lock (_lock)
        {
            file.HostInode = host;
        }
    }

    /// <summary>The host's own object for a node: <paramref name="host"/>, if it has none yet.</summary>
    public object HostOf(SessionNode node, object host)
    {
        lock (_lock)
        {
            return node.HostInode ??= host;
        }
    }

    /// <summary>As <see cref="Forget"/>, for the v2 face of a directory.</summary>
    public void ForgetV2(SessionDirectory directory)
    {
        lock (_lock)
        {
            directory.V2HostInode = null;
            DropUnused(directory);
        }
    }

    /// <summary>
    /// Deletes the staged files that nobody needs any more. To delete a large one takes a while, so it is never done while a lock is held that
    /// others wait for.
    /// </summary>
    public void DeleteUnneeded()
    {
        while (_unneeded.TryDequeue(out var id))
        {
            _staging.Delete(id);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var file in OpenFiles(Top).Concat(_nameless))
            {
                DisposeReaders(file);
            }

            foreach (var file in _nameless.Except(_replacedUnrecorded))
            {
                LetGo(file, file.Content);
            }

            _nameless.Clear();
        }

        DeleteUnneeded();
        V2.Dispose();
    }

    /// <summary>
    /// Finds a name and keeps what it stands for from being let go until <see cref="Unpin"/>. ESTALE in a directory that a checkout or a discard
    /// has replaced: what was below it went with it, and looking again would find the same.
    /// </summary>
    internal async ValueTask<SessionNode?> FindPinnedAsync(SessionDirectory directory, string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await FindAsync(directory, name, cancellationToken) is not { } node)
            {
                return null;
            }

            lock (_lock)
            {
                if (directory.IsStale)
                {
                    throw StaleDirectory();
                }

                if (IsCurrent(node))
                {
                    node.Pins++;
                    return node;
                }
            }
        }
    }

    /// <summary>
    /// Finds a directory and keeps it from being let go of until the result is disposed. Null if there is none of that name. Whoever uses a
    /// directory that no host has an inode of must hold it: otherwise there may be another object for the same place soon.
    /// </summary>
    public async ValueTask<HeldDirectory?> HoldDirectoryAsync(SessionDirectory parent, string name, CancellationToken cancellationToken = default)
    {
        var node = await FindPinnedAsync(parent, name, cancellationToken);
        if (node is SessionFile)
        {
            Unpin(node);
        }

        return node is SessionDirectory directory ? new HeldDirectory(this, directory) : null;
    }

    /// <summary>Whether a directory has a name. What that stands for is not kept.</summary>
    public async ValueTask<bool> HasAsync(SessionDirectory directory, string name)
    {
        while (true)
        {
            var origin = directory.Origin;
            if (TryFindKnown(directory, name, out var known))
            {
                return known is not null;
            }

            bool isThere = origin is not null && await origin.Tree.FindAsync(origin, name, CancellationToken.None) is not null;
            lock (_lock)
            {
                if (ReferenceEquals(directory.Origin, origin))
                {
                    return directory.Upper.TryGetValue(name, out var node) ? node is not null : isThere;
                }
            }
        }
    }

    internal void Unpin(SessionNode node)
    {
        lock (_lock)
        {
            node.Pins--;
            DropUnused(node);
        }

        DeleteUnneeded();
    }

    /// <summary>
    /// Finds a file of a directory and reads it without holding it, once more where somebody has replaced it in between.
    /// </summary>
    internal static async ValueTask<T> FindAndReadAsync<T>(SessionDirectory directory, Func<ValueTask<T>> findAndRead)
    {
        while (true)
        {
            try
            {
                return await findAndRead();
            }
            catch (SessionException e) when (e.Errno == Errno.Stale && !directory.IsStale)
            {
                // Its name leads to another file by now, or to none.
            }
        }
    }

    private static IEnumerable<SessionFile> OpenFiles(SessionDirectory directory)
    {
        foreach (var node in directory.Upper.Values.Concat(directory.Seen.Values))
        {
            if (node is SessionFile { Handles: > 0 } file)
            {
                yield return file;
            }
            else if (node is SessionDirectory below)
            {
                foreach (var open in OpenFiles(below))
                {
                    yield return open;
                }
            }
        }
    }

    /// <summary>Lets go of a node that nobody needs, and then of the directories above that were only kept for it.</summary>
    private void DropUnused(SessionNode node)
    {
        if (node is SessionFile file && !IsHeld(file) && _nameless.Remove(file))
        {
            LetGo(file, file.Content);
        }

        for (var n = node; n is { InJournal: false, HostInode: null, Pins: 0, Parent: { } parent }; n = parent)
        {
            if (n is SessionFile { Handles: > 0 } or SessionDirectory { Seen.Count: > 0 } or SessionDirectory { V2HostInode: not null }
                || !parent.Seen.TryGetValue(n.Name, out var seen) || !ReferenceEquals(seen, n))
            {
                return;
            }

            parent.Seen.Remove(n.Name);
        }
    }

    /// <summary>
    /// A file has lost one of its names: without any it stays as long as it is held; by handles only, if it is not kept for kernels, which are told
    /// then to look again, or get ESTALE and do.
    /// </summary>
    private void LinkDropped(SessionFile file, bool isKeptForKernels = true)
    {
        file.Links = Math.Max(file.Links - 1, 0);
        ForgetNames(file);
        if (file.Links > 0)
        {
            return;
        }

        if (IsHeld(file) && (isKeptForKernels || file is { Handles: > 0 } or { Pins: > 0 }))
        {
            _nameless.Add(file);
        }
        else
        {
            LetGo(file, file.Content);
        }
    }

    private static bool IsHeld(SessionFile file) => file is { Handles: > 0 } or { HostInode: not null } or { Pins: > 0 };

    /// <summary>ESTALE for a file whose bytes are gone with its last name: who looks again finds another one, or none.</summary>
    private void CheckIsThere(SessionFile file)
    {
        if (file.Links == 0 && !_nameless.Contains(file))
        {
            throw new SessionException(Errno.Stale, $"{file.Name} has been replaced or removed");
        }
    }

    /// <summary>ESTALE where what is written would be lost, and nobody but the session is to blame: kernels look the name up again.</summary>
    private static void CheckNotSuperseded(SessionFile file)
    {
        if (file.IsSuperseded)
        {
            throw new SessionException(Errno.Stale, $"{V2Names.Shown(file.Name)} is another file now");
        }
    }

    /// <summary>
    /// Removes the bytes that a file had staged, unless others share them. Those that were flushed stay until the journal that does not name
    /// them is: after a power cut it may be the former one.
    /// </summary>
    private void LetGo(SessionFile file, FileContent former)
    {
        if (former.StagedId is not { } id || !IsLast(file, former))
        {
            return;
        }

        if (_flushed.Remove(id))
        {
            _superseded.Add(id);
        }
        else
        {
            _unneeded.Enqueue(id);
        }
    }

    /// <summary>Takes a file from among the sharers; whether there are none now.</summary>
    private static bool IsLast(SessionFile file, FileContent former) =>
        former is not SharedContent shared || (shared.Sharers.Remove(file) && shared.Sharers.Count == 0);

    /// <summary>Frees the space of replaced files when there are many; not while a lock is held, because it waits for the disk.</summary>
    private void LetGoOfSuperseded()
    {
        if (_superseded.Count <= Limits.MaxSuperseded)
        {
            return;
        }

        try
        {
            SyncNames();
        }
        catch (Exception e) when (e is SessionException or IOException)
        {
            // They stay until the session is opened again; it is not this change that failed.
        }
    }
}
