using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

// Virtual chunks: references to bytes outside the repository.
public sealed partial class ZarrRepository
{
    /// <summary>Characters of a location: what a path of Linux can have, all of it percent-encoded.</summary>
    private const int MaxLocationLength = 3 * 4096;

    private static readonly IVirtualTargets[] VirtualSchemes = [new LocalTargets()];

    /// <summary>Where the user lets virtual chunks be read.</summary>
    public VirtualAccess VirtualAccess { get; private init; } = VirtualAccess.None;

    /// <summary>
    /// Opens what a virtual chunk refers to. A <c>file://</c> location needs the user's permission and no container in the repository's
    /// configuration (decision 8).
    /// </summary>
    /// <exception cref="RepositoryException">
    /// <see cref="RepositoryErrorKind.Denied"/>: the user has not allowed it; the message says how to.
    /// <see cref="RepositoryErrorKind.TargetLost"/>: there is nothing. <see cref="RepositoryErrorKind.Unsupported"/>: the location's scheme
    /// cannot be read yet. <see cref="RepositoryErrorKind.Corrupt"/>: the location makes no sense.
    /// </exception>
    /// <exception cref="StorageException">The medium failed.</exception>
    public async ValueTask<VirtualChunk> OpenVirtualAsync(ChunkReference chunk, CancellationToken cancellationToken)
    {
        var location = chunk.Location ?? throw new ArgumentException("The chunk is not virtual.", nameof(chunk));
        if (location.Length > MaxLocationLength)
        {
            throw new RepositoryException(
                RepositoryErrorKind.Corrupt, $"A virtual chunk has a location of {location.Length} characters, which no file can have.");
        }

        var url = _current.Value.Settings.Containers.Expand(location);
        var targets = VirtualSchemes.FirstOrDefault(scheme => url.StartsWith(scheme.Scheme, StringComparison.OrdinalIgnoreCase))
            ?? throw new RepositoryException(
                RepositoryErrorKind.Unsupported,
                $"The chunk is at {new string([.. url.Where(c => !char.IsControl(c))])}: only virtual chunks at file:// URLs can be read so far.");
        return new VirtualChunk(chunk, await targets.OpenAsync(url, VirtualAccess, cancellationToken));
    }

    private async ValueTask<int> ReadVirtualAsync(ChunkReference chunk, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        using var opened = await OpenVirtualAsync(chunk, cancellationToken);
        return await opened.ReadAsync(offset, destination, cancellationToken);
    }
}
