using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem;

// Requests that give names to what is there, take them away and change them.
public abstract partial class InodeFileSystem
{
    /// <inheritdoc/>
    public ValueTask<Result<Entry>> LinkAsync(ulong node, ulong newParent, ReadOnlySpan<char> newName, Caller caller = default)
    {
        string text = newName.ToString();
        return Guard(async () =>
        {
            var directory = FindDirectory(newParent, text);
            var linked = await directory.LinkAsync(Find(node), text, _inodes);
            directory.WasReplaced(text, caller.ProcessId);
            return EntryOf(directory, text, linked);
        });
    }

    /// <inheritdoc/>
    public ValueTask<Errno> UnlinkAsync(ulong parent, ReadOnlySpan<char> name, Caller caller = default)
    {
        string text = name.ToString();
        return GuardDone(
            async () =>
            {
                var directory = FindDirectory(parent, text);
                await directory.UnlinkAsync(text);
                directory.WasRemoved(text, caller.ProcessId);
            },
            NamesAreCommands(parent));
    }

    /// <inheritdoc/>
    public ValueTask<Errno> RemoveDirectoryAsync(ulong parent, ReadOnlySpan<char> name)
    {
        string text = name.ToString();
        return GuardDone(() => FindDirectory(parent, text).RemoveDirectoryAsync(text));
    }

    /// <inheritdoc/>
    public ValueTask<Errno> RenameAsync(
        ulong parent, ReadOnlySpan<char> name, ulong newParent, ReadOnlySpan<char> newName, RenameFlags flags, Caller caller = default)
    {
        string from = name.ToString(), to = newName.ToString();
        return GuardDone(
            async () =>
            {
                var (source, target) = (FindDirectory(parent, from), FindDirectory(newParent, to));
                await source.RenameAsync(from, target, to, flags);
                target.WasReplaced(to, caller.ProcessId);
                if (flags.HasFlag(RenameFlags.Exchange))
                {
                    source.WasReplaced(from, caller.ProcessId);
                }
                else
                {
                    source.WasRemoved(from, caller.ProcessId);
                }
            },
            NamesAreCommands(parent));
    }
}
