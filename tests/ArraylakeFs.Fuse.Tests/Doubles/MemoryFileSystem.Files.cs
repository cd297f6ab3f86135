using ArraylakeFs.FileSystem;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Fuse.Tests.Doubles;

internal sealed partial class MemoryFileSystem
{
    public ValueTask<Result<OpenedFile>> OpenAsync(ulong node, OpenFlags flags, Caller caller)
    {
        Interlocked.Increment(ref OpenFileCount);
        lock (_lock)
        {
            return _nodes.TryGetValue(node, out var known) ? new(Opened(known, flags)) : new(Errno.NoEntry);
        }
    }

    public ValueTask<Result<int>> ReadAsync(ulong inode, ulong handle, long offset, Memory<byte> destination)
    {
        Interlocked.Increment(ref ReadCount);
        MemoryNode node;
        lock (_lock)
        {
            if (!_files.TryGetValue(handle, out var file))
            {
                return new(Errno.BadHandle);
            }

            node = file.Node;
            if (node.OnRead is null)
            {
                var available = node.Data.AsSpan((int)Math.Min(offset, node.Data.Length));
                available = available[..Math.Min(available.Length, destination.Length)];
                available.CopyTo(destination.Span);
                return new(available.Length);
            }
        }

        return node.OnRead(offset, destination);
    }

    public ValueTask<Result<int>> WriteAsync(ulong handle, long offset, ReadOnlyMemory<byte> source)
    {
        MemoryNode node;
        lock (_lock)
        {
            (node, var append) = _files[handle];
            if (node.OnWrite is null)
            {
                if (offset is < 0 or > MostBytes)
                {
                    return new(Errno.TooBig);
                }

                var start = append ? node.Data.Length : (int)offset;
                var data = node.Data;
                Array.Resize(ref data, Math.Max(data.Length, start + source.Length));
                source.Span.CopyTo(data.AsSpan(start));
                node.Data = data;
                return new(source.Length);
            }
        }

        return node.OnWrite(source);
    }

    public ValueTask<Result<long>> CopyRangeAsync(ulong source, long sourceOffset, ulong target, long targetOffset, long length)
    {
        Ranges.Enqueue((source, sourceOffset, target, targetOffset, length));
        lock (_lock)
        {
            var (from, to) = (_files[source].Node, _files[target].Node);
            if ((sourceOffset, targetOffset, to.Data.Length) != (0, 0, 0) || !TakesOver || from.Data.Length > length)
            {
                return new(Errno.NotSupported);
            }

            to.Data = from.Data;
            return new(from.Data.Length);
        }
    }

    public ValueTask<Errno> FlushAsync(ulong handle)
    {
        Interlocked.Increment(ref FlushCount);
        return new(Errno.None);
    }

    public ValueTask<Errno> SyncAsync(ulong handle) =>
        Locked(() => _files.GetValueOrDefault(handle).Node)?.OnSync is { } sync ? sync() : new(Errno.None);

    public ValueTask<Errno> SyncDirectoryAsync(ulong node) => new(Errno.None);

    public ValueTask<Errno> AllocateAsync(ulong handle, long offset, long length, uint mode) => new(Errno.NotSupported);

    public void Release(ulong handle)
    {
        lock (_lock)
        {
            if (_files.Remove(handle, out var file))
            {
                file.Node.Opens--;
                Collect(file.Node);
            }
        }
    }

    public ValueTask<Result<ulong>> OpenDirectoryAsync(ulong node)
    {
        lock (_lock)
        {
            var directory = _nodes[node];
            _listings.Add(
                ++_lastHandle,
                [(".", directory), ("..", directory), .. directory.Children.Select(child => (child.Key, child.Value))]);
            return new(_lastHandle);
        }
    }

    public ValueTask<Errno> ReadDirectoryAsync(ulong handle, long cookie, bool withAttributes, IDirectorySink sink)
    {
        lock (_lock)
        {
            var listing = _listings[handle];
            for (var i = cookie; i < listing.Length; i++)
            {
                var (name, node) = listing[i];
                var entry = new Entry(node.Id, node.Attributes, EntryLifetime, AttributesLifetime);
                var taken = withAttributes && i > 1 ? sink.TryAdd(name, entry, i + 1) : sink.TryAdd(name, node.Id, node.Kind, i + 1);
                if (!taken)
                {
                    break;
                }

                node.Lookups += withAttributes && i > 1 ? 1 : 0;
            }

            return new(Errno.None);
        }
    }

    public void ReleaseDirectory(ulong handle)
    {
        lock (_lock)
        {
            _listings.Remove(handle);
        }
    }

    private OpenedFile Opened(MemoryNode node, OpenFlags flags)
    {
        if ((flags & OpenFlags.Truncate) != 0 && node.OnWrite is null)
        {
            node.Data = [];
        }

        node.Opens++;
        _files.Add(++_lastHandle, (node, (flags & OpenFlags.Append) != 0));
        return new OpenedFile(_lastHandle, node.Caching, node.BackingId);
    }
}
