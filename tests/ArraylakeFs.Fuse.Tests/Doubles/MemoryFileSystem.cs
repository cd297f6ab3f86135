using System.Collections.Concurrent;
using System.Text;
using ArraylakeFs.FileSystem;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Fuse.Tests.Doubles;

/// <summary>
/// A small tree in memory under one lock. Nothing is allocated by a lookup that hits, by attributes, by open, read and release.
/// </summary>
internal sealed partial class MemoryFileSystem : IFileSystem
{
    private const long MostBytes = 1 << 28;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, MemoryNode> _nodes = [];
    private readonly Dictionary<ulong, (MemoryNode Node, bool Append)> _files = [];
    private readonly Dictionary<ulong, (string Name, MemoryNode Node)[]> _listings = [];
    private ulong _lastNode;
    private ulong _lastHandle = 100;

    public MemoryFileSystem() => Root = NewNode(FileKind.Directory, 0x1FF);

    public MemoryNode Root { get; }

    public IKernelCache KernelCache { get; set; } = null!;

    public IBackingFiles? BackingFiles { get; set; }

    public Func<IEnumerable<Metric>>? HostMetrics { get; set; }

    public TimeSpan EntryLifetime { get; set; } = TimeSpan.FromDays(365);

    public TimeSpan AttributesLifetime { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Null: absence is ENOENT and is not cached.</summary>
    public TimeSpan? AbsenceLifetime { get; set; }

    public int LookupCount;
    public int AttributeCount;
    public int ReadCount;
    public int OpenFileCount;
    public int FlushCount;

    /// <summary>Whether a whole file is copied onto an empty one without reads and writes.</summary>
    public bool TakesOver { get; set; } = true;

    /// <summary>What was asked to be copied: handle and offset of source and target, and the length.</summary>
    public ConcurrentQueue<(ulong Source, long SourceOffset, ulong Target, long TargetOffset, long Length)> Ranges { get; } = [];

    public int OpenHandles => Locked(() => _files.Count + _listings.Count);

    public int NodeCount => Locked(() => _nodes.Count);

    public MemoryNode AddFile(string name, string content, MemoryNode? parent = null) => Locked(() =>
    {
        var node = NewNode(FileKind.File, 0x1B6);
        node.Data = Encoding.UTF8.GetBytes(content);
        (parent ?? Root).Children.Add(name, node);
        return node;
    });

    public MemoryNode AddDirectory(string name, MemoryNode? parent = null) => Locked(() =>
    {
        var node = NewNode(FileKind.Directory, 0x1ED);
        (parent ?? Root).Children.Add(name, node);
        return node;
    });

    /// <summary>A file as sysfs has them: size 0, no page cache, every write is a command.</summary>
    public MemoryNode AddControl(string name, Func<string> read, Func<string, Errno> write)
    {
        var node = AddFile(name, "");
        node.Caching = DataCaching.Direct;
        node.ShownSize = 0;
        node.OnRead = (offset, destination) =>
        {
            var text = Encoding.UTF8.GetBytes(read()).AsSpan();
            text = text[(int)Math.Min(offset, text.Length)..];
            text = text[..Math.Min(text.Length, destination.Length)];
            text.CopyTo(destination.Span);
            return new(text.Length);
        };
        node.OnWrite = command =>
        {
            var errno = write(Encoding.UTF8.GetString(command.Span));
            return new(errno == Errno.None ? (Result<int>)command.Length : errno);
        };
        return node;
    }

    public void Remove(string name) => Locked(() => Root.Children.Remove(name));

    public string Text(string name) => Locked(() => Encoding.UTF8.GetString(Root.Children[name].Data));

    public ValueTask<Result<Entry>> LookupAsync(ulong parent, ReadOnlySpan<char> name, Caller caller = default)
    {
        Interlocked.Increment(ref LookupCount);
        lock (_lock)
        {
            if (!_nodes.TryGetValue(parent, out var directory) || directory.Kind != FileKind.Directory)
            {
                return new(Errno.NotDirectory);
            }

            if (directory.Children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var node))
            {
                return new(Counted(node));
            }

            return AbsenceLifetime is { } lifetime ? new(new Entry(0, default, lifetime, TimeSpan.Zero)) : new(Errno.NoEntry);
        }
    }

    public void Forget(ulong node, ulong count)
    {
        lock (_lock)
        {
            if (_nodes.TryGetValue(node, out var known))
            {
                known.Lookups -= (long)count;
                Collect(known);
            }
        }
    }

    public ValueTask<Result<AttributesReply>> GetAttributesAsync(ulong node)
    {
        Interlocked.Increment(ref AttributeCount);
        lock (_lock)
        {
            return _nodes.TryGetValue(node, out var known)
                ? new(new AttributesReply(known.Attributes, AttributesLifetime))
                : new(Errno.NoEntry);
        }
    }

    public ValueTask<Result<AttributesReply>> SetAttributesAsync(ulong node, AttributeChange change)
    {
        lock (_lock)
        {
            var known = _nodes[node];
            if (change.Size is { } size)
            {
                if (size is < 0 or > MostBytes)
                {
                    return new(Errno.TooBig);
                }

                var data = known.Data;
                Array.Resize(ref data, (int)size);
                known.Data = data;
            }

            known.Permissions = change.Permissions ?? known.Permissions;
            known.ModifiedNs = change.ModifiedNs ?? known.ModifiedNs;
            return new(new AttributesReply(known.Attributes, AttributesLifetime));
        }
    }

    public ValueTask<Result<string>> ReadLinkAsync(ulong node) => new(_nodes[node].Target);

    public ValueTask<Result<ReadOnlyMemory<byte>>> GetExtendedAttributeAsync(ulong node, ReadOnlySpan<char> name) =>
        name is "user.icechunk.kind" ? new((ReadOnlyMemory<byte>)"native"u8.ToArray()) : new(Errno.NoData);

    public ValueTask<Result<VolumeStatistics>> StatisticsAsync() => new(new VolumeStatistics(4096, 1000, 500, 400, 77, 66, 255));

    private T Locked<T>(Func<T> action)
    {
        lock (_lock)
        {
            return action();
        }
    }

    private MemoryNode NewNode(FileKind kind, uint permissions, string target = "")
    {
        var node = new MemoryNode(++_lastNode, kind, permissions) { Target = target };
        _nodes.Add(node.Id, node);
        return node;
    }

    private Entry Counted(MemoryNode node)
    {
        node.Lookups++;
        return new Entry(node.Id, node.Attributes, EntryLifetime, AttributesLifetime);
    }

    private void Collect(MemoryNode node)
    {
        if (node is { Links: 0, Lookups: <= 0, Opens: 0 })
        {
            _nodes.Remove(node.Id);
        }
    }
}
