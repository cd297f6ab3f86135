using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Verification;

/// <summary>The objects below <c>chunks/</c> and their sizes, listed once: asking for each alone would take as long as reading them.</summary>
internal sealed class ChunkObjects
{
    private readonly Dictionary<ObjectId12, long> _sizes = [];

    /// <summary>Lists them. What has no name of an object there is not the repository's.</summary>
    public static async Task<ChunkObjects> ListAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        const string Prefix = "chunks/";
        var objects = new ChunkObjects();
        await foreach (var info in store.ListAsync(Prefix, cancellationToken))
        {
            if (ObjectId12.TryParse(info.Key[Prefix.Length..], out var id))
            {
                objects._sizes[id] = info.Size;
            }
        }

        return objects;
    }

    /// <summary>The size of an object; null if there is none.</summary>
    public long? SizeOf(ObjectId12 id) => _sizes.TryGetValue(id, out var size) ? size : null;
}
