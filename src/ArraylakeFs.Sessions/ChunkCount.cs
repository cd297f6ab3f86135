using System.Numerics;
using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

/// <summary>Which places of an array's grid have a chunk in the session: all, so that its fill value stands for none of them, or any.</summary>
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

        var keys = new V2Keys(array.KeyEncoding, array.Rank);
        return total <= Limits.MaxCountedChunks
            && await CountAsync(tree, directory, keys, coordinates => array.Contains(coordinates), int.MaxValue, 0) == total;
    }

    /// <summary>Whether the directory has a file with the name of a chunk.</summary>
    public static async ValueTask<bool> HasAnyAsync(SessionTree tree, SessionDirectory directory, V2Keys keys) =>
        await CountAsync(tree, directory, keys, _ => true, 1, 0) > 0;

    private static async ValueTask<int> CountAsync(
        SessionTree tree, SessionDirectory directory, V2Keys keys, Func<uint[], bool> counts, int enough, int part, params uint[] prefix)
    {
        int count = 0;
        bool isLast = part + 1 == keys.Encoding.KeyParts(keys.Rank);
        foreach (var (name, _, isDirectory) in await tree.ListAsync(directory, CancellationToken.None))
        {
            uint[] coordinates = new uint[keys.Rank];
            prefix.CopyTo(coordinates, 0);
            if (isDirectory == isLast || !keys.Encoding.TryParsePart(part, name, keys.Rank, coordinates))
            {
                continue;
            }

            if (isLast)
            {
                count += counts(coordinates) ? 1 : 0;
            }
            else if (await tree.HoldDirectoryAsync(directory, name) is { } below)
            {
                using (below)
                {
                    var fixedBy = coordinates[..keys.Encoding.CoordinatesFixedBy(part + 1, keys.Rank)];
                    count += await CountAsync(tree, below.Directory, keys, counts, enough, part + 1, fixedBy);
                }
            }

            if (count >= enough)
            {
                return count;
            }
        }

        return count;
    }
}
