using System.Collections.Concurrent;
using ArraylakeFs.Fuse.Tests.Doubles;
using Native.Fuse;

namespace ArraylakeFs.Fuse.Tests.Kernel;

/// <summary>
/// A file system in memory, served by this process on a folder of its own and accessed by client processes only. However a test ends, the
/// connection is cut and nothing stays mounted.
/// </summary>
internal sealed class KernelMount : IAsyncDisposable
{
    private const string FuseControl = "/sys/fs/fuse/connections";

    private readonly string _folder = Directory.CreateTempSubdirectory("arraylakefs-fuse-").FullName;

    private KernelMount() => Path = Directory.CreateDirectory($"{_folder}/mnt").FullName;

    public string Path { get; }

    public MemoryFileSystem Files { get; } = new();

    public ConcurrentQueue<string> Log { get; } = new();

    public FuseHost Host { get; private set; } = null!;

    public static async Task<KernelMount> CreateAsync(Action<MemoryFileSystem>? prepare = null, bool readOnly = false, bool ioUring = false)
    {
        if (!Directory.EnumerateFileSystemEntries(FuseControl).Any())
        {
            await Shell.RunAsync($"mountpoint -q {FuseControl} || mount -t fusectl fusectl {FuseControl}");
        }

        var mount = new KernelMount();
        prepare?.Invoke(mount.Files);
        mount.Host = await FuseHost.MountAsync(mount.Files, mount.Path, new FuseMountOptions("test", readOnly, IoUring: ioUring), mount.Log.Enqueue);
        return mount;
    }

    /// <summary>Runs a script in which $M is the mountpoint. On a timeout the connection is aborted, which frees the client.</summary>
    public async Task<ShellResult> RunAsync(string script, TimeSpan? patience = null)
    {
        try
        {
            return await Shell.RunAsync($"M='{Path}'\n{script}", patience);
        }
        catch (TimeoutException)
        {
            Host.TryAbort();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            var stop = Host.DisposeAsync().AsTask();
            if (await Task.WhenAny(stop, Task.Delay(TimeSpan.FromSeconds(30))) != stop)
            {
                Host.TryAbort();
                await stop.WaitAsync(TimeSpan.FromSeconds(10));
            }
        }
        finally
        {
            if (MountTable.TopAt(Path) is not null)
            {
                _ = MountSyscalls.Unmount(Path, lazy: true);
            }

            Directory.Delete(_folder, recursive: true);
        }
    }
}
