using System.Buffers;
using System.Collections.Concurrent;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;
using ArraylakeFs.Zarr.Decoding;

namespace ArraylakeFs.Repository.Verification;

/// <summary>A reference to look at.</summary>
/// <param name="Use">The array that it belongs to.</param>
/// <param name="Coordinates">The chunk.</param>
/// <param name="Reference">The reference.</param>
/// <param name="IsFirst">Whether it is looked at for the first time, and not only to be decoded in another way.</param>
internal readonly record struct CheckedChunk(ManifestUse Use, uint[] Coordinates, ChunkRef Reference, bool IsFirst);

/// <summary>Looks whether chunks are there and long enough and, where their array has a decoder, whether they can be decoded.</summary>
internal sealed class ChunkCheck(
    IObjectStore store, ChunkObjects objects, VerificationReport report, long total, IProgress<VerificationProgress>? progress)
{
    private readonly ConcurrentDictionary<(ObjectId12, ulong, ChunkDecoder), bool> _decoded = new();
    private long _done;
    private long _bytes;

    /// <summary>Looks at some chunks of the manifest <paramref name="manifest"/>, several at a time.</summary>
    public Task RunAsync(string manifest, IReadOnlyList<CheckedChunk> chunks, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        var toDecode = chunks.Where(chunk => IsSound(manifest, chunk) && chunk.Use.Decoder is not null).ToList();
        return Parallel.ForEachAsync(toDecode, options, async (chunk, stop) => await DecodeAsync(manifest, chunk, stop));
    }

    /// <summary>Whether the reference leads to bytes; if not, that is a finding. Without I/O.</summary>
    private bool IsSound(string manifest, CheckedChunk chunk)
    {
        var reference = chunk.Reference;
        if (chunk.IsFirst)
        {
            _done++;
            progress?.Report(new VerificationProgress("chunks", _done, Math.Max(total, _done), Interlocked.Read(ref _bytes)));
            switch (reference.Kind)
            {
                case ChunkKind.Native:
                    report.NativeChunks++;
                    break;
                case ChunkKind.Inline:
                    report.InlineChunks++;
                    break;
                default:
                    report.VirtualChunks++;
                    break;
            }
        }

        if (reference.Length == 0)
        {
            return Found(chunk, chunk.IsFirst, manifest, "the chunk has no bytes.");
        }

        if (reference.Kind != ChunkKind.Native)
        {
            return true;
        }

        var key = IcechunkPaths.Chunk(reference.ChunkId);
        var end = (UInt128)reference.Offset + reference.Length;
        return objects.SizeOf(reference.ChunkId) switch
        {
            null => Found(chunk, chunk.IsFirst, key, "the file is missing."),
            var size when (UInt128)size < end => Found(chunk, chunk.IsFirst, key, $"the file has {size} bytes, and the chunk ends at byte {end}."),
            _ => true,
        };
    }

    private async Task DecodeAsync(string manifest, CheckedChunk chunk, CancellationToken cancellationToken)
    {
        var reference = chunk.Reference;
        var decoder = chunk.Use.Decoder!;
        if (reference.Kind == ChunkKind.Virtual)
        {
            report.CountNotChecked("virtual chunks are not read");
            return;
        }

        // Rewritten manifests refer to the same objects again.
        if (reference.Kind == ChunkKind.Native && !_decoded.TryAdd((reference.ChunkId, reference.Offset, decoder), true))
        {
            return;
        }

        if (decoder.NotChecked is { } reason)
        {
            report.CountNotChecked(reason);
            return;
        }

        if (reference.Kind == ChunkKind.Inline)
        {
            Decode(manifest, chunk, reference.InlineData);
            return;
        }

        if (reference.Length > Zarr.Limits.MaxDecodedBytes)
        {
            report.CountNotChecked($"chunks with more than {Zarr.Limits.MaxDecodedBytes} bytes are not decoded");
            return;
        }

        var key = IcechunkPaths.Chunk(reference.ChunkId);
        var length = (int)reference.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var count = await store.ReadAsync(key, (long)reference.Offset, buffer.AsMemory(0, length), cancellationToken);
            Interlocked.Add(ref _bytes, count ?? 0);
            if (count == length)
            {
                Decode(key, chunk, buffer.AsMemory(0, length));
            }
            else
            {
                var problem = count is null ? "the file is missing." : $"the file ends after {count} of the chunk's {length} bytes.";
                Found(chunk, isNew: true, key, problem);
            }
        }
        catch (StorageException failure)
        {
            Found(chunk, isNew: true, key, RepositoryVerification.Problem(key, failure));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Decode(string key, CheckedChunk chunk, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            chunk.Use.Decoder!.Check(bytes);
            report.CountDecoded();
        }
        catch (ChunkDecodingException failure)
        {
            Found(chunk, isNew: true, key, $"the chunk cannot be decoded: {failure.Message}.");
        }
    }

    /// <summary>Adds an error, if it is a new one; false in any case.</summary>
    private bool Found(CheckedChunk chunk, bool isNew, string key, string problem)
    {
        if (isNew)
        {
            report.Add(ManifestCheck.Of(chunk.Use, Severity.Error, key, problem) with { Chunk = chunk.Coordinates });
        }

        return false;
    }
}
