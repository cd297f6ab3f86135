using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>Targets of virtual chunks that are files of this machine. They are opened beneath a folder that the user allowed.</summary>
internal sealed class LocalTargets : IVirtualTargets
{
    public string Scheme => FileUrl.Scheme;

    /// <inheritdoc/>
    public async ValueTask<IVirtualTarget> OpenAsync(string url, VirtualAccess access, CancellationToken cancellationToken)
    {
        // A query or fragment is no part of the name.
        if (!FileUrl.TryParse(url.Split('?', '#')[0], out var path, out var problem))
        {
            throw new RepositoryException(RepositoryErrorKind.Corrupt, $"The virtual chunk at '{Uri.EscapeDataString(url)}' cannot be found: {problem}.");
        }

        if (path.EndsWith('/'))
        {
            throw new RepositoryException(RepositoryErrorKind.Corrupt, $"The virtual chunk at {FileUrl.Of(path)} cannot be read: that is a directory.");
        }

        // Not on the thread of a request: the path may lead through a mount of ours, whose requests then want to be served.
        return await Task.Run(() => Open(path, access), cancellationToken);
    }

    private static LocalTarget Open(string path, VirtualAccess access)
    {
        var name = FileUrl.Of(path);
        string? left = null;
        foreach (var folder in access.FoldersOf(path))
        {
            switch (OutsideFile.TryOpen(folder, path[folder.Length..], name, access.OwnMountType, out var file))
            {
                case OutsideOpening.Opened:
                    return new LocalTarget(file!, name);
                case OutsideOpening.LeadsOut:
                    left ??= folder; // an outer one may hold both ends of the link
                    break;
                case OutsideOpening.Forbidden:
                    throw new RepositoryException(RepositoryErrorKind.Denied, $"{name} cannot be read: the file system denies you permission.");
                case OutsideOpening.Avoided:
                    throw new RepositoryException(
                        RepositoryErrorKind.Denied, $"{name} must not be read: it lies in a mounted repository, where no virtual chunk can be.");
                default:
                    throw new RepositoryException(RepositoryErrorKind.TargetLost, $"{name} is missing: a virtual chunk lies there.");
            }
        }

        throw new RepositoryException(RepositoryErrorKind.Denied, left is null
            ? $"{name} must not be read: a virtual chunk lies there, and only you can allow that. If you trust this repository with that folder, "
                + $"mount it with --allow-virtual {FileUrl.Of(path[..(path.LastIndexOf('/') + 1)])}, or add that to \"allow_virtual\" in the config file."
            : $"{name} must not be read: a symbolic link leads out of {FileUrl.Of(left)}, which you allowed. "
                + "Make the link a relative one that stays inside, or allow a folder that holds both its ends.");
    }

    private sealed class LocalTarget(OutsideFile file, string name) : IVirtualTarget
    {
        public string Name => name;

        public ValueTask<TargetRead> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            var count = file.Read(offset, destination.Span, out var status);
            return new(new TargetRead(count, status.Size, status.ETag, status.LastModified));
        }

        public void Dispose() => file.Dispose();
    }
}
