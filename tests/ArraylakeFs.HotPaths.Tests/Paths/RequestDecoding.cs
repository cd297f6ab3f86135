using ArraylakeFs.Fuse;
using ArraylakeFs.Fuse.Tests.Doubles;

namespace ArraylakeFs.HotPaths.Tests.Paths;

/// <summary>
/// Decodes and answers lookup, getattr, open, read, release and forget, of a file system in memory. They are answered by a thread of the server's,
/// which counts what it allocates itself.
/// </summary>
public sealed class RequestDecoding : IHotPath
{
    /// <summary>How many requests one run is.</summary>
    public const int Requests = 6 * (WarmUpRounds + Rounds);

    private const int WarmUpRounds = 2000, Rounds = 20_000;

    private readonly MemoryFileSystem _files = new();

    public RequestDecoding() => _files.AddFile("temperature", new string('x', 65_536));

    /// <summary>What the last run allocated, without its warm-up.</summary>
    public long AllocatedBytes { get; private set; }

    /// <inheritdoc/>
    public void Run()
    {
        using var channel = new LoopChannel("temperature\0"u8.ToArray(), WarmUpRounds, Rounds);
        using var server = new FuseServer(channel, _files);
        server.RunAsync().GetAwaiter().GetResult();
        AllocatedBytes = channel.AllocatedBytes;
        if (channel.BytesRead != (WarmUpRounds + Rounds) * 65_536L)
        {
            throw new InvalidOperationException("not all was read");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
