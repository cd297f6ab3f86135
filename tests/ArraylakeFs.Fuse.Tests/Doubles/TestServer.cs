using System.Collections.Concurrent;

namespace ArraylakeFs.Fuse.Tests.Doubles;

/// <summary>A server over a socket pair, a test as its kernel. Disposing checks that the server ends by itself.</summary>
internal sealed class TestServer : IDisposable
{
    private readonly FuseServer _server;
    private readonly Task _run;

    public TestServer(
        bool greet = true, Func<IFuseChannel, IFuseChannel>? wrap = null, uint minor = TestKernel.Minor, Action<string>? log = null, bool passthrough = true)
    {
        var channel = wrap?.Invoke(Kernel.Channel) ?? Kernel.Channel;
        _server = new FuseServer(channel, Files, log ?? Log.Enqueue, passthrough);
        _run = _server.RunAsync();
        if (greet)
        {
            Kernel.Greet(minor);
        }
    }

    public TestKernel Kernel { get; } = new();

    public MemoryFileSystem Files { get; } = new();

    public ConcurrentQueue<string> Log { get; } = new();

    public Task<FuseFeatures> WhenReady => _server.WhenReady;

    public Task Run => _run;

    public void Dispose()
    {
        Kernel.Dispose();
        Assert.True(_run.Wait(TimeSpan.FromSeconds(20)), "The server does not end.");
        _server.Dispose();
    }
}
