using ArraylakeFs.Sessions;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.FileSystem.Inodes;

// Where in the tree the names of v2 are.
internal sealed partial class V2DirectoryInode
{
    /// <summary>Where a name is, or would be made; ENOENT and EPERM where it cannot be.</summary>
    private async ValueTask<(SessionDirectory Holder, string InTree)> PlaceToMakeAsync(string name)
    {
        CheckCurrent();
        if (name == NodeDocument.FileName && !await view.V2.ShowsDocumentOfV3Async(directory))
        {
            throw new SessionException(
                view.Tree.ReadOnlyReason is null ? Errno.NotPermitted : Errno.ReadOnly,
                $"{V2Names.RootName} takes the documents of Zarr v2: open {SnapshotTree.RootName} to write Zarr v3, or ask your tool for zarr_format=2");
        }

        var (holder, inTree) = await PlaceAsync(name, isMade: true);
        return (holder ?? throw new SessionException(Errno.NotPermitted, $"{name} is where the chunks of this array are in Zarr v3"), inTree);
    }

    /// <summary>
    /// The directory and the name in the tree that a name stands for; null where the directory is missing, unless it is to be made.
    /// </summary>
    private async ValueTask<(SessionDirectory? Holder, string InTree)> PlaceAsync(string name, bool isMade)
    {
        if (V2Names.IsDocument(name))
        {
            return (directory, isMade || view.Tree.KeptDocument(directory, name) is not null ? V2Names.Kept(name) : name);
        }

        if (await view.V2.KeysAsync(directory) is not { } keys)
        {
            return (directory, name);
        }

        if (!keys.IsBelowPrefix(name))
        {
            bool isPrefix = keys.HasPrefixDirectory && name == V2Keys.PrefixDirectory;
            return (isPrefix ? null : directory, keys.ToV3(name));
        }

        var below = await view.Tree.FindAsync(directory, V2Keys.PrefixDirectory, CancellationToken.None) as SessionDirectory;
        if ((below is null || await view.Tree.FindAsync(below, name, CancellationToken.None) is null)
            && await view.Tree.FindAsync(directory, name, CancellationToken.None) is not null)
        {
            return (directory, name); // no chunk, whatever its name says; but it is there
        }

        return (below ?? (isMade ? await MakePrefixAsync() : null), name);
    }

    /// <summary>As <see cref="PlaceAsync"/>, as far as it is known: after a lookup it is. Null for documents.</summary>
    private (SessionDirectory Holder, string InTree)? KnownPlace(string name) =>
        V2Names.IsDocument(name) ? null
        : directory.LastKeys is not { } keys ? (directory, name)
        : !keys.IsBelowPrefix(name) ? (directory, keys.ToV3(name))
        : view.Tree.TryFindKnown(directory, V2Keys.PrefixDirectory, out var below) && below is SessionDirectory holder ? (holder, name)
        : null;

    private async ValueTask<SessionDirectory> MakePrefixAsync()
    {
        try
        {
            var made = await view.Tree.MakeDirectoryAsync(
                directory, V2Keys.PrefixDirectory, Mounter.DirectoryPermissions, CancellationToken.None);
            await view.AnnounceAsync(directory, V2Keys.PrefixDirectory);
            return made;
        }
        catch (SessionException e) when (e.Errno == Errno.Exists)
        {
            return await view.Tree.FindAsync(directory, V2Keys.PrefixDirectory, CancellationToken.None) as SessionDirectory
                ?? throw new SessionException(Errno.NotDirectory, $"{V2Keys.PrefixDirectory} is no directory of chunks", e);
        }
    }
}
