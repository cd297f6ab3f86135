using ArraylakeFs.FileSystem;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.Fuse.Tests.Doubles;

internal sealed partial class MemoryFileSystem
{
    public ValueTask<Result<Entry>> MakeDirectoryAsync(ulong parent, ReadOnlySpan<char> name, uint mode)
    {
        lock (_lock)
        {
            return Add(parent, name.ToString(), FileKind.Directory, mode, "");
        }
    }

    public ValueTask<Result<Entry>> MakeSymbolicLinkAsync(ulong parent, ReadOnlySpan<char> name, string target)
    {
        lock (_lock)
        {
            return Add(parent, name.ToString(), FileKind.SymbolicLink, 0x1FF, target);
        }
    }

    public ValueTask<Result<CreatedFile>> CreateAsync(ulong parent, ReadOnlySpan<char> name, uint mode, OpenFlags flags, Caller caller)
    {
        lock (_lock)
        {
            var directory = _nodes[parent];
            if (!directory.Children.TryGetValue(name.ToString(), out var node))
            {
                node = NewNode(FileKind.File, mode);
                directory.Children.Add(name.ToString(), node);
            }
            else if (flags.HasFlag(OpenFlags.Exclusive))
            {
                return new(Errno.Exists);
            }

            return new(new CreatedFile(Counted(node), Opened(node, flags)));
        }
    }

    public ValueTask<Result<Entry>> LinkAsync(ulong node, ulong newParent, ReadOnlySpan<char> newName, Caller caller = default)
    {
        lock (_lock)
        {
            var known = _nodes[node];
            if (!_nodes[newParent].Children.TryAdd(newName.ToString(), known))
            {
                return new(Errno.Exists);
            }

            known.Links++;
            return new(Counted(known));
        }
    }

    public ValueTask<Errno> UnlinkAsync(ulong parent, ReadOnlySpan<char> name, Caller caller = default)
    {
        lock (_lock)
        {
            if (!_nodes[parent].Children.Remove(name.ToString(), out var node))
            {
                return new(Errno.NoEntry);
            }

            node.Links--;
            Collect(node);
            return new(Errno.None);
        }
    }

    public ValueTask<Errno> RemoveDirectoryAsync(ulong parent, ReadOnlySpan<char> name)
    {
        lock (_lock)
        {
            var children = _nodes[parent].Children;
            if (!children.TryGetValue(name.ToString(), out var node))
            {
                return new(Errno.NoEntry);
            }

            if (node.Children.Count > 0)
            {
                return new(Errno.NotEmpty);
            }

            children.Remove(name.ToString());
            node.Links = 0;
            Collect(node);
            return new(Errno.None);
        }
    }

    public ValueTask<Errno> RenameAsync(
        ulong parent, ReadOnlySpan<char> name, ulong newParent, ReadOnlySpan<char> newName, RenameFlags flags, Caller caller = default)
    {
        lock (_lock)
        {
            var (from, to) = (_nodes[parent].Children, _nodes[newParent].Children);
            if (!from.TryGetValue(name.ToString(), out var node))
            {
                return new(Errno.NoEntry);
            }

            var replaced = to.GetValueOrDefault(newName.ToString());
            if (flags == RenameFlags.NoReplace && replaced is not null)
            {
                return new(Errno.Exists);
            }

            if (flags == RenameFlags.Exchange)
            {
                (from[name.ToString()], to[newName.ToString()]) = (to[newName.ToString()], node);
                return new(Errno.None);
            }

            from.Remove(name.ToString());
            to[newName.ToString()] = node;
            if (replaced is not null)
            {
                replaced.Links--;
                Collect(replaced);
            }

            return new(Errno.None);
        }
    }

    private ValueTask<Result<Entry>> Add(ulong parent, string name, FileKind kind, uint mode, string target)
    {
        var directory = _nodes[parent];
        if (directory.Children.ContainsKey(name))
        {
            return new(Errno.Exists);
        }

        var node = NewNode(kind, mode, target);
        directory.Children.Add(name, node);
        return new(Counted(node));
    }
}
