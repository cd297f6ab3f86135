using System.Collections.Concurrent;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// The numbers that the kernel has for inodes. A number is never used twice, and is valid from the first reference to the last.
/// </summary>
internal sealed class InodeTable
{
    private readonly ConcurrentDictionary<ulong, Inode> _inodes = new();
    private readonly Lock _lock = new();
    private Inode? _oldest, _newest; // but for the root
    private ulong _last = IFileSystem.RootNode;
    private int _count = 1;
    private long _forgotten;
    private int _many = int.MaxValue;
    private Action? _whenMany;

    public InodeTable(Inode root)
    {
        root.Node = IFileSystem.RootNode;
        root.References = 1;
        _inodes[root.Node] = root;
    }

    /// <summary>The inode of a number; null if the kernel does not hold it.</summary>
    public Inode? Find(ulong node) => _inodes.GetValueOrDefault(node);

    /// <summary>How many inodes the kernel holds.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many the kernel has forgotten so far.</summary>
    public long Forgotten => Volatile.Read(ref _forgotten);

    /// <summary>Calls <paramref name="happens"/>, which must not take long, each time that so many are held.</summary>
    public void WhenHeld(int count, Action happens) => (_many, _whenMany) = (count, happens);

    /// <summary>The inodes that have been held longest, or not taken for longest: they count as the newest from now on.</summary>
    public ulong[] TakeOldest(int count)
    {
        lock (_lock)
        {
            ulong[] oldest = new ulong[Math.Min(count, _count - 1)];
            for (int i = 0; i < oldest.Length; i++)
            {
                var inode = _oldest!;
                oldest[i] = inode.Node;
                Unlink(inode);
                Append(inode);
            }

            return oldest;
        }
    }

    /// <summary>Takes a reference.</summary>
    public T Retain<T>(T inode)
        where T : Inode
    {
        lock (_lock)
        {
            Add(inode);
        }

        return inode;
    }

    /// <summary>
    /// Takes a reference to the one inode of <paramref name="thing"/>, which <paramref name="known"/> finds and <paramref name="make"/>
    /// makes and remembers, both under the table's lock.
    /// </summary>
    public Inode Retain<TThing>(TThing thing, Func<TThing, Inode?> known, Func<TThing, Inode> make)
    {
        lock (_lock)
        {
            var inode = known(thing) ?? make(thing);
            Add(inode);
            return inode;
        }
    }

    /// <summary>Gives back references; the last one lets the inode go.</summary>
    public void Forget(ulong node, ulong count)
    {
        if (!_inodes.TryGetValue(node, out var inode) || node == IFileSystem.RootNode)
        {
            return;
        }

        lock (_lock)
        {
            inode.References -= Math.Min(count, inode.References);
            if (inode.References > 0)
            {
                return;
            }

            _inodes.TryRemove(node, out _);
            Unlink(inode);
            _count--;
            _forgotten++;
            inode.Node = 0;
            inode.Forgotten();
        }

        inode.LetGo();
    }

    private void Add(Inode inode)
    {
        if (inode.References++ > 0)
        {
            return;
        }

        inode.Node = ++_last;
        _inodes[inode.Node] = inode;
        Append(inode);
        if (++_count == _many)
        {
            _whenMany!();
        }
    }

    private void Append(Inode inode)
    {
        (inode.Older, inode.Newer) = (_newest, null);
        if (_newest is null)
        {
            _oldest = inode;
        }
        else
        {
            _newest.Newer = inode;
        }

        _newest = inode;
    }

    private void Unlink(Inode inode)
    {
        if (inode.Older is null)
        {
            _oldest = inode.Newer;
        }
        else
        {
            inode.Older.Newer = inode.Newer;
        }

        if (inode.Newer is null)
        {
            _newest = inode.Older;
        }
        else
        {
            inode.Newer.Older = inode.Older;
        }

        (inode.Older, inode.Newer) = (null, null);
    }
}
