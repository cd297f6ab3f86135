using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository;

/// <summary>
/// A virtual chunk whose target is open. Every read makes sure that the target still is what the reference says: long enough, and of the
/// version that its checksum names, if it has one. Thread-safe.
/// </summary>
public sealed class VirtualChunk : IDisposable
{
    private readonly ChunkReference _chunk;
    private readonly IVirtualTarget _target;
    private readonly string? _etag;

    internal VirtualChunk(ChunkReference chunk, IVirtualTarget target)
    {
        (_chunk, _target) = (chunk, target);
        _etag = chunk.ChecksumETag?.Trim('"');
    }

    /// <summary>
    /// Reads bytes of the chunk from <paramref name="offset"/> within it: fewer than asked for only at its end.
    /// </summary>
    /// <exception cref="RepositoryException">The target has changed since the reference was made, or is too short.</exception>
    /// <exception cref="StorageException">The medium failed.</exception>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var count = (int)Math.Clamp(_chunk.Length - offset, 0, destination.Length);
        if (count == 0)
        {
            return 0;
        }

        if (_chunk.Offset > long.MaxValue - _chunk.Length)
        {
            throw new RepositoryException(RepositoryErrorKind.Corrupt, $"{_target.Name}: a manifest refers to bytes beyond any file's end.");
        }

        var read = await _target.ReadAsync(_chunk.Offset + offset, destination[..count], cancellationToken);
        Check(read, count);
        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _target.Dispose();

    /// <summary>Whether these bytes are the chunk's. Of two checksums the ETag counts, as for the official client.</summary>
    private void Check(in TargetRead read, int asked)
    {
        if (_etag is not null)
        {
            if (read.ETag.Value.Trim('"') != _etag)
            {
                throw Lost($"has changed since a virtual chunk was laid there: its ETag is {read.ETag.Value}, not {Uri.EscapeDataString(_etag)}");
            }
        }
        else if (_chunk.ChecksumLastModified is > 0 and var seconds && read.LastModified > DateTimeOffset.FromUnixTimeSeconds(seconds))
        {
            throw Lost($"has changed since a virtual chunk was laid there: at {read.LastModified:O}, after {DateTimeOffset.FromUnixTimeSeconds(seconds):O}");
        }

        var end = _chunk.Offset + _chunk.Length;
        if (read.Size < end || read.Count < asked)
        {
            throw Lost($"has {read.Size} bytes, and a virtual chunk lies there that ends at byte {end}");
        }
    }

    private RepositoryException Lost(string how) => new(RepositoryErrorKind.TargetLost, $"{_target.Name} {how}.");
}
