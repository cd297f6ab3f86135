using ArraylakeFs.FileSystem;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>A file system, mounted and served by this process.</summary>
public sealed class FuseHost : IAsyncDisposable
{
    private const int EndTimeoutMs = 5000;

    private readonly FuseMount _mount;
    private readonly FuseServer _server;
    private readonly Action<string>? _log;

    private FuseHost(FuseMount mount, IFileSystem fileSystem, FuseMountOptions options, Action<string>? log)
    {
        _mount = mount;
        _log = log;
        _server = new FuseServer(mount.OpenChannel(), fileSystem, log, options.Passthrough, options.IoUring);
        Completion = _server.RunAsync();
    }

    /// <summary>The directory, without symbolic links.</summary>
    public string Mountpoint => _mount.Mountpoint;

    /// <summary>What the kernel and the server agreed on.</summary>
    public FuseFeatures Features { get; private set; } = null!;

    /// <summary>
    /// Completes when the mount is gone, by <see cref="StopAsync"/> or by anyone's umount, and no operation uses the file system any more.
    /// </summary>
    public Task Completion { get; }

    /// <summary>
    /// Mounts, starts serving, and returns when the mount answers. Raises the limit of open files. Never touch the mount from this process:
    /// a page fault there can wait for a thread that waits for the fault.
    /// </summary>
    /// <exception cref="FuseMountException">The directory cannot be mounted on, or the kernel is too old.</exception>
    public static async Task<FuseHost> MountAsync(
        IFileSystem fileSystem, string mountpoint, FuseMountOptions options, Action<string>? log = null)
    {
        ResourceLimits.RaiseOpenFiles();
        var host = new FuseHost(FuseMount.Create(mountpoint, options, log), fileSystem, options, log);
        try
        {
            host.Features = await host._server.WhenReady.ConfigureAwait(false);
            return host;
        }
        catch (Exception error)
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw new FuseMountException($"{host.Mountpoint} could not be mounted: {error.Message}", error);
        }
    }

    /// <summary>
    /// Unmounts; retries for 2 seconds while files are open. <paramref name="lazyIfBusy"/> then detaches the mount, and
    /// <see cref="Completion"/> waits for the last of them to be closed.
    /// </summary>
    /// <exception cref="FuseMountException">Busy, and not <paramref name="lazyIfBusy"/>.</exception>
    public Task StopAsync(bool lazyIfBusy) => _mount.UnmountAsync(lazyIfBusy);

    /// <summary>
    /// Ends the connection by force: callers that wait get ECONNABORTED, the mountpoint answers ENOTCONN. False where
    /// /sys/fs/fuse/connections is not mounted or not writable.
    /// </summary>
    public bool TryAbort() => _mount.IsGone || FuseConnections.TryAbort(_mount.Connection);

    /// <summary>Takes the mount away, if necessary from those who use it, and waits until no operation is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!Completion.IsCompleted)
            {
                await StopAsync(lazyIfBusy: true).ConfigureAwait(false);
                await Completion.WaitAsync(TimeSpan.FromMilliseconds(EndTimeoutMs)).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is TimeoutException or FuseMountException)
        {
            _log?.Invoke($"{Mountpoint} is still in use; its connection is cut. {error.Message}");
            if (!TryAbort())
            {
                return;
            }

            await Completion.ConfigureAwait(false);
        }

        try
        {
            if (_server.WasAborted)
            {
                _mount.RemoveAborted();
            }
        }
        finally
        {
            _server.Dispose();
        }
    }
}
