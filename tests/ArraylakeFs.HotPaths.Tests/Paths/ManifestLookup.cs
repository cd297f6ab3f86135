using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;

namespace ArraylakeFs.HotPaths.Tests.Paths;

/// <summary>Finds one chunk after the other in one manifest of 1,000,000 references.</summary>
public sealed class ManifestLookup : IHotPath
{
    private const uint Side = 1000;

    private readonly ArrayChunks _chunks;
    private uint _next;

    public ManifestLookup()
    {
        var node = ObjectId8.New();
        var writer = new ManifestWriter(ObjectId12.New());
        writer.BeginArray(node);
        Span<uint> coordinates = stackalloc uint[2];
        for (uint i = 0; i < Side * Side; i++)
        {
            (coordinates[0], coordinates[1]) = (i / Side, i % Side);
            writer.AddNative(coordinates, ObjectId12.New(), 0, 65_536);
        }

        var reference = new ManifestReference(writer.Id, writer.Extents);
        Assert.True(Manifest.Decode("manifest", writer.Finish()).TryFindArray(node, out var found));
        _chunks = new ArrayChunks([new ArrayChunks.Part(reference, found, DateTimeOffset.UnixEpoch)], [Side, Side]);
    }

    /// <inheritdoc/>
    public void Run()
    {
        const uint Step = 7919; // prime: neighbours would all lie in the processor's caches
        _next = (_next + Step) % (Side * Side);
        if (!_chunks.TryFind([_next / Side, _next % Side], out _))
        {
            throw new InvalidOperationException("it is not there");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
