using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Transfer;

/// <summary>Copies the chunks of a directory into a store, several at a time. A source file is copied, never linked: it may change later.</summary>
internal sealed class ChunkCopy(IObjectStore store, ZarrDirectory directory, int inlineThresholdBytes, TransferCounter counter)
{
    /// <summary>Copies, and enters each chunk at the place that it has among the chunks of its node.</summary>
    public Task RunAsync(ChunkChange[][] changes, CancellationToken cancellationToken)
    {
        var all = Enumerable.Range(0, changes.Length).SelectMany(node => Enumerable.Range(0, changes[node].Length).Select(chunk => (node, chunk)));
        var options = new ParallelOptions { MaxDegreeOfParallelism = TransferCounter.Threads, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(all, options, async (place, stop) =>
        {
            var node = directory.Nodes[place.node];
            var chunk = node.Chunks[place.chunk];
            changes[place.node][place.chunk] = new ChunkChange(chunk.Coordinates, await CopyAsync(node, chunk, stop));
            counter.Add(chunk.Length);
        });
    }

    private async Task<ChunkPayload> CopyAsync(DirectoryNode node, DirectoryChunk chunk, CancellationToken cancellationToken)
    {
        var path = node.FileOf(directory.Folder, chunk);
        var name = node.FileOf("", chunk);
        if (chunk.Length > inlineThresholdBytes && store.Local is { } local)
        {
            using var file = ForeignFile.Open(name, path);
            var id = ObjectId12.New();
            var key = IcechunkPaths.Chunk(id);
            var length = local.PutCopy(file, key);
            if (length != chunk.Length)
            {
                await store.DeleteAsync(key, CancellationToken.None);
                throw Changed(name);
            }

            return new ChunkPayload.Native(id, length);
        }

        var bytes = ForeignFile.ReadAll(name, path, (int)Math.Min(chunk.Length, Array.MaxLength));
        if (bytes.Length != chunk.Length)
        {
            throw Changed(name);
        }

        if (bytes.Length <= inlineThresholdBytes)
        {
            return new ChunkPayload.Inline(bytes);
        }

        var native = new ChunkPayload.Native(ObjectId12.New(), bytes.Length);
        await store.PutAsync(IcechunkPaths.Chunk(native.ChunkId), bytes, cancellationToken);
        return native;
    }

    private static RepositoryException Changed(string name) =>
        new(RepositoryErrorKind.Busy, $"{name} changed while it was imported. Import again when nobody writes to the directory.");
}
