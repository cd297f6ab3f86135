using ArraylakeFs.Sessions;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>
/// Walks paths through a file system as a kernel does: looks up name by name, gives back every reference, opens, releases. Nothing is cached
/// unless <see cref="CachesNames"/>; then a name, or its absence, is believed for as long as the file system allows it.
/// </summary>
internal sealed partial class Kernel(IFileSystem fileSystem) : IFiles
{
    private const int PipeBytes = 600;

    private readonly Dictionary<int, ulong> _handles = [];
    private readonly Dictionary<int, (ulong Node, int BackingId, SafeFileHandle? File)> _ways = []; // by which a descriptor is read
    private readonly Dictionary<(ulong Parent, string Name), Entry> _names = [];
    private readonly List<ulong> _held = [];
    private readonly Dictionary<ulong, (int Opens, ulong Forgets)> _open = [];
    private int _lastDescriptor = 2;

    /// <summary>Whether names are kept, as the kernel's dentry cache does.</summary>
    public bool CachesNames { get; init; }

    public IFileSystem FileSystem => fileSystem;

    /// <summary>Where it reads files by itself; null: it never does.</summary>
    public KernelReads? Reads { get; init; }

    /// <summary>The process that calls; 0: nobody knows.</summary>
    public int Process { get; set; }

    private Caller Caller => new(Process, 1000, 1000);

    public IReadOnlyCollection<int> OpenDescriptors => _handles.Keys;

    /// <summary>Forgets every name, as under memory pressure.</summary>
    public void DropCaches()
    {
        foreach (var entry in _names.Values.Where(e => e.Node != 0))
        {
            Forget(entry.Node);
        }

        _names.Clear();
        _held.ForEach(Forget);
        _held.Clear();
    }

    public Errno MakeDirectory(string path) => InParent(path, (parent, name) =>
    {
        var made = Wait(fileSystem.MakeDirectoryAsync(parent, name, 0x1FF));
        return made.Ok ? Done(() => Instantiate(parent, name, made.Value)) : made.Errno;
    });

    public Errno MakeSymbolicLink(string target, string path) => InParent(path, (parent, name) =>
    {
        if (Stat(path, out _) == Errno.None)
        {
            return Errno.Exists; // the kernel says so itself
        }

        var made = Wait(fileSystem.MakeSymbolicLinkAsync(parent, name, target));
        return made.Ok ? Done(() => Instantiate(parent, name, made.Value)) : made.Errno;
    });

    public Errno RemoveDirectory(string path) => InParent(path, (parent, name) =>
    {
        var errno = Wait(fileSystem.RemoveDirectoryAsync(parent, name));
        return errno == Errno.None ? Done(() => DropName(parent, name)) : errno;
    });

    public Errno Unlink(string path) => InParent(path, (parent, name) =>
    {
        var errno = Wait(fileSystem.UnlinkAsync(parent, name, Caller));
        return errno == Errno.None ? Done(() => DropName(parent, name)) : errno;
    });

    public Errno Link(string path, string newPath) => Node(path, node => InParent(newPath, (parent, name) =>
    {
        if (IsDirectory(node))
        {
            return Stat(newPath, out _) == Errno.None ? Errno.Exists : Errno.NotPermitted; // the kernel says so itself
        }

        var linked = Wait(fileSystem.LinkAsync(node, parent, name, Caller));
        return linked.Ok ? Done(() => Instantiate(parent, name, linked.Value)) : linked.Errno;
    }));

    public Errno Rename(string path, string newPath, RenameFlags flags = RenameFlags.None) =>
        InParent(path, (parent, name) => InParent(newPath, (newParent, newName) =>
        {
            if (path.StartsWith(newPath + "/", StringComparison.Ordinal) && !flags.HasFlag(RenameFlags.NoReplace)
                && Stat(path, out _) == Errno.None)
            {
                return flags.HasFlag(RenameFlags.Exchange) ? Errno.Invalid : Errno.NotEmpty; // the kernel says so itself
            }

            var errno = Wait(fileSystem.RenameAsync(parent, name, newParent, newName, flags, Caller));
            if (errno == Errno.None)
            {
                MoveName(parent, name, newParent, newName, flags.HasFlag(RenameFlags.Exchange));
            }

            return errno;
        }));

    /// <summary>As Linux does: after ESTALE once more, and nothing is believed.</summary>
    public Errno Open(string path, Access access, out int descriptor)
    {
        var held = new List<ulong>();
        var errno = TryOpen(path, access, held, out descriptor);
        errno = errno == Errno.Stale ? TryOpen(path, access, held, out descriptor) : errno;
        held.ForEach(GiveBack);
        return errno;
    }

    private Errno TryOpen(string path, Access access, List<ulong> held, out int descriptor)
    {
        ulong handle = 0, node = 0;
        OpenedFile file = default;
        var errno = InParent(path, (parent, name) =>
        {
            var found = Lookup(parent, name);
            if (found.Ok && access.HasFlag(Access.Exclusive))
            {
                GiveBack(found.Value.Node);
                return Errno.Exists;
            }

            if (found.Ok)
            {
                var opened = found.Value.Attributes.Kind == FileKind.Directory ? Errno.IsDirectory
                    : Opened(Wait(fileSystem.OpenAsync(found.Value.Node, FlagsOf(access), Caller)), out file);
                (handle, node) = (file.Handle, found.Value.Node);
                HoldIfOpened(opened, node);
                held.Add(found.Value.Node); // what it has found stays until it has looked once more
                return opened;
            }

            if (found.Errno != Errno.NoEntry || !access.HasFlag(Access.Create))
            {
                return found.Errno;
            }

            var created = Wait(fileSystem.CreateAsync(parent, name, 0x1B6, FlagsOf(access), Caller));
            if (!created.Ok)
            {
                return created.Errno;
            }

            file = created.Value.File;
            (handle, node) = (file.Handle, created.Value.Entry.Node);
            HoldIfOpened(Errno.None, node);
            return Done(() => Instantiate(parent, name, created.Value.Entry));
        });
        descriptor = errno == Errno.None ? ++_lastDescriptor : -1;
        if (errno == Errno.None)
        {
            _handles[descriptor] = handle;
            _ways[descriptor] = (node, file.BackingId, Reads?.Opened(node, file, access.HasFlag(Access.Write)));
        }

        return errno;
    }

    public Errno Write(int descriptor, long offset, byte[] bytes)
    {
        if (_ways.GetValueOrDefault(descriptor).File is { } backing)
        {
            KernelReads.Write(backing, offset, bytes);
            return Errno.None;
        }

        return Wait(fileSystem.WriteAsync(_handles[descriptor], offset, bytes)).Errno;
    }

    public Errno Read(int descriptor, long offset, int count, out byte[] bytes)
    {
        byte[] buffer = new byte[count];
        if (_ways.GetValueOrDefault(descriptor).File is { } backing)
        {
            bytes = buffer[..RandomAccess.Read(backing, buffer, offset)];
            return Errno.None;
        }

        var read = Wait(fileSystem.ReadAsync(_ways[descriptor].Node, _handles[descriptor], offset, buffer));
        bytes = read.Ok ? buffer[..read.Value] : [];
        return read.Errno;
    }

    /// <summary>As Linux does: what is not supported is done with reads and writes, some at a time.</summary>
    public Errno CopyRange(int source, long sourceOffset, int target, long targetOffset, long length, out long copied)
    {
        var result = TryCopyRange(source, sourceOffset, target, targetOffset, length);
        copied = result.Ok ? result.Value : 0;
        if (result.Errno != Errno.NotSupported)
        {
            return result.Errno;
        }

        var errno = Read(source, sourceOffset, (int)Math.Min(length, PipeBytes), out byte[] part);
        copied = part.Length;
        return errno != Errno.None || copied == 0 ? errno : Write(target, targetOffset, part);
    }

    /// <summary>What the file system says of copy_file_range(2).</summary>
    public Result<long> TryCopyRange(int source, long sourceOffset, int target, long targetOffset, long length) =>
        Wait(fileSystem.CopyRangeAsync(_handles[source], sourceOffset, _handles[target], targetOffset, length));

    /// <summary>A descriptor's copy is closed, the descriptor itself stays.</summary>
    public Errno Flush(int descriptor) =>
        Wait(fileSystem.FlushAsync(_handles[descriptor])) is var errno && errno == Errno.NotImplemented ? Errno.None : errno;

    public Errno Sync(int descriptor) => Wait(fileSystem.SyncAsync(_handles[descriptor]));

    public Errno SyncDirectory(string path) => Node(path, node => Wait(fileSystem.SyncDirectoryAsync(node)));

    public Errno Allocate(int descriptor, long length) => Wait(fileSystem.AllocateAsync(_handles[descriptor], 0, length, 0));

    public Errno Close(int descriptor)
    {
        var errno = Flush(descriptor);
        Release(descriptor);
        return errno;
    }

    public void Release(int descriptor)
    {
        _handles.Remove(descriptor, out ulong handle);
        if (!_ways.Remove(descriptor, out var way))
        {
            return;
        }

        way.File?.Dispose();
        Reads?.Released(way.Node, way.BackingId);
        fileSystem.Release(handle);
        var (opens, forgets) = _open[way.Node];
        if (opens > 1)
        {
            _open[way.Node] = (opens - 1, forgets);
            return;
        }

        _open.Remove(way.Node);
        fileSystem.Forget(way.Node, forgets);
    }

    /// <summary>As Linux does: after ESTALE once more.</summary>
    public Errno Truncate(string path, long length) => TryTruncate(path, length) is var errno && errno == Errno.Stale ? TryTruncate(path, length) : errno;

    private Errno TryTruncate(string path, long length) => Node(path, node => IsDirectory(node)
        ? Errno.IsDirectory : Wait(fileSystem.SetAttributesAsync(node, new AttributeChange(Size: length))).Errno);

    public Errno SetTime(string path, long modifiedNs) =>
        Node(path, node => Wait(fileSystem.SetAttributesAsync(node, new AttributeChange(ModifiedNs: modifiedNs))).Errno);

    public Errno ChangeMode(string path, uint mode) =>
        Node(path, node => Wait(fileSystem.SetAttributesAsync(node, new AttributeChange(Permissions: mode))).Errno);

    public Errno Stat(string path, out FileStat stat)
    {
        FileStat result = default;
        var errno = Node(path, node =>
        {
            var reply = Wait(fileSystem.GetAttributesAsync(node));
            result = reply.Ok ? StatOf(reply.Value.Attributes) : default;
            return reply.Errno;
        });
        stat = result;
        return errno;
    }

    public Errno List(string path, out string[] names)
    {
        string[] result = [];
        var errno = Node(path, node => IsDirectory(node) ? List(node, withAttributes: path.Length % 2 == 0, out result) : Errno.NotDirectory);
        names = result;
        return errno;
    }

    public Errno List(string path, Action<string> seen) => Node(path, node => List(node, withAttributes: false, seen));

    public Errno ReadLink(string path, out string target)
    {
        string result = "";
        var errno = Node(path, node =>
        {
            var link = Wait(fileSystem.ReadLinkAsync(node));
            result = link.Ok ? link.Value : "";
            return link.Errno;
        });
        target = result;
        return errno;
    }

    public Errno GetAttribute(string path, string name, out string value)
    {
        string result = "";
        var errno = Node(path, node =>
        {
            var attribute = Wait(fileSystem.GetExtendedAttributeAsync(node, name));
            result = attribute.Ok ? System.Text.Encoding.UTF8.GetString(attribute.Value.Span) : "";
            return attribute.Errno;
        });
        value = result;
        return errno;
    }

    /// <summary>Calls with the number of the node at a path, and gives back what was looked up on the way.</summary>
    public Errno Node(string path, Func<ulong, Errno> call)
    {
        var taken = new Stack<ulong>();
        try
        {
            ulong node = IFileSystem.RootNode;
            foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                if (!IsDirectory(node))
                {
                    return Errno.NotDirectory;
                }

                var found = Lookup(node, name);
                if (!found.Ok)
                {
                    return found.Errno;
                }

                node = found.Value.Node;
                if (!CachesNames)
                {
                    taken.Push(node);
                }
            }

            return call(node);
        }
        finally
        {
            while (taken.TryPop(out ulong node))
            {
                Forget(node);
            }
        }
    }

    private static T Wait<T>(ValueTask<T> task) => task.IsCompleted ? task.Result : task.AsTask().GetAwaiter().GetResult();

    private static Errno Done(Action action)
    {
        action();
        return Errno.None;
    }

    private static FileStat StatOf(in Attributes a) =>
        new(a.Kind == FileKind.Directory, a.Size, a.InodeNumber, a.LinkCount, a.ModifiedNs, a.Permissions);

    private static OpenFlags FlagsOf(Access access) =>
        (!access.HasFlag(Access.Write) ? OpenFlags.Read
            : access.HasFlag(Access.Create) && !access.HasFlag(Access.AndRead) ? OpenFlags.Write : OpenFlags.Read | OpenFlags.Write)
        | (access.HasFlag(Access.Truncate) ? OpenFlags.Truncate : 0) | (access.HasFlag(Access.Exclusive) ? OpenFlags.Exclusive : 0);

    private void HoldIfOpened(Errno errno, ulong node)
    {
        if (errno == Errno.None)
        {
            var (opens, forgets) = _open.GetValueOrDefault(node);
            _open[node] = (opens + 1, forgets);
        }
    }

    /// <summary>As Linux does: where nothing need be opened, everything is.</summary>
    private static Errno Opened(Result<OpenedFile> opened, out OpenedFile file)
    {
        file = opened.Ok ? opened.Value : default;
        return opened.Errno == Errno.NotImplemented ? Errno.None : opened.Errno;
    }

    private bool IsDirectory(ulong node) => Wait(fileSystem.GetAttributesAsync(node)) is { Ok: true, Value.Attributes.Kind: FileKind.Directory };

    private Errno InParent(string path, Func<ulong, string, Errno> call)
    {
        int slash = path.LastIndexOf('/');
        return Node(slash < 0 ? "" : path[..slash], parent => IsDirectory(parent) ? call(parent, path[(slash + 1)..]) : Errno.NotDirectory);
    }

    /// <summary>Gives back a reference; that of a file which is open only when it is closed.</summary>
    private void Forget(ulong node)
    {
        if (_open.TryGetValue(node, out var open))
        {
            _open[node] = open with { Forgets = open.Forgets + 1 };
        }
        else
        {
            fileSystem.Forget(node, 1);
        }
    }

    private void GiveBack(ulong node)
    {
        if (!CachesNames)
        {
            Forget(node);
        }
    }

    /// <summary>Takes a reference, which belongs to the caller, or with <see cref="CachesNames"/> to the cache.</summary>
    private Result<Entry> Lookup(ulong parent, string name)
    {
        if (CachesNames && _names.TryGetValue((parent, name), out var cached))
        {
            return cached.Node == 0 ? Errno.NoEntry : cached;
        }

        var found = Wait(fileSystem.LookupAsync(parent, name, Caller));
        if (CachesNames && found.Ok)
        {
            if (found.Value.EntryLifetime > TimeSpan.Zero)
            {
                _names[(parent, name)] = found.Value;
            }
            else if (found.Value.Node != 0)
            {
                _held.Add(found.Value.Node);
            }
        }

        return found is { Ok: true, Value.Node: 0 } ? Errno.NoEntry : found;
    }

    private void Instantiate(ulong parent, string name, in Entry entry)
    {
        if (CachesNames)
        {
            DropName(parent, name);
            if (entry.EntryLifetime > TimeSpan.Zero)
            {
                _names[(parent, name)] = entry;
            }
            else
            {
                _held.Add(entry.Node);
            }
        }
        else
        {
            GiveBack(entry.Node);
        }
    }

    /// <summary>Forgets one name, which the file system has announced to stand for something else.</summary>
    public void DropName(ulong parent, string name)
    {
        if (_names.Remove((parent, name), out var old) && old.Node != 0)
        {
            Forget(old.Node);
        }
    }

    private void MoveName(ulong parent, string name, ulong newParent, string newName, bool exchange)
    {
        _names.Remove((parent, name), out var moved);
        _names.Remove((newParent, newName), out var replaced);
        if (moved.Node != 0)
        {
            _names[(newParent, newName)] = moved;
        }

        if (exchange && replaced.Node != 0)
        {
            _names[(parent, name)] = replaced;
        }
        else if (replaced.Node != 0 && replaced.Node != moved.Node)
        {
            Forget(replaced.Node);
        }
        else if (replaced.Node != 0)
        {
            DropCaches(); // two names of one file: nothing was renamed
        }
    }
}
