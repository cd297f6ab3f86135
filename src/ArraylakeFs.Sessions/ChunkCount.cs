using System.Numerics;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

/// <summary>Whether an array of the session has a chunk at each place of its grid, so that its fill value stands for none of them.</summary>
internal static class ChunkCount
{
    /// <summary>
    /// Whether the directory has all chunks of the array that its document describes. If the session has written to it and there are more than
    /// <see cref="Limits.MaxCountedChunks"/>, nobody counts them: no.
    /// </summary>
    public static async ValueTask<bool> IsCompleteAsync(SessionTree tree, SessionDirectory directory, ArrayMetadata array)
    {
        if (directory.Origin is { IsChunks: false, Node: { Array: { } before } node } origin && before.KeyEncoding == array.KeyEncoding
            && before.Grid.ChunkCounts.SequenceEqual(array.Grid.ChunkCounts)
            && tree.Changed(directory).All(entry => entry.Key == NodeDocument.FileName || V2Names.IsKept(entry.Key)))
        {
            return await origin.Tree.Snapshot.HasAllChunksAsync(node, CancellationToken.None);
        }

        var total = array.Grid.ChunkCounts.Aggregate(BigInteger.One, (product, count) => product * count);

        return total <= Limits.MaxCountedChunks && await CountAsync(tree, directory, array, 0) == total;
    }

    private static async ValueTask<int> CountAsync(SessionTree tree, SessionDirectory directory, ArrayMetadata array, int part, params uint[] prefix)
    {
        int count = 0;
        bool isLast = part + 1 == array.KeyEncoding.KeyParts(array.Rank);
        foreach (var (name, _, isDirectory) in await tree.ListAsync(directory, CancellationToken.None))
        {
            uint[] coordinates = new uint[array.Rank];
            prefix.CopyTo(coordinates, 0);
            if (isDirectory == isLast || !array.KeyEncoding.TryParsePart(part, name, array.Rank, coordinates))
            {
                continue;
            }

            if (isLast)
            {
                count += array.Contains(coordinates) ? 1 : 0;
            }
            else if (await tree.HoldDirectoryAsync(directory, name) is { } below)
            {
                using (below)
                {
                    var fixedBy = coordinates[..array.KeyEncoding.CoordinatesFixedBy(part + 1, array.Rank)];
                    count += await CountAsync(tree, below.Directory, array, part + 1, fixedBy);
                }
            }
        }

        return count;
    }
}
