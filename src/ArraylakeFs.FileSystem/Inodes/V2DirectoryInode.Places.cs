using ArraylakeFs.Sessions;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.FileSystem.Inodes;

// Where in the tree the names of v2 are.
internal sealed partial class V2DirectoryInode
{
    private SessionDirectory? _lastChunks; // what PrefixDirectory was when it was last looked for; it may have been let go of since

    /// <summary>Where a name is, or would be made; EPERM and ENAMETOOLONG where it cannot be.</summary>
    private async ValueTask<Place> PlaceToMakeAsync(string name)
    {
        CheckCurrent();
        if (name == NodeDocument.FileName && !await view.V2.ShowsDocumentOfV3Async(directory))
        {
            throw new SessionException(
                view.Tree.ReadOnlyReason is null ? Errno.NotPermitted : Errno.ReadOnly,
                $"{V2Names.RootName} takes the documents of Zarr v2: open {SnapshotTree.RootName} to write Zarr v3, or ask your tool for zarr_format=2");
        }

        if (await view.V2.ForgetFormerAsync(directory) is { HasPrefixDirectory: true })
        {
            await RemoveEmptyChunksAsync();
        }

        var place = await PlaceAsync(name, isMade: true)
            ?? throw new SessionException(Errno.NotPermitted, $"{name} is where the chunks of this array are in Zarr v3");
        if (FileNames.IsTooLong(place.InTree))
        {
            place.Dispose();
            throw new SessionException(Errno.NameTooLong, $"{place.InTree}, the name in Zarr v3, may have {FileNames.MaxBytes} bytes");
        }

        return place;
    }

    /// <summary>Where a name is; null where the directory that would hold it is missing, unless it is to be made.</summary>
    private async ValueTask<Place?> PlaceAsync(string name, bool isMade)
    {
        if (V2Names.IsDocument(name))
        {
            return new(directory, isMade || view.Tree.KeptDocument(directory, name) is not null ? V2Names.Kept(name) : name);
        }

        if (await view.V2.KeysAsync(directory) is not { } keys)
        {
            return new(directory, name);
        }

        if (keys.PlacesOf(name) is not var (first, second))
        {
            return null;
        }

        if (second is { } other && !await HasAsync(first) && await HasAsync(other))
        {
            first = other;
        }

        if (!first.IsAmongChunks)
        {
            return new(directory, first.Name);
        }

        var chunks = isMade ? await HoldOrMakeChunksAsync() : await HoldChunksAsync();
        _lastChunks = chunks?.Directory;
        return chunks is null ? null : new(chunks.Directory, first.Name, chunks);
    }

    /// <summary>As <see cref="PlaceAsync"/>, as far as it is known: after a lookup it is. Null for documents.</summary>
    private (SessionDirectory Holder, string InTree)? KnownPlace(string name)
    {
        if (V2Names.IsDocument(name))
        {
            return null;
        }

        if (directory.LastKeys is not { } keys)
        {
            return (directory, name);
        }

        if (keys.PlacesOf(name) is not var (place, _))
        {
            return null;
        }

        if (!place.IsAmongChunks)
        {
            return (directory, place.Name);
        }

        var chunks = view.Tree.TryFindKnown(directory, V2Keys.PrefixDirectory, out var known) ? known as SessionDirectory : _lastChunks;
        return chunks is null ? null : (chunks, place.Name);
    }

    private async ValueTask<bool> HasAsync(V2Place place)
    {
        if (!place.IsAmongChunks)
        {
            return await view.Tree.HasAsync(directory, place.Name);
        }

        using var chunks = await HoldChunksAsync();
        return chunks is not null && await view.Tree.HasAsync(chunks.Directory, place.Name);
    }

    /// <summary>The directory of chunks, whose name v2 does not have; null if there is none.</summary>
    private ValueTask<HeldDirectory?> HoldChunksAsync() => view.Tree.HoldDirectoryAsync(directory, V2Keys.PrefixDirectory);

    private async ValueTask<HeldDirectory> HoldOrMakeChunksAsync()
    {
        while (true)
        {
            if (await HoldChunksAsync() is { } there)
            {
                return there;
            }

            try
            {
                await view.Tree.MakeDirectoryAsync(directory, V2Keys.PrefixDirectory, Mounter.DirectoryPermissions, CancellationToken.None);
                await view.AnnounceAsync(directory, V2Keys.PrefixDirectory);
            }
            catch (SessionException e) when (e.Errno == Errno.Exists)
            {
                using var made = await HoldChunksAsync(); // somebody else has made it in between
                if (made is null && await view.Tree.HasAsync(directory, V2Keys.PrefixDirectory))
                {
                    throw new SessionException(Errno.NotDirectory, $"{V2Keys.PrefixDirectory} is no directory of chunks", e);
                }
            }
        }
    }

    /// <summary>The directory of chunks is not hidden any more: it goes if it is empty, because no v2 tool has made it.</summary>
    private async ValueTask RemoveEmptyChunksAsync()
    {
        try
        {
            await RemoveChunksDirectoryAsync();
        }
        catch (SessionException e) when (e.Errno is Errno.NoEntry or Errno.NotEmpty or Errno.NotDirectory)
        {
            // There is none, or something is left in it.
        }
    }

    private async ValueTask RemoveChunksDirectoryAsync()
    {
        await view.Tree.RemoveDirectoryAsync(directory, V2Keys.PrefixDirectory, CancellationToken.None);
        await view.AnnounceAsync(directory, V2Keys.PrefixDirectory);
    }

    /// <summary>
    /// The directory and the name in the tree that a name stands for. Kernels hold the directories that they are shown; the one of chunks, which
    /// they are not, is held here.
    /// </summary>
    private sealed class Place(SessionDirectory holder, string inTree, HeldDirectory? held = null) : IDisposable
    {
        public SessionDirectory Holder => holder;

        public string InTree => inTree;

        public void Deconstruct(out SessionDirectory holderOut, out string inTreeOut) => (holderOut, inTreeOut) = (holder, inTree);

        public void Dispose() => held?.Dispose();
    }
}
