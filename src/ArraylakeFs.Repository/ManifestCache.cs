using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>A manifest and when its object was written.</summary>
internal sealed record LoadedManifest(Manifest Value, DateTimeOffset Time);

/// <summary>The manifests read last, up to a number of bytes; those in use elsewhere stay in memory anyway.</summary>
internal sealed class ManifestCache(IObjectStore store, long maxBytes)
{
    private readonly LoadingCache<ObjectId12, LoadedManifest> _cache = new(maxBytes, manifest => manifest.Value.SizeInMemory);

    /// <summary>Bytes that it holds at the moment.</summary>
    public long Bytes => _cache.Weight;

    /// <summary>Reads a manifest, or takes it from memory.</summary>
    public ValueTask<LoadedManifest> GetAsync(ObjectId12 id, CancellationToken cancellationToken) => _cache.GetAsync(id, LoadAsync, cancellationToken);

    /// <summary>Takes a manifest that was written just now: whoever commits goes on with what is committed.</summary>
    public void Add(LoadedManifest manifest) => _cache.Add(manifest.Value.Id, manifest);

    /// <summary>Lets go of a manifest in whose place a commit has put another: nobody is as likely to ask for it as for any else.</summary>
    public void Forget(ObjectId12 id) => _cache.Forget(id);

    private async Task<LoadedManifest> LoadAsync(ObjectId12 id)
    {
        var key = IcechunkPaths.Manifest(id);
        var (manifest, file) = await MetadataFiles.GetAsync(store, key, Manifest.Decode, CancellationToken.None);
        return manifest.Id == id
            ? new LoadedManifest(manifest, file.LastModified)
            : throw new RepositoryException(RepositoryErrorKind.Corrupt, $"{key}: the file says that it is the manifest {manifest.Id}.");
    }
}
