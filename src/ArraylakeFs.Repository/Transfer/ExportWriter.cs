using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;
using ArraylakeFs.Zarr;
using Microsoft.Win32.SafeHandles;

namespace ArraylakeFs.Repository.Transfer;

/// <summary>A node on its way into a directory.</summary>
/// <param name="Source">The node.</param>
/// <param name="Path">Its path below the directory: empty for the root, else <c>/a/b</c>.</param>
/// <param name="Encoding">How an array's chunks are named there; null for a group.</param>
/// <param name="Documents">Its documents, by name.</param>
internal sealed record ExportNode(
    Node Source, string Path, ChunkKeyEncoding? Encoding, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> Documents);

/// <summary>Writes nodes and chunks into a directory that is nobody else's, several chunks at a time.</summary>
internal sealed class ExportWriter(ZarrRepository repository, SnapshotView snapshot, string folder, TransferCounter counter)
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Writes all of them.</summary>
    public async Task RunAsync(IReadOnlyList<ExportNode> nodes, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        foreach (var node in nodes)
        {
            Directory.CreateDirectory(folder + node.Path);
            foreach (var (name, content) in node.Documents)
            {
                using var file = Create($"{folder}{node.Path}/{name}");
                RandomAccess.Write(file, content.Span, 0);
            }
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = TransferCounter.Threads, CancellationToken = cancellationToken };
        foreach (var node in nodes.Where(node => node.Encoding is not null))
        {
            var chunks = await snapshot.ChunksAsync(node.Source, cancellationToken);
            await Parallel.ForEachAsync(chunks.All(), options, (chunk, stop) => WriteAsync(node, chunk.Coordinates, chunk.Chunk, stop));
        }
    }

    private async ValueTask WriteAsync(ExportNode node, uint[] coordinates, ChunkReference chunk, CancellationToken cancellationToken)
    {
        var key = node.Encoding!.Format(coordinates);
        using var file = Create($"{folder}{node.Path}/{key}");
        try
        {
            if (!CopyObject(chunk, file))
            {
                await CopyBytesAsync(chunk, file, cancellationToken);
            }
        }
        catch (RepositoryException failure)
        {
            throw new RepositoryException(failure.Kind, $"{node.Source.Path}: chunk {key}: {failure.Message}", failure);
        }

        counter.Add(chunk.Length);
    }

    /// <summary>From file to file, if the chunk is a local object; false if it must be read.</summary>
    private bool CopyObject(ChunkReference chunk, SafeFileHandle file)
    {
        if (chunk.Kind != ChunkKind.Native || repository.Store.Local is not { } local)
        {
            return false;
        }

        var key = IcechunkPaths.Chunk(chunk.ChunkId);
        using var source = local.OpenToRead(key) ?? throw new RepositoryException(RepositoryErrorKind.Corrupt, $"{key}: the file is missing.");
        return FileCopy.Copy(key, source, chunk.Offset, chunk.Length, file) == chunk.Length
            ? true
            : throw new RepositoryException(
                RepositoryErrorKind.Corrupt, $"{key}: the file ends before byte {(UInt128)chunk.Offset + (UInt128)chunk.Length}, where the chunk should.");
    }

    private async Task CopyBytesAsync(ChunkReference chunk, SafeFileHandle file, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Min(chunk.Length, BufferBytes)];
        for (var offset = 0L; offset < chunk.Length;)
        {
            var count = await repository.ReadChunkAsync(chunk, offset, buffer, cancellationToken);
            if (count == 0)
            {
                throw new RepositoryException(RepositoryErrorKind.Corrupt, "the chunk ends too early.");
            }

            await RandomAccess.WriteAsync(file, buffer.AsMemory(0, count), offset, cancellationToken);
            offset += count;
        }
    }

    private static SafeFileHandle Create(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        }
        catch (IOException failure) when (failure is DirectoryNotFoundException or FileNotFoundException)
        {
            // Which of the two it is depends on whether another thread has made the directory since.
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        }
    }
}
