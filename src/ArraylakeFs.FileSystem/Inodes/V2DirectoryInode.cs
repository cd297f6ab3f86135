using ArraylakeFs.Sessions;
using ArraylakeFs.Zarr;
using ArraylakeFs.Zarr.V2;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// A directory of the session's tree as Zarr v2 tools see it: <c>.zarray</c>, <c>.zgroup</c> and <c>.zattrs</c> in the place of
/// <c>zarr.json</c>, and the chunks under the names that v2 has for them. Everything else is there as it is. The kernel is to
/// believe nothing of it for longer than a call: what changes through <c>root.zarr</c> is not announced here.
/// </summary>
internal sealed partial class V2DirectoryInode(SessionDirectory directory, SessionView view) : DirectoryInode
{
    private readonly Dictionary<string, V2DocumentInode> _derived = []; // guarded by the inode table's lock

    public override TimeSpan Lifetime => Lifetimes.None;

    public override TimeSpan NameLifetime(ReadOnlySpan<char> name, Inode? found) => Lifetimes.None;

    public override Attributes Attributes => view.Mounter.Attributes(view.Tree.Status(directory) with { InodeNumber = Number(directory) });

    internal SessionDirectory Directory => directory;

    /// <summary>The inode number of a directory in this face.</summary>
    internal static ulong Number(SessionDirectory directory) => InodeNumbers.InV2(directory.InodeNumber);

    public override async ValueTask<Inode?> LookupAsync(string name, InodeTable table)
    {
        await view.PublishAgainAsync(directory);
        while (true)
        {
            CheckCurrent();
            if (name == V2Node.ConsolidatedFileName && await view.V2.ConsolidatedAsync(directory) is { } consolidated)
            {
                return Derived(name, consolidated, table);
            }

            if (V2Names.IsDocument(name) && view.Tree.KeptDocument(directory, name) is null
                && (await view.V2.ShownAsync(directory)).DocumentNamed(name) is { } bytes)
            {
                return Derived(name, bytes, table);
            }

            using var place = await PlaceAsync(name, isMade: false);
            if (place is null || (name == NodeDocument.FileName && !await view.V2.ShowsDocumentOfV3Async(directory))
                || await view.Tree.FindAsync(place.Holder, place.InTree, CancellationToken.None) is not { } node)
            {
                return null;
            }

            if (view.TryRetainV2(node, table) is { } inode)
            {
                return inode;
            }
        }
    }

    public override async ValueTask<IEnumerable<DirectoryItem>> ListAsync()
    {
        CheckCurrent();
        await view.PublishAgainAsync(directory);
        var items = new Dictionary<string, DirectoryItem>();
        var reading = await view.V2.ReadAsync(directory);
        var keys = await view.V2.KeysAsync(directory);
        bool showsV3 = await view.V2.ShowsDocumentOfV3Async(directory);
        foreach (var (name, number, isDirectory) in await view.Tree.ListAsync(directory, CancellationToken.None))
        {
            if (isDirectory && keys is { HasPrefixDirectory: true } && name == V2Keys.PrefixDirectory)
            {
                await AddChunksAsync(items, keys.Value);
            }
            else if (name != NodeDocument.FileName || showsV3)
            {
                string shown = keys?.ToV2(V2Names.Shown(name)) ?? V2Names.Shown(name);
                Add(items, shown, new(IsAmongChunks: false, V2Names.Shown(name)), number, isDirectory, keys);
            }
        }

        if (!items.ContainsKey(V2Node.ConsolidatedFileName) && await view.V2.ConsolidatedAsync(directory) is not null)
        {
            Add(items, V2Node.ConsolidatedFileName, V2DocumentInode.Number(directory, V2Node.ConsolidatedFileName), isDirectory: false);
        }

        foreach (string name in V2Names.Derived)
        {
            if (!items.ContainsKey(name) && reading.DocumentNamed(name) is not null)
            {
                Add(items, name, V2DocumentInode.Number(directory, name), isDirectory: false);
            }
        }

        return [.. items.Values];
    }

    public override async ValueTask SetAttributesAsync(AttributeChange change)
    {
        await view.Tree.SetAttributesAsync(directory, change.ModifiedNs, change.Permissions);
        view.AnnounceAttributes(directory);
    }

    public override void Sync() => view.Tree.SyncNames();

    public override void Forgotten() => view.Tree.ForgetV2(directory);

    public override async ValueTask<Inode> MakeDirectoryAsync(string name, uint mode, InodeTable table)
    {
        await RefuseDirectoryNamedAsync(name, Errno.Exists);
        using var place = await PlaceToMakeAsync(name);
        var (holder, inTree) = place;
        var made = await view.Tree.MakeDirectoryAsync(holder, inTree, mode & Mounter.PermissionBits, CancellationToken.None);
        await view.AnnounceAsync(holder, inTree);
        return view.TryRetainV2(made, table)!;
    }

    public override ValueTask<Inode> MakeSymbolicLinkAsync(string name, string target, InodeTable table) => throw new SessionException(
        view.Tree.ReadOnlyReason is null ? Errno.NotPermitted : Errno.ReadOnly, $"{name}: symbolic links cannot be made here");

    public override async ValueTask<(FileInode Inode, OpenFile File)> CreateAsync(string name, uint mode, OpenFlags flags, InodeTable table)
    {
        bool isDocument = V2Names.IsDocument(name);
        while (true)
        {
            using var place = await PlaceToMakeAsync(name);
            var (holder, inTree) = place;
            if (isDocument && await view.V2.KeepAsync(directory, name) is not null && flags.HasFlag(OpenFlags.Exclusive))
            {
                throw new SessionException(Errno.Exists, $"{name} exists");
            }

            var (handle, isNew) = await view.Tree.CreateFileAsync(
                holder, inTree, mode & Mounter.PermissionBits, flags.HasFlag(OpenFlags.Exclusive), flags.HasFlag(OpenFlags.Write),
                CancellationToken.None);
            if (view.TryRetain(handle.File, table) is not { } inode)
            {
                view.Tree.Close(handle); // it is not what its name stands for any more: look again
                continue;
            }

            try
            {
                await view.AnnounceAsync(holder, inTree);
                return ((FileInode)inode, await SessionFileInode.OpenedAsync(handle, isNew ? flags & ~OpenFlags.Truncate : flags, view));
            }
            catch
            {
                table.Forget(inode.Node, 1);
                throw;
            }
        }
    }

    public override async ValueTask<Inode> LinkAsync(Inode file, string name, InodeTable table)
    {
        using var place = await PlaceToMakeAsync(name);
        var (holder, inTree) = place;
        if (V2Names.IsDocument(name) && (await view.V2.ReadAsync(directory)).DocumentNamed(name) is not null)
        {
            throw new SessionException(Errno.Exists, $"{name} exists");
        }

        var source = file is V2DocumentInode document ? await document.KeepFileAsync() : SessionDirectoryInode.FileOf(file);
        await (V2Names.IsKept(inTree)
            ? view.V2.LinkAsync(source, holder, inTree)
            : view.Tree.LinkAsync(source, holder, inTree, CancellationToken.None));
        await NameChangedAsync(holder, inTree);
        return table.Retain(file);
    }

    public override async ValueTask UnlinkAsync(string name)
    {
        if (V2Names.IsDocument(name) && await view.V2.RemoveAsync(directory, name))
        {
            await view.DocumentsChangedAsync(directory);
            return;
        }

        using var place = await PlaceAsync(name, isMade: false);
        if (place is not var (holder, inTree) || (name == NodeDocument.FileName && !await view.V2.ShowsDocumentOfV3Async(directory)))
        {
            throw new SessionException(Errno.NoEntry, $"{name} does not exist");
        }

        await view.Tree.UnlinkAsync(holder, inTree, CancellationToken.None);
        await view.AnnounceAsync(holder, inTree);
        await view.ChangedAsync(holder, inTree);
    }

    public override async ValueTask RemoveDirectoryAsync(string name)
    {
        if (await HasDocumentAsync(name))
        {
            throw new SessionException(Errno.NotDirectory, $"{name} is a file");
        }

        using var place = await PlaceAsync(name, isMade: false);
        if (place is not var (holder, inTree))
        {
            throw new SessionException(Errno.NoEntry, $"{name} does not exist");
        }

        await RemoveWhatIsNotShownAsync(holder, inTree);
        await view.Tree.RemoveDirectoryAsync(holder, inTree, CancellationToken.None);
        await view.AnnounceAsync(holder, inTree);
    }

    public override async ValueTask RenameAsync(string name, DirectoryInode to, string newName, RenameFlags flags)
    {
        if (to is not V2DirectoryInode target)
        {
            throw new SessionException(Errno.CrossDevice, $"files cannot be moved out of {V2Names.RootName}: copy them");
        }

        using var place = await PlaceAsync(name, isMade: false);
        if (place is not var (holder, inTree))
        {
            throw new SessionException(Errno.NoEntry, $"{name} does not exist");
        }

        bool exchanges = flags.HasFlag(RenameFlags.Exchange);
        bool isDirectory = await IsDirectoryAsync(name);
        if (isDirectory)
        {
            await target.RefuseDirectoryNamedAsync(newName, Errno.NotDirectory);
        }
        else if (await target.IsDirectoryAsync(newName))
        {
            if (!exchanges)
            {
                throw new SessionException(flags.HasFlag(RenameFlags.NoReplace) ? Errno.Exists : Errno.IsDirectory, $"{newName} is a directory");
            }

            await RefuseDirectoryNamedAsync(name, Errno.NotDirectory);
        }

        using var newPlace = await target.PlaceToMakeAsync(newName);
        var (newHolder, newInTree) = newPlace;
        if (flags == RenameFlags.None && isDirectory)
        {
            await RemoveWhatIsNotShownAsync(newHolder, newInTree);
        }

        if (V2Names.IsDocument(name) && await view.V2.KeepAsync(directory, name) is not null)
        {
            (holder, inTree) = (directory, V2Names.Kept(name));
        }

        await view.RenameAsync(holder!, inTree, newHolder, newInTree, flags);
        await NameChangedAsync(holder!, inTree);
        await NameChangedAsync(newHolder, newInTree);
        await view.MovedAsync(holder!, inTree, newHolder, newInTree);
    }

    public override void WasMissed(ReadOnlySpan<char> name, int process)
    {
        if (KnownPlace(name.ToString()) is var (holder, inTree))
        {
            view.Tree.NoteMissed(holder, inTree, process);
        }
    }

    public override void WasReplaced(string name, int process)
    {
        if (KnownPlace(name) is var (holder, inTree))
        {
            view.Tree.NoteReplaced(holder, inTree, process);
        }
    }

    public override void WasRemoved(string name, int process)
    {
        if (KnownPlace(name) is var (holder, inTree))
        {
            view.Tree.NoteRemoved(holder, inTree, process);
        }
    }

    private async ValueTask RemoveWhatIsNotShownAsync(SessionDirectory holder, string inTree)
    {
        using var emptied = await view.Tree.HoldDirectoryAsync(holder, inTree);
        await (emptied is null ? default : new V2DirectoryInode(emptied.Directory, view).RemoveWhatIsNotShownAsync());
    }

    /// <summary>Removes the directory of chunks whose name v2 does not have, if it is empty.</summary>
    internal async ValueTask RemoveWhatIsNotShownAsync()
    {
        if (await view.V2.KeysAsync(directory) is { HasPrefixDirectory: true } && !(await ListAsync()).Any()
            && await IsDirectoryAsync(directory, V2Keys.PrefixDirectory))
        {
            try
            {
                await RemoveChunksDirectoryAsync();
            }
            catch (SessionException e) when (e.Errno == Errno.NotEmpty)
            {
                await view.V2.ForgetFormerAsync(directory); // what is called like a document in there can be seen now, and removed
                throw;
            }
        }
    }

    private Inode Derived(string name, ReadOnlyMemory<byte> bytes, InodeTable table) => table.Retain(
        (This: this, name, bytes),
        static t => t.This._derived.GetValueOrDefault(t.name) is { } known && known.IsOf(t.bytes) ? known : null,
        static t => t.This._derived[t.name] = new V2DocumentInode(t.This, t.name, t.bytes));

    /// <summary>The kernel has forgotten a document of this directory.</summary>
    internal void Forgotten(string name, V2DocumentInode document)
    {
        if (ReferenceEquals(_derived.GetValueOrDefault(name), document))
        {
            _derived.Remove(name);
        }
    }

    internal SessionView View => view;

    /// <summary>Whether a document of this name is shown.</summary>
    private async ValueTask<bool> HasDocumentAsync(string name) => V2Names.IsDocument(name)
        && (view.Tree.KeptDocument(directory, name) is not null || (await view.V2.ReadAsync(directory)).DocumentNamed(name) is not null
            || (name == V2Node.ConsolidatedFileName && await view.V2.ConsolidatedAsync(directory) is not null));

    private async ValueTask<bool> IsDirectoryAsync(string name)
    {
        using var place = await PlaceAsync(name, isMade: false);
        return place is not null && await IsDirectoryAsync(place.Holder, place.InTree);
    }

    private async ValueTask<bool> IsDirectoryAsync(SessionDirectory holder, string inTree)
    {
        using var found = await view.Tree.HoldDirectoryAsync(holder, inTree);
        return found is not null;
    }

    /// <summary>Documents are files: <paramref name="ifThere"/> where a directory is to get the name of one, and EPERM where there is none yet.</summary>
    private async ValueTask RefuseDirectoryNamedAsync(string name, Errno ifThere)
    {
        if (V2Names.IsDocument(name))
        {
            throw view.Tree.ReadOnlyReason is { } reason ? new SessionException(Errno.ReadOnly, reason)
                : await HasDocumentAsync(name) ? new SessionException(ifThere, $"{name} is a file")
                : new SessionException(Errno.NotPermitted, $"{name} is the name of a document, and no directory's");
        }
    }

    /// <summary>A name has come or gone in the tree.</summary>
    private ValueTask NameChangedAsync(SessionDirectory holder, string inTree) =>
        V2Names.IsKept(inTree) ? view.DocumentsChangedAsync(holder) : view.AnnounceAsync(holder, inTree);

    /// <summary>What is in the directory of chunks. The documents of v2 are those of the array, whatever is called like one here.</summary>
    private async ValueTask AddChunksAsync(Dictionary<string, DirectoryItem> items, V2Keys keys)
    {
        using var chunks = await HoldChunksAsync();
        foreach (var (name, number, isDirectory) in chunks is null ? [] : await view.Tree.ListAsync(chunks.Directory, CancellationToken.None))
        {
            if (!V2Names.IsDocument(V2Names.Shown(name)) && name != NodeDocument.FileName)
            {
                Add(items, name, new(IsAmongChunks: true, name), number, isDirectory, keys);
            }
        }
    }

    /// <summary>Of two things with one name in v2 that one is shown which a lookup finds.</summary>
    private static void Add(Dictionary<string, DirectoryItem> items, string name, V2Place place, ulong number, bool isDirectory, V2Keys? keys)
    {
        if (keys?.PlacesOf(name) is var (first, _) && first == place)
        {
            items.Remove(name);
        }

        Add(items, name, number, isDirectory);
    }

    private static void Add(Dictionary<string, DirectoryItem> items, string name, ulong number, bool isDirectory) =>
        items.TryAdd(name, new(name, isDirectory ? InodeNumbers.InV2(number) : number, isDirectory ? FileKind.Directory : FileKind.File));

    private void CheckCurrent()
    {
        if (directory.IsStale)
        {
            throw new SessionException(Errno.Stale, "this directory belongs to a version that is no longer checked out");
        }
    }
}
