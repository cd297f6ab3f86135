using System.Collections.Concurrent;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// The numbers that the kernel has for inodes. A number is never used twice, and is valid from the first reference to the last.
/// </summary>
internal sealed class InodeTable
{
    private readonly ConcurrentDictionary<ulong, Inode> _inodes = new();
    private readonly Lock _lock = new();
    private ulong _last = IFileSystem.RootNode;

    public InodeTable(Inode root)
    {
        root.Node = IFileSystem.RootNode;
        root.References = 1;
        _inodes[root.Node] = root;
    }

    /// <summary>The inode of a number; null if the kernel does not hold it.</summary>
    public Inode? Find(ulong node) => _inodes.GetValueOrDefault(node);

    /// <summary>How many inodes the kernel holds.</summary>
    public int Count => _inodes.Count;

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
            inode.Node = 0;
            inode.Forgotten();
        }

        inode.LetGo();
    }

    private void Add(Inode inode)
    {
        if (inode.References++ == 0)
        {
            inode.Node = ++_last;
            _inodes[inode.Node] = inode;
        }
    }
}
