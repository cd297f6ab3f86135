using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using ArraylakeFs.FileSystem;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>
/// Tells the kernel what to forget. To let go of a name it needs the lock of its directory, which it may hold until a request under way is
/// answered. So names queue up and one thread of their own announces them: whoever handles a request only queues, and never blocks a
/// reading thread on <see cref="DrainAsync"/>. Everything else needs no such lock, and does not wait behind what does.
/// </summary>
public sealed class KernelCache : IKernelCache, IDisposable
{
    private static readonly int LongestMessage =
        Unsafe.SizeOf<FuseOutHeader>() + Unsafe.SizeOf<FuseNotifyInvalEntryOut>() + Limits.NameBytes + 1;

    private static readonly int PruneStart = Unsafe.SizeOf<FuseOutHeader>() + Unsafe.SizeOf<FuseNotifyPruneOut>();

    private readonly IFuseChannel _channel;
    private readonly Action<string>? _log;
    private readonly Queue<Announcement> _queue = new();
    private readonly Queue<Announcement> _prunes = new(); // for when that one is empty
    private readonly Thread _thread;
    private volatile bool _cannotPrune;
    private bool _closed;

    internal KernelCache(IFuseChannel channel, Action<string>? log)
    {
        _channel = channel;
        _log = log;
        _thread = new Thread(Work) { IsBackground = true, Name = "fuse notify" };
        _thread.Start();
    }

    /// <inheritdoc/>
    /// <remarks>Of a file with pages the kernel waits for those that are being read: only for directories it is done at once.</remarks>
    public void InvalidateNode(ulong node) => TrySend(new Announcement(FuseNotification.InvalInode, node));

    /// <inheritdoc/>
    public void InvalidateEntry(ulong parent, string name) => Enqueue(new Announcement(FuseNotification.InvalEntry, parent, name));

    /// <inheritdoc/>
    /// <remarks>Kernels before 6.16 cannot; names are given to them without a lifetime, so that there is nothing to invalidate.</remarks>
    public void InvalidateAllEntries() => TrySend(new Announcement(FuseNotification.IncEpoch));

    /// <inheritdoc/>
    /// <remarks>Kernels before 6.18 do not know how. In short messages, between which names are announced.</remarks>
    public async Task<bool> PruneAsync(ulong[] nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        var looked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_queue)
        {
            if (_closed || _cannotPrune)
            {
                return false;
            }

            foreach (var some in nodes.Chunk(Limits.PrunedAtOnce))
            {
                _prunes.Enqueue(new Announcement(FuseNotification.Prune, Nodes: some));
            }

            _prunes.Enqueue(new Announcement(default, Drained: looked));
            Monitor.Pulse(_queue);
        }

        await looked.Task.ConfigureAwait(false);
        return !_cannotPrune;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Waits a moment only: whoever renames between two directories holds the locks of both, and may himself wait for a request whose answer
    /// waits here. The kernel is to ask about every name again then, for which it needs no lock.
    /// </remarks>
    public async ValueTask DrainAsync()
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!Enqueue(new Announcement(default, Drained: drained)))
        {
            return;
        }

        try
        {
            await drained.Task.WaitAsync(TimeSpan.FromMilliseconds(Limits.DrainTimeoutMs)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            InvalidateAllEntries();
        }
    }

    /// <summary>Drops what is still queued and ends the thread.</summary>
    public void Dispose()
    {
        lock (_queue)
        {
            _closed = true;
            Monitor.Pulse(_queue);
        }

        _thread.Join();
    }

    private bool Enqueue(Announcement announcement)
    {
        lock (_queue)
        {
            if (_closed)
            {
                return false;
            }

            _queue.Enqueue(announcement);
            Monitor.Pulse(_queue);
            return true;
        }
    }

    private void Work()
    {
        while (TryDequeue(out var announcement))
        {
            if (announcement.Drained is { } drained)
            {
                drained.SetResult();
                continue;
            }

            TrySend(announcement);
        }
    }

    private bool TryDequeue(out Announcement announcement)
    {
        lock (_queue)
        {
            while (_queue.Count == 0 && _prunes.Count == 0 && !_closed)
            {
                Monitor.Wait(_queue);
            }

            if (!_closed)
            {
                announcement = (_queue.Count > 0 ? _queue : _prunes).Dequeue();
                return true;
            }

            // Nobody is left to invalidate anything for.
            while (_queue.TryDequeue(out announcement) || _prunes.TryDequeue(out announcement))
            {
                announcement.Drained?.SetResult();
            }

            return false;
        }
    }

    /// <summary>One that cannot be sent must not end the process, nor keep others from being sent.</summary>
    private void TrySend(in Announcement announcement)
    {
        try
        {
            Send(announcement);
        }
        catch (ObjectDisposedException)
        {
            // The mount is gone, and with it all that the kernel had of it.
        }
        catch (Exception e)
        {
            _log?.Invoke($"The notification {announcement.Kind} of {announcement.Name ?? $"{announcement.Node}"} could not be sent: {e}");
        }
    }

    private void Send(in Announcement announcement)
    {
        Span<byte> message = stackalloc byte[Math.Max(LongestMessage, PruneStart + ((announcement.Nodes?.Length ?? 0) * sizeof(ulong)))];
        var length = Write(announcement, message);
        var errno = _channel.Write(message[..length]);
        _cannotPrune |= errno == LinuxError.Invalid && announcement.Kind == FuseNotification.Prune;
        // ENOENT: the kernel holds nothing of the kind. ENODEV, ENOTCONN: it is gone. EINVAL: it does not know the message (INC_EPOCH, PRUNE).
        if (errno is not (0 or LinuxError.NoEntry or LinuxError.NoDevice or LinuxError.NotConnected)
            && !(errno == LinuxError.Invalid && announcement.Kind is FuseNotification.IncEpoch or FuseNotification.Prune))
        {
            _log?.Invoke($"The kernel refused the notification {announcement.Kind}: {LinuxError.Describe(errno)}.");
        }
    }

    /// <summary>The length of the message.</summary>
    private static int Write(in Announcement announcement, Span<byte> message)
    {
        var length = Unsafe.SizeOf<FuseOutHeader>();
        if (announcement.Kind == FuseNotification.InvalInode)
        {
            MemoryMarshal.Write(message[length..], new FuseNotifyInvalInodeOut(announcement.Node, Offset: 0, Length: 0));
            length += Unsafe.SizeOf<FuseNotifyInvalInodeOut>();
        }
        else if (announcement.Nodes is { } nodes)
        {
            MemoryMarshal.Write(message[length..], new FuseNotifyPruneOut((uint)nodes.Length, Padding: 0, Spare: 0));
            MemoryMarshal.AsBytes(nodes.AsSpan()).CopyTo(message[PruneStart..]);
            length = PruneStart + (nodes.Length * sizeof(ulong));
        }
        else if (announcement is { Kind: FuseNotification.InvalEntry, Name: { } name })
        {
            var text = message[(length + Unsafe.SizeOf<FuseNotifyInvalEntryOut>())..];
            int bytes = Encoding.UTF8.GetBytes(name, text);
            text[bytes] = 0;
            MemoryMarshal.Write(message[length..], new FuseNotifyInvalEntryOut(announcement.Node, (uint)bytes, Flags: 0));
            length += Unsafe.SizeOf<FuseNotifyInvalEntryOut>() + bytes + 1;
        }

        MemoryMarshal.Write(message, new FuseOutHeader((uint)length, (int)announcement.Kind, Unique: 0));
        return length;
    }

    private readonly record struct Announcement(
        FuseNotification Kind, ulong Node = 0, string? Name = null, ulong[]? Nodes = null, TaskCompletionSource? Drained = null);
}
